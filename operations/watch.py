"""`greffe watch` and `greffe unwatch`: one more library for a cabinet, and a source that is followed no more.

Leaving takes its time and may be taken up again at any point. The registry says first that the source is leaving: from
then on all of its documents count as gone, whatever their source still holds, and the worker takes each out of the
index as if it had been deleted. Only when no row has anything left of it does the registry let the source go: before
that, what is still owed to a row would be nobody's.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from ingestion.adapters.build import Services
from ingestion.errors import GreffeError, Refuse
from ingestion.model import Cabinet, SourceId, SourceKind, SourceRef
from ingestion.rows import Row
from operations import registry, sharepoint
from operations.names import no_source

POLL = 0.5  # seconds


def begin(services: Services, cabinet: Cabinet, place: sharepoint.Place, said: Callable[[str], None]) -> SourceRef:
    """The library, followed from now on; its first load is under way. One that is leaving comes back.

    Raises:
        Refuse: there is no such library for us, or a cabinet follows it already.
    """
    found = sharepoint.find(services, _free_id(cabinet), cabinet.tenant_id, place, said)
    before = next((it for it in cabinet.sources if it.route == found.route), None)
    if before is not None and not before.leaving:
        raise Refuse("known_source", f"cabinet {cabinet.id} follows this library already, as {before.id}")
    source = replace(found, id=before.id) if before else found
    said("Registry: the library is the cabinet's from here on")
    services.links.forget(source)  # of a source that had this id before: what changed since then nobody told us
    cabinet = _changed(services, cabinet, lambda all_: (*(it for it in all_ if it.id != source.id), source))
    services.audit.record(cabinet.id, "watched", source=source.id)
    said("First load: what is there already")
    services.schedules.compare(cabinet, source)
    return source


def end(services: Services, cabinet: Cabinet, source_id: str, said: Callable[[str], None]) -> SourceRef:
    """The source, leaving; asked for again it goes on. Nothing is deleted at the source.

    Raises:
        Refuse: the cabinet has no such source.
    """
    source = cabinet.source(SourceId(source_id))
    if source is None:
        raise no_source(cabinet, source_id)
    leaving = replace(source, leaving=True)
    if not source.leaving:
        said("Registry: the source is leaving")
        services.audit.record(cabinet.id, "unwatched", source=source.id)
        cabinet = _changed(services, cabinet, lambda all_: tuple(leaving if it.id == source.id else it for it in all_))
    if source.kind is SourceKind.SHAREPOINT:
        said("SharePoint: its subscription")
        try:
            services.sharepoint_feed.unwatch(leaving)
        except GreffeError as failure:
            said(f"SharePoint: the subscription could not be ended ({failure.code}); it ends by itself")
    said("Its documents: each leaves the index")
    services.schedules.compare(cabinet, leaving)
    return leaving


def wait_left(services: Services, leaving: SourceRef, seconds: float, told: Callable[[int], None]) -> int:
    """How many rows still have something of it when the time is up; with none left, the registry lets it go."""
    cabinet = services.registry.by_source(leaving.id)
    stop = time.monotonic() + seconds
    while cabinet is not None:
        rows = (row for index in cabinet.indexes for row in services.ledger.scan(index) if row.source == leaving.id)
        left = sum(_has_something(row) for row in rows)
        told(left)
        if not left:
            _changed(services, cabinet, lambda all_: tuple(it for it in all_ if it.id != leaving.id))
            services.links.forget(leaving)
            break
        if time.monotonic() > stop:
            return left
        time.sleep(POLL)
    return 0


def _has_something(row: Row) -> bool:
    return bool(row.generations or row.parked or row.attention)


def _free_id(cabinet: Cabinet) -> SourceId:
    taken = {it.id for it in cabinet.sources}
    names = (f"{cabinet.id}-sharepoint", *(f"{cabinet.id}-sharepoint-{n}" for n in range(2, len(taken) + 3)))
    return SourceId(next(it for it in names if it not in taken))


def _changed(
    services: Services, cabinet: Cabinet, change: Callable[[tuple[SourceRef, ...]], tuple[SourceRef, ...]]
) -> Cabinet:
    """The cabinet with its sources changed, as it stands in the registry now."""
    return registry.change(services, cabinet.id, lambda it: replace(it, sources=change(it.sources)))
