"""The real path of a question, on a laptop: chunks embedded and uploaded by the product's adapters, asked as in Azure.

Two servers of the local cloud are started as processes of their own, search and embeddings, and ended on leaving.
Nothing here knows a set or a metric; the ledger says that everything written is live.
"""

import io
import os
import time
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from azure.core.credentials import AccessToken

import index_schemas
from chunking import Chunk
from chunking.tokens import count
from ingestion.adapters.ai_search import AISearchIndex
from ingestion.adapters.openai import OpenAIEmbedder
from ingestion.adapters.search_admin import SearchAdmin
from ingestion.adapters.transport import SharedTransport
from ingestion.model import (
    Cabinet,
    CabinetId,
    ChunkKey,
    DocumentId,
    IndexedChunk,
    IndexName,
    IndexRef,
    IndexState,
    Nonce,
    Revision,
    Version,
)
from ingestion.ports import Stored
from ingestion.retrieval import Retrieval
from ingestion.rows import Generation, Row, State
from ingestion.telemetry import start
from local.certificate import Certificate, certificate
from local.hashed_ngrams import NAME
from local.layout import EMBEDDING_DIMENSIONS
from local.parts import Leash, Process
from local.ports import LOOPBACK, kept

SERVERS = ("ai_search", "openai")
NONCE = Nonce("live")
BATCH = 500  # chunks that are embedded and uploaded at once
TRUST = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


class UploadFailed(RuntimeError):
    """The index did not take every chunk: nothing that was measured on it would hold."""


class AnyToken:
    """A credential for servers that take any."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("any", int(time.time()) + 3600)


class AllLive:
    """The part of the port `Ledger` that reading needs."""

    def get(self, index: IndexRef, document: DocumentId) -> Stored:  # noqa: ARG002 - the port's
        live = Generation(NONCE, State.LIVE, Version("1"), Revision(1), "eval", 0.0)
        return Stored(Row(document, generations=(live,)), None)

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        raise NotImplementedError("a question writes nothing")

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        raise NotImplementedError("a question scans nothing")


class OneSecret:
    """The port `Keys`; texts are not redacted here, and nothing is derived from it."""

    def secret(self, cabinet: Cabinet) -> bytes:  # noqa: ARG002 - the port's
        return bytes(range(32))


@dataclass
class SearchRoom:
    """A search service that holds one index per name given to `fill`, and what asks it."""

    endpoint: str
    hits: AISearchIndex
    embedder: OpenAIEmbedder
    admin: SearchAdmin
    model: str = NAME
    dimensions: int = EMBEDDING_DIMENSIONS
    retrieval: Retrieval = field(init=False)

    def __post_init__(self) -> None:
        telemetry = start(None, out=io.StringIO())
        self.retrieval = Retrieval(self.hits, AllLive(), self.embedder, OneSecret(), telemetry)

    def fill(self, name: str, chunks: Mapping[str, Sequence[Chunk]]) -> Cabinet:
        """A cabinet whose index holds these chunks, by the id of their document."""
        index = IndexRef(
            IndexName(name), self.endpoint, IndexState.ACTIVE, index_schemas.CURRENT, self.model, self.dimensions
        )
        self.admin.create(index_schemas.load(index.schema, name=name, dimensions=index.dimensions))
        flat = [(document_id(it), chunk) for it, made in chunks.items() for chunk in made]
        for at in range(0, len(flat), BATCH):
            self._upload(index, flat[at : at + BATCH])
        return Cabinet(CabinetId(name), "eval", name, (index,), (), "off", 1, "key", b"")

    def _upload(self, index: IndexRef, batch: Sequence[tuple[DocumentId, Chunk]]) -> None:
        vectors = self.embedder.embed([chunk.embedded_text for _, chunk in batch], index.model, index.dimensions)
        made = [
            IndexedChunk(ChunkKey(f"{document}-{NONCE}-{chunk.ordinal}"), document, NONCE, chunk, vector, {})
            for (document, chunk), vector in zip(batch, vectors.vectors, strict=True)
        ]
        if refused := [it.status for it in self.hits.upload(index, made) if not it.done]:
            raise UploadFailed(f"{len(refused)} of {len(made)} chunks were refused, the first with {refused[0]}.")


def document_id(name: str) -> DocumentId:
    """An id in the product's alphabet, from whatever a set calls its documents."""
    return DocumentId(b32encode(sha256(name.encode()).digest()).decode().lower()[:26])


@contextmanager
def search_room() -> Iterator[SearchRoom]:
    """Both servers, and the product's own clients on them."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="greffe-eval-")))
        made = certificate(home / "certificate")
        stack.enter_context(_trusting(made.authority))
        urls = _served(home, made, stack)
        transport = SharedTransport()
        stack.callback(transport.end)
        embedder = OpenAIEmbedder(f"{urls['openai']}/v1/", "any", count)
        stack.callback(embedder.close)
        credential = AnyToken()
        admin = SearchAdmin(urls["ai_search"], credential, transport)
        yield SearchRoom(urls["ai_search"], AISearchIndex(credential, transport), embedder, admin)


def _served(home: Path, made: Certificate, stack: ExitStack) -> dict[str, str]:
    """Where each server listens, once both do. They end with `stack`."""
    ports = kept(home / "ports.json", SERVERS)
    leash = stack.enter_context(Leash(stack.enter_context((home / "lock").open("w"))))  # also if we are killed
    running = []
    for name, port in ports.items():
        given = ["--port", str(port), "--home", str(home / name), "--certificate", str(made.bundle)]
        server = Process(name, given, {}, home / f"{name}.log")
        stack.callback(server.stop)
        server.launch()
        leash.hold(server.pid)
        running.append(server)
    for server in running:
        server.wait_ready()
    return {name: f"https://{LOOPBACK}:{port}" for name, port in ports.items()}


@contextmanager
def _trusting(authority: Path) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in TRUST}
    os.environ.update(dict.fromkeys(TRUST, str(authority)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
