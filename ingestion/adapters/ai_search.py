"""Azure AI Search: the port `Index` for the worker, and `Hits` for retrieval; one client per physical index.

A batch's HTTP status says nothing of its items: every one is read. Writes are never repeated here (the worker knows
whether a lost answer matters); reads page by key range, because `skip` loses documents that move while one reads.
A document goes only into an index that the registry gives its cabinet: names come from `IndexRef`, never from data.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.search.documents import SearchClient
from azure.search.documents.models import IndexingResult, VectorizedQuery, VectorQuery

from ingestion.adapters.transport import UNREPEATED, SharedTransport, map_storage_error, storage_errors
from ingestion.model import ChunkKey, DocumentId, IndexedChunk, IndexRef, ItemResult, Nonce, Vector
from ingestion.retrieval import Hit, Plan

BATCH_BYTES = 12_000_000  # of the service's 16 MB: JSON's floats are estimated, not counted
BYTES_OF_A_FLOAT = 13  # "-0.012345678" and its comma
BYTES_OF_A_CHUNK = 12_000  # text, title, path, references, at the most that we make
PAGE = 1_000  # the most that the service gives at once
PAGE_OF_VECTORS = 200  # 200 × 1,024 floats are 3 MB of JSON
SEMANTIC = "chunks"  # the configuration of index_schemas/
LOOKUPS = 16  # at once, when an erasure is proved


class AISearchIndex:
    """`beside`: how much of a document is kept outside the index, which its erasure must find gone as well."""

    def __init__(
        self,
        credential: TokenCredential,
        transport: SharedTransport,
        *,
        beside: Callable[[DocumentId], int] = lambda _: 0,
    ) -> None:
        self._beside = beside

        def client(endpoint: str, index: str) -> SearchClient:
            return SearchClient(endpoint, index, credential, **transport.core())

        self._client = lru_cache(maxsize=512)(client)

    def upload(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> list[ItemResult]:
        results: list[ItemResult] = []
        size = max(1, BATCH_BYTES // (index.dimensions * BYTES_OF_A_FLOAT + BYTES_OF_A_CHUNK))
        for at in range(0, len(chunks), size):
            documents = [_document(it) for it in chunks[at : at + size]]
            with storage_errors("the index: writing chunks"):
                results += _results(self._of(index).upload_documents(documents, **UNREPEATED))
        return results

    def delete(self, index: IndexRef, keys: Sequence[ChunkKey]) -> list[ItemResult]:
        if not keys:
            return []
        with storage_errors("the index: deleting chunks"):
            return _results(self._of(index).delete_documents([{"key": key} for key in keys]))

    def vectors(self, index: IndexRef, document: DocumentId, generation: Nonce) -> dict[str, Vector]:
        wanted = f"document_id eq '{document}' and generation eq '{generation}'"
        pages = self._pages(index, wanted, ["key", "content_hash", "content_vector"], PAGE_OF_VECTORS)
        return {str(it["content_hash"]): _vector(it["content_vector"]) for it in pages}

    def remaining(self, index: IndexRef, document: DocumentId, keys: Sequence[ChunkKey]) -> int:
        client = self._of(index)

        def found(key: ChunkKey) -> bool:
            try:
                client.get_document(key, selected_fields=["key"])
            except ResourceNotFoundError:
                return False
            except AzureError as error:
                raise map_storage_error(error, "the index: looking a chunk up") from None
            return True

        with ThreadPoolExecutor(LOOKUPS) as pool:
            looked_up = sum(pool.map(found, keys))
        with storage_errors("the index: counting chunks"):
            counted = client.search("*", filter=f"document_id eq '{document}'", include_total_count=True, top=0)
            return looked_up + int(counted.get_count() or 0) + self._beside(document)

    def keys(self, index: IndexRef, document: DocumentId | None = None) -> Iterator[tuple[ChunkKey, DocumentId, Nonce]]:
        wanted = None if document is None else f"document_id eq '{document}'"
        for it in self._pages(index, wanted, ["key", "document_id", "generation"], PAGE):
            yield ChunkKey(str(it["key"])), DocumentId(str(it["document_id"])), Nonce(str(it["generation"]))

    def flagged(self, index: IndexRef, flags: Iterable[str]) -> Iterator[tuple[DocumentId, Nonce, tuple[str, ...]]]:
        """Of each chunk that bears one of the flags: its document, its generation, and which of them it bears."""
        asked = sorted(flags)
        wanted = f"flags/any(flag: search.in(flag, '{','.join(asked)}'))"
        for it in self._pages(index, wanted, ["key", "document_id", "generation", "flags"], PAGE):
            borne = it["flags"] if isinstance(it["flags"], list) else []
            met = tuple(flag for flag in asked if flag in borne)
            yield DocumentId(str(it["document_id"])), Nonce(str(it["generation"])), met

    def search(self, index: IndexRef, plan: Plan) -> list[Hit]:
        """What the service finds, best first; the ledger's word on each is retrieval's to ask."""
        vectors: list[VectorQuery] = []
        if plan.vector:
            near = VectorizedQuery(vector=plan.vector, k_nearest_neighbors=plan.neighbours, fields="content_vector")
            near.weight = plan.vector_weight
            vectors.append(near)
        with storage_errors("the index: searching"):
            found = self._of(index).search(
                plan.text,
                vector_queries=vectors or None,
                filter=plan.filter,
                top=plan.top,
                search_fields=["title", "heading_path", "content", "article_refs", "case_refs"],
                select=list(_FIELDS_OF_A_HIT),
                highlight_fields="content",
                query_type="semantic" if plan.semantic else "simple",
                semantic_configuration_name=SEMANTIC if plan.semantic else None,
                semantic_query=plan.question if plan.semantic and plan.question else None,
                vector_filter_mode="preFilter" if vectors else None,
            )
            return [_hit(it) for it in found]

    def _pages(
        self, index: IndexRef, wanted: str | None, fields: list[str], size: int
    ) -> Iterator[Mapping[str, object]]:
        """All documents that a filter wants, by ascending key; each page begins after the last key seen."""
        after = ""
        while True:
            beyond = f"key gt '{after}'" if after else None
            both = " and ".join(it for it in (wanted, beyond) if it) or None
            with storage_errors("the index: listing chunks"):
                page = list(self._of(index).search("*", filter=both, select=fields, order_by=["key"], top=size))
            yield from page
            if len(page) < size:
                return
            after = str(page[-1]["key"])

    def _of(self, index: IndexRef) -> SearchClient:
        return self._client(index.endpoint, index.name)


_FIELDS_OF_A_HIT = (
    "key", "document_id", "generation", "ordinal", "part", "source_id", "title", "heading_path", "content",
    "articles", "article_refs", "case_refs", "folder", "media_type", "modified_at", "page_first", "page_last", "start",
    "tokens", "flags",
)  # fmt: skip


def _document(it: IndexedChunk) -> dict[str, object]:
    chunk = it.chunk
    return {
        "key": it.key,
        "document_id": it.document,
        "generation": it.generation,
        "ordinal": chunk.ordinal,
        "part": chunk.part,
        "title": chunk.title,
        "heading_path": " › ".join(chunk.heading_path),
        "content": chunk.content,
        "content_vector": it.vector,
        "articles": list(chunk.articles),
        "article_refs": list(chunk.article_refs),
        "case_refs": list(chunk.case_refs),
        "start": chunk.start,
        "page_first": chunk.page_first,
        "page_last": chunk.page_last,
        "tokens": chunk.tokens,
        "content_hash": chunk.content_hash,
        "flags": list(chunk.flags),
        **{name: _json(value) for name, value in it.fields.items()},
    }


def _json(value: object) -> object:
    """Edm.DateTimeOffset wants an offset, and takes Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def _results(results: Sequence[IndexingResult]) -> list[ItemResult]:
    return [ItemResult(ChunkKey(it.key), int(it.status_code)) for it in results]


def _vector(value: object) -> Vector:
    return [float(it) for it in value] if isinstance(value, list) else []


def _hit(it: Mapping[str, object]) -> Hit:
    highlights = it.get("@search.highlights")
    return Hit(
        score=float(str(it["@search.score"])),
        reranker_score=_number(it.get("@search.reranker_score")),
        highlights=tuple(highlights.get("content", ())) if isinstance(highlights, dict) else (),
        fields={name: it.get(name) for name in _FIELDS_OF_A_HIT},
    )


def _number(value: object) -> float | None:
    return float(str(value)) if value is not None else None
