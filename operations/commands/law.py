"""What the law asks: erasure with proof, legal holds, persons forgotten, a firm that leaves, and a record of it all."""

from dataclasses import asdict
from typing import Annotated

import typer

from ingestion.audit import HOUSE
from operations import audit, erase, hold, offboard
from operations import reveal as revealing
from operations.arguments import CabinetName, DocumentId, DocumentName, OneSource, Seconds, known
from operations.console import NOTES, AsJson, Exit, progress, show, table, wrong
from operations.environment import connect

app = typer.Typer()


@app.command(name="erase")
def erase_(
    cabinet: CabinetName,
    document: DocumentId = "",
    name: DocumentName = "",
    source: OneSource = "",
    wait: Seconds = 1200.0,
    as_json: AsJson = False,
) -> None:
    """Erase a document for good: tombstone, sweep, proof by lookups, receipt. It is never indexed again."""
    services = connect()
    found = known(services, cabinet)
    which = erase.which(services, found, document, name, source)
    erase.erase(services, found, which)
    with progress("Certifying", len(found.indexes)) as told:
        receipt = erase.wait_for_receipt(services, found, which.document, wait, told)
    if receipt is None:
        NOTES.print("The tombstone holds; the receipt is still owed. Run the command again for it.")
        raise typer.Exit(Exit.IN_PART)
    value = receipt.as_json()
    rows = [tuple(asdict(it).values()) for it in receipt.proofs]
    columns = list(asdict(receipt.proofs[0]))
    show(value, as_json=as_json, render=lambda: table(f"Receipt for {which.document}", columns, rows))


@app.command(name="hold")
def hold_(
    cabinet: CabinetName,
    document: DocumentId = "",
    name: DocumentName = "",
    source: OneSource = "",
    lift: Annotated[bool, typer.Option("--lift", help="End the hold; what the source no longer has goes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a document under a legal hold, or lift it; without one, show what is held. The audit keeps both."""
    services = connect()
    found = known(services, cabinet)
    if document or name:
        hold.order(services, found, erase.which(services, found, document, name, source), lift=lift)
    elif lift:
        raise wrong("name the document whose hold is to be lifted: --document ID, or --name NAME")
    rows = list(hold.held(services, found))
    columns = ("document", "since", "status")
    value = [dict(zip(columns, it, strict=True)) for it in rows]
    show(value, as_json=as_json, render=lambda: table("Under a legal hold", columns, rows))


@app.command(name="forget")
def forget_(
    cabinet: CabinetName,
    tokens: Annotated[list[str] | None, typer.Argument(help="Tokens, as they stand in texts.")] = None,
    name: Annotated[str, typer.Option(help="Or a person's name: every token that stands for it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Destroy the keys of subjects: what their tokens hide is unreadable for ever. The audit says who asked."""
    services = connect()
    found = known(services, cabinet)
    asked = [*(tokens or ()), *(revealing.of_name(services, found, name) if name else ())]
    done = revealing.forget(services, found, asked) if asked else {}
    rows = [(token, "forgotten" if it else "unknown, or forgotten before") for token, it in done.items()]
    show(done, as_json=as_json, render=lambda: table("Forgotten", ("token", "now"), rows))


@app.command(name="offboard")
def offboard_(
    cabinet: CabinetName,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without it, only what would go is shown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a cabinet go: its indexes, its key, its entry in the registry. Its sources must be ended before."""
    services = connect()
    found = known(services, cabinet)
    if yes:
        offboard.offboard(services, found, lambda step: NOTES.print(f"  {step}"))
    else:
        offboard.check(services, found)
    indexes = ", ".join(it.name for it in found.indexes)
    value = {"cabinet": found.id, "indexes": indexes, "key": found.key_name.partition("/")[0], "gone": yes}
    title = "Offboarded" if yes else "Would go, with --yes"
    show(value, as_json=as_json, render=lambda: table(title, list(value), [list(value.values())]))


@app.command(name="audit")
def audit_(
    cabinet: Annotated[str, typer.Argument(help="The cabinet; by default what concerns no single one.")] = HOUSE,
    last: Annotated[int, typer.Option(help="How many of the newest entries to show; the whole chain is checked.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Who did what, and when; and whether the chain of entries is whole. Ends with 1 where it is broken."""
    services = connect()
    found = audit.chain(services, cabinet)
    if not found.entries and cabinet != HOUSE:
        raise wrong(f"nothing was ever done to a cabinet {cabinet!r}")
    lines = [audit.line(it) for it in found.entries[max(len(found.entries) - last, 0) :]]
    columns = ("entry", "at", "action", "fields", "actor")
    rows = [(it["sequence"], str(it["at"])[:19], it["action"], _plain(it["fields"]), it["actor"]) for it in lines]
    value = {"entries": lines, "length": len(found.entries), "broken_at": found.broken_at}
    whole = "whole" if found.broken_at is None else "broken"
    title = f"{len(lines)} of {len(found.entries)} entries; the chain is {whole}"
    show(value, as_json=as_json, render=lambda: table(title, columns, rows))
    if found.broken_at is not None:
        NOTES.print(f"The chain is broken at entry {found.broken_at}: it is not what was written. Restore the table.")
        raise typer.Exit(Exit.IN_PART)


def _plain(fields: object) -> str:
    return " ".join(f"{name}={value}" for name, value in fields.items()) if isinstance(fields, dict) else ""
