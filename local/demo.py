"""The whole way in a minute, on a cloud of its own: file, ask, delete with proof, break, replay.

What is shown is what happened: each stage reads its outcome from the deployment as an operator's command would, and the
demo ends with 1 when one of them is not as it should be.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ingestion.adapters.build import Services
from ingestion.model import Cabinet
from ingestion.retrieval import Question
from ingestion.search_api import EVERYONE
from ingestion.settings import Settings
from local.cloud import Cloud
from operations import documents, erase, letters, onboard, render, status
from operations.console import PEOPLE, table

SAMPLES = Path(__file__).parent.parent / "samples"
NAME = "demo"
HASTE = 10_000.0  # Event Grid's day of retries in 9 seconds
WAIT = 60.0  # seconds, for anything


class Unexpected(Exception):
    """A stage did not end as it should."""


def run() -> int:
    """0 when every stage ended as it should. The cloud's home is a new folder, and goes with it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="greffe-demo-") as home:
        ended = on_cloud(Path(home))
    if not ended:
        PEOPLE.print(f"\nDone in {time.monotonic() - began:.0f} s. [bold]greffe up[/bold] keeps a cloud for you.")
    return ended


def on_cloud(home: Path) -> int:
    with stage("The local cloud: Azurite, Functions host, Event Grid, AI Search, Key Vault, identity, embeddings"):
        cloud = Cloud(home).start()
    try:
        os.environ.update(cloud.environment)
        with closing(Services(Settings.from_environment(os.environ), operator=True)) as services:
            show(cloud, services)
    except Unexpected as wrong:
        PEOPLE.print(f"[red]The demo did not go as it should:[/red] {wrong}")
        return 1
    finally:
        cloud.stop()
    return 0


def show(cloud: Cloud, services: Services) -> None:
    cabinet = made(services)
    outcomes = ingested(services, cabinet)
    asked(services, cabinet)
    deleted(services, cabinet, next(it.name for it in outcomes if it.name.endswith(".xlsx")))
    erased(services, cabinet, next(it.name for it in outcomes if it.name.endswith(".eml")))
    replayed(cloud, services, cabinet)
    with stage("What an operator sees: greffe status"):
        render.status([status.of_cabinet(services, cabinet, names=True)], status.backlog(services), 0)


def made(services: Services) -> Cabinet:
    with stage("A cabinet: its key in Key Vault, its index behind an alias, its container, its registry entry"):
        settings = services.settings
        wish = onboard.Wish(NAME, settings.tenant_id, settings.blob_uri, NAME, "", "pseudonymise")
        return onboard.onboard(services, wish, lambda step: PEOPLE.print(f"  {step}"))


def ingested(services: Services, cabinet: Cabinet) -> list[documents.Outcome]:
    with stage("Fictional French documents are dropped in its container; events do the rest"):
        folders = sorted(it for it in (SAMPLES / "documents").iterdir())
        puts = [
            documents.put(services, cabinet, cabinet.sources[0], file, name)
            for file, name in documents.chosen(folders, recursive=True)
        ]
        outcomes = documents.wait_for(services, cabinet, puts, WAIT, lambda _: None)
        table("", ("status", "document", "reason"), [(it.status, it.name, it.advice) for it in outcomes])
        expect(all(it.status in ("live", "parked") for it in outcomes), "a document is neither live nor parked")
        return outcomes


def asked(services: Services, cabinet: Cabinet) -> None:
    for asked_for in json.loads((SAMPLES / "questions.json").read_text()):
        with stage(f"« {asked_for['question']} »"):
            hits = services.retrieval.ask(cabinet, Question(asked_for["question"], (EVERYONE,), top=3))
            rows = [(h.fields["title"], h.pages, h.fields["heading_path"], render.extract(h.fields)) for h in hits]
            table("", ("document", "page", "section", "text"), rows)
            wanted = documents.identity(services, cabinet, cabinet.sources[0], asked_for["document"])
            expect(any(hit.document == wanted for hit in hits), "none of the three best hits is in its document")


def deleted(services: Services, cabinet: Cabinet, name: str) -> None:
    with stage(f"« {name} » is deleted at its source"):
        services.container(cabinet.sources[0]).delete(name)
        began = time.monotonic()
        gone = documents.deleted(services, cabinet, cabinet.sources[0], name)
        outcome = documents.wait_gone(services, cabinet, [gone], WAIT, lambda _: None)[0]
        left = services.index.remaining(cabinet.indexes[0], gone.document, [])
        PEOPLE.print(f"  {outcome.status} after {time.monotonic() - began:.1f} s; the index counts {left} chunks of it")
        expect(outcome.status == "gone" and left == 0, "the index still holds it")


def erased(services: Services, cabinet: Cabinet, name: str) -> None:
    with stage(f"« {name} » is erased for good, although the source still holds it"):
        which = erase.which(services, cabinet, "", name)
        erase.erase(services, cabinet, which)
        receipt = erase.wait_for_receipt(services, cabinet, which.document, WAIT, lambda _: None)
        if receipt is None:
            raise Unexpected("there is no receipt")
        PEOPLE.print_json(json.dumps(receipt.as_json()))
        expect(all(it.keys_found == 0 for it in receipt.proofs), "a lookup still finds a chunk")


def replayed(cloud: Cloud, services: Services, cabinet: Cabinet) -> None:
    name = "Notes/Note d'audience.txt"
    with stage("The functions host is killed; a document arrives; Event Grid gives its event up"):
        cloud.kill("functions_host")
        cloud.turn(time_scale=HASTE)
        file = next(it for it in sorted((SAMPLES / "documents").rglob("*.txt")))
        put = documents.put(services, cabinet, cabinet.sources[0], file, name)
        wait_until(lambda: any(True for _ in services.dead_letters), "no dead letter was written")
        cloud.turn(time_scale=1.0)
        render.letters(list(letters.every(services)), "Dead letters", as_json=False)
    with stage("The host is back, an operator replays: greffe replay"):
        cloud.restart("functions_host")
        render.letters(list(letters.replay(services, None, dry_run=False)), "Replayed", as_json=False)
        outcome = documents.wait_for(services, cabinet, [put], WAIT, lambda _: None)[0]
        PEOPLE.print(f"  {outcome.name}: {outcome.status}")
        expect(outcome.status == "live", "the replayed document is not live")


@contextmanager
def stage(title: str) -> Iterator[None]:
    PEOPLE.rule(f"[bold]{title}[/bold]", align="left")
    began = time.monotonic()
    yield
    PEOPLE.print(f"[dim]{time.monotonic() - began:.1f} s[/dim]\n")


def wait_until(true: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + WAIT
    while not true():
        if time.monotonic() > end:
            raise Unexpected(otherwise)
        time.sleep(0.2)


def expect(held: bool, otherwise: str) -> None:
    if not held:
        raise Unexpected(otherwise)
