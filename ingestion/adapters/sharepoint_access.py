"""Who may read a file in SharePoint, as object ids: read from Graph when it is new or changed, else from the notes.

A list costs five resource units. It is read when the file is new to us, has come into another folder, or Graph said
that sharing changed (and once more when that answer can no longer be stale); and now and then anyway, because Graph
does not always say so. A list that cannot be read is empty: nobody sees the document, and every look tries again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from ingestion.adapters.drive_notes import Note, Notes
from ingestion.adapters.graph_items import Denied, Grant, Item, NotThere
from ingestion.errors import Retry
from ingestion.model import SourceRef
from ingestion.ports import Clock
from ingestion.search_api import EVERYONE

LONGEST_TRUST = 3 * 86_400.0  # seconds; unreported changes are found after it: 5 units a file, a third of them a night
NEVER = 0.0  # when a list was read that is not good for another look
ROUNDS = 3


class Permissions(Protocol):
    def grants(self, source: SourceRef, item: str) -> list[Grant]: ...


class Access:
    def __init__(self, graph: Permissions, notes: Notes, clock: Clock, staleness: float) -> None:
        self._graph = graph
        self._notes = notes
        self._clock = clock
        self._staleness = staleness

    def of(self, source: SourceRef, item: Item) -> tuple[str, ...]:
        """Sorted. Retry where the list changes while it is read."""
        for _ in range(ROUNDS):
            note, etag = self._notes.get(source.id, item.id)
            now = self._clock()
            if note is not None and note.principals is not None and is_good(note, item, now, self._staleness):
                return note.principals
            principals = self._read(source, item)
            changed_at = note.changed_at if note else 0.0
            read_at = now if principals is not None else NEVER
            read = Note(item.parent, principals or (), read_at=read_at, changed_at=changed_at)
            if self._notes.put(source.id, item.id, read, etag):
                return principals or ()
        raise Retry("changed", f"source {source.id}: an access list changes while it is read.", after=1.0)

    def changed_above(self, source: SourceRef, items: Iterable[Item], notes: Mapping[str, Note]) -> bool:
        """Whether the list of all that is watched is another than at the last comparison: then each is read again.

        Access to a whole library is given on the library, and no delta tells of it.
        """
        top = next((it for it in items if (it.id == source.prefix if source.prefix else not it.parent)), None)
        principals = self._read(source, top) if top is not None else None
        if top is None or principals is None:
            return False
        note, etag = self._notes.get(source.id, top.id)
        changed = note is not None and note.principals not in (None, principals)
        if changed:
            files = [item for item, it in notes.items() if not it.name]
            self._notes.expire(source.id, files, self._clock())
        if note is not None:
            self._notes.put(source.id, top.id, replace(note, principals=principals, read_at=self._clock()), etag)
        return changed

    def _read(self, source: SourceRef, item: Item) -> tuple[str, ...] | None:
        try:
            return principals_of(self._graph.grants(source, item.id))
        except (Denied, NotThere):
            return None


def principals_of(grants: Iterable[Grant]) -> tuple[str, ...]:
    """People and groups; a link for the organisation, or for anybody who has it, opens the document to the cabinet.

    A link with a password opens nothing: whoever asks us has not given it.
    """
    found: set[str] = set()
    for grant in grants:
        if grant.reads:
            found.update(grant.principals)
            if grant.link and not grant.password:
                found.add(EVERYONE)
    return tuple(sorted(found))


def is_good(note: Note, item: Item, now: float, staleness: float) -> bool:
    """The noted list still holds. One that was read soon after a change holds only until it can be read for sure."""
    if note.principals is None or note.parent != item.parent or now - note.read_at > LONGEST_TRUST:
        return False
    settled = note.changed_at + staleness
    return not note.changed_at or note.read_at >= settled or now < settled
