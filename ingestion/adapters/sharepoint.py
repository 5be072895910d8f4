"""SharePoint as a source: a drive, or a folder of it, by the ids of items. Who renames a file keeps the document.

A locator seals `DRIVE/ITEM`. The version is made of what the index holds: content (cTag), name, folder, date and access
list; so whatever changes of them makes a new version, and nothing else does. Only "not found" for the item from a drive
that answers is an absence: a drive or a site that is gone or denied is an error, and takes nothing away. Answers may be
stale; the worker looks again.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from ingestion.adapters.checksum import quick_xor_hash
from ingestion.adapters.drive_notes import Note, Notes
from ingestion.adapters.graph_items import Denied, Grant, Item, NotThere, Page, Resync
from ingestion.adapters.sharepoint_access import Access, is_good
from ingestion.errors import Park, ParkReason, Retry
from ingestion.locators import document_id, open_, seal
from ingestion.model import DocumentId, Head, Locator, SourceRef, Version
from ingestion.ports import Clock

SCOPE_SECONDS = 60.0  # for how long a watched folder's path is believed when it says "inside"
REMEMBERED = 256  # items between `head` and `read`: more than one instance works on at once
FRESH_SECONDS = 300.0  # of a download address, which SharePoint honours for about an hour
UNKNOWN = Version("")  # equals no version: the worker is to look


class Graph(Protocol):
    """What this source needs of Graph. NotThere, Denied and Resync are its own; the rest is on our ladder."""

    def item(self, source: SourceRef, item: str) -> Item: ...

    def answers(self, source: SourceRef) -> bool: ...

    def children(self, source: SourceRef, folder: str) -> Iterator[Item]: ...

    def grants(self, source: SourceRef, item: str) -> list[Grant]: ...

    def delta(self, source: SourceRef, link: str | None) -> Page: ...

    def download(self, source: SourceRef, url: str, limit: int) -> bytes: ...


class SharePointSource:
    """The port `Source`. Safe to share between threads."""

    def __init__(
        self,
        graph: Graph,
        notes: Notes,
        secret: Callable[[SourceRef], bytes],  # of the cabinet that owns the source
        clock: Clock,
        *,
        staleness: float,
        max_bytes: int,
    ) -> None:
        self._graph = graph
        self._notes = notes
        self._secret = secret
        self._clock = clock
        self._staleness = staleness
        self._max_bytes = max_bytes
        self._access = Access(graph, notes, clock, staleness)
        self._scopes: dict[str, tuple[str, float]] = {}
        self._seen: OrderedDict[tuple[str, Version], tuple[Item, float]] = OrderedDict()
        self._lock = threading.Lock()

    def head(self, source: SourceRef, locator: Locator) -> Head | None:
        item = self._item_id(source, locator)
        if item is None or source.leaving:
            return None
        with _document_errors(source):
            found = self._found(source, item)
            if found is None or found.kind != "file" or found.deleted or not self._is_inside(source, found):
                return None
            principals = self._access.of(source, found)
        version = version_of(found, found.folder or "", principals)
        self._remember(found, version)
        return Head(
            version=version,
            size=found.size,
            title=found.name,
            folder=found.folder or "",
            media_type=found.media_type,
            modified_at=found.modified_at,
            principals=principals,
        )

    def read(self, source: SourceRef, locator: Locator, head: Head) -> bytes:
        if head.size > self._max_bytes:
            raise Park(ParkReason.TOO_LARGE)
        item = self._item_id(source, locator)
        if item is None:
            raise _changed(source)
        with _document_errors(source):
            try:
                asked = self._asked(source, item, head)
                if not asked.download:
                    raise Park(ParkReason.FORBIDDEN, "SharePoint offers no download of this file. Review it there.")
                data = self._graph.download(source, asked.download, self._max_bytes)
                if not _is_of(data, asked):
                    self._demand_unchanged(source, asked)
            except NotThere:
                raise _changed(source) from None
        return data

    def enumerate(self, source: SourceRef) -> Iterator[tuple[DocumentId, Locator, Version]]:
        """By one full delta, the only read of a drive that is complete; access lists as they were last read."""
        if source.leaving:
            return
        with listing_errors(source):
            items = self._everything(source)
        notes = self._notes.all(source.id)
        self._learn_folders(source, items, notes)
        if self._access.changed_above(source, items.values(), notes):
            notes = self._notes.all(source.id)
        secret, now = self._secret(source), self._clock()
        for it in items.values():
            inside, folder = _place(it, items, source.prefix)
            if it.kind != "file" or not inside:
                continue
            note = notes.get(it.id)
            version = UNKNOWN
            if folder is not None and note and note.principals is not None:
                good = is_good(note, it, now, self._staleness)
                version = version_of(it, folder, note.principals) if good else UNKNOWN
            locator = locate(secret, source, it.id)
            yield document_id(source.id, locator), locator, version

    def _everything(self, source: SourceRef) -> dict[str, Item]:
        items: dict[str, Item] = {}
        link: str | None = None
        while True:
            page = self._graph.delta(source, link)
            for it in page.items:
                items.pop(it.id, None)
                if not it.deleted:
                    items[it.id] = it
            link = page.next
            if link is None:
                return items

    def _learn_folders(self, source: SourceRef, items: Mapping[str, Item], notes: Mapping[str, Note]) -> None:
        """Those that are new to us. A known one is left to the feed, which must find what changed of it."""
        secret = self._secret(source)
        new = {it.id: folder_note(secret, it, "") for it in items.values() if it.kind == "folder"}
        self._notes.learn(source.id, {item: note for item, note in new.items() if item not in notes})

    # --- one item ---

    def _item_id(self, source: SourceRef, locator: Locator) -> str | None:
        """None where the source was another drive once."""
        drive, _, item = open_(self._secret(source), source.id, locator).rpartition("/")
        return item if drive == source.container else None

    def _found(self, source: SourceRef, item: str) -> Item | None:
        try:
            return self._graph.item(source, item)
        except NotThere:
            if not self._graph.answers(source):
                raise drive_missing(source) from None
            self._notes.forget(source.id, item)
            return None

    def _is_inside(self, source: SourceRef, item: Item) -> bool:
        """Under the watched folder. Its path is believed for a minute only where it lets a document in."""
        if not source.prefix:
            return True
        path, until = self._scopes.get(source.id, ("", 0.0))
        if self._clock() < until and _under(item.folder or "", path):
            return True
        try:
            watched = self._graph.item(source, source.prefix)
        except NotThere:
            return False
        path = "/".join(filter(None, (watched.folder, watched.name))) if watched.parent else ""
        self._scopes[source.id] = (path, self._clock() + SCOPE_SECONDS)
        return _under(item.folder or "", path)

    def _remember(self, item: Item, version: Version) -> None:
        with self._lock:
            self._seen[item.id, version] = (item, self._clock() + FRESH_SECONDS)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    def _asked(self, source: SourceRef, item: str, head: Head) -> Item:
        """The item of exactly this version, with a download address that is still good."""
        with self._lock:
            known, until = self._seen.pop((item, head.version), (None, 0.0))
        if known is not None and self._clock() < until:
            return known
        found = self._graph.item(source, item)
        if version_of(found, found.folder or "", head.principals) != head.version:
            raise _changed(source)
        return found

    def _demand_unchanged(self, source: SourceRef, asked: Item) -> None:
        """Without a checksum that fits: the content was the same before and after, so it is what came in between."""
        now = self._graph.item(source, asked.id)
        if now.content_version != asked.content_version:
            raise _changed(source)


def version_of(item: Item, folder: str, principals: tuple[str, ...]) -> Version:
    """Of all that the index holds of a document, and of nothing else."""
    parts = [item.content_version, item.name, folder, item.media_type, item.modified_at.isoformat(), *principals]
    return Version(hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32])


def locate(secret: bytes, source: SourceRef, item: str) -> Locator:
    return seal(secret, source.id, f"{source.container}/{item}")


def folder_note(secret: bytes, it: Item, since: str) -> Note:
    name = hashlib.blake2b(it.name.encode(), key=secret[:64], digest_size=16).hexdigest()
    return Note(parent=it.parent, name=name, since=since)


def drive_missing(source: SourceRef) -> Retry:
    return Retry(
        "drive_missing",
        f"source {source.id}: its drive does not exist, or is not shown to us. Restore it, or end it with "
        "`greffe unwatch`; nothing is deleted.",
    )


@contextmanager
def listing_errors(source: SourceRef) -> Iterator[None]:
    """Denied and missing are matters of the whole drive here: no document goes, and none is parked for it."""
    try:
        yield
    except NotThere:
        raise drive_missing(source) from None
    except Denied:
        raise Retry(
            "forbidden", f"source {source.id}: access to the drive is denied. Grant Sites.Selected on its site again."
        ) from None
    except Resync:
        raise Retry(
            "changed", f"source {source.id}: the drive changed too much while it was listed.", after=5.0
        ) from None


@contextmanager
def _document_errors(source: SourceRef) -> Iterator[None]:
    """410 of one item says that its site is moved or going: no absence of the document."""
    try:
        yield
    except Denied:
        raise Park(ParkReason.FORBIDDEN) from None
    except Resync:
        raise drive_missing(source) from None


def _changed(source: SourceRef) -> Retry:
    return Retry("changed", f"source {source.id}: the document changed while it was read. It is read again.")


def _is_of(data: bytes, item: Item) -> bool:
    return bool(item.checksum) and len(data) == item.size and quick_xor_hash(data) == item.checksum


def _under(folder: str, watched: str) -> bool:
    return not watched or folder == watched or folder.startswith(f"{watched}/")


def _place(it: Item, items: Mapping[str, Item], watched: str) -> tuple[bool, str | None]:
    """Whether it lies under the watched folder, and its folder's path; None where the drive did not show all of it.

    Then it counts as inside: the worker asks for the item itself.
    """
    names: list[str] = []
    inside, at, steps = not watched, it, 0
    while at.parent:
        parent = items.get(at.parent)
        steps += 1
        if parent is None or steps > len(items):
            return True, None
        inside = inside or parent.id == watched
        at = parent
        if at.parent:
            names.append(at.name)
    return inside, "/".join(reversed(names))
