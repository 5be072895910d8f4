"""The worker: makes one document's chunks in an index agree with its source, in the order of the protocol.

The only place that decides a write to an index. It reads top to bottom as the protocol's paragraph: row, then source,
decide, claim, read, plan, write, commit, sweep. Promises (delayed messages) are made before the change that they cover.
Every error is of the ladder in `errors.py` or a bug; nothing here is caught but to be acted on, and bugs go on.

The worker holds nothing between messages, starts no background work and writes nothing after its invocation's end:
the deadline of a generation counts on it.
"""

from collections.abc import Sequence
from dataclasses import replace

from ingestion import protocol
from ingestion.attempt import Attempts
from ingestion.errors import Busy, Park, Refuse, Retry
from ingestion.job import CLAIM_ROUNDS, Job, Limits, Ports, contended
from ingestion.model import (
    Cabinet,
    Change,
    ChangeKind,
    Head,
    IndexRef,
    IndexState,
    Revision,
    SourceRef,
    Version,
)
from ingestion.orders import ORDERS, Orders
from ingestion.pipeline import Pipeline
from ingestion.ports import Queue, Stored
from ingestion.protocol import Look, Verdict
from ingestion.rows import Parked, Row
from ingestion.sweep import Sweeper
from ingestion.telemetry import Telemetry

EVERYWHERE = (ChangeKind.SWEEP, *ORDERS)  # in the index that the alias has left, too
LATE_ENOUGH = (ChangeKind.LOOK_AGAIN, ChangeKind.READ_AGAIN, ChangeKind.RECONCILE)  # for an answer that is not stale
UNKNOWN_VERSION = Version("")  # equals no version that a source gives


