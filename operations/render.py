"""What people see of the commands' answers; programs get the same with `--json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import typer

from operations.console import PEOPLE, Exit, show, table
from operations.documents import Outcome
from operations.letters import Letter
from operations.status import Backlog, CabinetStatus

EXTRACT = 160  # characters of a hit
SECONDS = 19  # characters of a time: 2026-01-05T09:00:00


def outcomes(found: Sequence[Outcome], wanted: str, as_json: bool) -> None:
    """One line each, what is not as wanted first; exits with 1 where there is such."""
    others = [it for it in found if it.status != wanted]
    value = [{**asdict(it), "advice": it.advice} for it in found]
    rows = [(it.status, it.name, it.reason, it.advice, it.document) for it in others]

    def people() -> None:
        PEOPLE.print(f"{len(found) - len(others)} {wanted}, {len(others)} not")
        if rows:
            table("Not", ("status", "name", "reason", "what to do", "document"), rows)

    show(value, as_json=as_json, render=people)
    if others:
        raise typer.Exit(Exit.IN_PART)


def letters(found: Sequence[Letter], title: str, as_json: bool) -> None:
    """As a table to the second, and without the name of a dead letter's blob; as JSON with both."""
    rows = [
        (it.kind, it.cabinet, it.document, it.reason, it.since[:SECONDS], it.where.partition("/")[0]) for it in found
    ]
    columns = ("kind", "cabinet", "document", "reason", "since", "where")
    show([asdict(it) for it in found], as_json=as_json, render=lambda: table(f"{title}: {len(found)}", columns, rows))


def status(states: Sequence[CabinetStatus], queues: Mapping[str, Backlog], dead: int) -> None:
    for it in states:
        rows = [
            (index.index, index.state, ", ".join(f"{n} {state}" for state, n in index.documents.items()), index.chunks)
            for index in it.indexes
        ]
        table(f"Cabinet {it.cabinet} · policy {it.policy}", ("index", "state", "documents", "chunks"), rows)
        if it.drives:
            drives = [(drive.source, drive.subscription, drive.until) for drive in it.drives]
            table("Libraries", ("source", "subscription", "until"), drives)
        if it.parked:
            state = {index.index: index.state for index in it.indexes}
            parked = [
                (p.name or p.document, p.reason, p.advice, "kept" if p.old_version_kept else "", state.get(p.index, ""))
                for p in it.parked
            ]
            shown = 5 if len(it.indexes) > 1 else 4  # in which index it is, where there are several
            columns = ("document", "reason", "what to do", "old version", "index")[:shown]
            table("Parked", columns, [row[:shown] for row in parked])
        if it.flagged:
            flagged = [(f.name or f.document, ", ".join(f.flags)) for f in it.flagged]
            table("Live, and to be read with care", ("document", "flags"), flagged)
    waiting = [
        (name, it.due_in_words, max(it.messages - it.due, 0)) for name, it in queues.items() if it.messages or it.due
    ]
    table("Messages", ("queue", "due", "later"), [*waiting, ("event grid's dead letters", dead, "")])


def extract(fields: Mapping[str, object]) -> str:
    text = " ".join(str(fields["content"]).split())
    return text if len(text) <= EXTRACT else f"{text[:EXTRACT]}…"
