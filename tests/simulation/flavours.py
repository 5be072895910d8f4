"""Dramas that an even mixture hardly ever plays, each in a cabinet of its own, for guards that seldom matter.

One run in eleven has one, beside its ordinary story. It is drawn from a generator of its own, so that every other seed
gives the run that it gives without. Nothing comes after the decisive moment that would mend by chance what went wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from ingestion.model import ChangeKind, SourceKind
from tests.simulation.chance import Weather
from tests.simulation.content import BUG, CANARY, ENCRYPTED, Document
from tests.simulation.story import Story
from tests.simulation.world import START

EVERY, AT = 11, 2  # seeds with this remainder
STAGE = "firm9"
CAST = 12  # documents, each with a decisive moment of its own
LENGTH = 150.0  # seconds, over which these are spread, where a drama says nothing else


@dataclass(frozen=True, slots=True)
class Drama:
    story: Story
    random: Random

    def at(self, time: float, what: Callable[[], object]) -> None:
        """A step of it, which can be muted like any other."""
        if self.story.chance.keeps():
            self.story.world.at(START + time, lambda: what() and None)

    def soon(self, time: float, first: float, last: float, what: Callable[[], object]) -> None:
        self.at(time + self.random.uniform(first, last), what)

    def put(self, document: Document, kind: str = "letter") -> None:
        document.put(self.story.world.now, kind, self.random.randint(1, 3), START)
        self.story.tell(document, ChangeKind.CHANGED)

    def delete(self, document: Document) -> None:
        document.delete(self.story.world.now)
        self.story.tell(document, ChangeKind.DELETED)


def _erased(it: Drama, time: float, document: Document) -> None:
    """Erased while every replica lags and sweeps are slow, and one comes after the other."""
    it.at(time, lambda: it.put(document))
    it.soon(time, 12.0, 20.0, lambda: it.story.erase(document))
    for _ in range(3):
        it.soon(time, 15.0, 40.0, lambda: it.story.hint(document, ChangeKind.SWEEP))


def _compared(it: Drama, time: float, document: Document) -> None:
    """A stale source is compared, by slow workers, just when its newest version has been looked at, and parked."""
    it.at(time, lambda: it.put(document))
    newest = time + 40.0
    it.at(newest, lambda: it.put(document, ENCRYPTED))
    for _ in range(4):
        it.at(newest, lambda: it.story.hint(document, ChangeKind.CHANGED))
    for _ in range(8):
        it.soon(newest, 2.5, 5.0, lambda: it.story.hint(document, ChangeKind.RECONCILE))


def _gone_at_once(it: Drama, time: float, document: Document) -> None:
    """Deleted while it is read for the first time."""
    it.at(time, lambda: it.put(document))
    it.soon(time, 2.0, 8.0, lambda: it.delete(document))


def _denied_for_a_moment(it: Drama, time: float, document: Document) -> None:
    """Access comes back while somebody is about to say that it is lost."""
    it.at(time, lambda: it.put(document))
    it.at(time + 30.0, lambda: it.story.deny(document))
    it.soon(time + 30.0, 2.0, 7.0, lambda: it.story.allow(document))


def _held_behind_their_backs(it: Drama, time: float, document: Document) -> None:
    """Held in the new index at last, while workers stall who still take the old one for the active one."""
    it.at(time, lambda: it.put(document))
    for _ in range(12):
        it.soon(time, 12.0, 40.0, lambda: it.story.hint(document, ChangeKind.RECONCILE))
    it.soon(time, 35.0, 60.0, lambda: it.story.order(document, ChangeKind.HOLD))


def _changed(it: Drama, document: Document) -> None:
    it.put(document) if document.now is None else it.delete(document)


def _asked_for_again_and_again(it: Drama, time: float, document: Document) -> None:
    """No code can read it, and it is looked at so often that its failed attempts fill the row before a sweep comes."""
    it.at(time, lambda: it.put(document, BUG))
    for _ in range(30):
        it.soon(time, 0.0, 60.0, lambda: it.story.hint(document, ChangeKind.REPLAY))


DEEDS: tuple[Callable[[Drama, Document], None], ...] = (
    lambda it, document: it.story.erase(document),
    lambda it, document: it.story.erase(document),
    lambda it, document: it.story.order(document, ChangeKind.HOLD),
    lambda it, document: it.story.order(document, ChangeKind.HOLD),
    lambda it, document: it.story.order(document, ChangeKind.UNHOLD),
    lambda it, document: it.put(document),
    lambda it, document: it.put(document, ENCRYPTED),
    _changed,
    lambda it, document: it.story.deny(document),
    lambda it, document: it.story.allow(document),
    lambda it, document: it.story.hint(document, ChangeKind.SWEEP),
    lambda it, document: it.story.hint(document, ChangeKind.RECONCILE),
    lambda it, document: it.story.hint(document, ChangeKind.REPLAY),
)


def _ordered_about(it: Drama, time: float, document: Document) -> None:
    """Whatever can be done to a document, about the time when the alias moves."""
    it.at(time, lambda: it.put(document))
    for _ in range(it.random.randint(1, 5)):
        deed = it.random.choice(DEEDS)
        it.soon(time, 5.0, 75.0, lambda deed=deed: deed(it, document))  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Flavour:
    plays: tuple[Callable[[Drama, float, Document], None], ...]  # in turn, over the cast
    kind: SourceKind
    weather: tuple[tuple[str, float], ...]
    rebuilt: bool = False  # by two people and a timer, who all end it as soon as it can be ended
    length: float = LENGTH
    cast: int = CAST

    def season(self, weather: Weather) -> Weather:
        """Its own troubles at their strength, the others as drawn; no event is lost, or comparisons would mend all."""
        return replace(weather, lose_event=0.0, **dict(self.weather))

    def add(self, story: Story, seed: int) -> None:
        drama = Drama(story, Random(f"{seed}"))
        cabinet = story.office.add_cabinet(STAGE, self.kind, keep_old=True, retention_days=None)
        for n in range(self.cast):
            document = story.office.add_document(cabinet, f"{CANARY}-9{n}.pdf")
            self.plays[n % len(self.plays)](drama, drama.random.uniform(0.0, self.length), document)
        if self.rebuilt:
            _end_impatiently(drama, self.length)


def _end_impatiently(it: Drama, length: float) -> None:
    begun = it.random.uniform(8.0, length)
    it.at(begun, lambda: it.story.rebuild(STAGE))
    for _ in range(12):
        time = begun + it.random.uniform(6.0, 60.0)
        it.at(time, it.story.advance)
        it.soon(time, 0.0, 1.2, it.story.advance)


SLOW_HANDS = Flavour((_erased, _gone_at_once, _denied_for_a_moment), SourceKind.BLOB, (("lag", 1.0), ("stall", 0.1)))
STALE_ANSWERS = Flavour((_compared,), SourceKind.SHAREPOINT, (("stale", 0.5), ("stall", 0.1)))
MANY_HANDS = Flavour((_gone_at_once,), SourceKind.BLOB, (("stall", 0.01),), rebuilt=True)
LEFT_BEHIND = Flavour(
    (_held_behind_their_backs,), SourceKind.BLOB, (("stall", 0.05),), rebuilt=True, length=12.0, cast=3
)
TWO_INDEXES = Flavour((_ordered_about,), SourceKind.BLOB, (), rebuilt=True, length=20.0, cast=4)
UNREADABLE = Flavour((_asked_for_again_and_again,), SourceKind.BLOB, (), length=20.0, cast=1)
FLAVOURS = (SLOW_HANDS, STALE_ANSWERS, SLOW_HANDS, MANY_HANDS, SLOW_HANDS, LEFT_BEHIND, TWO_INDEXES, UNREADABLE)


def of_seed(seed: int) -> Flavour | None:
    times, remainder = divmod(seed, EVERY)
    return FLAVOURS[times % len(FLAVOURS)] if remainder == AT else None
