"""Small worlds, whole: every interleaving of a document, two workers and a few troubles, by breadth-first search.

The shipped worker runs here too. An invocation is the log of what its ports have answered; to see what it asks next, it
is run again on that log and stopped at the first question beyond it. So a state is a value: row, index, source, queue,
requests in flight and logs. Two ways to one state are one state, and so are two states that differ only in the names of
generations, messages and ETags, or in what no worker remembers any more (`continuation.py`). Every name is new, as a
nonce is. What is bounded: how many troubles of each kind.
"""

import re
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from opentelemetry.trace import Tracer

from ingestion import rows
from ingestion.delivery import Delivery, Failed
from ingestion.errors import GreffeError, Retry
from ingestion.job import Limits, Ports
from ingestion.model import (
    Cabinet,
    CabinetId,
    Change,
    ChangeKind,
    ChunkKey,
    Head,
    IndexedChunk,
    IndexName,
    IndexRef,
    IndexState,
    ItemResult,
    Nonce,
    SourceId,
    SourceKind,
    SourceRef,
    Version,
)
from ingestion.pipeline import Pipeline
from ingestion.ports import Embedded, Stored
from ingestion.reconcile import Worker
from ingestion.rows import Row, chunk_keys
from ingestion.telemetry import Telemetry
from tests.simulation.content import PurePipeline, sealed
from tests.simulation.continuation import standing, text

