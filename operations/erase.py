"""`greffe erase`: a document's tombstone in every index of its cabinet, the sweep, the proof, the receipt.

The receipt says what was looked up and not found. It is issued when every generation is forgotten and the replicas have
had time to agree: minutes in Azure, a second on a laptop. Until then the tombstone holds: nothing indexes it again, and
our own search shows none of it from the first moment on.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from ingestion import orders
from ingestion.adapters.build import Services
from ingestion.errors import Refuse
from ingestion.model import Cabinet, Change, ChangeKind, DocumentId, IndexRef, Locator, SourceId
from ingestion.rows import Row, chunk_keys
from operations import names

POLL = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Proof:
    """One index: what there was, and that none of it is found."""

    index: str
    requested_at: str
    emptied_at: str
    certified_at: str
    generations: int
    keys_looked_up: int
    keys_found: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Ids, times and counts; no name, no path, no text."""

    cabinet: str
    document: str
    proofs: list[Proof]
    audit_sequence: int
    audit_hash: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Which:
    """A document as the ledger knows it."""

    source: SourceId
    document: DocumentId
    locator: Locator


def which(services: Services, cabinet: Cabinet, document: str, name: str, source: str = "") -> Which:
    """By id, or by its name in one of the cabinet's sources.

    Raises:
        Refuse: neither is given, no index of the cabinet has a row of that id, or the name is nobody's or several's.
    """
    if name:
        found = names.find(services, cabinet, name, source=source)
        return Which(found.source.id, found.document, found.locator)
    if not document:
        raise Refuse("no_document", "name the document to erase: --document ID, or --name NAME")
    for index in cabinet.indexes:
        row = services.ledger.get(index, DocumentId(document)).row
        if row.source:
            return Which(row.source, row.document, row.locator)
    raise Refuse("unknown_document", f"cabinet {cabinet.id} has no document {document!r}; see `greffe search --json`")


def erase(services: Services, cabinet: Cabinet, it: Which) -> None:
    """Set the tombstone and sweep, now, in the caller's hands; what is left to do is promised to the queue."""
    order(services, cabinet, it, ChangeKind.ERASE)


def order(services: Services, cabinet: Cabinet, it: Which, kind: ChangeKind) -> None:
    """In every index of the cabinet, be it that a rebuild begins or ends meanwhile. Done twice, it is done once."""
    ids, registry = services.nonces, services.registry
    change = Change(ids(), it.source, cabinet.id, it.document, it.locator, kind, ids())
    orders.in_every_index(
        lambda: services.worker.handle(change, services.documents),
        lambda: registry.by_id(cabinet.id),
        lambda: registry.current(cabinet.id),
        time.sleep,
    )


def wait_for_receipt(
    services: Services, cabinet: Cabinet, document: DocumentId, seconds: float, told: Callable[[int], None]
) -> Receipt | None:
    """The receipt, once every index that the cabinet still has is certified; None when the time is up before."""
    end = time.monotonic() + seconds
    while True:
        saved = services.registry.load(
            cabinet.id
        )  # an index that a rebuild has left is dropped, whole, in the meantime
        indexes = (saved.cabinet if saved else cabinet).indexes
        rows = [(index, services.ledger.get(index, document).row) for index in indexes]
        done = [row for _, row in rows if row.erasure and row.erasure.certified_at]
        told(len(done))
        if len(done) == len(rows):
            entry = next(services.audit.newest_first(cabinet.id))
            proofs = [_proof(services, index, row) for index, row in rows]
            return Receipt(cabinet.id, document, proofs, entry.sequence, entry.hash)
        if time.monotonic() >= end:
            return None
        time.sleep(POLL)


def _proof(services: Services, index: IndexRef, row: Row) -> Proof:
    """Looked up once more, now: the receipt says what was seen, not what the ledger remembers."""
    erasure = row.erasure
    if erasure is None:
        raise ValueError(f"document {row.document} is not erased in {index.name}")
    written = [key for nonce, chunks in erasure.written for key in chunk_keys(row.document, nonce, chunks)]
    return Proof(
        index=index.name,
        requested_at=_time(erasure.requested_at),
        emptied_at=_time(erasure.emptied_at),
        certified_at=_time(erasure.certified_at),
        generations=len(erasure.written),
        keys_looked_up=len(written),
        keys_found=services.index.remaining(index, row.document, written),
    )


def _time(at: float | None) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at is not None else ""
