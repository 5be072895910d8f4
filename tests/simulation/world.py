"""A hostile world in one thread: time, processes, invocations and queues. The shipped code runs in it, in greenlets.

Every call to a port ends in `World.call`: the worker is suspended there, others run, and then the call has its effect,
or one of the fates of `chance.py` befalls it. Nothing else decides what runs when, so that one seed is one run.
"""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from greenlet import getcurrent, greenlet

from ingestion.delivery import replayed
from ingestion.errors import Retry
from ingestion.model import Change
from tests.simulation.chance import CALM, READS, WRITES, Chance, Fate, Weather, cumulative

START = 2_000_000_000.0  # seconds since the epoch
FUNCTION_TIMEOUT = 60.0  # time is scaled: ten minutes, two minutes and five minutes would only stretch the runs
IN_FLIGHT = 10.0
LATE_KILL = 6.0  # the host looks at its clock now and then: a worker must see for itself that its time is over
SKEW = 3.0
REPLICA_LAG = 5.0
STALENESS = 8.0
REGISTRY_CACHE = 2.0
MAX_DEQUEUES = 5
MAX_STEPS = (
    40_000  # of the scheduler in calm weather; a run takes hundreds, and one that does not settle is a violation
)
LONGEST_STORM = 8_000  # steps: where one sending in five is doubled by a crash, messages grow with time
SLOW = {"source.read", "embed", "source.enumerate"}
WRITTEN = {
    "ledger.swap", "index.upload", "index.delete", "queue.send", "links.swap", "audit.record", "queue.ack",
    "registry.save", "service.point", "service.drop",
}  # fmt: skip


