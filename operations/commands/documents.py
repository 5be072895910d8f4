"""Documents: put in, taken out, asked for."""

from pathlib import Path
from typing import Annotated

import typer

from ingestion.adapters.build import Services
from ingestion.errors import Refuse
from ingestion.model import Cabinet, SourceKind, Version
from ingestion.retrieval import AnsweredBy, Question
from ingestion.search_api import EVERYONE
from operations import documents, render
from operations import names as naming
from operations import reveal as revealing
from operations.arguments import CabinetName, OneSource, Seconds, known
from operations.console import AsJson, complain, progress, show, table, wrong
from operations.environment import connect

app = typer.Typer()


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
    found = known(services, cabinet)
    chosen = documents.chosen(paths, recursive=recursive)
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
    found = known(services, cabinet)
    named = [_named(services, found, name, source) for name in names]  # all of them, before the first is removed
    for it in named:
        naming.remove(services, it)
    puts = [documents.Put(it.name, it.document, Version("")) for it in named]
    with progress("Removing", len(puts)) as told:
        outcomes = documents.wait_gone(services, found, puts, wait, told)
    render.outcomes(outcomes, "gone", as_json)


def _named(services: Services, cabinet: Cabinet, name: str, source: str) -> naming.Named:
    try:
        return naming.find(services, cabinet, name, source=source, there=True)
    except Refuse as refusal:
        raise wrong(f"{name}: {refusal}") from None


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
    """Ask a cabinet's index, as the operator or, with --user, as somebody else; the audit notes either."""
    services = connect()
    found = known(services, cabinet)
    if user:  # whoever may name anybody reads what anybody may read: that is an operator's look, too
        services.audit.record(found.id, "searched_as_user", principals=len(user))
    else:
        services.audit.record(found.id, "searched_as_operator")
    principals = (*user, EVERYONE) if user else None
    answer = services.retrieval.ask(found, Question(question, principals, top, semantic))
    if answer.by is AnsweredBy.TEXT_ONLY:
        complain("the embedding service does not answer. These hits were found by their words only.")
    hits = revealing.hits(services, found, answer) if reveal else answer
    rows = [
        (
            f"{it.score:.4f}",
            it.fields["title"],
            it.pages,
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
    found = revealing.tokens(services, known(services, cabinet), tokens)
    rows = [(token, ", ".join(forms) or "unknown, or forgotten") for token, forms in found.items()]
    show(found, as_json=as_json, render=lambda: table("Revealed", ("token", "stands for"), rows))
