"""`greffe status`: what each cabinet's index holds, what waits, what is parked and why, what was given up on."""

from collections import Counter
from dataclasses import asdict, dataclass, field

from ingestion.adapters.build import BULK, DOCUMENTS, DRIVES, POISON, Services
from ingestion.adapters.queues import PEEKED_AT_ONCE, StorageQueue
from ingestion.errors import WHAT_TO_DO, GreffeError, ParkReason
from ingestion.locators import open_
from ingestion.model import Cabinet, IndexState, SourceKind, SourceRef
from ingestion.rows import Row


@dataclass(frozen=True, slots=True)
class ParkedDocument:
    document: str
    reason: str
    advice: str
    old_version_kept: bool
    name: str | None = None  # only where the operator asked for names


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


def of_cabinet(services: Services, cabinet: Cabinet, *, names: bool) -> CabinetStatus:
    """Counts by status, and each parked document. `names` opens their seals, and writes that to the audit."""
    indexes, parked = [], []
    for index in cabinet.indexes:
        rows = list(services.ledger.scan(index))
        counted = services.search_admin(index.endpoint).count(index.name)
        indexes.append(IndexStatus(index.name, index.state.value, dict(Counter(it.status for it in rows)), counted))
        if index.state is IndexState.ACTIVE:
            parked = [_parked(services, cabinet, row, names=names) for row in rows if row.status == "parked"]
    if names:
        services.audit.record(cabinet.id, "names_shown", rows=len(parked))
    return CabinetStatus(cabinet.id, cabinet.policy, indexes, parked, _drives(services, cabinet))


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


def _parked(services: Services, cabinet: Cabinet, row: Row, *, names: bool) -> ParkedDocument:
    reason = row.parked.reason if row.parked else ""
    name = open_(services.keys.secret(cabinet), row.source, row.locator) if names else None
    return ParkedDocument(row.document, reason, WHAT_TO_DO[ParkReason(reason)], row.live is not None, name)
