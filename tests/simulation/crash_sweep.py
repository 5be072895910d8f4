"""A crash before, after and while each port call, for every call of every kind of delivery.

Each story is played once in calm weather to count its calls, then once per call and fate: that call's process dies, and
the run must still end with the index equal to its source. Where a message only comes back, it must do so `SOON`: what
waits for a promised sweep waits for a whole lifetime.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingestion.model import ChangeKind, Nonce, SourceKind
from ingestion.rows import chunk_keys
from tests.simulation.chance import CALM, Chance, Fate
from tests.simulation.content import CANARY, ENCRYPTED, REJECTED, processed
from tests.simulation.parts import Item
from tests.simulation.story import Story
from tests.simulation.world import START, Process, Violation

CRASHES = (Fate.CRASH_BEFORE, Fate.CRASH_AFTER, Fate.CRASH_LATE, Fate.LOST_AFTER, Fate.LOST_LATE, Fate.ERROR)


@dataclass(frozen=True, slots=True)
class Scene:
    name: str
    steps: tuple[tuple[float, Callable[[Story], object]], ...]
    kind: SourceKind = SourceKind.BLOB
    prompt: bool = True  # done again by the same message, not by an operator or a timer


SOON = 40.0  # seconds: three redeliveries, and well before the promised sweep, `LIMITS.lifetime` after its change


def _put(kind: str = "letter", chunks: int = 2) -> Callable[[Story], object]:
    def step(story: Story) -> None:
        document = story.first
        document.put(story.world.now, kind, chunks, START)
        story.tell(document, ChangeKind.CHANGED)

    return step


def _delete(story: Story) -> None:
    story.first.delete(story.world.now)
    story.tell(story.first, ChangeKind.DELETED)


def _erase(story: Story) -> None:
    story.erase(story.first)


def _order(kind: ChangeKind) -> Callable[[Story], object]:
    return lambda story: story.order(story.first, kind)


def _again(story: Story) -> None:
    story.tell(story.first, ChangeKind.CHANGED)


def _deny(story: Story) -> None:
    story.first.denied = True
    story.tell(story.first, ChangeKind.CHANGED)
    story.world.at(story.world.now + 20.0, lambda: story.allow(story.first))


def _stray(story: Story) -> None:
    """A chunk of a generation that the ledger has long forgotten: the search service came back from long ago."""
    [index] = story.office.indexes.values()
    nonce = Nonce("long-ago")
    [key] = chunk_keys(story.first.id, nonce, 1)
    index.durable[key] = index.shown[key] = Item(story.first.id, nonce, 0, f"letter {CANARY}", "long-ago", (0.0,))


SCENES = (
    Scene("a new document", ((0, _put()),)),
    Scene("a new version", ((0, _put()), (30, _put(chunks=1)))),
    Scene("a deletion", ((0, _put()), (30, _delete))),
    Scene("deleted and back", ((0, _put()), (30, _delete), (31, _put()))),
    Scene("an erasure", ((0, _put()), (30, _erase))),
    Scene("an erasure during the first ingestion", ((0, _put()), (2, _erase))),
    Scene(
        "an erasure in an index that came back from long ago", ((0, _put()), (20, _stray), (30, _erase)), prompt=False
    ),
    Scene("a duplicate", ((0, _put()), (1, _again), (60, _again))),
    Scene("a document that cannot be read", ((0, _put()), (30, _put(ENCRYPTED))), prompt=False),
    Scene("a chunk that the index refuses", ((0, _put()), (30, _put(REJECTED))), prompt=False),
    Scene("access lost and back", ((0, _put()), (30, _deny)), prompt=False),
    Scene("a comparison", ((0, _put()), (30, lambda it: it.reconcile())), prompt=False),
    Scene("a rebuild", ((0, _put()), (30, lambda it: it.rebuild_one()), (60, lambda it: it.advance())), prompt=False),
    Scene(
        "an erasure during a rebuild",
        ((0, _put()), (30, lambda it: it.rebuild_one()), (33, _erase), (60, lambda it: it.advance())),
        prompt=False,
    ),
    Scene(
        "held, deleted, and lifted",
        ((0, _put()), (20, _order(ChangeKind.HOLD)), (30, _delete), (40, _erase), (60, _order(ChangeKind.UNHOLD))),
        prompt=False,
    ),
    Scene("a drive", ((0, _put()), (20, _put()), (50, _delete)), SourceKind.SHAREPOINT),
    Scene("a drive that forgets", ((0, _put()), (20, Story.forget_feed), (21, _put())), SourceKind.SHAREPOINT),
)


def play(scene: Scene, crash: tuple[int, Fate] | None) -> Story:
    story = Story(Chance.of_seed(1), CALM)
    for n in range(2):
        story.office.add_process(Process(f"p{n}", skew=float(n) - 0.5, code=1))
    cabinet = story.office.add_cabinet("firm0", scene.kind, keep_old=True, retention_days=None)
    story.office.add_document(cabinet, f"{CANARY}-0.pdf")
    story.world.crash_at = crash
    for time, step in scene.steps:
        story.world.at(START + time, lambda step=step: step(story) and None)  # type: ignore[misc]
    if scene.prompt:
        story.world.run(until=START + scene.steps[-1][0] + SOON)
        _is_prompt(story)
    story.world.run()
    story.settle()
    story.judged()
    return story


def _is_prompt(story: Story) -> None:
    document, [index] = story.first, story.office.indexes.values()
    erased = story.judge.acknowledged.get(document.id)
    wanted = [] if erased or document.now is None else [it.text for it in processed(document.now.data).chunks]
    if sorted(it.text for it in index.durable.values()) != wanted:
        raise Violation("I1", "the index waits for a promise, although its message came back")


def sweep(scene: Scene) -> tuple[int, list[str]]:
    """How many runs there were, and what went wrong in which."""
    runs, wrong = 0, []
    for call, fate in _every(play(scene, None).world.calls):
        runs += 1
        try:
            play(scene, (call, fate))
        except Violation as violation:
            wrong.append(f"{scene.name}: {fate.name} at call {call}: {violation}")
    return runs, wrong


def _every(calls: int) -> Iterator[tuple[int, Fate]]:
    return ((call, fate) for call in range(1, calls + 1) for fate in CRASHES)


def main() -> int:
    total, wrong = 0, []
    for scene in SCENES:
        runs, found = sweep(scene)
        print(f"{runs:>6} crashes  {scene.name}")
        total, wrong = total + runs, wrong + found
    print(f"{total} crashes in {len(SCENES)} stories, {len(wrong)} violations", *wrong[:20], sep="\n")
    return 1 if wrong else 0