class Worker:
    def __init__(self, ports: Ports, pipeline: Pipeline, limits: Limits, telemetry: Telemetry) -> None:
        self._ports = ports
        self._pipeline = pipeline
        self._limits = limits
        self._telemetry = telemetry
        self._sweeper = Sweeper(ports)
        self._orders = Orders(ports, self._sweeper)
        self._attempts = Attempts(ports, pipeline, telemetry, self._sweeper)

    def handle(self, change: Change, queue: Queue) -> str:
        """Look at a document again, in each index of its cabinet. Returns the outcome in the active one.

        Raises:
            Busy, Retry: the message must come back. Refuse: it is not ours.
        """
        cabinet, source = self._place(change)
        outcomes: list[str] = []
        swept: list[Row] = []
        now = self._ports.clock()
        followed = _followed(cabinet, change.kind)
        jobs = [Job(cabinet, source, it, change, queue, now, self._limits) for it in followed]
        for job in jobs:
            with self._telemetry.span("document", **job.ids, kind=change.kind.value) as stage:
                outcome = self._attend(job, swept)
                stage.note(outcome=outcome, **self._age(change))
            outcomes.append(outcome)
        if swept:
            self._sweeper.promise_next(jobs[0], swept)
        return outcomes[0] if outcomes else "no_index"

    def _attend(self, job: Job, swept: list[Row]) -> str:
        if job.change.kind in EVERYWHERE:
            swept.append(self._sweeper.sweep(job) if job.change.kind is ChangeKind.SWEEP else self._orders.obey(job))
            return swept[-1].status
        return self._converge(job)

    def _place(self, change: Change) -> tuple[Cabinet, SourceRef]:
        """The cabinet, from the registry. A message that says another than the registry is refused, not followed."""
        cabinet = self._ports.registry.by_source(change.source)
        source = cabinet.source(change.source) if cabinet else None
        if cabinet is None or source is None:
            raise Refuse(
                "unknown_source", f"Source {change.source} is in no cabinet; onboard it, or purge the message."
            )
        if cabinet.id != change.cabinet:
            raise Refuse("foreign_cabinet", f"The message for document {change.document} names another cabinet.")
        return cabinet, source

    # From the row and the source to a decision

    def _converge(self, job: Job) -> str:
        row = Row(job.change.document)
        try:
            for _ in range(CLAIM_ROUNDS):
                stored = self._ports.ledger.get(job.index, job.change.document)
                row = stored.row
                if outcome := self._decided(job, stored):
                    return outcome
            raise contended(job)
        except (Busy, Retry):
            self._attempts.release_older(job, row)
            raise

    def _decided(self, job: Job, stored: Stored) -> str | None:
        """The outcome of one round; None when somebody moved first and the row must be read again."""
        others = [] if stored.row.erasure else self._elsewhere(job)
        erased = any(it.erasure for _, it in others) and not _decides_to_keep(job, stored.row)
        held = _as_the_active(job, stored.row, others)
        if erased or held != stored.row:
            self._ports.recognise(job)
        if erased:
            row = self._orders.erase(job)
            self._sweeper.promise_next(job, [row])
            return row.status
        if held != stored.row:
            self._ports.ledger.swap(job.index, held, stored.etag)
            return None
        try:
            head = None if stored.row.erasure else self._look(job)
        except Park as denied:
            if not job.began(stored.row.open):
                return self._mark(job, stored, denied)
            self._ports.ledger.swap(job.index, protocol.fence(stored.row), stored.etag)  # a dead delivery's of ours
            return None
        look = self._seen(job, head)
        match protocol.decide(stored.row, look):
            case Verdict.DONE:
                self._promise_after_nothing(job, stored.row)
                return (self._sweeper.sweep(job) if stored.row.unswept else stored.row).status
            case Verdict.RETIRE | Verdict.FENCE as verdict:
                return self._step_back(job, stored, verdict)
            case Verdict.CLAIM if head is not None:
                return self._attempts.make(job, stored, head)
            case Verdict.BUSY:
                return "merged" if self._is_left_to_others(job, stored, look) else None
            case verdict:
                raise self._later(job, verdict)

    def _elsewhere(self, job: Job) -> list[tuple[IndexRef, Row]]:
        """While a cabinet has two indexes, a tombstone in one counts in both, and the active one's hold: the newer
        one's rows began without them."""
        others = (it for it in job.cabinet.indexes if it.name != job.index.name)
        return [(it, self._ports.ledger.get(it, job.change.document).row) for it in others]

    def _look(self, job: Job) -> Head | None:
        """What the source says now. Always asked after the row was read: else a stale "absent" retires a fresh one."""
        adapter = self._ports.sources.get(job.source.kind)
        if adapter is None:
            raise Refuse(
                "source_unavailable", f"Source {job.source.id} is of a kind that this deployment does not follow."
            )
        head = adapter.head(job.source, job.change.locator)
        return None if head is None or self._expired(job.cabinet, head) else head

    def _expired(self, cabinet: Cabinet, head: Head) -> bool:
        """Past its retention a document leaves the index, whatever the source still holds."""
        if cabinet.retention_days is None:
            return False
        return head.modified_at.timestamp() < self._ports.clock() - cabinet.retention_days * 86_400

    def _seen(self, job: Job, head: Head | None) -> Look:
        kind = job.change.kind
        return Look(
            version=head.version if head else None,
            revision=self._revision(job.cabinet),
            owner=job.change.id,
            now=self._ports.clock(),
            insist=kind is ChangeKind.REPAIR,
            retry=kind in (ChangeKind.REPLAY, ChangeKind.READ_AGAIN),
            mended=kind in (ChangeKind.REPLAY, ChangeKind.REPAIR),
        )

    def _revision(self, cabinet: Cabinet) -> Revision:
        return self._pipeline.revision(cabinet.policy_revision)

    def _is_left_to_others(self, job: Job, stored: Stored, look: Look) -> bool:
        """The hint is left in the row with whoever works on the document; False when they moved first.

        Our own second look is promised when the hint is left: before, every round in which others moved first would
        promise one.
        """
        asked = protocol.ask(stored.row, look)
        if asked != stored.row and self._ports.ledger.swap(job.index, asked, stored.etag) is None:
            return False
        self._promise_after_nothing(job, stored.row)
        return True

    def _later(self, job: Job, verdict: Verdict) -> Busy:
        if verdict is Verdict.FULL:
            self._sweeper.sweep(job)
        return Busy(f"Document {job.change.document}: {verdict.value}; it waits.", after=60.0)

    # Taking away

    def _step_back(self, job: Job, stored: Stored, verdict: Verdict) -> str | None:
        """Retire what the source no longer has, or fence a dead worker's attempt. None when the swap was refused."""
        self._ports.promise(job, ChangeKind.SWEEP, job.limits.lifetime)
        self._ports.promise_second_look(job)
        change = protocol.retire if verdict is Verdict.RETIRE else protocol.fence
        if not self._ports.ledger.swap(job.index, change(stored.row), stored.etag):
            return None
        return self._sweeper.sweep(job).status

    def _promise_after_nothing(self, job: Job, row: Row) -> None:
        """An answer that agrees with the row may be as stale as one that does not, and the event's news be lost.

        Once for each hint: a second look was taken late enough.
        """
        if not row.erasure and job.change.kind not in LATE_ENOUGH:
            self._ports.promise_second_look(job)

    def _mark(self, job: Job, stored: Stored, why: Park) -> str | None:
        """The source will not even tell its version: what search shows stays, and people see that it is cut off.

        None when somebody moved first. No claim keeps others from finding that the source tells by now, and nothing to
        do, while we are about to mark: so the source is asked again when we are done or dead.
        """
        parked = Parked(why.reason.value, UNKNOWN_VERSION, self._revision(job.cabinet), self._ports.clock())
        if protocol.is_marked(stored.row, parked):
            self._promise_after_nothing(job, stored.row)
            return stored.row.status
        self._ports.promise_second_look(job)
        self._ports.promise(job, ChangeKind.LOOK_AGAIN, job.limits.lifetime)
        marked = self._ports.ledger.swap(job.index, protocol.mark(job.placed(stored.row), parked), stored.etag)
        if marked is None:
            return None
        self._telemetry.event("document_parked", **job.ids, code=why.code)
        return marked.row.status

    def _age(self, change: Change) -> dict[str, float]:
        return {"since_event": round(self._ports.clock() - change.raised_at, 3)} if change.raised_at else {}


def _followed(cabinet: Cabinet, kind: ChangeKind) -> list[IndexRef]:
    """The indexes that follow the source, the active one first; sweeps and orders reach the retiring one too."""
    wanted = [it for it in cabinet.indexes if kind in EVERYWHERE or it.state is not IndexState.RETIRING]
    return sorted(wanted, key=lambda it: it.state is not IndexState.ACTIVE)


def _decides_to_keep(job: Job, row: Row) -> bool:
    """Held in the active index: an erasure that began in the one before it was never answered, and is refused."""
    return row.held_since is not None and job.index.state is IndexState.ACTIVE


def _as_the_active(job: Job, row: Row, others: Sequence[tuple[IndexRef, Row]]) -> Row:
    """Held as in the active index. A row that nobody holds and that does not exist yet stays so."""
    active = next((it for index, it in others if index.state is IndexState.ACTIVE), row)
    if (active.held_since is None) == (row.held_since is None):
        return row
    return job.placed(replace(row, held_since=active.held_since))
