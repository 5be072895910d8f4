"""Random histories of a library: whatever people do and whatever goes wrong, the index ends as the watched scope is.

The adapter, the drives' worker, the documents' worker, the comparison, the pipeline and the delivery are the shipped
ones; Graph is the local cloud's server, asked without sockets. Time is given, so a history of hours takes milliseconds.
Notifications are lost, doubled and late; answers are stale, throttled and refused; workers die between two calls.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from opentelemetry.trace import NoOpTracer

from chunking import ChunkSettings
from chunking.blocks import Block, BlockKind, Part
from ingestion import protocol
from ingestion.adapters.sharepoint import SharePointSource, locate
from ingestion.adapters.sharepoint_feed import SharePointFeed
from ingestion.delivery import Delivery
from ingestion.drives import Drives
from ingestion.failures import Failed
from ingestion.intake import WHOLE_SOURCE
from ingestion.job import Limits, Ports
from ingestion.locators import document_id
from ingestion.model import (
    Cabinet,
    CabinetId,
    Change,
    ChangeKind,
    ChunkKey,
    DocumentId,
    Head,
    IndexedChunk,
    IndexName,
    IndexRef,
    IndexState,
    ItemResult,
    Locator,
    Nonce,
    SourceKind,
    SourceRef,
    Vector,
)
from ingestion.pipeline import Pipeline
from ingestion.ports import Embedded, Stored
from ingestion.reconcile import Worker
from ingestion.reconciliation import Found, Reconciliation
from ingestion.rows import Row
from ingestion.telemetry import Telemetry
from local.server import Request, Response
from local.sharepoint.drive import NameTaken, NoSuchItem, State
from tests.sharepoint_world import DRIVE, SECRET, MemoryNotes, StraightGraph, graph_server, source

HISTORIES = 2_000
PARTS = 8  # tests that share them
LATE = 0.01  # of histories, at the most: Graph told of a shared folder without a mark, and of other changes with it
STALE = 60.0  # seconds; the server's lag stays under it
TRIES = 5  # of a message, then an operator replays it
LIMITS = Limits(600.0, 750.0, 1.0, 5.0, {SourceKind.BLOB: 0.0, SourceKind.SHAREPOINT: STALE})
INDEX = IndexRef(IndexName("dupont-1"), "https://search", IndexState.ACTIVE, "v1", "model", 1)
PEOPLE = [("user", "u1"), ("group", "g1"), ("organization", ""), ("users", "u2 u3")]

TELEMETRY = Telemetry(NoOpTracer())
Shown = dict[str, tuple[str, str, str, tuple[str, ...]]]  # item: text, title, folder, principals


class Died(BaseException):
    """A worker's process ended: nothing may catch it."""


@dataclass
class Ledger:
    rows: dict[DocumentId, tuple[Row, int]] = field(default_factory=dict)

    def get(self, index: IndexRef, document: DocumentId) -> Stored:
        row, etag = self.rows.get(document, (Row(document), 0))
        return Stored(row, str(etag) if etag else None)

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        if self.get(index, row.document).etag != expected:
            return None
        self.rows[row.document] = (row, int(expected or 0) + 1)
        return self.get(index, row.document)

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        return iter([row for row, _ in self.rows.values() if row.attention or not attention])


