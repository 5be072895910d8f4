"""`python -m tests.simulation`: many runs, one run's trace, the table of mutants, the designs that fell, the sweeps.

Exit code 1 where an invariant was violated (with --mutant: where it was not), or where the runs never met what they
are for.
"""

import argparse
import sys
import time

from tests.simulation import crash_sweep, designs, exhaustive
from tests.simulation.floors import unmet
from tests.simulation.mutants import MUTANTS
from tests.simulation.runs import Failure, Plan, Report, run_many, shrink, trace_of


def main() -> int:
    asked = _arguments()
    if asked.mutants:
        return _table(asked)
    if asked.designs:
        return designs.table(asked.runs, asked.seed)
    if asked.crash_sweep:
        return crash_sweep.main()
    if asked.everything:
        return _everything(asked)
    if asked.exhaustive:
        return exhaustive.main(whole=False)
    mutant = MUTANTS.get(asked.mutant)
    plan = mutant.plan(asked.mutant) if mutant else Plan(hostile=asked.hostile, zombies=asked.zombies)
    began = time.monotonic()
    report = run_many(asked.seed, asked.runs, plan, asked.workers)
    _summary(report, time.monotonic() - began, everything=asked.counters)
    for failure in report.failures:
        print(f"seed {failure.seed}: {failure.what}", flush=True)
    for failure in report.failures[:3]:
        _explain(failure, plan)
    if asked.mutant:
        return 0 if report.failures else 1
    missing = unmet(report, plan)
    for line in missing:
        print(f"never met often enough: {line}")
    return 1 if report.failures or missing else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first run; the others follow it")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--mutant", default="", choices=["", *MUTANTS], help="take one guard away; must be found")
    parser.add_argument("--hostile", action="store_true", help="every trouble at once, at its worst")
    parser.add_argument("--zombies", action="store_true", help="writes may land after their deadline (no A3)")
    parser.add_argument("--counters", action="store_true", help="print everything that happened")
    parser.add_argument("--mutants", action="store_true", help="the table of all mutants")
    parser.add_argument("--designs", action="store_true", help="the table of the usual designs")
    parser.add_argument("--crash-sweep", action="store_true", help="a crash at every port call of every story")
    parser.add_argument("--everything", action="store_true", help="each kind of weather in turn; for coverage")
    parser.add_argument("--exhaustive", action="store_true", help="every interleaving of the small worlds")
    return parser.parse_args()


def _summary(report: Report, seconds: float, *, everything: bool) -> None:
    print(
        f"{report.runs} runs in {seconds:.0f} s, {report.invocations} invocations, {report.calls} port calls, "
        f"at most {report.most_calls} in one delivery; {len(report.failures)} violations"
    )
    if everything:
        for name, times in sorted(report.happened.items()):
            print(f"  {times:>9}  {name}")


def _explain(failure: Failure, plan: Plan) -> None:
    muted = shrink(failure.seed, plan, budget=150)
    print(f"\nseed {failure.seed}: {failure.what}\nshrunk by muting {len(muted)} decisions; the last calls:")
    for line in trace_of(failure.seed, plan, muted)[-60:]:
        print(f"  {line}")


def _everything(asked: argparse.Namespace) -> int:
    """As many swarm runs, half as many hostile ones, a quarter without A3."""
    failed = 0
    for plan, runs in (
        (Plan(), asked.runs),
        (Plan(hostile=True), asked.runs // 2),
        (Plan(zombies=True), asked.runs // 4),
    ):
        began = time.monotonic()
        report = run_many(asked.seed, runs, plan, asked.workers)
        _summary(report, time.monotonic() - began, everything=asked.counters)
        for failure in report.failures:
            print(f"seed {failure.seed}: {failure.what}", flush=True)
        failed += len(report.failures)
    return 1 if failed else 0


def _table(asked: argparse.Namespace) -> int:
    missed = 0
    print("| guard taken away | name | found after | what goes wrong |\n|---|---|---|---|")
    for name, mutant in MUTANTS.items():
        report = run_many(asked.seed, asked.runs, mutant.plan(name), asked.workers)
        found = report.failures[0] if report.failures else None
        missed += found is None
        where = f"{found.seed - asked.seed + 1} runs (seed {found.seed})" if found else f"not in {report.runs} runs"
        print(f"| {mutant.why} | `{name}` | {where} | {found.what if found else ''} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
