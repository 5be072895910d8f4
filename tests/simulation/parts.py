"""The ports of `ingestion/ports.py` as the world has them: a worse Azure, not a mock of it.

Each method is one `World.call`; its effect is what the service does at that moment, with the faults that are its own:
items that answer 503, queries that lag, reads of the past, a compare-and-swap that lands although its answer is lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingestion.errors import Park, ParkReason, Refuse, Retry
from ingestion.model import (
    Cabinet,
    Change,
    ChunkKey,
    DocumentId,
    Head,
    IndexedChunk,
    IndexName,
    IndexRef,
    ItemResult,
    Locator,
    Nonce,
    SourceKind,
    SourceRef,
    Vector,
    Version,
)
from ingestion.ports import Embedded, FeedPage, Stored
from ingestion.rows import Row
from tests.simulation.content import REJECTED, Document, vector_of
from tests.simulation.world import REGISTRY_CACHE, REPLICA_LAG, STALENESS, Process, World


@dataclass(frozen=True, slots=True)
class Item:
    """A chunk as the index holds it."""

    document: DocumentId
    generation: Nonce
    ordinal: int
    text: str
    content_hash: str
    vector: tuple[float, ...]


@dataclass(slots=True, eq=False)
class Physical:
    """An index: what is durable, and what a lagging replica shows."""

    name: IndexName
    cabinet: str
    durable: dict[ChunkKey, Item] = field(default_factory=dict)
    shown: dict[ChunkKey, Item] = field(default_factory=dict)
    dropped: bool = False


class Watch:
    """What the judge is told as it happens; see `judge.py`."""

    def swapped(self, index: IndexRef, before: Row, after: Row) -> None: ...

    def writing(self, index: Physical, chunk: IndexedChunk) -> None: ...

    def deleting(self, index: Physical, keys: Sequence[ChunkKey]) -> None: ...

    def pointed(self, alias: str, index: IndexName, asked_at: float) -> None: ...

    def read(self, index: IndexRef, row: Row) -> None: ...

    def swapping(self, row: Row) -> None: ...

    def uploading(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> None: ...

    def sending(self, change: Change) -> None: ...

    def registered(self, cabinet: Cabinet) -> None: ...


class WorldLedger:
    def __init__(self, world: World, watch: Watch) -> None:
        self.world, self.watch = world, watch
        self.rows: dict[tuple[str, str], tuple[Row, int]] = {}
        self.etags = 0

    def get(self, index: IndexRef, document: DocumentId) -> Stored:
        stored = self.world.call("ledger.get", lambda: self.peek(index, document))
        self.world.running.owed |= stored.row.unswept
        self.watch.read(index, stored.row)
        return stored

    def peek(self, index: IndexRef, document: DocumentId) -> Stored:
        row, etag = self.rows.get((index.name, document), (None, 0))
        return Stored(row, str(etag)) if row is not None else Stored(Row(document), None)

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        self.watch.swapping(row)
        return self.world.call("ledger.swap", lambda: self.swap_now(index, row, expected))

    def swap_now(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        stored = self.peek(index, row.document)
        if stored.etag != expected:
            self.world.happened["swap refused"] += 1
            return None
        self.etags += 1
        self.rows[index.name, row.document] = (row, self.etags)
        self.watch.swapped(index, stored.row, row)
        return Stored(row, str(self.etags))

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        rows = self.world.call("ledger.scan", lambda: self.rows_of(index))
        return (row for row in rows if row.attention or not attention)

    def rows_of(self, index: IndexRef) -> list[Row]:
        return [row for (name, _), (row, _) in self.rows.items() if name == index.name]


class WorldIndex:
    def __init__(self, world: World, watch: Watch, indexes: dict[IndexName, Physical]) -> None:
        self.world, self.watch, self.indexes = world, watch, indexes

    def upload(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> list[ItemResult]:
        self.watch.uploading(index, chunks)
        return self.world.call("index.upload", lambda: self._upload(index, chunks))

    def _upload(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> list[ItemResult]:
        there = self._there(index)
        results = []
        for it in chunks:
            if it.chunk.text.startswith(REJECTED):
                results.append(ItemResult(it.key, 400))
                continue
            if self.world.chance.happens(self.world.weather.items):
                self.world.happened["item refused"] += 1
                results.append(ItemResult(it.key, 503))
                continue
            self.watch.writing(there, it)
            there.durable[it.key] = Item(
                it.document, it.generation, it.chunk.ordinal, it.chunk.text, it.chunk.content_hash, tuple(it.vector)
            )
            results.append(ItemResult(it.key, 201))
        self._show_later(there, [it.key for it in chunks])
        return results

    def delete(self, index: IndexRef, keys: Sequence[ChunkKey]) -> list[ItemResult]:
        return self.world.call("index.delete", lambda: self._delete(index, keys))

    def _delete(self, index: IndexRef, keys: Sequence[ChunkKey]) -> list[ItemResult]:
        there = self._there(index)
        self.watch.deleting(there, keys)
        results = []
        for key in keys:
            if self.world.chance.happens(self.world.weather.items):
                results.append(ItemResult(key, 503))
                continue
            there.durable.pop(key, None)
            results.append(ItemResult(key, 200))
        self._show_later(there, keys)
        return results

    def vectors(self, index: IndexRef, document: DocumentId, generation: Nonce) -> dict[str, Vector]:
        def effect() -> dict[str, Vector]:
            found = (it for it in self._replica(index).values() if it.generation == generation)
            return {it.content_hash: list(it.vector) for it in found if it.document == document}

        return self.world.call("index.vectors", effect)

    def remaining(self, index: IndexRef, document: DocumentId, keys: Sequence[ChunkKey]) -> int:
        def effect() -> int:
            looked_up = self._replica(index)
            counted = sum(it.document == document for it in self._replica(index).values())
            return sum(key in looked_up for key in keys) + counted

        return self.world.call("index.remaining", effect)

    def keys(self, index: IndexRef, document: DocumentId | None = None) -> Iterator[tuple[ChunkKey, DocumentId, Nonce]]:
        def effect() -> list[tuple[ChunkKey, DocumentId, Nonce]]:
            shown = self._replica(index).items()
            return [(key, it.document, it.generation) for key, it in shown if document in (None, it.document)]

        return iter(self.world.call("index.keys", effect))

    def _there(self, index: IndexRef) -> Physical:
        there = self.indexes[index.name]
        if there.dropped:
            raise Retry("index_missing", "the search service has no such index")
        return there

    def _replica(self, index: IndexRef) -> dict[ChunkKey, Item]:
        """Any replica may answer: one that has seen every write, or one that lags."""
        there = self._there(index)
        return there.durable if self.world.chance.either() else there.shown

    def _show_later(self, there: Physical, keys: Sequence[ChunkKey]) -> None:
        def show() -> None:
            for key in keys:
                if (it := there.durable.get(key)) is not None:
                    there.shown[key] = it
                else:
                    there.shown.pop(key, None)

        if self.world.chance.happens(self.world.weather.lag):
            self.world.happened["replica lags"] += 1
            self.world.at(self.world.now + self.world.chance.between(0.0, REPLICA_LAG * 0.98), show)
        else:
            show()


class WorldSource:
    """Blob storage reads its own writes; SharePoint may show the past, by at most `STALENESS`."""

    def __init__(self, world: World, documents: dict[DocumentId, Document]) -> None:
        self.world, self.documents = world, documents
        self.blank = False  # the source is cut off and looks empty: a fault that must delete nothing

    def head(self, source: SourceRef, locator: Locator) -> Head | None:
        def effect() -> Head | None:
            document = self._document(source, locator)
            if document.denied:
                raise Park(ParkReason.FORBIDDEN)
            content = None if self.blank else document.at(self._moment(source, document))
            return document.head(content) if content else None

        return self.world.call("source.head", effect)

    def read(self, source: SourceRef, locator: Locator, head: Head) -> bytes:
        def effect() -> bytes:
            document = self._document(source, locator)
            content = document.at(self._moment(source, document))
            if document.denied:
                raise Park(ParkReason.FORBIDDEN)
            if content is None or content.version != head.version:
                self.world.happened["changed while it was read"] += 1
                raise Retry("changed", "the document changed while it was read")
            return content.data

        return self.world.call("source.read", effect)

    def enumerate(self, source: SourceRef) -> Iterator[tuple[DocumentId, Locator, Version]]:
        def effect() -> list[tuple[DocumentId, Locator, Version]]:
            listed = ((it, it.at(self._moment(source, it))) for it in self.documents.values() if it.source == source)
            return [(it.id, it.locator, content.version) for it, content in listed if content and not self.blank]

        found = self.world.call("source.enumerate", effect)
        yield from found[: len(found) // 2]
        yield from self.world.call("source.enumerate", lambda: found[len(found) // 2 :])

    def _document(self, source: SourceRef, locator: Locator) -> Document:
        found = next(
            (it for it in self.documents.values() if it.locator == locator and it.source.id == source.id), None
        )
        if found is None:
            raise Refuse("bad_locator", "the locator was sealed for another source")
        return found

    def _moment(self, source: SourceRef, document: Document) -> float:
        now = self.world.now
        if source.kind is SourceKind.BLOB or not self.world.chance.happens(self.world.weather.stale):
            return now
        past = now - self.world.chance.between(0.0, STALENESS * 0.98)
        if document.at(past) is not document.now:
            self.world.happened["stale read"] += 1
        return past


class WorldFeed:
    """A drive's delta: a log of what changed, read to a link, two documents a page."""

    PAGE = 2

    def __init__(self, world: World, documents: dict[DocumentId, Document]) -> None:
        self.world, self.documents = world, documents
        self.log: list[tuple[float, DocumentId]] = []
        self.forgets = False  # the next link is no good: 410 Gone

    def changes(self, source: SourceRef, link: str | None) -> FeedPage:
        return self.world.call("feed.changes", lambda: self._changes(source, link))

    def _changes(self, source: SourceRef, link: str | None) -> FeedPage:
        moment = self.world.now
        if self.world.chance.happens(self.world.weather.stale):
            moment -= self.world.chance.between(0.0, STALENESS * 0.98)
        log = [it for it in self.log if self.documents[it[1]].source == source]
        known = sum(time <= moment for time, _ in log)
        if link is None or self.forgets:
            self.forgets = False
            self.world.happened["feed starts again"] += 1
            there = [(it.id, it.locator) for it in self.documents.values() if it.source == source and it.at(moment)]
            return FeedPage(there, str(known), last=True, resync=link is not None)
        begin = int(link)
        end = max(begin, min(begin + self.PAGE, known))
        changed = dict.fromkeys(document for _, document in log[begin:end])
        return FeedPage([(it, self.documents[it].locator) for it in changed], str(end), last=end >= known)

    def renew(self, source: SourceRef) -> None: ...


