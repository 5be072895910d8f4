"""Every decision of a run comes from here: one seed, one run. A decision can be muted, which is how a failure shrinks.

Two streams: fate (what happens) and pace (how long it takes). Muting a fate leaves the streams where they were, so that
the rest of the run stays as close to the failing one as it can.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum, auto


class Fate(Enum):
    """What befalls a call to a port."""

    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()
    CRASH_LATE = auto()  # the process dies, its request lands later all the same
    ERROR = auto()  # nothing happened, and the caller is told so by an error
    LOST_AFTER = auto()  # it happened, the answer is lost
    LOST_LATE = auto()  # it happens later, the answer is lost
    THROTTLED = auto()
    STALL = auto()  # the worker sleeps before the call, longer than its message stays invisible


READS = (Fate.CRASH_BEFORE, Fate.ERROR, Fate.THROTTLED, Fate.STALL)
WRITES = (*READS, Fate.CRASH_AFTER, Fate.CRASH_LATE, Fate.LOST_AFTER, Fate.LOST_LATE)


@dataclass(frozen=True, slots=True)
class Weather:
    """How hostile a run is. Probabilities per call, per event or per item."""

    crash: float = 0.0
    error: float = 0.0
    lost: float = 0.0
    throttle: float = 0.0
    stall: float = 0.0
    items: float = 0.0  # an item of a batch answers 503
    unrenewed: float = 0.0  # the queue shows a message again while its worker still runs
    duplicate: float = 0.0  # an event comes twice
    late_event: float = 0.0  # an event comes minutes late
    lose_event: float = 0.0  # an event never comes: only reconciliation helps
    lag: float = 0.0  # a write is seen by queries only later
    stale: float = 0.0  # a SharePoint read shows the past
    zombies: bool = False  # assumption A3 broken: a write may land after its deadline

    def odds(self, fate: Fate) -> float:
        return {
            Fate.CRASH_BEFORE: self.crash / 2,
            Fate.CRASH_AFTER: self.crash / 4,
            Fate.CRASH_LATE: self.crash / 4,
            Fate.ERROR: self.error,
            Fate.LOST_AFTER: self.lost / 2,
            Fate.LOST_LATE: self.lost / 2,
            Fate.THROTTLED: self.throttle,
            Fate.STALL: self.stall,
        }[fate]


CALM = Weather()
STRENGTHS: dict[str, tuple[float, float]] = {
    "crash": (0.01, 0.06),
    "error": (0.01, 0.05),
    "lost": (0.02, 0.10),
    "throttle": (0.01, 0.05),
    "stall": (0.005, 0.03),
    "items": (0.05, 0.3),
    "unrenewed": (0.05, 0.4),
    "duplicate": (0.1, 0.5),
    "late_event": (0.1, 0.5),
    "lose_event": (0.05, 0.2),
    "lag": (0.3, 1.0),
    "stale": (0.2, 0.6),
}
HOSTILE = Weather(
    crash=0.12, error=0.05, lost=0.10, throttle=0.05, stall=0.05, items=0.3, unrenewed=0.5, duplicate=0.6,
    late_event=0.4, lose_event=0.1, lag=1.0, stale=0.6,
)  # fmt: skip


class Chance:
    def __init__(
        self, fate: random.Random, pace: random.Random, muted: frozenset[int] = frozenset(), *, record: bool = False
    ) -> None:
        self._fate = fate.random
        self._pace = pace.random
        self._muted = muted
        self._record = record
        self._count = 0
        self.fired: list[int] = []  # the decisions that were not the ordinary ones, by number

    @classmethod
    def of_seed(cls, seed: int, muted: frozenset[int] = frozenset(), *, record: bool = False) -> "Chance":
        return cls(random.Random(seed), random.Random(~seed), muted, record=record)

    def happens(self, odds: float) -> bool:
        """High draws are the unusual ones: Hypothesis shrinks towards 0, and so towards a quiet run."""
        if odds <= 0.0:
            return False
        self._count += 1
        return self._fate() > 1.0 - odds and self._heard()

    def fate(self, table: Sequence[tuple[float, Fate]]) -> Fate | None:
        """At most one of the fates, each with its odds; `table` is cumulative."""
        if not table:
            return None
        self._count += 1
        left = 1.0 - self._fate()
        if left >= table[-1][0] or not self._heard():
            return None
        return next(fate for upto, fate in table if left < upto)

    def keeps(self) -> bool:
        """A step of the story: it happens, unless it is muted."""
        self._count += 1
        return self._heard()

    def whole(self, below: int) -> int:
        return min(int(self._fate() * below), below - 1)

    def pick[T](self, among: Sequence[T]) -> T:
        return among[self.whole(len(among))]

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._pace()

    def either(self, odds: float = 0.5) -> bool:
        """A choice of pace: harmless either way, and never muted."""
        return self._pace() < odds

    def _heard(self) -> bool:
        if self._count in self._muted:
            return False
        if self._record:
            self.fired.append(self._count)
        return True


def swarm(chance: Chance) -> Weather:
    """Some of the troubles, each at some strength: combinations that an even mixture would hardly ever meet."""
    chosen = {
        name: chance.pick(STRENGTHS[name])
        for name in (it.name for it in fields(Weather) if it.name in STRENGTHS)
        if chance.whole(2)
    }
    return replace(CALM, **chosen)


def cumulative(weather: Weather, fates: Sequence[Fate]) -> list[tuple[float, Fate]]:
    table, total = [], 0.0
    for fate in fates:
        if odds := weather.odds(fate):
            total += odds
            table.append((total, fate))
    return table
