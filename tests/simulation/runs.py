"""Runs by seed, many at a time, and what a failure looks like: its seed, its trace, a shorter one that fails too."""

import gc
import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from tests.simulation import flavours
from tests.simulation.chance import HOSTILE, Chance, swarm
from tests.simulation.story import Story, finish, play
from tests.simulation.world import Violation

PORTION = 100  # seeds in one piece of work
BETWEEN_COLLECTIONS = 25  # runs: a world is one large cycle, dropped whole; looking for it while it runs costs a tenth


@dataclass(frozen=True, slots=True)
class Failure:
    seed: int
    invariant: str
    what: str


@dataclass(slots=True)
class Report:
    runs: int = 0
    calls: int = 0
    invocations: int = 0
    most_calls: int = 0
    failures: list[Failure] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Report") -> None:
        self.runs += other.runs
        self.calls += other.calls
        self.invocations += other.invocations
        self.most_calls = max(self.most_calls, other.most_calls)
        self.failures += other.failures
        self.happened.update(other.happened)


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of runs."""

    hostile: bool = False
    zombies: bool = False  # without assumption A3
    mutant: str = ""
    stop_at_first: bool = False
    weather: tuple[tuple[str, float], ...] = ()  # troubles that every run has, at this strength
    dramas: bool = True  # in one run of eleven


def begin(
    seed: int, plan: Plan, muted: frozenset[int] = frozenset(), *, trace: bool = False
) -> tuple[Story, Violation | None]:
    chance = Chance.of_seed(seed, muted, record=trace)
    weather = HOSTILE if plan.hostile else swarm(chance)
    flavour = flavours.of_seed(seed) if plan.dramas else None
    if flavour is not None:
        weather = flavour.season(weather)
    weather = replace(weather, **dict(plan.weather))  # type: ignore[arg-type]
    if plan.zombies:
        weather = replace(weather, zombies=True, lost=max(weather.lost, 0.1), crash=max(weather.crash, 0.05))
    story = play(chance, weather, trace=trace)
    if flavour is not None:
        flavour.add(story, seed)
    try:
        finish(story, weather)
    except Violation as violation:
        story.world.note(f"VIOLATION {violation}")
        return story, violation
    return story, None


def run_seeds(seeds: Iterable[int], plan: Plan) -> Report:
    from tests.simulation.mutants import MUTANTS

    report = Report()
    with ExitStack() as stack:
        if plan.mutant:
            stack.enter_context(MUTANTS[plan.mutant].applied())
        stack.enter_context(_collecting_seldom())
        for seed in seeds:
            if report.runs % BETWEEN_COLLECTIONS == 0:
                gc.collect()
            story, violation = begin(seed, plan)
            report.runs += 1
            report.calls += story.world.calls
            report.invocations += story.world.invocations
            report.most_calls = max(report.most_calls, story.judge.most_calls)
            report.happened.update(story.world.happened)
            if violation:
                report.failures.append(Failure(seed, violation.invariant, str(violation)))
                if plan.stop_at_first:
                    break
    return report


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """What was there before, all the imported modules among it, is not looked through each time: a fifth of a run."""
    was = gc.isenabled()
    gc.disable()
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if was:
            gc.enable()


def run_many(first: int, runs: int, plan: Plan, workers: int = 2) -> Report:
    """Over all cores, or within this process (0: to be measured); the report does not depend on which."""
    if not workers:
        return run_seeds(range(first, first + runs), plan)
    portions = [range(at, min(at + PORTION, first + runs)) for at in range(first, first + runs, PORTION)]
    report = Report()
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for part in pool.imap(_portion, ((it, plan) for it in portions)):
            report.add(part)
            if plan.stop_at_first and report.failures:
                pool.terminate()
                break
    return report


def _portion(work: tuple[range, Plan]) -> Report:
    return run_seeds(*work)


def trace_of(seed: int, plan: Plan, muted: frozenset[int] = frozenset()) -> list[str]:
    story, _ = begin(seed, plan, muted, trace=True)
    return story.world.trace or []


def digest(seed: int, plan: Plan) -> str:
    return hashlib.sha256("\n".join(trace_of(seed, plan)).encode()).hexdigest()


def shrink(seed: int, plan: Plan, *, budget: int = 400) -> frozenset[int]:
    """Decisions that can be muted while the same invariant still fails: by halves, then one by one."""
    story, violation = begin(seed, plan, trace=True)
    if violation is None:
        return frozenset()
    muted: frozenset[int] = frozenset()
    fired = story.chance.fired
    size = max(1, len(fired) // 2)
    while budget and size:
        for piece in list(_pieces(fired, size)):
            budget -= 1
            tried = muted | piece
            again, found = begin(seed, plan, tried, trace=True)
            if found is not None and found.invariant == violation.invariant:
                muted, fired = tried, again.chance.fired
                break
            if not budget:
                break
        else:
            size //= 2
    return muted


def _pieces(fired: list[int], size: int) -> Iterator[frozenset[int]]:
    for at in range(0, len(fired), size):
        yield frozenset(fired[at : at + size])