class WorldLinks:
    def __init__(self, world: World) -> None:
        self.world = world
        self.links: dict[str, tuple[str, int]] = {}

    def get(self, source: SourceRef) -> tuple[str | None, str | None]:
        def effect() -> tuple[str | None, str | None]:
            link, etag = self.links.get(source.id, (None, None))
            return link, None if etag is None else str(etag)

        return self.world.call("links.get", effect)

    def swap(self, source: SourceRef, link: str, expected: str | None) -> bool:
        def effect() -> bool:
            _, etag = self.links.get(source.id, ("", None))
            if (None if etag is None else str(etag)) != expected:
                return False
            self.links[source.id] = (link, (etag or 0) + 1)
            return True

        return self.world.call("links.swap", effect)


class WorldEmbedder:
    def __init__(self, world: World) -> None:
        self.world = world

    def embed(self, texts: Sequence[str], model: str, dimensions: int) -> Embedded:
        return self.world.call(
            "embed", lambda: Embedded([vector_of(it, dimensions) for it in texts], tokens=len(texts))
        )


class WorldQueue:
    def __init__(self, world: World, watch: Watch, name: str) -> None:
        self.world, self.watch, self.name = world, watch, name

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self.watch.sending(change)
        self.world.call("queue.send", lambda: self.world.send(self.name, change, delay))


