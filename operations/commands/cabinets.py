"""Cabinets: what is followed, and how its index is made."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from ingestion.adapters.build import Services
from ingestion.model import OcrChoice, SourceRef
from operations import onboard, sharepoint, watch
from operations import reindex as reindexing
from operations.arguments import CabinetName, Folder, Library, Seconds, known
from operations.console import NOTES, PEOPLE, AsJson, Exit, progress, show, table, wrong
from operations.environment import connect
from operations.names import no_source

app = typer.Typer()


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
    library: Library = "",
    folder: Folder = "",
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
    _end_in_part_where_it_loads(cabinet, found)


@app.command(name="watch")
def watch_(
    cabinet: CabinetName,
    site: Annotated[str, typer.Option(help="The SharePoint site's address.")],
    library: Library = "",
    folder: Folder = "",
    wait: Annotated[float, typer.Option(help="Seconds to watch the first load.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Follow one more SharePoint library with a cabinet that there is."""
    services = connect()
    place = sharepoint.Place(site, library, folder)
    source = watch.begin(services, known(services, cabinet), place, lambda step: NOTES.print(f"  {step}"))
    found = {"cabinet": cabinet, "source": source.id, **_first_load(services, source, wait)}
    show(found, as_json=as_json, render=lambda: table("Watched", list(found), [list(found.values())]))
    _end_in_part_where_it_loads(cabinet, found)


@app.command()
def unwatch(
    cabinet: CabinetName,
    source: Annotated[str, typer.Argument(help="The source's id, as status shows it.")],
    wait: Seconds = 1200.0,
    as_json: AsJson = False,
) -> None:
    """Follow a container or a library no longer: its documents leave the index, nothing is deleted at the source."""
    services = connect()
    leaving = watch.end(services, known(services, cabinet), source, lambda step: NOTES.print(f"  {step}"))
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


def _end_in_part_where_it_loads(cabinet: str, found: Mapping[str, object]) -> None:
    if found.get("live") != found.get("documents"):
        NOTES.print(f"Not all of it is searchable; what is not yet goes on loading. See `greffe status {cabinet}`.")
        raise typer.Exit(Exit.IN_PART)


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
    found = known(services, cabinet)
    asked = [it for it in found.sources if source in ("", it.id)]
    if not asked:
        raise no_source(found, source)
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
    abandon: Annotated[bool, typer.Option("--abandon", help="Give a rebuild up: the old index stays.")] = False,
    ocr: Annotated[OcrChoice | None, typer.Option(help="From now on, who reads its scans.")] = None,
    wait: Seconds = 3600.0,
    as_json: AsJson = False,
) -> None:
    """Make again what older code or an older policy made; with --rebuild, everything, into a new index."""
    services = connect()
    found = known(services, cabinet)
    if abandon:
        value = {"cabinet": found.id, "abandoned": reindexing.abandon(services, found)}
        show(value, as_json=as_json, render=lambda: table("Abandoned", list(value), [list(value.values())]))
        return
    if ocr is not None:
        found = onboard.choose_ocr(services, found, ocr)
    if not rebuild:
        sent = services.schedules.reindex_stale(found)
        show({"enqueued": sent}, as_json=as_json, render=lambda: PEOPLE.print(f"{sent} documents to be made again"))
        return
    with progress("Rebuilding", None) as told:
        outcome = reindexing.rebuild(services, found, wait, told)
    show(outcome, as_json=as_json, render=lambda: table("Rebuilt", list(outcome), [list(outcome.values())]))
    if outcome["step"] == "building":
        NOTES.print(
            f"It goes on by itself. What is parked in the new index holds it up: see `greffe status {found.id}`."
        )
        raise typer.Exit(Exit.IN_PART)
