"""`greffe status`: what each cabinet's index holds, what waits, what is parked and why, what was given up on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from ingestion.adapters.build import BULK, DOCUMENTS, DRIVES, POISON, Services
from ingestion.adapters.queues import PEEKED_AT_ONCE, StorageQueue
from ingestion.errors import GreffeError, what_to_do
from ingestion.model import Cabinet, DocumentId, IndexRef, IndexState, SourceKind, SourceRef
from ingestion.rows import Row
from operations import names as naming
from redaction.hostile import HOSTILE


@dataclass(frozen=True, slots=True)
class ParkedDocument:
    document: str
    reason: str
    advice: str
    old_version_kept: bool
    name: str | None = None  # only where the operator asked for names
    index: str = ""  # the one that answers, or one that is being built: what is parked there keeps it from its place


@dataclass(frozen=True, slots=True)
class FlaggedDocument:
    """A live document that hides text or speaks to a model: search shows it, and whoever reads it should know."""

    document: str
    flags: tuple[str, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class IndexStatus:
    index: str
    state: str
    documents: dict[str, int]  # by status
    chunks: int | None  # as the search service counts them


@dataclass(frozen=True, slots=True)
class DriveStatus:
    """How changes in a library reach us. Without a subscription the timer asks, every few minutes."""

    source: str
    subscription: str  # active, missing, not_configured, leaving, or the code of what kept us from asking
    until: str  # when it ends, if nothing renews it


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of one queue. What is not due is promised for later (a sweep, a second look), or in a worker's hands."""

    messages: int  # about
    due: int  # may be taken now, counted up to 32

    @property
    def due_in_words(self) -> str:
        return f"{self.due} or more" if self.due == PEEKED_AT_ONCE else str(self.due)


@dataclass(frozen=True, slots=True)
class CabinetStatus:
    cabinet: str
    policy: str
    indexes: list[IndexStatus]
    parked: list[ParkedDocument]
    drives: list[DriveStatus] = field(default_factory=list)
    flagged: list[FlaggedDocument] = field(default_factory=list)


def of_each(
    services: Services, cabinets: Iterable[Cabinet], *, names: bool
) -> tuple[list[CabinetStatus], dict[str, GreffeError]]:
    """Each cabinet's status, or what kept us from it: one whose service is away hides no other."""
    states, failed = list[CabinetStatus](), dict[str, GreffeError]()
    for it in cabinets:
        try:
            states.append(of_cabinet(services, it, names=names))
        except GreffeError as failure:
            failed[it.id] = failure
    return states, failed


def of_cabinet(services: Services, cabinet: Cabinet, *, names: bool) -> CabinetStatus:
    """Counts by status, each parked document of every index that is filled, and each that hides text or speaks to a
    model.

    `names` opens the seals of these two, and writes that to the audit.
    """
    indexes, parked, flagged = list[IndexStatus](), list[ParkedDocument](), list[FlaggedDocument]()
    for index in cabinet.indexes:
        rows = list(services.ledger.scan(index))
        counted = services.search_admin(index.endpoint).count(index.name)
        indexes.append(IndexStatus(index.name, index.state.value, dict(Counter(it.status for it in rows)), counted))
        if index.state is not IndexState.RETIRING:
            parked += [_parked(services, cabinet, index, row, names=names) for row in rows if row.status == "parked"]
        if index.state is IndexState.ACTIVE:
            flagged = [] if counted is None else _flagged(services, cabinet, index, rows, names=names)
    if names:
        services.audit.record(cabinet.id, "names_shown", rows=len(parked) + len(flagged))
    return CabinetStatus(cabinet.id, cabinet.policy, indexes, parked, _drives(services, cabinet), flagged)


def backlog(services: Services) -> dict[str, Backlog]:
    """What waits in each queue; the poison queues too."""
    names = (DOCUMENTS, BULK, DRIVES)
    return {name: _backlog(services.queue(name)) for name in (*names, *(f"{name}{POISON}" for name in names))}


def _backlog(queue: StorageQueue) -> Backlog:
    return Backlog(messages=queue.depth(), due=len(queue.peek()))


def as_json(status: CabinetStatus) -> dict[str, object]:
    return asdict(status)


def _drives(services: Services, cabinet: Cabinet) -> list[DriveStatus]:
    return [_drive(services, it) for it in cabinet.sources if it.kind is SourceKind.SHAREPOINT]


def _drive(services: Services, source: SourceRef) -> DriveStatus:
    if source.leaving:
        return DriveStatus(source.id, "leaving", "")
    if not services.settings.graph_notifications:
        return DriveStatus(source.id, "not_configured", "")
    try:
        watch = services.sharepoint_feed.watch(source)
    except GreffeError as failure:
        return DriveStatus(source.id, failure.code, "")
    if watch is None:
        return DriveStatus(source.id, "missing", "")
    return DriveStatus(source.id, "active", watch.expires_at.isoformat(timespec="minutes"))


def _flagged(
    services: Services, cabinet: Cabinet, index: IndexRef, rows: Iterable[Row], *, names: bool
) -> list[FlaggedDocument]:
    """The flags stand on the chunks, and of these on those of live generations alone: what search shows."""
    live = {(row.document, row.live.nonce): row for row in rows if row.live}
    met: dict[DocumentId, set[str]] = {}
    for document, generation, flags in services.index.flagged(index, HOSTILE):
        if (document, generation) in live:
            met.setdefault(document, set()).update(flags)
    return [
        FlaggedDocument(row.document, tuple(sorted(met[row.document])), _name(services, cabinet, row, shown=names))
        for row in live.values()
        if row.document in met
    ]


def _name(services: Services, cabinet: Cabinet, row: Row, *, shown: bool) -> str | None:
    return naming.shown(services, cabinet, row.source, row.locator) if shown else None


def _parked(services: Services, cabinet: Cabinet, index: IndexRef, row: Row, *, names: bool) -> ParkedDocument:
    reason = row.parked.reason if row.parked else ""
    name = _name(services, cabinet, row, shown=names)
    return ParkedDocument(row.document, reason, what_to_do(reason), row.live is not None, name, index.name)
