"""`greffe`: what an operator can do, one command each. Every command but `up` and `demo` takes `--json`.

Ends with 0 when done, 1 when done in part, 2 when the call is wrong, 3 when a service failed.
"""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ingestion.adapters.build import Services
from ingestion.errors import GreffeError, Refuse
from ingestion.model import Cabinet, OcrChoice, SourceKind, SourceRef, Version
from ingestion.retrieval import NoAnswer, Question
from ingestion.search_api import EVERYONE
from ingestion.settings import SettingsError
from operations import documents, erase, hold, letters, onboard, render, sharepoint, status, watch
from operations import names as naming
from operations import reindex as reindexing
from operations import reveal as revealing
from operations.console import NOTES, PEOPLE, AsJson, Exit, complain, progress, show, table, wrong
from operations.environment import connect

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

CabinetName = Annotated[str, typer.Argument(help="The cabinet's name, as it was onboarded.")]
OneSource = Annotated[str, typer.Option("--source", help="The source to look in, where several have that name.")]
Seconds = Annotated[float, typer.Option("--wait", help="Seconds to wait for the index; 0 does not wait.")]


@app.command()
def up(home: Annotated[Path, typer.Option(help="Where its state is kept.")] = Path(".greffe")) -> None:
    """Start the local cloud and stay in the foreground until Ctrl-C."""
    raise typer.Exit(subprocess.call([sys.executable, "-m", "local", "up", "--home", str(home)]))


@app.command()
def demo() -> None:
    """Show the whole way on a local cloud of its own: ingest, ask, delete, erase, break, replay."""
    raise typer.Exit(subprocess.call([sys.executable, "-m", "local", "demo"]))