class Violation(BaseException):
    """An invariant does not hold. Not an Exception: the shipped code must not be able to catch it."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant


class Killed(BaseException):
    """The process of this invocation is gone."""


@dataclass(slots=True, eq=False)
class Message:
    queue: str
    change: Change
    dequeues: int = 0
    receipt: int = 0
    done: bool = False


@dataclass(slots=True, eq=False)
class Process:
    """An instance: its clock is off, its cache is old, and all of its invocations die together."""

    name: str
    skew: float
    code: int  # the deployment that it runs
    running: list["Invocation"] = field(default_factory=list)
    cache: dict[str, tuple[float, object]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Invocation:
    name: str
    process: Process
    limit: float  # the host kills its process then
    document: str = ""
    thread: greenlet | None = None
    flight: Callable[[], object] | None = None  # the write that it waits for
    calls: Counter[str] = field(default_factory=Counter)
    outcome: str = "running"  # done, failed or killed
    result: str = ""  # what the work returned
    kind: str = ""  # of the message that it handles
    indexes: int = 1  # that follow its document
    owed: bool = False  # it met a row that somebody had left unswept
    owner: str = ""  # the id of the message that it handles
    claims: set[str] = field(default_factory=set)  # nonces with which it tried to claim
    found: str = ""  # the nonce of the attempt that it met
    dead: bool = False  # and its worker was: nobody need respect it


class World:
    def __init__(self, chance: Chance, weather: Weather, *, trace: bool = False) -> None:
        self.chance = chance
        self.now = START
        self.processes: list[Process] = []
        self.messages: list[Message] = []
        self.poison: list[Message] = []
        self.happened: Counter[str] = Counter()
        self.trace: list[str] | None = [] if trace else None
        self.crash_at: tuple[int, Fate] | None = None  # of the run's calls, by number: the crash sweep
        self.calls = 0
        self.deliver: Callable[[Process, Message], str] = _nothing
        self.finished: Callable[[Invocation], None] = _ignored
        self.logged: list[str] = []  # what the host would write into its logs: the judge searches it for canaries
        self.spoken: set[str] = set()  # every value that telemetry was given; only ever searched, never iterated
        self.invocations = 0
        self._heap: list[tuple[float, int, Invocation | Callable[[], None]]] = []
        self._steps = 0
        self._sequence = 0
        self._hub = getcurrent()
        self._running: Invocation | None = None
        self.zombies = weather.zombies  # for the whole run: what is on its way lands in calm weather, too
        self.set_weather(weather)

    def set_weather(self, weather: Weather) -> None:
        self.weather = weather
        self._reads = cumulative(weather, READS)
        self._writes = cumulative(weather, WRITES)

    # Time

    def at(self, time: float, what: "Invocation | Callable[[], None]") -> None:
        self._sequence += 1
        heappush(self._heap, (time, self._sequence, what))

    def run(self, until: float | None = None) -> None:
        """Until nothing is left to do, or until a time."""
        heap = self._heap
        while heap and (until is None or heap[0][0] <= until):
            time, _, what = heappop(heap)
            self.now = max(self.now, time)
            self._steps += 1
            if self._steps > LONGEST_STORM and self.weather != CALM:
                self.happened["a storm cut short"] += 1
                self.calm()
            if self._steps > MAX_STEPS:
                raise Violation("I6", "the run does not settle")
            if isinstance(what, Invocation):
                self._resume(what)
            else:
                what()
        if until is not None:
            self.now = max(self.now, until)

    def note(self, line: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.now - START:9.3f} {line}")

    # Invocations

    def start(
        self,
        process: Process,
        name: str,
        work: Callable[[], object],
        document: str = "",
        kind: str = "",
        owner: str = "",
    ) -> Invocation:
        self.invocations += 1
        limit = self.now + FUNCTION_TIMEOUT + self.chance.between(0.0, LATE_KILL)
        it = Invocation(f"{name}#{self.invocations}", process, limit, document, kind=kind, owner=owner)
        if document and any(other.document == document for p in self.processes for other in p.running):
            self.happened["two workers on one document"] += 1
        process.running.append(it)
        it.thread = _IDLE.pop() if _IDLE else greenlet(_serve)
        it.thread.parent = self._hub
        self.note(f"{it.name} starts in {process.name}")
        self._resume(it, lambda: self._body(it, work))
        return it

    def _body(self, it: Invocation, work: Callable[[], object]) -> None:
        try:
            it.result = str(work())
            it.outcome = "done"
            self.note(f"{it.name} {it.result}")
        except Killed:
            it.outcome = "killed"
        except Exception as error:  # noqa: BLE001 - this is the host, which logs what a function raises
            it.outcome = "failed"
            self.note(f"{it.name} fails: {type(error).__name__} {error}")
            self.logged.extend(spoken(error))

    def _resume(self, it: Invocation, *given: object) -> None:
        if it.thread is None or it.outcome != "running":
            return
        if self.now >= it.limit:
            self.happened["killed at the time limit"] += 1
            self.kill(it.process)
            return
        self._running = it
        delay = it.thread.switch(*given)
        self._running = None
        if it.outcome == "running":
            self.at(min(self.now + delay, it.limit), it)
        else:
            self._end(it)

    def _end(self, it: Invocation) -> None:
        it.process.running.remove(it)
        if it.thread is not None:
            _IDLE.append(it.thread)
        it.thread = None
        self.finished(it)

    def kill(self, process: Process) -> None:
        """The host restarts the worker process: every invocation in it is gone, what they sent may still land."""
        self.note(f"{process.name} is killed")
        process.cache.clear()
        for it in list(process.running):
            if it.flight is not None and self.chance.either():
                self._land_late(it.flight)
            if it.thread is not None:
                it.thread.throw(Killed)
            self._end(it)

    # Calls

    @property
    def running(self) -> Invocation:
        if self._running is None:
            raise RuntimeError("a port is called outside an invocation")
        return self._running

    def call[T](self, kind: str, effect: Callable[[], T]) -> T:
        """What every port does: wait, and then have the effect, unless fate says otherwise."""
        it = self.running
        it.calls[kind] += 1
        self.calls += 1
        writes = kind in WRITTEN
        fate = self.chance.fate(self._writes if writes else self._reads)
        if self.crash_at is not None and self.crash_at[0] == self.calls:
            fate = self.crash_at[1]
        if self.trace is not None:
            self.note(f"{it.name} {kind}{f' [{fate.name}]' if fate else ''}")
        wait = self.chance.between(0.1, 3.0) if kind in SLOW else self.chance.between(0.01, 0.4)
        if fate is None:
            it.flight = effect if writes else None
            self._hub.switch(wait)
            it.flight = None
            return effect()
        return self._befallen(kind, effect, fate, it, wait)

    def _befallen[T](self, kind: str, effect: Callable[[], T], fate: Fate, it: Invocation, wait: float) -> T:
        self.happened[f"{fate.name.lower()} at {kind}"] += 1
        if fate is Fate.STALL:
            self._hub.switch(self.chance.between(5.0, 90.0))
            return effect()
        self._hub.switch(wait)
        if fate is Fate.THROTTLED:
            raise Retry("throttled", f"{kind}: throttled", after=self.chance.between(1.0, 20.0))
        if fate in (Fate.CRASH_AFTER, Fate.LOST_AFTER):
            _landed(effect)
        if fate in (Fate.CRASH_LATE, Fate.LOST_LATE):
            self._land_late(effect)
        if fate in (Fate.CRASH_BEFORE, Fate.CRASH_AFTER, Fate.CRASH_LATE):
            raise Killed
        raise Retry("unreachable", f"{kind}: no answer")

    def _land_late(self, effect: Callable[[], object]) -> None:
        longest = 20 * IN_FLIGHT if self.weather.zombies else IN_FLIGHT * 0.9
        self.at(self.now + self.chance.between(0.0, longest), lambda: _landed(effect))

    def sleep(self, seconds: float) -> None:
        self._hub.switch(seconds)

    # Queues: at least once, in no order

    def send(self, queue: str, change: Change, delay: float) -> None:
        message = Message(queue, change)
        self.messages.append(message)
        self.at(self.now + max(0.0, delay) + self.chance.between(0.0, 2.0), lambda: self._show(message, 0))

    def _show(self, message: Message, receipt: int) -> None:
        if message.done or message.receipt != receipt:
            return
        if message.dequeues >= MAX_DEQUEUES:
            message.done = True
            self.poison.append(message)
            self.happened["poisoned"] += 1
            return
        message.dequeues += 1
        message.receipt += 1
        mine = message.receipt
        if message.dequeues > 1:
            self.happened["redelivered"] += 1
        if self.chance.happens(self.weather.unrenewed):
            self.at(self.now + self.chance.between(3.0, 60.0), lambda: self._show(message, mine))
        self.start(
            self.chance.pick(self.processes),
            f"{message.change.kind.value}:{message.change.id}",
            lambda: self._handled(message, mine),
            message.change.document,
            message.change.kind.value,
            message.change.id,
        )

    def _handled(self, message: Message, receipt: int) -> str:
        outcome = "killed"
        try:
            outcome = self.deliver(self.running.process, message)
            self.call("queue.ack", lambda: self._acknowledge(message, receipt))
        finally:
            if not message.done:
                self.at(self.now + self.chance.between(8.0, 12.0), lambda: self._show(message, receipt))
        return outcome

    def _acknowledge(self, message: Message, receipt: int) -> None:
        if message.receipt == receipt:
            message.done = True

    def replay_poison(self, hopeless: Callable[[Message], bool]) -> int:
        """As the operators' command does: back to its queue, as a REPLAY. What only new code can mend stays."""
        poisoned = [it for it in self.poison if not hopeless(it)]
        self.poison = [it for it in self.poison if hopeless(it)]
        for message in poisoned:
            self.send(message.queue, replayed(message.change), 0.0)
        return len(poisoned)

    def calm(self) -> None:
        self._steps = 0
        self.set_weather(CALM)


def spoken(error: BaseException | None) -> list[str]:
    """Every message of an exception's chain that a traceback would print."""
    said = []
    while error is not None:
        said.append(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return said


_IDLE: list[greenlet] = []  # threads without an invocation, of this world or of one before it


def _serve(invocation: Callable[[], None] | None) -> None:
    """A thread: one invocation after the other, since a new thread costs as much as most of them do."""
    while invocation is not None:
        invocation()
        invocation = None  # the collector does not see into a thread, and would keep the world for it
        invocation = getcurrent().parent.switch(0.0)


def _landed(effect: Callable[[], object]) -> None:
    """An effect whose answer nobody waits for: what it would answer is lost, be it an error."""
    with contextlib.suppress(Exception):
        effect()


def _ignored(it: Invocation) -> None:
    """Nobody judges."""


def _nothing(process: Process, message: Message) -> str:
    return "nothing"