@dataclass
class Index:
    chunks: dict[ChunkKey, IndexedChunk] = field(default_factory=dict)

    def upload(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> list[ItemResult]:
        self.chunks.update((it.key, it) for it in chunks)
        return [ItemResult(it.key, 201) for it in chunks]

    def delete(self, index: IndexRef, keys: Sequence[ChunkKey]) -> list[ItemResult]:
        for key in keys:
            self.chunks.pop(key, None)
        return [ItemResult(key, 200) for key in keys]

    def vectors(self, index: IndexRef, document: DocumentId, generation: Nonce) -> dict[str, Vector]:
        found: dict[str, Vector] = {}
        for ordinal in count():
            it = self.chunks.get(ChunkKey(f"{document}-{generation}-{ordinal}"))
            if it is None:
                return found
            found[it.chunk.content_hash] = it.vector
        raise AssertionError

    def remaining(self, index: IndexRef, document: DocumentId, keys: Sequence[ChunkKey]) -> int:
        return sum(it.document == document for it in self.chunks.values())

    def keys(self, index: IndexRef, document: DocumentId | None = None) -> Iterator[tuple[ChunkKey, DocumentId, Nonce]]:
        return iter([(it.key, it.document, it.generation) for it in self.chunks.values()])


@dataclass
class Embedder:
    tokens: int = 0

    def embed(self, texts: Sequence[str], model: str, dimensions: int) -> Embedded:
        self.tokens += sum(len(it.split()) for it in texts)
        return Embedded([[1.0] for _ in texts], self.tokens)


@dataclass
class Links:
    link: str | None = None
    etag: int = 0

    def get(self, source: SourceRef) -> tuple[str | None, str | None]:
        return self.link, str(self.etag) if self.etag else None

    def swap(self, source: SourceRef, link: str, expected: str | None) -> bool:
        if self.get(source)[1] != expected:
            return False
        self.link, self.etag = link, self.etag + 1
        return True


@dataclass
class Messages:
    """One of the queues, in the world's time."""

    world: "World"
    name: str

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self.world.step()
        self.world.queue(self.name, change, delay)


class One:
    """Registry, keys and audit of one cabinet."""

    def __init__(self, cabinet: Cabinet) -> None:
        self.cabinet = cabinet
        self.recorded = Counter[str]()

    def by_id(self, cabinet: str) -> Cabinet:
        return self.cabinet

    def by_source(self, source: str) -> Cabinet:
        return self.cabinet

    def by_route(self, route: str) -> tuple[Cabinet, SourceRef]:
        return self.cabinet, self.cabinet.sources[0]

    def secret(self, cabinet: Cabinet) -> bytes:
        return SECRET

    def record(self, cabinet: str, action: str, **fields: str | int | float) -> None:
        self.recorded[action] += 1


class World:
    """A library, those who work in it, and Greffe."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.time = 1_790_000_000.0
        self.met: Counter[str] = Counter()
        self._numbers = count(1)
        self._waiting: list[tuple[float, int, str, Change, int]] = []
        self.dying = 0.0  # how likely a worker dies at one of its calls
        self.server, self.people = graph_server(self.now, lambda: f"01ITEM{next(self._numbers):06d}")
        self.drive = self.server.library.drives[DRIVE]
        self.watched = self.people.folder("Clients") if self.chance.random() < 0.5 else ""
        self.source = source(folder=self.watched)
        self._connect()

    def _connect(self) -> None:
        cabinet = Cabinet(
            CabinetId("dupont"), "tenant", "dupont", (INDEX,), (self.source,), "off", 1, "key", b"wrapped"
        )
        one, ids = One(cabinet), lambda: Nonce(f"n{next(self._numbers)}")
        self.one = one
        graph, notes, telemetry = StraightGraph(self._asked), MemoryNotes(), TELEMETRY
        self.ledger, self.index, self.embedder = Ledger(), Index(), Embedder()
        queues = {name: Messages(self, name) for name in ("documents", "bulk", "drives")}
        adapter = SharePointSource(graph, notes, lambda _: SECRET, self.now, staleness=STALE, max_bytes=1_000)
        feed = SharePointFeed(graph, notes, lambda _: SECRET, self.now, notification_url="")
        sources = {SourceKind.SHAREPOINT: adapter}
        worker = Worker(
            Ports(one, one, sources, self.ledger, self.index, self.embedder, one, self.now, ids, lambda _: None),
            Pipeline(as_one_part, ChunkSettings()),
            LIMITS,
            telemetry,
        )
        self.comparison = Reconciliation(
            sources, self.ledger, self.index, queues["bulk"], one, telemetry, self.now, ids, LIMITS.replica_lag
        )
        drives = Drives(
            one,
            {SourceKind.SHAREPOINT: feed},
            Links(),
            self.comparison,
            queues["documents"],
            telemetry,
            ids,
            LIMITS.staleness,
        )
        self.cabinet = cabinet
        self._handlers = {
            name: (Delivery(drives.handle if name == "drives" else worker.handle, telemetry, one, 1_000), queue)
            for name, queue in queues.items()
        }

    def now(self) -> float:
        return self.time

    @property
    def held(self) -> int:
        """How often the deletion breaker asked an operator."""
        return self.one.recorded["deletion_breaker"]

    def _asked(self, request: Request) -> Response:
        self.step()
        return self.server(request)

    def step(self) -> None:
        """One call of a worker: it takes time, and may be its last."""
        self.time += 0.01
        if self.dying and self.chance.random() < self.dying:
            self.met["died"] += 1
            raise Died

    def queue(self, name: str, change: Change, delay: float = 0.0, tries: int = 0) -> None:
        heapq.heappush(self._waiting, (self.time + delay, next(self._numbers), name, change, tries))

    def tell(self, kind: ChangeKind, delay: float = 0.0) -> None:
        """A notification, or the timer, or an operator."""
        number = f"m{next(self._numbers)}"
        change = Change(number, self.source.id, self.cabinet.id, WHOLE_SOURCE, Locator(""), kind, number)
        self.queue("drives", change, delay)

    def run(self, until: float = float("inf")) -> None:
        """Every message whose time comes; a delivery that fails comes back."""
        while self._waiting and self._waiting[0][0] <= until:
            at, _, name, change, tries = heapq.heappop(self._waiting)
            self.time = max(self.time, at)
            delivery, queue = self._handlers[name]
            try:
                self.met[delivery.deliver(change, queue)] += 1
            except Died:
                self.queue(name, change, 10.0, tries)
            except Failed:
                self.met["failed"] += 1
                self.queue(name, change, 30.0 * (tries + 1), tries + 1)
        if until != float("inf"):
            self.time = max(self.time, until)

    # What people do

    def act(self) -> None:
        acts: list[Callable[[], None]] = [
            self._create, self._create, self._edit, self._rename, self._move, self._delete, self._restore, self._share,
            self._unshare,
        ]  # fmt: skip
        chosen = self._empty if self.chance.random() < 0.02 else self.chance.choice(acts)
        try:
            chosen()
        except (NameTaken, NoSuchItem):
            return
        self.met[chosen.__name__] += 1
        if self.chance.random() < 0.3:
            self.met["notification lost"] += 1
            return
        for times in range(1 + (self.chance.random() < 0.3)):
            self.met["notification doubled"] += times
            self.tell(ChangeKind.CHANGED, self.chance.uniform(0.0, 90.0))  # later ones may come before

    def _some(self, *, folder: bool | None = None, deleted: bool = False) -> State:
        states = [it for it in map(self.drive.known, self.drive.items) if it is not None and it.parent]
        fitting = [it for it in states if it.deleted is deleted and folder in (None, it.is_folder)]
        if not fitting:
            raise NoSuchItem("none")
        return self.chance.choice(fitting)

    def _into(self) -> str:
        return self._some(folder=True).id if self.chance.random() < 0.7 else self.drive.root

    def _name(self) -> str:
        return f"n{self.chance.randrange(40)}"

    def _create(self) -> None:
        if self.chance.random() < 0.4:
            self.people.folder(f"d{self.chance.randrange(40)}", self._into())
        elif len([it for it in self.drive.items if not self.drive.items[it][-1][1].is_folder]) < 10:
            self.people.put(f"{self._name()}.txt", self._text(), self._into())

    def _text(self) -> bytes:
        return f"Texte numéro {next(self._numbers)}".encode()

    def _edit(self) -> None:
        self.people.edit(self._some(folder=False).id, self._text())

    def _rename(self) -> None:
        self.people.move(self._some().id, name=self._name())

    def _move(self) -> None:
        self.people.move(self._some().id, parent=self._into())

    def _delete(self) -> None:
        self.people.delete(self._some().id, alone=self.chance.random() < 0.5)

    def _empty(self) -> None:
        """Everything that is watched, in one go."""
        for it in self.drive.children(self.watched or self.drive.root):
            self.people.delete(it.id, alone=self.chance.random() < 0.5)

    def _restore(self) -> None:
        self.people.restore(self._some(deleted=True).id, alone=self.chance.random() < 0.5)

    def _share(self) -> None:
        it = self._some()
        self.people.share(it.id, *self.chance.sample(PEOPLE, self.chance.randrange(3)))
        self.met["unmarked"] += bool(it.is_folder and self.server.switches.now.unmarked_folders)

    def _unshare(self) -> None:
        it = self._some()
        self.people.unshare(it.id)
        self.met["unmarked"] += bool(it.is_folder and self.server.switches.now.unmarked_folders)

    def weather(self) -> None:
        """Another day of the service's."""
        chance = self.chance
        self.server.switches.turn(
            {
                "page": chance.choice([1, 2, 5, 200]),
                "lag": chance.choice([0.0, 0.0, chance.uniform(0.0, STALE * 0.9)]),
                "repeats": chance.choice([0.0, 0.5]),
                "resync": chance.choice([0, 0, 0, 1, 2]),
                "bare_deletes": chance.choice([0, 1]),
                "unmarked_folders": chance.choice([0, 1]),
                "ancestors": chance.choice([0, 0, 1]),
                "throttled_share": chance.choice([0.0, 0.0, 0.1]),
                "permissions_forbidden": chance.choice([0, 0, 0, 1]),
                "seed": chance.random(),
            }
        )
        self.dying = chance.choice([0.0, 0.0, 0.02])
        now = self.server.switches.now
        self.met["denied"] += bool(now.permissions_forbidden)
        self.met["stale answers"] += now.lag > 0.0
        self.met["repeated items"] += now.repeats > 0.0
        self.met[f"410 of kind {int(now.resync)}"] += now.resync > 0.0

    def calm(self) -> None:
        self.server.switches.turn(
            {"lag": 0.0, "throttled_share": 0.0, "permissions_forbidden": 0, "bare_deletes": 0, "repeats": 0.0}
        )
        self.dying = 0.0

    # What is, and what is shown

    def expected(self) -> Shown:
        found: Shown = {}
        for item in self.drive.items:
            it = self.drive.known(item)
            if it is None or it.deleted or it.is_folder:
                continue
            above = list(self.drive.ancestors(it))
            if self.watched and self.watched not in [folder.id for folder in above]:
                continue
            path, _, _ = self.drive.path(it).rpartition("/")
            found[item] = (self.drive.content(it).decode(), it.name, path, self._readers(it))
        return found

    def _readers(self, it: State) -> tuple[str, ...]:
        readers: set[str] = set()
        for grant, _ in self.drive.effective(it):
            readers.update(["cabinet"] if grant.kind == "organization" else grant.to.split())
        return tuple(sorted(readers))

    def shown(self) -> Shown:
        """What search shows: the live version of each document, by the ledger."""
        names = {document_id(self.source.id, locate(SECRET, self.source, it)): it for it in self.drive.items}
        found: Shown = {}
        for chunk in self.index.chunks.values():
            live = self.ledger.get(INDEX, chunk.document).row.live
            if live is not None and live.nonce == chunk.generation:
                principals = chunk.fields["allowed_principals"]
                assert isinstance(principals, list)
                found[names[chunk.document]] = (
                    chunk.chunk.text.strip(),
                    f"{chunk.chunk.title}",
                    str(chunk.fields["folder"]),
                    tuple(principals),
                )
        return found


def as_one_part(data: bytes, head: Head) -> tuple[Part, ...]:
    return (Part("", head.title, (Block(BlockKind.PARAGRAPH, data.decode()),), "text/plain"),)


def history(seed: int) -> World:
    """An hour or so of people, service and workers; then calm, and one run of the timer."""
    world = World(seed)
    for _ in range(world.chance.randrange(6)):
        world.act()
    world.tell(ChangeKind.LOOK_AGAIN)
    for _ in range(world.chance.randrange(4, 25)):
        if world.chance.random() < 0.2:
            world.weather()
        world.act()
        world.run(world.time + world.chance.choice([0.1, 5.0, 40.0, 200.0]))
    world.calm()
    world.time += STALE if world.chance.random() < 0.5 else 0.0
    world.tell(ChangeKind.LOOK_AGAIN)
    world.run()
    return world


def differ_in_access(shown: Shown, expected: Shown) -> bool:
    return set(shown) == set(expected) and all(shown[it][:3] == value[:3] for it, value in expected.items())


def compare(world: World, *, after: float = 0.0) -> Shown:
    """What is shown after a comparison, some seconds later."""
    world.time += after
    world.comparison.run(world.cabinet, world.source)
    world.run()
    return world.shown()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.timeout(300)
def test_after_any_history_the_index_is_the_watched_scope_of_the_drive(part: int) -> None:
    late = 0
    for seed in range(part, HISTORIES, PARTS):
        world = history(seed)
        shown, expected = world.shown(), world.expected()
        if world.met["denied"] and differ_in_access(shown, expected):
            shown = compare(world)
        if world.met["unmarked"] and differ_in_access(shown, expected) and shown != expected:
            late += 1
            shown = compare(world, after=3 * 86_400.0 + 1.0)
        assert shown == expected, f"history {seed}"
        assert not world.held, f"history {seed}: so few documents are never held back"
        assert not [row for row, _ in world.ledger.rows.values() if row.attention], f"history {seed}"
        assert len(world.index.chunks) == len(expected), f"history {seed}: chunks without a document"
        compare(world)  # access lists that were let go for nothing are read again
        found = world.comparison.run(world.cabinet, world.source)
        assert replace(found, listed=0) == Found(), f"history {seed}: the comparison is not at rest"
        assert world.shown() == expected, f"history {seed}: the comparison changed something"
    assert late <= LATE * HISTORIES / PARTS, "access lists that were right only after days"


def library(files: int) -> tuple[World, str, list[str]]:
    """A library at rest: a folder with files in folders of its own, all of them shown."""
    world = World(0)
    folder = world.people.folder("Dossiers", world.watched)
    inner = [world.people.folder(f"{number}", folder) for number in range(10)]
    items = [world.people.put(f"{number}.txt", world._text(), inner[number % 10]) for number in range(files)]
    world.tell(ChangeKind.LOOK_AGAIN)
    world.run()
    assert world.shown() == world.expected()
    world.server.meter.reset()
    return world, folder, items


@pytest.mark.parametrize(
    "change",
    ["rename the folder", "move the folder", "share the folder", "rename a file", "move a file", "share a file"],
)
def test_what_changes_no_content_embeds_nothing(change: str) -> None:
    world, folder, items = library(100)
    tokens = world.embedder.tokens
    match change:
        case "rename a file":
            world.people.move(items[0], name="autre nom.txt")
        case "share a file":
            world.people.share(items[0], ("user", "u1"))
        case "rename the folder":
            world.people.move(folder, name="Clients archivés")
        case "move the folder":
            world.people.move(folder, parent=world.people.folder("Archives", world.watched))
        case "share the folder":
            world.people.share(folder, ("user", "u1"))
        case _:
            world.people.move(items[0], parent=folder)
    world.tell(ChangeKind.CHANGED)
    world.run()
    assert world.shown() == world.expected()
    assert world.embedder.tokens == tokens
    calls = world.server.meter.read()["calls"]
    assert isinstance(calls, dict)
    few = {"rename the folder": 0, "rename a file": 0, "move a file": 1, "share a file": 2}
    lists_read = few.get(change, 2 * len(items))
    assert calls.get("permissions", 0) == lists_read


def test_the_histories_met_the_hard_cases() -> None:
    met = Counter[str]()
    for seed in range(60):
        met.update(history(seed).met)
    acts = ["_create", "_edit", "_move", "_rename", "_delete", "_restore", "_share", "_unshare", "_empty"]
    service = ["410 of kind 1", "410 of kind 2", "stale answers", "repeated items", "denied", "unmarked"]
    told = ["notification lost", "notification doubled"]
    assert {it for it in [*acts, *service, *told, "died", "again"] if met[it] < 3} == set(), met


def test_a_renamed_folder_of_5_000_documents_embeds_nothing_and_shows_its_new_path() -> None:
    world, folder, items = library(5_000)
    tokens = world.embedder.tokens
    world.people.move(folder, name="Clients archivés")
    world.tell(ChangeKind.CHANGED)
    world.run()
    assert {path.split("/")[-2] for _, _, path, _ in world.shown().values()} == {"Clients archivés"}
    assert len(world.shown()) == len(items)
    assert world.embedder.tokens == tokens
    read = world.server.meter.read()
    pages = 1 + 10 * 3  # 500 files in each of ten folders, 200 on a page
    assert read["units"] == 2 * len(items) + 2 + 2 * pages, "each document twice, the delta twice, each page once"


def test_a_library_that_a_comparison_finds_empty_waits_for_an_operator() -> None:
    """Graph forgot where we were, so nobody tells of deletions: an empty listing is more often a fault than a wish."""
    world, _, items = library(20)
    for it in items:
        world.people.delete(it)
    world.server.switches.turn({"resync": 1})
    world.tell(ChangeKind.LOOK_AGAIN)
    world.run()
    assert (len(world.shown()), world.held) == (20, 1)
    found = world.comparison.run(world.cabinet, world.source, force=True)
    world.run()
    assert (found.gone, world.shown(), world.held) == (20, {}, 1)


def test_what_graph_says_was_deleted_goes_however_much_it_is() -> None:
    world, folder, _ = library(20)
    world.people.delete(folder, alone=True)
    world.tell(ChangeKind.CHANGED)
    world.run()
    assert (world.shown(), world.held) == ({}, 0)


def test_the_protocol_is_the_shipped_one() -> None:
    assert Worker.__module__ == "ingestion.reconcile"
    assert protocol.MAX_GENERATIONS == 16