PHASE = 1_000.0  # seconds; far longer than a worker lives, so that a phase ends every attempt of the one before
LIMITS = Limits(60.0, 73.0, 3.0, 5.0, {SourceKind.BLOB: 0.0})
SOURCE = SourceRef(SourceId("s"), SourceKind.BLOB, "blob:a/c", "https://a.invalid", "c")
INDEX = IndexRef(IndexName("i-1"), "https://search.invalid", IndexState.ACTIVE, "v1", "model", 1)
CABINET = Cabinet(CabinetId("c"), "t", "i", (INDEX,), (SOURCE,), "default", 1, "key", b"secret" * 6)
LOCATOR, DOCUMENT = sealed(CABINET.wrapped_secret, SOURCE, "Divorce-Dupont.pdf")
MOMENT = datetime(2033, 5, 18, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """How large a world: the versions that the source takes in turn ("" is absent), and how many troubles."""

    name: str
    versions: tuple[str, ...]
    workers: int = 2
    crashes: int = 0
    redeliveries: int = 0
    late_writes: int = 0
    errors: int = 0
    erase: bool = False
    duplicate: bool = False  # each change is told twice
    chunks: int = 1
    phases: int = 2  # lifetimes of a worker that pass


@dataclass(frozen=True, slots=True)
class Run:
    """An invocation: the message that it handles, and what its ports have answered, as numbers (`World.answers`)."""

    message: Change
    log: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    phase: int = 0
    step: int = 0  # of the source's story
    row: Row | None = None
    etag: int = 0
    index: frozenset[tuple[ChunkKey, str]] = frozenset()
    flying: frozenset[tuple[ChunkKey, str]] = frozenset()
    queue: frozenset[tuple[Change, int]] = frozenset()  # and not before which phase
    runs: tuple[Run, ...] = ()
    erased: bool = False
    crashes: int = 0
    redeliveries: int = 0
    late: int = 0
    errors: int = 0
    names: int = 0  # that were ever given: it tells nothing of the future


@dataclass(frozen=True, slots=True)
class Ask:
    kind: str
    argument: object = None
    more: object = None


@dataclass(frozen=True, slots=True)
class Lost:
    """An answer that never came."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The source holds another version by now."""


class Stopped(BaseException):
    def __init__(self, ask: Ask) -> None:
        super().__init__(ask.kind)
        self.ask = ask


@dataclass(slots=True)
class Replay:
    """Every port at once: it answers from the log, and stops the worker at the first question beyond it."""

    log: Sequence[object]
    at: int = 0

    def ask(self, kind: str, argument: object = None, more: object = None) -> object:
        if self.at == len(self.log):
            raise Stopped(Ask(kind, argument, more))
        answer = self.log[self.at]
        self.at += 1
        if isinstance(answer, Lost):
            raise Retry("unreachable", "no answer")
        if isinstance(answer, Changed):
            raise Retry("changed", "the document changed while it was read")
        return answer

    # The ports

    def by_source(self, source: str) -> Cabinet:
        return CABINET

    def secret(self, cabinet: Cabinet) -> bytes:
        return cabinet.wrapped_secret

    def get(self, index: IndexRef, document: str) -> Stored:
        return cast(Stored, self.ask("get"))

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        return cast("Stored | None", self.ask("swap", row, expected))

    def head(self, source: SourceRef, locator: str) -> Head | None:
        return cast("Head | None", self.ask("head"))

    def read(self, source: SourceRef, locator: str, head: Head) -> bytes:
        return cast(bytes, self.ask("read", head.version))

    def upload(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> list[ItemResult]:
        self.ask("upload", tuple((it.key, it.chunk.text) for it in chunks))
        return [ItemResult(it.key, 201) for it in chunks]

    def delete(self, index: IndexRef, keys: Sequence[ChunkKey]) -> list[ItemResult]:
        self.ask("delete", tuple(keys))
        return [ItemResult(it, 200) for it in keys]

    def vectors(self, index: IndexRef, document: str, generation: str) -> Mapping[str, object]:
        return {}

    def remaining(self, index: IndexRef, document: str, keys: Sequence[ChunkKey]) -> int:
        return cast(int, self.ask("remaining"))

    def keys(self, index: IndexRef, document: str | None = None) -> Iterator[tuple[ChunkKey, str, str]]:
        return iter(cast("list[tuple[ChunkKey, str, str]]", self.ask("keys")))

    def embed(self, texts: Sequence[str], model: str, dimensions: int) -> Embedded:
        return Embedded([[0.0] for _ in texts], 0)

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self.ask("send", change, delay >= LIMITS.lifetime or change.kind is ChangeKind.SWEEP)

    def record(self, cabinet: str, action: str, **fields: object) -> None: ...

    def clock(self) -> float:
        return cast(float, self.ask("clock"))

    def nonce(self) -> Nonce:
        return cast(Nonce, self.ask("nonce"))

    def wait(self, seconds: float) -> None: ...


class Silence:
    """A tracer and a span that say nothing."""

    def start_span(self, name: str, attributes: object) -> "Silence":
        return self

    @contextmanager
    def start_as_current_span(self, name: str, **_: object) -> Iterator["Silence"]:
        yield self

    def set_attributes(self, attributes: object) -> None: ...

    def set_status(self, status: object) -> None: ...

    def end(self) -> None: ...


TELEMETRY = Telemetry(cast(Tracer, Silence()))
DONE, FAILED = Ask("done"), Ask("failed")
NAME = re.compile(r"(n\d+n|<\d+>)")
REMEMBERED = 400_000  # places where workers stopped
value = lru_cache(maxsize=REMEMBERED)(text)  # of rows, messages and chunks, which meet again and again
ALONE = ("clock", "nonce")  # questions whose answer depends on nothing that others do, and changes nothing


@dataclass(slots=True)
class World:
    scope: Scope
    asked: dict[Run, tuple[Ask, str]] = field(default_factory=dict)  # and all that the run's future depends on
    answers: list[object] = field(default_factory=list)
    numbers: dict[object, int] = field(default_factory=dict)

    def next(self, run: Run) -> Ask:
        """What the shipped worker asks after these answers."""
        return self._stopped(run)[0]

    def _stopped(self, run: Run) -> tuple[Ask, str]:
        if run not in self.asked:
            if len(self.asked) >= REMEMBERED:
                self.asked.clear()
            ask, standing_at = _run_on(run.message, [self.answers[it] for it in run.log])
            described = f"{value(run.message)} {ask.kind} {text(ask.argument)} {text(ask.more)} {standing_at}"
            self.asked[run] = ask, described
        return self.asked[run]

    def key(self, it: State) -> int:
        """The same for two states from which the same can happen. Names are numbered in the order of their use."""
        row = f"{value(it.row)}<{it.etag}>"
        numbers: dict[str, str] = {}
        row = _numbered(row, numbers)
        parts = [
            *(text(sorted(map(value, some), key=lambda one: _blank(one, numbers))) for some in (it.index, it.flying)),
            *sorted((self._stopped(run)[1] for run in it.runs), key=lambda one: _blank(one, numbers)),
            *sorted(map(value, it.queue), key=lambda one: _blank(one, numbers)),
        ]
        counts = (it.phase, it.step, it.erased, it.crashes, it.redeliveries, it.late, it.errors, len(it.runs))
        return hash("\n".join((row, *(_numbered(part, numbers) for part in parts), repr(counts))))

    def answered(self, it: State, run: Run, others: tuple[Run, ...], answer: object) -> State:
        return self.with_run(it, Run(run.message, (*run.log, self._number(answer))), others)

    def with_run(self, it: State, run: Run, others: tuple[Run, ...]) -> State:
        """The run goes on by itself where its question can neither see nor change anything: the time, a new name.

        Whatever others do before or after it leads to the same states, so that one order stands for all.
        """
        while (ask := self.next(run)).kind in ALONE or self._is_unseen(it, ask):
            it, answer = self._answer(it, ask)
            run = Run(run.message, (*run.log, self._number(answer)))
        return replace(it, runs=(*others, run))

    def _is_unseen(self, it: State, ask: Ask) -> bool:
        """The source has told its story, or a sweep is promised already: nobody can tell when it was asked."""
        if self._may_fail(it):
            return False
        if ask.kind == "send":
            return self._sent(it, ask) in it.queue
        return ask.kind in ("head", "read") and it.step == len(self.scope.versions)

    def _may_crash(self, it: State) -> bool:
        """Not in the last phase: what a crash leaves, a sweep mends that comes in the next."""
        return it.crashes < self.scope.crashes and it.phase < self.scope.phases

    def _may_fail(self, it: State) -> bool:
        return it.errors < self.scope.errors and it.phase < self.scope.phases

    def _number(self, answer: object) -> int:
        number = self.numbers.setdefault((type(answer), answer), len(self.answers))
        if number == len(self.answers):
            self.answers.append(answer)
        return number

    # Every step that the world may take from a state

    def steps(self, it: State) -> Iterator[tuple[str, State]]:
        yield from self._source(it)
        yield from self._deliveries(it)
        for place, run in enumerate(it.runs):
            others = it.runs[:place] + it.runs[place + 1 :]
            yield from self._asks(it, run, others)
            if self._may_crash(it):
                yield f"crash {run.message.id}", replace(it, runs=others, crashes=it.crashes + 1)
        for write in sorted(it.flying):
            yield "a late write lands", replace(self._land(it, (write,)), flying=it.flying - {write})
        if it.phase < self.scope.phases:
            yield (
                "time passes",
                replace(self._land(it, tuple(it.flying)), phase=it.phase + 1, runs=(), flying=frozenset()),
            )

    def _source(self, it: State) -> Iterator[tuple[str, State]]:
        if it.step < len(self.scope.versions):
            told = [_message(f"e{it.step}", ChangeKind.CHANGED)]
            if self.scope.duplicate:
                told.append(_message(f"d{it.step}", ChangeKind.CHANGED))
            queue = it.queue | {(change, 0) for change in told}
            yield "the source changes", replace(it, step=it.step + 1, queue=queue)
        if self.scope.erase and not it.erased:
            queue = it.queue | {(_message("erase", ChangeKind.ERASE), 0)}
            yield "an erasure is asked for", replace(it, erased=True, queue=queue)

    def _deliveries(self, it: State) -> Iterator[tuple[str, State]]:
        if len(it.runs) >= self.scope.workers:
            return
        handled = {run.message for run in it.runs}
        for change, phase in sorted(it.queue, key=lambda m: (m[0].id, m[0].kind, m[1])):
            if phase > it.phase:
                continue
            again = change in handled
            if again and it.redeliveries >= self.scope.redeliveries:
                continue
            after = replace(it, redeliveries=it.redeliveries + again)
            yield f"deliver {change.id}", self.with_run(after, Run(change), it.runs)

    def _asks(self, it: State, run: Run, others: tuple[Run, ...]) -> Iterator[tuple[str, State]]:
        ask = self.next(run)
        if ask is DONE:
            left = frozenset(m for m in it.queue if m[0] != run.message or m[1] > it.phase)
            yield f"{run.message.id} is acknowledged", replace(it, runs=others, queue=left)
            return
        if ask is FAILED:
            yield f"{run.message.id} fails", replace(it, runs=others)
            return
        after, answer = self._answer(it, ask)
        if self._may_fail(it):
            failed = replace(it, errors=it.errors + 1)
            yield f"{run.message.id}: {ask.kind} fails", self.answered(failed, run, others, Lost())
        yield f"{run.message.id}: {ask.kind}", self.answered(after, run, others, answer)
        if ask.kind == "upload" and it.late < self.scope.late_writes:
            writes = cast("tuple[tuple[ChunkKey, str], ...]", ask.argument)
            flying = replace(it, late=it.late + 1, flying=it.flying | set(writes))
            yield f"{run.message.id}: the answer to an upload is lost", self.answered(flying, run, others, Lost())
            if self._may_crash(it):
                yield f"{run.message.id} dies in an upload", replace(flying, runs=others, crashes=it.crashes + 1)

    def _answer(self, it: State, ask: Ask) -> tuple[State, object]:
        match ask.kind:
            case "get":
                return it, Stored(it.row or Row(DOCUMENT), str(it.etag) if it.row else None)
            case "swap":
                return self._swap(it, cast(Row, ask.argument), cast("str | None", ask.more))
            case "head":
                return it, _head(self._version(it))
            case "read":
                now = self._version(it)
                return it, _bytes(now, self.scope.chunks) if now == ask.argument else Changed()
            case "upload":
                return self._land(it, cast("tuple[tuple[ChunkKey, str], ...]", ask.argument)), True
            case "delete":
                gone = cast("tuple[ChunkKey, ...]", ask.argument)
                _check(it, gone)
                return replace(it, index=frozenset(c for c in it.index if c[0] not in gone)), True
            case "remaining":
                return it, len(it.index)
            case "keys":
                return it, [(key, DOCUMENT, key.split("-")[1]) for key, _ in sorted(it.index)]
            case "send":
                return replace(it, queue=it.queue | {self._sent(it, ask)}), True
            case "clock":
                return it, 1_000_000.0 + it.phase * PHASE
            case "nonce":
                return replace(it, names=it.names + 1), Nonce(f"n{it.names}n")
        raise AssertionError(ask.kind)

    def _swap(self, it: State, row: Row, expected: str | None) -> tuple[State, object]:
        if expected != (str(it.etag) if it.row else None):
            return it, None
        etag = it.etag + 1
        if (live := row.live) and (it.row is None or it.row.live is None or it.row.live.nonce != live.nonce):
            held = {key for key, _ in it.index}
            if any(key not in held for key in chunk_keys(DOCUMENT, live.nonce, live.chunks)):
                raise Broken("a version goes live with holes")
        if it.row and it.row.erasure and (row.erasure is None or row.live or row.open):
            raise Broken("a tombstone does not hold")
        return replace(it, row=row, etag=etag), Stored(row, str(etag))

    def _land(self, it: State, writes: Sequence[tuple[ChunkKey, str]]) -> State:
        row = it.row
        for key, _ in writes:
            known = row and row.generation(Nonce(key.split("-")[1]))
            if not known:
                raise Broken("a chunk is written that no row knows")
            if row and row.erasure and row.erasure.certified_at is not None:
                raise Broken("an erased document is written after its receipt")
        return replace(it, index=it.index | set(writes))

    def _sent(self, it: State, ask: Ask) -> tuple[Change, int]:
        """The message, and from which phase on. Any two sweeps are as good as one; attempts bear on
        nothing here."""
        change = replace(cast(Change, ask.argument), attempt=0)
        if change.kind is ChangeKind.SWEEP:
            change = replace(change, id="sweep")
        return change, it.phase + bool(ask.more)

    def _version(self, it: State) -> str:
        return self.scope.versions[it.step - 1] if it.step else ""

    # The end

    def judge(self, it: State) -> None:
        if it.runs or it.flying or it.step < len(self.scope.versions) or any(due <= it.phase for _, due in it.queue):
            return
        if it.phase < self.scope.phases or (self.scope.erase and not it.erased):
            return
        row, promised = it.row or Row(DOCUMENT), bool(it.queue)
        version = "" if row.erasure else self._version(it)
        shown = sorted(text for key, text in it.index if row.live and key.split("-")[1] == row.live.nonce)
        if shown != (_texts(version, self.scope.chunks) if version else []):
            raise Broken(f"at rest {len(shown)} chunks are shown that should not be, or are missing")
        if it.erased and not row.erasure:
            raise Broken("an erasure is lost")
        if not promised and (row.attention or len(it.index) > len(shown)):
            raise Broken("something is owed to the row and nobody will come")


class Broken(Exception):
    """An invariant does not hold."""


def _run_on(message: Change, log: Sequence[object]) -> tuple[Ask, str]:
    """What the worker asks next, and where it stands then."""
    replay = Replay(log)
    ports = Ports(
        registry=cast("object", replay),  # type: ignore[arg-type]
        keys=replay,
        sources={SourceKind.BLOB: replay},  # type: ignore[dict-item]
        ledger=replay,  # type: ignore[arg-type]
        index=replay,  # type: ignore[arg-type]
        embedder=replay,
        audit=replay,
        clock=replay.clock,
        nonces=replay.nonce,
        wait=replay.wait,
    )
    worker = Worker(ports, cast(Pipeline, PurePipeline(1)), LIMITS, TELEMETRY)
    delivery = Delivery(worker.handle, TELEMETRY, replay, 1_000, replay.nonce)
    try:
        delivery.deliver(message, replay)
    except Stopped as stopped:
        return stopped.ask, standing(stopped, __file__)
    except (Failed, GreffeError):
        return FAILED, ""
    return DONE, ""


def _numbered(text: str, numbers: dict[str, str]) -> str:
    pieces = list(_at_names(text))
    pieces[1::2] = [numbers.setdefault(it, f"#{len(numbers)}") for it in pieces[1::2]]
    return "".join(pieces)


def _blank(text: str, numbers: Mapping[str, str]) -> str:
    """To sort by: what differs only in names that bear no number yet may come in any order."""
    pieces = list(_at_names(text))
    pieces[1::2] = [numbers.get(it, "#") for it in pieces[1::2]]
    return "".join(pieces)


@lru_cache(maxsize=REMEMBERED)
def _at_names(text: str) -> list[str]:
    """Cut there: what lies between, and every second piece a name."""
    return NAME.split(text)


def _message(name: str, kind: ChangeKind) -> Change:
    return Change(name, SOURCE.id, CABINET.id, DOCUMENT, LOCATOR, kind, "told")


def _head(version: str) -> Head | None:
    return Head(Version(version), 1, "title", "folder", "text/plain", MOMENT, ()) if version else None


def _texts(version: str, chunks: int) -> list[str]:
    return [f"letter {version}.{n}" for n in range(chunks)]


def _bytes(version: str, chunks: int) -> bytes:
    return "\f".join(_texts(version, chunks)).encode()


def _check(it: State, keys: Sequence[ChunkKey]) -> None:
    held = {key for key, _ in it.index}
    for key in keys:
        generation = it.row.generation(Nonce(key.split("-")[1])) if it.row else None
        if key in held and generation is not None and generation.state is not rows.State.DEAD:
            raise Broken("a chunk of a generation that is not dead is deleted")


@dataclass(slots=True)
class Found:
    states: int
    whole: bool
    broken: str = ""
    path: list[str] = field(default_factory=list)


def explore(scope: Scope, *, at_most: int = 20_000_000, start: State | None = None) -> Found:
    """Every state that can be reached from `start`, the nearest first: a counterexample is a shortest one."""
    world, start = World(scope), start or State()
    came: dict[int, tuple[int, str]] = {(first := world.key(start)): (0, "")}
    waiting = deque([(start, first)])
    while waiting:
        it, here = waiting.popleft()
        try:
            world.judge(it)
            for label, after in world.steps(it):
                key = world.key(after)
                if key not in came:
                    came[key] = (here, label)
                    waiting.append((after, key))
        except Broken as broken:
            return Found(len(came), whole=False, broken=str(broken), path=_path(came, here))
        if len(came) > at_most:
            return Found(len(came), whole=False)
    return Found(len(came), whole=True)


def _path(came: Mapping[int, tuple[int, str]], key: int) -> list[str]:
    path = []
    while (step := came[key])[1]:
        path.append(step[1])
        key = step[0]
    return path[::-1]


ONE_WORKER = (
    Scope("told twice", ("v1",), workers=1, duplicate=True),
    Scope("created and deleted", ("v1", ""), workers=1),
    Scope("an erasure", ("v1",), workers=1, erase=True),
    Scope("two chunks, a late write", ("v1",), workers=1, late_writes=1, chunks=2),
    Scope("two chunks, a crash", ("v1",), workers=1, crashes=1, chunks=2),
    Scope("two chunks, a crash, a late write", ("v1",), workers=1, crashes=1, late_writes=1, chunks=2),
    Scope("two versions in turn and a deletion", ("v1", "v2", ""), workers=1),
    Scope("two versions", ("v1", "v2"), workers=1),
    Scope("created and deleted, a crash", ("v1", ""), workers=1, crashes=1),
    Scope("an erasure, a crash", ("v1",), workers=1, crashes=1, erase=True),
    Scope("an erasure, a crash, a late write", ("v1",), workers=1, late_writes=1, crashes=1, erase=True),
)
TWO_WORKERS = (
    Scope("a late write", ("v1",), late_writes=1, phases=1),
    Scope("told twice", ("v1",), duplicate=True, phases=1),
    Scope("delivered twice at once", ("v1",), redeliveries=1, phases=1),
    Scope("created and deleted", ("v1", ""), phases=1),
    Scope("two versions", ("v1", "v2"), phases=1),
    Scope("an erasure", ("v1",), erase=True, phases=1),
    Scope("an erasure, a late write", ("v1",), late_writes=1, erase=True, phases=1),
    Scope("an erasure, an error", ("v1",), errors=1, erase=True, phases=1),
    Scope("an erasure, a crash", ("v1",), crashes=1, erase=True, phases=1),
    Scope("created and deleted, a crash", ("v1", ""), crashes=1, phases=1),
    Scope("told twice, a crash", ("v1",), duplicate=True, crashes=1, phases=1),
    Scope("delivered twice at once, a crash", ("v1",), redeliveries=1, crashes=1, phases=1),
)
LARGE = tuple(replace(it, phases=2) for it in TWO_WORKERS)  # hours, and not all have been seen to end
QUICK = (ONE_WORKER[3], TWO_WORKERS[0])


def main(*, whole: bool) -> int:
    wrong = 0
    for scope in (*ONE_WORKER, *TWO_WORKERS, *(LARGE if whole else ())):
        began = time.monotonic()
        found = explore(scope)
        end = "whole" if found.whole else f"BROKEN: {found.broken}" if found.broken else "stopped"
        world = f"{scope.workers} at work, {scope.phases} lifetimes, {scope.name}"
        print(f"{found.states:>9} states  {time.monotonic() - began:5.0f} s  {world}: {end}", flush=True)
        wrong += bool(found.broken)
        print(*(f"    {it}" for it in found.path), sep="\n", end="\n" if found.path else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(whole=True))
