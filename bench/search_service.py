"""What a round trip to the local AI Search costs through the SDK: `python -m bench search_service`.

The server runs as a process of its own, as in the local cloud. Medians of 200 calls, in milliseconds, on an index
of 1,000 small documents with vectors of 1,024 dimensions.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from azure.core.credentials import AzureKeyCredential
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import SearchIndex
from azure.search.documents.models import VectorizedQuery, VectorQuery

import index_schemas
from evals.harness import Figures, table
from local.parts import Process
from local.ports import LOOPBACK, kept

DOCUMENTS = 1_000
CALLS = 200
DIMENSIONS = 1024
WORDS = [
    "bail",
    "loyer",
    "clause",
    "résiliation",
    "préavis",
    "bailleur",
    "preneur",
    "indemnité",
    "juge",
    "médiation",
    "garantie",
    "délai",
]


def measure(data: Path | None) -> Figures:  # noqa: ARG001 - it makes its own documents
    """Milliseconds a call."""
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as home, _server(Path(home)) as url:
        key = AzureKeyCredential("any")
        with SearchIndexClient(url, key) as admin, SearchClient(url, "bench", key) as client:
            schema = index_schemas.load(index_schemas.CURRENT, name="bench", dimensions=DIMENSIONS)
            admin.create_or_update_index(SearchIndex(schema))
            for at in range(0, DOCUMENTS, 250):
                client.upload_documents([_document(str(number), chance) for number in range(at, at + 250)])
            figures = _timed(client, chance)
    table(f"AI Search through the SDK, {DOCUMENTS} documents, median ms", figures)
    return {"search_service": figures}


@contextmanager
def _server(home: Path) -> Iterator[str]:
    (port,) = kept(home / "ports.json", ["ai_search"]).values()
    server = Process("ai_search", ["--home", str(home / "state"), "--port", str(port)], {}, home / "log")
    server.launch()
    try:
        server.wait_ready()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.stop()


def _timed(client: SearchClient, chance: random.Random) -> dict[str, float]:
    vector, document = _vector(chance), _document("one", chance)
    near: list[VectorQuery] = [VectorizedQuery(vector=vector, k_nearest_neighbors=10, fields="content_vector")]
    calls: dict[str, Callable[[], object]] = {
        "lookup": lambda: client.get_document("7", selected_fields=["key"]),
        "upload_one": lambda: client.upload_documents([document]),
        "delete_one": lambda: client.delete_documents([{"key": "one"}]),
        "search_text": lambda: list(client.search("résiliation du bail", top=5, select=["key"])),
        "search_vector": lambda: list(client.search(None, vector_queries=near, top=5, select=["key"])),
        "search_hybrid": lambda: list(client.search("loyer", vector_queries=near, top=5, select=["key"])),
    }
    return {name: statistics.median(_milliseconds(call) for _ in range(CALLS)) for name, call in calls.items()}


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


def _document(key: str, chance: random.Random) -> dict[str, object]:
    text = " ".join(chance.choices(WORDS, k=40))
    return {"key": key, "document_id": key, "generation": "g", "content": text, "content_vector": _vector(chance)}


def _vector(chance: random.Random) -> list[float]:
    return [round(chance.gauss(0, 1), 4) for _ in range(DIMENSIONS)]
