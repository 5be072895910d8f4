"""What changed in a drive, from Graph's delta; and the subscription that tells us when to ask.

A delta names items. Of a folder that was renamed, moved or shared it names the folder alone, of one that was deleted
perhaps no more: so where each folder stood is noted, and what lies in it is followed from there. The note says which
reading found the change, so that a worker that dies before its messages are sent finds it again. A link that Graph no
longer takes means a new one from now on, and a comparison of everything: never that something is gone.

Graph does not always mark a folder whose sharing changed (microsoftgraph/msgraph-sdk-java#2548, OneDrive/
onedrive-api-docs#1248). A folder that is told for no reason that we can see is taken for shared: what was taken from
somebody must not be shown to them for days. We ask not to be told of folders for what changed in them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ingestion import client_state
from ingestion.adapters.drive_notes import Note, Notes
from ingestion.adapters.graph_items import Item, NotThere, Page, Resync, Watch
from ingestion.adapters.sharepoint import folder_note, listing_errors, locate
from ingestion.errors import Busy, GreffeError, Retry
from ingestion.locators import document_id
from ingestion.model import DocumentId, Locator, SourceRef
from ingestion.ports import Clock, FeedPage

WALK = "walk"  # the note of who walks; no item of Graph's has such an id
ALONE = 120.0  # seconds that one reading of a link is left alone with its folders: 1,000 of them, at the ration's pace
WAIT = 10.0  # seconds
LIFETIME = timedelta(minutes=40_000)  # Graph's limit is 42,300; renewed every six hours, it may fail for weeks


class Graph(Protocol):
    """What this feed needs of Graph."""

    def delta(self, source: SourceRef, link: str | None) -> Page: ...

    def latest(self, source: SourceRef) -> Page: ...

    def children(self, source: SourceRef, folder: str) -> Iterator[Item]: ...

    def subscriptions(self, source: SourceRef) -> list[Watch]: ...

    def subscribe(self, source: SourceRef, url: str, secret: str, expires_at: datetime) -> Watch: ...

    def extend(self, source: SourceRef, subscription: str, expires_at: datetime) -> None: ...

    def unsubscribe(self, source: SourceRef, subscription: str) -> None: ...


class SharePointFeed:
    """The port `Feed`. Safe to share between threads."""

    def __init__(
        self,
        graph: Graph,
        notes: Notes,
        secret: Callable[[SourceRef], bytes],
        clock: Clock,
        *,
        notification_url: str,  # "" where nothing can be notified: the timer alone asks then
    ) -> None:
        self._graph = graph
        self._notes = notes
        self._secret = secret
        self._clock = clock
        self._url = notification_url

    # --- what changed ---

    def changes(self, source: SourceRef, link: str | None) -> FeedPage:
        """All pages at once: the last word on an item counts."""
        with listing_errors(source):
            if link is None:
                return self._from_now(source)
            try:
                items, following = self._read(source, link)
            except Resync:
                return self._from_now(source)
            return FeedPage(self._documents(source, self._touched(source, items, link)), following, last=True)

    def _from_now(self, source: SourceRef) -> FeedPage:
        """The new link is taken before everything is compared: what changes meanwhile is seen twice, not never.

        What the old link would have told of sharing is lost: every access list is read again.
        """
        page = self._graph.latest(source)
        files = [item for item, note in self._notes.all(source.id).items() if not note.name]
        self._notes.expire(source.id, files, self._clock())
        return FeedPage([], _ending(source, page), last=True, resync=True)

    def _read(self, source: SourceRef, link: str) -> tuple[list[Item], str]:
        items: dict[str, Item] = {}
        page = self._graph.delta(source, link)
        while True:
            for it in page.items:
                shared = it.sharing_changed or (it.id in items and items[it.id].sharing_changed)
                items.pop(it.id, None)
                items[it.id] = replace(it, sharing_changed=shared)
            if page.next is None:
                return list(items.values()), _ending(source, page)
            page = self._graph.delta(source, page.next)

    def _touched(self, source: SourceRef, items: Collection[Item], link: str) -> dict[str, None]:
        """Every file to look at again. Access lists that may have changed are forgotten before anybody is told."""
        touched = _Touched()
        since = hashlib.sha256(link.encode()).hexdigest()[:16]
        unexplained: dict[str, str] = {}
        for it in items:
            if it.deleted:
                self._deleted(source, it, touched)
            elif it.kind != "folder":
                touched.add(it.id, access=it.sharing_changed)
            elif not self._folder(source, it, since, touched):
                unexplained[it.id] = it.parent
        for folder in self._told_for_themselves(source, unexplained, items):
            touched.walks[folder] = True
        if touched.walks:
            with self._alone(source, since):
                for folder, access in touched.walks.items():
                    self._walk(source, folder, touched, access=access)
        self._notes.expire(source.id, touched.access, self._clock())
        self._notes.learn(source.id, touched.folders)
        return touched.files

    def _deleted(self, source: SourceRef, it: Item, touched: "_Touched") -> None:
        touched.add(it.id)
        note, _ = (None, None) if it.kind == "file" else self._notes.get(source.id, it.id)
        if note is not None and note.name:
            touched.add_all(self._noted_in(source, it.id))

    def _folder(self, source: SourceRef, it: Item, since: str, touched: "_Touched") -> bool:
        """Whether we can see why it is told. The root is told with every change of anything."""
        if not it.parent and not it.sharing_changed:
            return True
        note, _ = self._notes.get(source.id, it.id)
        found = folder_note(self._secret(source), it, since)
        known = note is not None and note.since != since
        moved = not known or note is None or note.parent != found.parent
        renamed = note is None or note.name != found.name
        if not (moved or renamed or it.sharing_changed):
            return False
        touched.folders[it.id] = found
        touched.walks[it.id] = moved or it.sharing_changed
        return True

    def _told_for_themselves(self, source: SourceRef, folders: dict[str, str], items: Collection[Item]) -> list[str]:
        """Of folders (and theirs) that did not change: not those that are told for what changed in them.

        Where a service tells those in spite of our wish, no item is without its folder, and folders stand in folders.
        """
        told, above = {it.id for it in items}, {it.parent for it in items}
        nested = any(parent in folders for parent in folders.values())
        if not nested or not above - {""} <= told:
            return list(folders)
        left = [it for it in folders if it not in above]
        noted = (self._notes.get(source.id, it.id)[0] for it in items) if left else ()
        went = {note.parent for note in noted if note}
        return [it for it in left if it not in went]

    @contextmanager
    def _alone(self, source: SourceRef, since: str) -> Iterator[None]:
        """Many are told of one renamed folder, and each would walk it: whoever comes second waits for the first's link.

        Of a worker that dies this is forgotten after `ALONE` seconds.
        """
        note, etag = self._notes.get(source.id, WALK)
        if note is not None and note.since == since and self._clock() < note.read_at:
            raise Busy(f"source {source.id}: another worker walks through its folders.", after=WAIT)
        ours = Note(parent="", name=WALK, since=since, read_at=self._clock() + ALONE)
        if not self._notes.put(source.id, WALK, ours, etag):
            raise Busy(f"source {source.id}: another worker began to walk through its folders.", after=WAIT)
        try:
            yield
        except GreffeError:
            self._notes.learn(source.id, {WALK: replace(ours, read_at=0.0)})
            raise

    def _walk(self, source: SourceRef, folder: str, touched: "_Touched", *, access: bool) -> None:
        """What lies in a folder now; or, where it went meanwhile, what was noted in it."""
        left = [folder]
        while left:
            at = left.pop()
            try:
                inside = list(self._graph.children(source, at))
            except NotThere:
                touched.add_all(self._noted_in(source, at))
                continue
            left += [it.id for it in inside if it.kind == "folder"]
            for it in inside:
                if it.kind != "folder":
                    touched.add(it.id, access=access)

    def _noted_in(self, source: SourceRef, folder: str) -> Iterator[str]:
        inside: dict[str, list[tuple[str, Note]]] = defaultdict(list)
        for item, note in self._notes.all(source.id).items():
            inside[note.parent].append((item, note))
        left, seen = [folder], {folder}
        while left:
            for item, note in inside[left.pop()]:
                if not note.name:
                    yield item
                elif item not in seen:
                    seen.add(item)
                    left.append(item)

    def _documents(self, source: SourceRef, files: Iterable[str]) -> list[tuple[DocumentId, Locator]]:
        secret = self._secret(source)
        locators = (locate(secret, source, it) for it in files)
        return [(document_id(source.id, it), it) for it in locators]

    # --- the subscription ---

    def renew(self, source: SourceRef) -> None:
        """One subscription of ours on the drive, good for weeks. Extending it also reauthorizes it."""
        if not self._url or source.leaving:
            return
        with listing_errors(source):
            kept, others = self._subscribed(source)
            expires = datetime.fromtimestamp(self._clock(), UTC) + LIFETIME
            if kept is None or not self._extended(source, kept, expires):
                secret = client_state.made(self._secret(source), source.id)
                self._graph.subscribe(source, self._url, secret, expires)
            for it in others:
                self._graph.unsubscribe(source, it.id)

    def watch(self, source: SourceRef) -> Watch | None:
        """The subscription as Graph has it; None where it is gone, or was never made."""
        with listing_errors(source):
            return self._subscribed(source)[0]

    def unwatch(self, source: SourceRef) -> None:
        """For offboarding."""
        with listing_errors(source):
            kept, others = self._subscribed(source)
            for it in (*others, *([kept] if kept else [])):
                self._graph.unsubscribe(source, it.id)

    def _subscribed(self, source: SourceRef) -> tuple[Watch | None, list[Watch]]:
        """The one to keep, and those that lead elsewhere or are there twice."""
        wanted = f"drives/{source.container}/root"
        found = [it for it in self._graph.subscriptions(source) if it.resource == wanted]
        kept = next((it for it in found if it.notification_url == self._url), None)
        return kept, [it for it in found if it is not kept]

    def _extended(self, source: SourceRef, watch: Watch, expires: datetime) -> bool:
        try:
            self._graph.extend(source, watch.id, expires)
        except NotThere:
            return False
        return True


class _Touched:
    """What one reading of the delta leads to."""

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self.access: dict[str, None] = {}  # those whose access list is to be read again
        self.folders: dict[str, Note] = {}
        self.walks: dict[str, bool] = {}  # folders to walk through, and whether for access lists

    def add(self, item: str, *, access: bool = False) -> None:
        self.files[item] = None
        if access:
            self.access[item] = None

    def add_all(self, items: Iterable[str]) -> None:
        for it in items:
            self.add(it)


def _ending(source: SourceRef, page: Page) -> str:
    if page.delta is None:
        raise Retry("incomplete", f"source {source.id}: the drive's delta ended without a link to go on from.")
    return page.delta
