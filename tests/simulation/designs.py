"""The designs that one would write first, in the same world: which of them breaks, how, and after how many runs.

Small workers without a ledger's generations. They are judged by what their users see: after all events, redeliveries
and an erasure, the index equals the source, and nothing of an erased document is in it. No call fails and no process
dies here unless the weather says so: most fall in calm weather, where deliveries merely overlap and arrive late.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from ingestion.model import Change, ChangeKind, ChunkKey
from tests.simulation.chance import CALM, Chance, swarm
from tests.simulation.content import CANARY, Document
from tests.simulation.exhaustive import CABINET, DOCUMENT, LOCATOR, SOURCE
from tests.simulation.world import START, Message, Process, Violation, World

LEASE = 30.0  # seconds


@dataclass(slots=True)
class Shelf:
    """An index and a store of small records, as any design has them: writes are durable, queries lag."""

    world: World
    document: Document
    durable: dict[ChunkKey, str] = field(default_factory=dict)
    shown: dict[ChunkKey, str] = field(default_factory=dict)
    lease: tuple[str, float] = ("", 0.0)
    sequence: int = 0
    manifest: tuple[ChunkKey, ...] = ()
    manifest_etag: int = 0
    tombstone: bool = False

    def head(self) -> tuple[int, tuple[str, ...]] | None:
        return self.world.call("source.read", lambda: _texts(self.document))

    def upload(self, chunks: dict[ChunkKey, str]) -> None:
        self._later(self.world.call("index.upload", lambda: self.durable.update(chunks) or list(chunks)))

    def delete(self, keys: list[ChunkKey]) -> None:
        if keys:
            self._later(
                self.world.call("index.delete", lambda: [(self.durable.pop(it, "") and it) or it for it in keys])
            )

    def query(self) -> list[ChunkKey]:
        return self.world.call("index.vectors", lambda: list(self.shown))

    def take_lease(self, owner: str) -> bool:
        def effect() -> bool:
            holder, until = self.lease
            if holder and until > self.world.now and holder != owner:
                return False
            self.lease = (owner, self.world.now + LEASE)
            return True

        return self.world.call("ledger.swap", effect)

    def drop_lease(self, owner: str) -> None:
        def effect() -> None:
            if self.lease[0] == owner:
                self.lease = ("", 0.0)

        self.world.call("ledger.swap", effect)

    def swap_manifest(self, keys: tuple[ChunkKey, ...], etag: int) -> bool:
        def effect() -> bool:
            if etag != self.manifest_etag:
                return False
            self.manifest, self.manifest_etag = keys, etag + 1
            return True

        return self.world.call("ledger.swap", effect)

    def _later(self, keys: list[ChunkKey]) -> None:
        def show() -> None:
            for key in keys:
                if key in self.durable:
                    self.shown[key] = self.durable[key]
                else:
                    self.shown.pop(key, None)

        self.world.at(self.world.now + self.world.chance.between(0.0, 4.0), show)


def _texts(document: Document) -> tuple[int, tuple[str, ...]] | None:
    now = document.now
    return (now.order, tuple(now.data.decode().split("\f"))) if now else None


def _stable(texts: tuple[str, ...]) -> dict[ChunkKey, str]:
    return {ChunkKey(f"doc-{n}"): text for n, text in enumerate(texts)}


def _hashed(texts: tuple[str, ...]) -> dict[ChunkKey, str]:
    return {ChunkKey(hashlib.sha256(text.encode()).hexdigest()[:12]): text for text in texts}


# A delivery of each. True: acknowledge. False: later.


def tutorial(shelf: Shelf, change: Change) -> bool:
    """Created: upsert doc-0, doc-1, …; deleted: delete what a query finds."""
    if change.kind in (ChangeKind.DELETED, ChangeKind.ERASE):
        shelf.delete(shelf.query())
    elif not shelf.tombstone and (found := shelf.head()):
        shelf.upload(_stable(found[1]))
    return True


def sequencer(shelf: Shelf, change: Change) -> bool:
    """The same, unless a later event was seen already; checked before the write, which is not conditional."""
    if change.kind is not ChangeKind.ERASE:
        if change.attempt < shelf.world.call("ledger.get", lambda: shelf.sequence):
            return True
        shelf.world.call("ledger.swap", lambda: setattr(shelf, "sequence", max(shelf.sequence, change.attempt)))
    return tutorial(shelf, change)


def level(shelf: Shelf, change: Change) -> bool:
    """Whatever the event says: read the source, upsert under stable keys, delete the surplus that a query finds."""
    erased = shelf.world.call("ledger.get", lambda: shelf.tombstone)
    found = None if erased else shelf.head()
    wanted = _stable(found[1]) if found else {}
    if wanted:
        shelf.upload(wanted)
    shelf.delete([it for it in shelf.query() if it not in wanted])
    return True


def leased(shelf: Shelf, change: Change) -> bool:
    """Level-triggered, one worker at a time by a lease."""
    owner = f"{change.id}-{shelf.world.running.name}"
    if not shelf.take_lease(owner):
        return False
    level(shelf, change)
    shelf.drop_lease(owner)
    return True


def hashed(shelf: Shelf, change: Change) -> bool:
    """A lease, keys made of the content, a manifest changed by compare-and-swap: what left it is deleted."""
    owner = f"{change.id}-{shelf.world.running.name}"
    if not shelf.take_lease(owner):
        return False
    old, etag = shelf.world.call("ledger.get", lambda: (shelf.manifest, shelf.manifest_etag))
    found = None if shelf.tombstone else shelf.head()
    wanted = _hashed(found[1]) if found else {}
    if wanted:
        shelf.upload(wanted)
    if not shelf.swap_manifest(tuple(wanted), etag):
        return False
    shelf.delete([it for it in old if it not in wanted])
    shelf.drop_lease(owner)
    return True


DESIGNS: dict[str, Callable[[Shelf, Change], bool]] = {
    "tutorial": tutorial,
    "sequencer guard": sequencer,
    "level-triggered": level,
    "leased": leased,
    "lease, manifest, content-hash keys": hashed,
}


def run(seed: int, design: Callable[[Shelf, Change], bool], *, calm: bool) -> str:
    """What is wrong at the end; "" where nothing is."""
    chance = Chance.of_seed(seed)
    weather = CALM if calm else swarm(chance)
    world = World(chance, weather)
    document = Document(f"{CANARY}.pdf", SOURCE, CABINET.id, LOCATOR, DOCUMENT)
    shelf = Shelf(world, document)
    world.processes += [Process(f"p{n}", 0.0, 1) for n in range(3)]
    world.deliver = lambda _, message: _delivered(world, shelf, design, message)
    for n in range(1 + chance.whole(5)):
        world.at(START + chance.between(0.0, 20.0), lambda n=n: _change(world, document, n))  # type: ignore[misc]
    if chance.whole(3) == 2:
        world.at(START + chance.between(0.0, 20.0), lambda: _erase(world, shelf))
    try:
        world.run(until=START + 300.0)
        world.calm()
        world.run()
        while world.poison:
            world.replay_poison(lambda _: False)
            world.run()
    except Violation as violation:
        return str(violation)
    return _verdict(shelf)


def _change(world: World, document: Document, n: int) -> None:
    gone = document.now is not None and world.chance.whole(4) == 3
    if gone:
        document.delete(world.now)
    else:
        document.put(world.now, "letter", 1 + world.chance.whole(3), START)
    kind = ChangeKind.DELETED if gone else ChangeKind.CHANGED
    for _ in range(1 + world.chance.happens(world.weather.duplicate)):
        _send(world, kind, n)


def _erase(world: World, shelf: Shelf) -> None:
    shelf.tombstone = True
    _send(world, ChangeKind.ERASE, 1_000)


def _send(world: World, kind: ChangeKind, order: int) -> None:
    world.send(
        "documents", Change(f"m{len(world.messages)}", SOURCE.id, CABINET.id, DOCUMENT, LOCATOR, kind, "c", order), 0.0
    )


def _delivered(world: World, shelf: Shelf, design: Callable[[Shelf, Change], bool], message: Message) -> str:
    if not design(shelf, message.change):
        world.send("documents", message.change, 5.0)
    return "handled"


def _verdict(shelf: Shelf) -> str:
    found = _texts(shelf.document)
    held = sorted(shelf.durable.values())
    if shelf.tombstone:
        return "erased text is in the index" if held else ""
    wanted = sorted(found[1]) if found else []
    if held == wanted:
        return ""
    if not wanted:
        return "a deleted document is in the index"
    return "chunks of an old version are left" if set(wanted) <= set(held) else "the newest version is not there"


def table(runs: int, seed: int) -> int:
    standing = 0
    for _name, design in DESIGNS.items():
        calm = [run(it, design, calm=True) for it in range(seed, seed + runs)]
        stormy = [run(it, design, calm=False) for it in range(seed, seed + runs)]
        first = next(((n, what) for n, what in enumerate(stormy) if what), None)
        standing += first is None
        [f"{sum(map(bool, it)) / runs:.1%}" for it in (calm, stormy)]
        f"{first[0] + 1} runs (seed {seed + first[0]}): {first[1]}" if first else "-"
    return 1 if standing else 0
