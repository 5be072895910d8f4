"""What a worker is given: its ports, its limits, and one job: one document, one index, one invocation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingestion.errors import Retry
from ingestion.model import Cabinet, Change, ChangeKind, IndexRef, SourceKind, SourceRef
from ingestion.pipeline import Pipeline
from ingestion.ports import (
    Audit,
    Clock,
    Embedder,
    Index,
    Keys,
    Ledger,
    Nonces,
    NoVault,
    Queue,
    Registry,
    Source,
    Stored,
    Vault,
)
from ingestion.rows import Generation, Row
from ingestion.scanning import Scanning

CLAIM_ROUNDS = 3  # a refused swap means that somebody moved; three in a row mean that it is not our turn
BATCH = 500  # chunks in a request: half of the service's 1,000, and with 1,024 dimensions about 8 of its 16 MB


@dataclass(frozen=True, slots=True)
class Limits:
    """The worker's share of the settings, in seconds and counts."""

    function_timeout: float
    lifetime: float  # function timeout + longest request in flight + clock skew
    clock_skew: float
    replica_lag: float
    staleness: Mapping[SourceKind, float]


@dataclass(frozen=True, slots=True)
class Ports:
    registry: Registry
    keys: Keys
    sources: Mapping[SourceKind, Source]
    ledger: Ledger
    index: Index
    embedder: Embedder
    audit: Audit
    clock: Clock
    nonces: Nonces
    wait: Callable[[float], None]  # between rounds of writing
    vault: Vault = field(default_factory=NoVault)
    scanning: Scanning | None = None  # where scans are read by a cabinet's choice, and long ones resumed

    def reading(self, pipeline: Pipeline, cabinet: Cabinet) -> Pipeline:
        """With scans read as the cabinet chose."""
        return pipeline if self.scanning is None else replace(pipeline, extract=self.scanning.of(cabinet))

    def promise(self, job: "Job", kind: ChangeKind, delay: float) -> None:
        """A message to ourselves, sent before the change that it covers, so that no crash can lose the rest of it."""
        job.queue.send(replace(job.change, id=self.nonces(), kind=kind, attempt=0), delay=delay)

    def promise_second_look(self, job: "Job") -> None:
        """The source's answer may be stale. Asked for before every change, not only on disagreement: PROTOCOL, (2)."""
        if staleness := job.limits.staleness[job.source.kind]:
            self.promise(job, ChangeKind.LOOK_AGAIN, staleness)

    def recognise(self, job: "Job") -> None:
        """That the cabinet's indexes are still what this worker takes them for, asked after their rows were read.

        Else one that has stalled past a rebuild's end takes the index that was left for the active one, whose holds and
        tombstones the other follows, and undoes what has been ordered since.

        Raises:
            Retry: they are not; with a newer view the message is looked at again.
        """
        now = self.registry.current(job.cabinet.id)
        if now is None or now.indexes != job.cabinet.indexes:
            raise Retry(
                "overtaken", f"Document {job.change.document}: its cabinet's indexes are others by now.", after=5.0
            )

    def advance(self, job: "Job", stored: Stored, change: Callable[[Row], Row | None]) -> Stored:
        """Swap in a change that may follow any other but a fencing one: a sweeper's is no reason to start again."""
        for _ in range(CLAIM_ROUNDS):
            row = change(stored.row)
            if row is None:
                raise Retry("fenced", f"Document {job.change.document}: another worker took it over.", after=1.0)
            if swapped := self.ledger.swap(job.index, row, stored.etag):
                if self.scanning is not None and not row.open:
                    self.scanning.ended(row.document, erased=row.erasure is not None)
                return swapped
            stored = self.ledger.get(job.index, job.change.document)
        raise contended(job)


@dataclass(frozen=True, slots=True)
class Job:
    """One document, one index, one invocation."""

    cabinet: Cabinet
    source: SourceRef
    index: IndexRef
    change: Change
    queue: Queue
    started: float
    limits: Limits

    @property
    def deadline(self) -> float:
        """After it nothing that this invocation wrote can land any more."""
        return self.started + self.limits.lifetime

    def began(self, made: Generation | None) -> bool:
        """Whether it is an attempt of this message: where this delivery has made none yet, of one that died."""
        return made is not None and made.owner == self.change.id

    def placed(self, row: Row) -> Row:
        """The row with where its source keeps the document: reconciliation and rebuilds start from rows.

        Not a tombstone's: its receipt took the sealed path away, and an erasure asked for again must not bring it back.
        """
        return row if row.erasure else replace(row, source=self.source.id, locator=self.change.locator)

    @property
    def ids(self) -> dict[str, str]:
        """For telemetry."""
        return {
            "cabinet": self.cabinet.id,
            "source": self.source.id,
            "document": self.change.document,
            "index": self.index.name,
            "correlation": self.change.correlation,
        }


def contended(job: Job) -> Retry:
    return Retry("contended", f"Document {job.change.document}: others changed its row first.", after=1.0)


def batches[T](items: Sequence[T]) -> list[Sequence[T]]:
    return [items[at : at + BATCH] for at in range(0, len(items), BATCH)]
