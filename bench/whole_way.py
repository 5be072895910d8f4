"""From upload to searchable, from delete to gone, on an idle local cloud: `python -m bench whole_way`.

A ten-page document of `samples/` is uploaded under a new name again and again, each with a word of its own in its text,
and asked for through the search SDK until it is found; then it is deleted and asked for until nothing of it is counted.
The first round, which loads parsers and models into the workers, is reported apart: `first_seconds`.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evals.harness import Figures, table
from ingestion.adapters.build import Services
from ingestion.model import Cabinet
from ingestion.settings import Settings
from local.cloud import Cloud
from operations import documents, onboard

DOCUMENT = Path(__file__).parent.parent / "samples" / "documents"
ROUNDS = 20
POLL = 0.02  # seconds between two questions
LIMIT = 60.0  # seconds; a round that takes longer has failed


@dataclass(frozen=True, slots=True)
class Round:
    to_searchable: float  # seconds
    to_gone: float


def measure(data: Path | None) -> Figures:
    """Seconds, p50 and p95 of 20 rounds after the first ones. `data`: a file to upload instead of the sample."""
    file = data or next(DOCUMENT.rglob("Contrat de prestation*.pdf"))
    with tempfile.TemporaryDirectory() as home, Cloud(Path(home)) as cloud:
        os.environ.update(cloud.environment)
        services = Services(Settings.from_environment(os.environ), operator=True)
        wish = onboard.Wish(
            "bench", services.settings.tenant_id, services.settings.blob_uri, "bench", "", "pseudonymise"
        )
        cabinet = onboard.onboard(services, wish, lambda _: None)
        first = [one_round(services, cabinet, file, f"first-{number}") for number in range(4)]
        rounds = [one_round(services, cabinet, file, f"round-{number}") for number in range(ROUNDS)]
    figures = {
        "first_seconds": first[0].to_searchable,
        **_percentiles("upload_to_searchable", [it.to_searchable for it in rounds]),
        **_percentiles("delete_to_gone", [it.to_gone for it in rounds]),
    }
    table(f"whole way: {file.name}, {ROUNDS} rounds", figures)
    return {"whole_way": figures}


def one_round(services: Services, cabinet: Cabinet, file: Path, name: str) -> Round:
    source, index = cabinet.sources[0], cabinet.indexes[0]
    name = f"{name}{file.suffix}"
    began = time.perf_counter()
    put = documents.put(services, cabinet, source, file, name)
    _until(lambda: services.index.remaining(index, put.document, []) > 0)
    documents.wait_for(services, cabinet, [put], LIMIT, lambda _: None)
    searchable = time.perf_counter() - began
    time.sleep(0.5)  # idle again
    began = time.perf_counter()
    services.container(source).delete(name)
    _until(lambda: services.index.remaining(index, put.document, []) == 0)
    return Round(searchable, time.perf_counter() - began)


def _until(true: Callable[[], bool]) -> None:
    end = time.perf_counter() + LIMIT
    while not true():
        if time.perf_counter() > end:
            raise TimeoutError(f"not within {LIMIT:.0f} s: see the local cloud's logs")
        time.sleep(POLL)


def _percentiles(name: str, seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return {f"{name}_p50": statistics.median(seconds), f"{name}_p95": cuts[18]}