@app.command(name="onboard")
def onboard_(
    cabinet: Annotated[str, typer.Argument(help="Its name: 3 to 32 of a-z, 0-9 and -.")],
    container: Annotated[str, typer.Option(help="Container of its documents; by default its own name.")] = "",
    account: Annotated[str, typer.Option(help="URL of the Blob account; by default Greffe's own.")] = "",
    prefix: Annotated[str, typer.Option(help="Follow only what lies under it.")] = "",
    tenant: Annotated[str, typer.Option(help="Its Entra tenant; by default the deployment's.")] = "",
    policy: Annotated[str, typer.Option(help="Redaction policy.")] = "pseudonymise",
    ocr: Annotated[OcrChoice, typer.Option(help="Who reads its scans.")] = OcrChoice.EMBEDDED,
    site: Annotated[str, typer.Option(help="Its documents are in SharePoint: the site's address.")] = "",
    library: Annotated[str, typer.Option(help="The site's library; by default its first.")] = "",
    folder: Annotated[str, typer.Option(help="Follow only this folder of the library.")] = "",
    wait: Annotated[float, typer.Option(help="Seconds to watch the first load of a library.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Make a cabinet: key, container or library, index behind an alias, registry entry, first load."""
    services = connect()
    wish = onboard.Wish(
        name=cabinet,
        tenant_id=tenant or services.settings.tenant_id,
        account_url=account or services.settings.blob_uri,
        container=container or cabinet,
        prefix=prefix,
        policy=policy,
        ocr=ocr,
        library=sharepoint.Place(site, library, folder) if site else None,
    )
    if (library or folder) and not site:
        raise wrong("--library and --folder need --site")
    made = onboard.onboard(services, wish, lambda step: NOTES.print(f"  {step}"))
    found: dict[str, object] = {"cabinet": made.id, "index": made.indexes[0].name, "alias": made.alias}
    if wish.library is None:
        found["container"] = wish.container
    else:
        found |= _first_load(services, made.sources[0], wait)
    show(found, as_json=as_json, render=lambda: table("Onboarded", list(found), [list(found.values())]))


@app.command()
def add(
    cabinet: CabinetName,
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files, or folders with -r.")],
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Folders with all that lies in them.")] = False,
    wait: Seconds = 300.0,
    as_json: AsJson = False,
) -> None:
    """Upload documents to a cabinet's container and wait until each is searchable, or parked with a reason."""
    services = connect()
    found = _known(services, cabinet)
    chosen = list(documents.files(paths, recursive=recursive))
    if not chosen:
        raise wrong("there is no file to add; name files, or folders with -r")
    source = next((it for it in found.sources if it.kind is SourceKind.BLOB), None)
    if source is None:
        raise wrong(f"cabinet {found.id} keeps its documents in SharePoint; save them there")
    with progress("Uploading", len(chosen)) as told:
        puts = []
        for file, name in chosen:
            puts.append(documents.put(services, found, source, file, name))
            told(len(puts))
    if not wait:
        render.outcomes([documents.Outcome(it.name, it.document, "uploaded") for it in puts], "uploaded", as_json)
        return
    with progress("Indexing", len(puts)) as told:
        outcomes = documents.wait_for(services, found, puts, wait, told)
    render.outcomes(outcomes, "live", as_json)


@app.command()
def rm(
    cabinet: CabinetName,
    names: Annotated[list[str], typer.Argument(help="Names in a container, as `add` showed them, or in a library.")],
    source: OneSource = "",
    wait: Seconds = 60.0,
    as_json: AsJson = False,
) -> None:
    """Delete documents at their source and wait until the index holds none of them."""
    services = connect()
    found = _known(services, cabinet)
    puts = []
    for name in names:
        try:
            named = naming.find(services, found, name, source=source, there=True)
        except Refuse as refusal:
            raise wrong(f"{name}: {refusal}") from None
        naming.remove(services, named)
        puts.append(documents.Put(name, named.document, Version("")))
    with progress("Removing", len(puts)) as told:
        outcomes = documents.wait_gone(services, found, puts, wait, told)
    render.outcomes(outcomes, "gone", as_json)


@app.command(name="watch")
def watch_(
    cabinet: CabinetName,
    site: Annotated[str, typer.Option(help="The SharePoint site's address.")],
    library: Annotated[str, typer.Option(help="The site's library; by default its first.")] = "",
    folder: Annotated[str, typer.Option(help="Follow only this folder of the library.")] = "",
    wait: Annotated[float, typer.Option(help="Seconds to watch the first load.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Follow one more SharePoint library with a cabinet that there is."""
    services = connect()
    place = sharepoint.Place(site, library, folder)
    source = watch.begin(services, _known(services, cabinet), place, lambda step: NOTES.print(f"  {step}"))
    found = {"cabinet": cabinet, "source": source.id, **_first_load(services, source, wait)}
    show(found, as_json=as_json, render=lambda: table("Watched", list(found), [list(found.values())]))


@app.command()
def unwatch(
    cabinet: CabinetName,
    source: Annotated[str, typer.Argument(help="The source's id, as status shows it.")],
    wait: Seconds = 1200.0,
    as_json: AsJson = False,
) -> None:
    """Follow a container or a library no longer: its documents leave the index, nothing is deleted at the source."""
    services = connect()
    leaving = watch.end(services, _known(services, cabinet), source, lambda step: NOTES.print(f"  {step}"))
    with progress("Leaving the index", None) as told:
        left = watch.wait_left(services, leaving, wait, told)
    found = {"cabinet": cabinet, "source": leaving.id, "left": left, "watched": bool(left)}
    show(found, as_json=as_json, render=lambda: table("Unwatched", list(found), [list(found.values())]))
    if left:
        NOTES.print("It is followed no more, and leaves as its documents do. Run the command again to see it gone.")
        raise typer.Exit(Exit.IN_PART)


def _first_load(services: Services, source: SourceRef, wait: float) -> dict[str, object]:
    expected = sharepoint.documents(services, source)
    with progress("First load", expected) as told:
        loaded = sharepoint.wait_for_load(services, source, expected, wait, told)
    return {"drive": source.container, "documents": expected, **loaded}


@app.command()
def search(
    cabinet: CabinetName,
    question: Annotated[str, typer.Argument(help="In French, as one would ask.")],
    user: Annotated[list[str] | None, typer.Option(help="Ask as this object id or group; repeat for several.")] = None,
    top: Annotated[int, typer.Option(help="How many hits.")] = 5,
    semantic: Annotated[bool, typer.Option("--semantic", help="Rank again by the semantic ranker.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Give the names back; the audit says so.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a cabinet's index. Without --user you ask as the operator, and the audit says so."""
    services = connect()
    found = _known(services, cabinet)
    if user is None:
        services.audit.record(found.id, "searched_as_operator")
    principals = (*user, EVERYONE) if user else None
    hits = services.retrieval.ask(found, Question(question, principals, top, semantic))
    if reveal:
        hits = revealing.hits(services, found, hits)
    rows = [
        (
            f"{it.score:.4f}",
            it.fields["title"],
            render.pages(it.fields),
            it.fields["heading_path"],
            render.extract(it.fields),
        )
        for it in hits
    ]
    columns = ("score", "document", "page", "section", "text")
    show([it.as_json() for it in hits], as_json=as_json, render=lambda: table(f"{len(hits)} hits", columns, rows))


@app.command(name="reveal")
def reveal_(
    cabinet: CabinetName,
    tokens: Annotated[list[str], typer.Argument(help="Tokens, as they stand in texts.")],
    as_json: AsJson = False,
) -> None:
    """What tokens hide, to those who may know it. The audit says who asked, and for how many."""
    services = connect()
    found = revealing.tokens(services, _known(services, cabinet), tokens)
    rows = [(token, ", ".join(forms) or "unknown, or forgotten") for token, forms in found.items()]
    show(found, as_json=as_json, render=lambda: table("Revealed", ("token", "stands for"), rows))


@app.command(name="forget")
def forget_(
    cabinet: CabinetName,
    tokens: Annotated[list[str] | None, typer.Argument(help="Tokens, as they stand in texts.")] = None,
    name: Annotated[str, typer.Option(help="Or a person's name: every token that stands for it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Destroy the keys of subjects: what their tokens hide is unreadable for ever. The audit says who asked."""
    services = connect()
    known = _known(services, cabinet)
    asked = [*(tokens or ()), *(revealing.of_name(services, known, name) if name else ())]
    done = revealing.forget(services, known, asked) if asked else {}
    rows = [(token, "forgotten" if it else "unknown, or forgotten before") for token, it in done.items()]
    show(done, as_json=as_json, render=lambda: table("Forgotten", ("token", "now"), rows))


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
    cabinets = [_known(services, cabinet)] if cabinet else list(services.registry.list())
    states = [status.of_cabinet(services, it, names=names) for it in cabinets]
    queues = status.backlog(services)
    dead = sum(1 for _ in services.dead_letters)
    waiting = {name: asdict(it) for name, it in queues.items()}
    value = {"cabinets": [asdict(it) for it in states], "queues": waiting, "dead_letters": dead}
    show(value, as_json=as_json, render=lambda: render.status(states, queues, dead))


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
    found = list(letters.replay(services, cabinet, dry_run=dry_run))
    if found and not dry_run:
        services.audit.record(cabinet or "all", "replayed", rows=len(found))
    render.letters(found, "Would replay" if dry_run else "Replayed", as_json)


@app.command(name="erase")
def erase_(
    cabinet: CabinetName,
    document: Annotated[str, typer.Option(help="The document's id, as status and search show it.")] = "",
    name: Annotated[str, typer.Option(help="Or its name in a container, its path in a library.")] = "",
    source: OneSource = "",
    wait: Seconds = 1200.0,
    as_json: AsJson = False,
) -> None:
    """Erase a document for good: tombstone, sweep, proof by lookups, receipt. It is never indexed again."""
    services = connect()
    found = _known(services, cabinet)
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
    document: Annotated[str, typer.Option(help="The document's id, as status and search show it.")] = "",
    name: Annotated[str, typer.Option(help="Or its name in a container, its path in a library.")] = "",
    source: OneSource = "",
    lift: Annotated[bool, typer.Option("--lift", help="End the hold; what the source no longer has goes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a document under a legal hold, or lift it; without one, show what is held. The audit keeps both."""
    services = connect()
    found = _known(services, cabinet)
    if document or name:
        hold.order(services, found, erase.which(services, found, document, name, source), lift=lift)
    elif lift:
        raise wrong("name the document whose hold is to be lifted: --document ID, or --name NAME")
    rows = list(hold.held(services, found))
    columns = ("document", "since", "status")
    value = [dict(zip(columns, it, strict=True)) for it in rows]
    show(value, as_json=as_json, render=lambda: table("Under a legal hold", columns, rows))


@app.command()
def reconcile(
    cabinet: CabinetName,
    source: Annotated[str, typer.Option(help="One source only; by default all.")] = "",
    accept_deletions: Annotated[
        bool, typer.Option("--accept-deletions", help="Let go what the deletion breaker held back, this once.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare source, ledger and index now, and send what they disagree on to be looked at again."""
    services = connect()
    found = _known(services, cabinet)
    asked = [it for it in found.sources if source in ("", it.id)]
    if not asked:
        raise wrong(f"cabinet {found.id} has no source {source!r}; it has {', '.join(it.id for it in found.sources)}")
    rows = [(it.id, services.reconciliation.run(found, it, force=accept_deletions)) for it in asked]
    if accept_deletions:
        services.audit.record(found.id, "deletions_accepted", missing=sum(it.gone for _, it in rows))
    value = {name: asdict(it) for name, it in rows}
    columns = ("source", *asdict(rows[0][1]))
    show(
        value,
        as_json=as_json,
        render=lambda: table("Compared", columns, [(name, *asdict(it).values()) for name, it in rows]),
    )
    if any(it.held for _, it in rows):
        NOTES.print("So many at once are held back. Where they really went: run it with --accept-deletions.")
        raise typer.Exit(Exit.IN_PART)


@app.command()
def reindex(
    cabinet: CabinetName,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Into a new index, beside the old; then swap.")] = False,
    ocr: Annotated[OcrChoice | None, typer.Option(help="From now on, who reads its scans.")] = None,
    wait: Seconds = 3600.0,
    as_json: AsJson = False,
) -> None:
    """Make again what older code or an older policy made; with --rebuild, everything, into a new index."""
    services = connect()
    found = _known(services, cabinet)
    if ocr is not None:
        found = onboard.choose_ocr(services, found, ocr)
    if not rebuild:
        sent = services.schedules.reindex_stale(found)
        show({"enqueued": sent}, as_json=as_json, render=lambda: PEOPLE.print(f"{sent} documents to be made again"))
        return
    with progress("Rebuilding", None) as told:
        outcome = reindexing.rebuild(services, found, wait, told)
    show(outcome, as_json=as_json, render=lambda: table("Rebuilt", list(outcome), [list(outcome.values())]))


def _known(services: Services, name: str) -> Cabinet:
    cabinet = services.registry.by_id(name)
    if cabinet is None:
        raise wrong(f"there is no cabinet {name!r}; make it with `greffe onboard`")
    return cabinet


def main() -> None:
    """The command line; every error that is ours ends in one sentence and a code."""
    try:
        app()
    except (Refuse, NoAnswer, SettingsError) as refusal:
        complain(refusal)
        sys.exit(Exit.USAGE)
    except GreffeError as failure:
        complain(failure)
        sys.exit(Exit.FAILED)


if __name__ == "__main__":
    main()
