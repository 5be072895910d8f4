"""A cabinet's library in SharePoint, as an operator names it: a site's address, a library's name, a folder's path.

Found and tried before anything is made: whoever onboards a drive that cannot be read learns it at once. After it, the
library is followed by the ids of its drive and folder, so that a rename of either changes nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ingestion.adapters.build import Services
from ingestion.adapters.graph_items import Denied, NotThere
from ingestion.errors import Refuse
from ingestion.model import SourceId, SourceKind, SourceRef

USUAL = ("documents", "shared documents", "documents partages", "documents partagés")  # a site's first library
POLL = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    site: str  # https://TENANT.sharepoint.com/sites/NAME
    library: str = ""  # by default the site's only one, or the one that SharePoint made
    folder: str = ""  # path in the library; by default all of it


def find(services: Services, source_id: SourceId, tenant: str, place: Place, said: Callable[[str], None]) -> SourceRef:
    """The source that this place is.

    Raises:
        Refuse: there is no such site, library or folder for us, or it may not be read.
    """
    graph = services.graph_of(lambda _: tenant)
    address = services.settings.graph_url
    seen = SourceRef(source_id, SourceKind.SHAREPOINT, "", address, "")
    try:
        said("SharePoint: the site and its libraries")
        drive = _library(graph.drives(seen, place.site), place.library)
        source = _followed(seen, drive, "")
        if place.folder.strip("/"):
            said("SharePoint: the folder to follow")
            source = _followed(seen, drive, graph.at_path(source, place.folder).id)
        said("SharePoint: reading items and access lists")
        graph.latest(source)
        graph.grants(source, source.prefix or "root")
    except NotThere:
        raise Refuse("no_such_place", "there is no such site or folder; check --site and --folder") from None
    except Denied:
        raise Refuse(
            "no_access",
            "access is denied; grant Greffe's identity Sites.Selected, and the role fullcontrol on this site "
            "(without it access lists cannot be read, and nobody would see a document)",
        ) from None
    return source


def documents(services: Services, source: SourceRef) -> int:
    """How many there are to load."""
    return sum(1 for _ in services.sources[source.kind].enumerate(source))


def wait_for_load(
    services: Services, source: SourceRef, expected: int, seconds: float, told: Callable[[int], None]
) -> dict[str, int]:
    """How many documents the index shows, and how many are parked, when all are one or the other or time is up."""
    cabinet = services.registry.by_source(source.id)
    if cabinet is None:
        raise Refuse("unknown_source", f"source {source.id} is in no cabinet; onboard it")
    end = time.monotonic() + seconds
    while True:
        statuses = [row.status for row in services.ledger.scan(cabinet.active) if row.source == source.id]
        found = {status: statuses.count(status) for status in ("live", "parked")}
        told(sum(found.values()))
        if sum(found.values()) >= expected or time.monotonic() > end:
            return found
        time.sleep(POLL)


def _library(libraries: dict[str, str], wanted: str) -> str:
    for name, drive in libraries.items():
        if wanted and name.casefold() == wanted.casefold():
            return drive
    if not wanted:
        usual = [drive for name, drive in libraries.items() if name.casefold() in USUAL or len(libraries) == 1]
        if usual:
            return usual[0]
    raise Refuse(
        "no_such_library", f"name one of the site's libraries with --library: {', '.join(libraries) or 'none'}"
    )


def _followed(source: SourceRef, drive: str, folder: str) -> SourceRef:
    return SourceRef(source.id, source.kind, f"drive:{drive}", source.address, drive, folder)
