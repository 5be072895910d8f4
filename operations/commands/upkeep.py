"""Upkeep: what waits, what was given up on, and how it comes back."""

from dataclasses import asdict
from typing import Annotated

import typer

from ingestion.audit import HOUSE
from operations import letters, render, status
from operations.arguments import known
from operations.console import AsJson, Exit, complain, show
from operations.environment import connect

app = typer.Typer()


@app.command(name="status")
def status_(
    cabinet: Annotated[str | None, typer.Argument(help="One cabinet; by default all.")] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Show the parked documents' names; the audit says so.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Documents by state, backlog, parked documents with their reasons, dead letters."""
    services = connect()
    services.prepare_storage()
    cabinets = [known(services, cabinet)] if cabinet else list(services.registry.list())
    states, failed = status.of_each(services, cabinets, names=names)
    queues = status.backlog(services)
    dead = services.dead_letters.count()
    waiting = {name: asdict(it) for name, it in queues.items()}
    codes = {name: failure.code for name, failure in failed.items()}
    value = {"cabinets": [asdict(it) for it in states], "queues": waiting, "dead_letters": dead, "failed": codes}
    show(value, as_json=as_json, render=lambda: render.status(states, queues, dead))
    for name, failure in failed.items():
        complain(f"cabinet {name}: {failure}")
    if failed:
        raise typer.Exit(Exit.FAILED)


@app.command(name="dead-letters")
def dead_letters(as_json: AsJson = False) -> None:
    """What the queues and Event Grid gave up on. Ids and reasons only."""
    found = list(letters.every(connect()))
    render.letters(found, "Given up on", as_json)


@app.command()
def replay(
    cabinet: Annotated[str | None, typer.Argument(help="One cabinet's, and its parked documents; else all.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be replayed, and replay nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring back what was given up on. Harmless for what is settled: the worker asks the source."""
    services = connect()
    whose = known(services, cabinet) if cabinet else None
    found = list[letters.Letter]()
    try:
        for letter in letters.replay(services, whose, dry_run=dry_run):
            found.append(letter)
    finally:
        brought = sum(not it.kept for it in found)
        if brought and not dry_run:
            services.audit.record(whose.id if whose else HOUSE, "replayed", rows=brought)
    render.letters(found, "Would replay" if dry_run else "Replayed", as_json)
    if any(it.kept for it in found):
        raise typer.Exit(Exit.IN_PART)
