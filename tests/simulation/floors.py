"""What a thousand runs must have met, at least: runs that never saw the hard cases prove nothing."""

from tests.simulation.runs import Plan, Report

FLOORS: dict[str, int] = {  # in a thousand swarm runs, well below what is ordinary
    "two workers on one document": 1_000,
    "swap refused": 200,
    "redelivered": 1_000,
    "killed at the time limit": 20,
    "late write on a dead generation": 5,
    "stale read": 20,
    "replica lags": 1_000,
    "item refused": 200,
    "crash_after at ledger.swap": 20,
    "crash_before at ledger.swap": 20,
    "crash_late at index.upload": 5,
    "lost_after at ledger.swap": 50,
    "lost_late at ledger.swap": 50,
    "lost_late at index.upload": 10,
    "lost_late at index.delete": 5,
    "stall at source.read": 5,
    "stall at index.upload": 5,
    "throttled at embed": 5,
    "crash_after at queue.send": 20,
    "crash_after at queue.ack": 10,
    "changed while it was read": 20,
    "event lost": 50,
    "dead letter": 5,
    "poisoned": 100,
    "erased": 200,
    "certified": 200,
    "retired": 120,
    "an old index restored": 5,
    "a chunk lost": 8,
    "committed": 1_500,
    "an event changed nothing": 500,
    "access denied": 50,
    "alias swapped": 50,
    "feed starts again": 100,
    "tombstone lifted": 2,
    "an erasure of a held document refused": 2,
    "a held document outlived its source": 2,
    "delivery: busy": 500,
    "delivery: fenced": 5,
    "delivery: foreign_cabinet": 10,
    "delivery: unknown_source": 3,
    "document_parked: encrypted": 50,
    "document_parked: rejected_by_index": 50,
    "document_parked: forbidden": 50,
}
ENOUGH = 500  # runs; fewer are no sample


def unmet(report: Report, plan: Plan) -> list[str]:
    if report.runs < ENOUGH or plan.mutant or plan.hostile or plan.zombies:
        return []
    thousands = report.runs / 1_000
    return [
        f"{name}: {report.happened[name]} times, {least * thousands:.0f} is the least"
        for name, least in FLOORS.items()
        if report.happened[name] < least * thousands
    ]