class WorldAudit:
    def __init__(self, world: World) -> None:
        self.world = world
        self.entries: list[tuple[str, str, dict[str, str | int | float]]] = []

    def record(self, cabinet: str, action: str, **fields: str | int | float) -> None:
        self.world.call("audit.record", lambda: self.entries.append((cabinet, action, fields)))


class WorldKeys:
    def __init__(self, world: World) -> None:
        self.world = world

    def secret(self, cabinet: Cabinet) -> bytes:
        return self.world.call("keys.secret", lambda: cabinet.wrapped_secret)


@dataclass(frozen=True, slots=True)
class Saved:
    cabinet: Cabinet
    etag: str


class Registrations:
    """The registry's table."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cabinets: dict[str, tuple[Cabinet, int]] = {}
        self.watch = Watch()

    def current(self, cabinet: str) -> Cabinet:
        return self.cabinets[cabinet][0]

    def list(self) -> Iterator[Cabinet]:
        return iter(self.world.call("registry.read", lambda: [it for it, _ in self.cabinets.values()]))

    def load(self, cabinet: str) -> Saved | None:
        return self.world.call("registry.read", lambda: Saved(*_texted(self.cabinets[cabinet])))

    def save(self, cabinet: Cabinet, expected: str | None) -> Saved | None:
        def effect() -> Saved | None:
            _, etag = self.cabinets[cabinet.id]
            if str(etag) != expected:
                return None
            self.cabinets[cabinet.id] = (cabinet, etag + 1)
            self.watch.registered(cabinet)
            return Saved(cabinet, str(etag + 1))

        return self.world.call("registry.save", effect)


class WorldRegistry:
    """An instance's view of it: `REGISTRY_CACHE` seconds old at most when it is asked."""

    def __init__(self, world: World, process: Process, registrations: Registrations) -> None:
        self.world, self.process, self.registrations = world, process, registrations

    def by_id(self, cabinet: str) -> Cabinet | None:
        return next((it for it in self._cabinets() if it.id == cabinet), None)

    def by_source(self, source: str) -> Cabinet | None:
        return next((it for it in self._cabinets() if any(s.id == source for s in it.sources)), None)

    def by_route(self, route: str) -> tuple[Cabinet, SourceRef] | None:
        places = ((it, source) for it in self._cabinets() for source in it.sources)
        return next(((it, source) for it, source in places if source.route == route), None)

    def current(self, cabinet: str) -> Cabinet | None:
        return self.world.call("registry.read", lambda: self.registrations.current(cabinet))

    def _cabinets(self) -> Sequence[Cabinet]:
        until, cached = self.process.cache.get("registry", (0.0, ()))
        if until > self.world.now:
            return cached  # type: ignore[return-value]
        fresh = self.world.call("registry.read", lambda: [it for it, _ in self.registrations.cabinets.values()])
        self.process.cache["registry"] = (self.world.now + REGISTRY_CACHE, fresh)
        return fresh


class WorldService:
    """The administration of a search service: aliases, and indexes that are dropped."""

    def __init__(self, world: World, watch: Watch, indexes: dict[IndexName, Physical], aliases: dict[str, IndexName]):
        self.world, self.watch, self.indexes, self.aliases = world, watch, indexes, aliases

    def point(self, alias: str, index: IndexName) -> None:
        asked_at = self.world.now

        def effect() -> None:
            self.watch.pointed(alias, index, asked_at)
            self.aliases[alias] = index

        self.world.call("service.point", effect)

    def drop(self, index: IndexName) -> None:
        def effect() -> None:
            if index in self.aliases.values():
                raise Retry("index_in_use", "an index that an alias names cannot be deleted")
            self.indexes[index].dropped = True
            self.indexes[index].durable.clear()
            self.indexes[index].shown.clear()

        self.world.call("service.drop", effect)


def _texted(saved: tuple[Cabinet, int]) -> tuple[Cabinet, str]:
    return saved[0], str(saved[1])
