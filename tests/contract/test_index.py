"""The port `Index` and the reading side, through the SDK over HTTPS: what the worker may rely on, and what not."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from azure.identity import DefaultAzureCredential

import index_schemas
from ingestion.adapters import ai_search
from ingestion.adapters.ai_search import AISearchIndex
from ingestion.adapters.search_admin import SearchAdmin
from ingestion.adapters.transport import SharedTransport
from ingestion.citations import cited_in
from ingestion.errors import Retry
from ingestion.model import (
    Chunk,
    ChunkKey,
    DocumentId,
    IndexedChunk,
    IndexName,
    IndexRef,
    IndexState,
    Nonce,
    Vector,
)
from ingestion.retrieval import Plan
from ingestion.rows import chunk_keys
from tests.contract.conftest import SearchService

DOCUMENT, OTHER = DocumentId("a" * 26), DocumentId("b" * 26)
OLD, NEW = Nonce("0" * 32), Nonce("f" * 32)
FIELDS = {
    "source_id": "dupont-blob",
    "folder": "Baux",
    "media_type": "text/plain",
    "modified_at": datetime(2026, 1, 5, 9, tzinfo=UTC),
    "allowed_principals": ["jeanne"],
    "fingerprint": "x1.r1.c1",
}


@pytest.fixture
def admin(search: SearchService, credential: DefaultAzureCredential, transport: SharedTransport) -> SearchAdmin:
    return SearchAdmin(search.url, credential, transport)


@pytest.fixture
def index(search: SearchService, admin: SearchAdmin) -> Iterator[IndexRef]:
    name = IndexName(f"t-{uuid.uuid4().hex}")
    admin.create(index_schemas.load(index_schemas.CURRENT, name=name, dimensions=2))
    yield IndexRef(name, search.url, IndexState.ACTIVE, index_schemas.CURRENT, "model", 2)
    search.switch()
    admin.drop(name)


@pytest.fixture
def adapter(credential: DefaultAzureCredential, transport: SharedTransport) -> AISearchIndex:
    return AISearchIndex(credential, transport)


def chunks(
    count: int, document: DocumentId = DOCUMENT, nonce: Nonce = NEW, text: str = "Le loyer est payé à terme échu."
) -> list[IndexedChunk]:
    return [
        IndexedChunk(key, document, nonce, chunk(ordinal, text), vector(ordinal), FIELDS)
        for ordinal, key in enumerate(chunk_keys(document, nonce, count))
    ]


def chunk(ordinal: int, text: str) -> Chunk:
    return Chunk(
        ordinal=ordinal,
        part="",
        title="Bail commercial",
        heading_path=("TITRE I", "Article 4 – Loyer"),
        text=text,
        tokens=9,
        content_hash=f"hash-{ordinal}",
        page_first=1,
        page_last=2,
        article_refs=("L145-41 code de commerce",),
        flags=("ocr",),
    )


def vector(ordinal: int) -> Vector:
    return [1.0, float(ordinal)]


def plan(text: str = "loyer", **changes: object) -> Plan:
    made = Plan(text, [1.0, 0.0], None, 10, 50, 0.5, semantic=False, cited=cited_in(""))
    return replace(made, **changes)  # type: ignore[arg-type]


def found(adapter: AISearchIndex, index: IndexRef) -> set[ChunkKey]:
    return {key for key, _, _ in adapter.keys(index)}


# Writing


def test_every_item_of_an_upload_is_told(adapter: AISearchIndex, index: IndexRef) -> None:
    results = adapter.upload(index, chunks(3))
    assert [it.key for it in results] == chunk_keys(DOCUMENT, NEW, 3)
    assert all(it.done for it in results)


def test_the_chunks_that_bear_a_flag_are_told_with_the_flags_that_were_asked_for(
    adapter: AISearchIndex, index: IndexRef
) -> None:
    marked = [
        replace(it, chunk=it.chunk._replace(flags=("hidden_text", "ocr")))
        for it in chunks(3, OTHER, OLD, "Texte blanc sur blanc.")
    ]
    adapter.upload(index, [*chunks(2), *marked])
    assert set(adapter.flagged(index, ("hidden_text", "zero_width"))) == {(OTHER, OLD, ("hidden_text",))}
    assert list(adapter.flagged(index, ("zero_width",))) == []


def test_the_same_upload_twice_is_one(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, chunks(3))
    assert all(it.done for it in adapter.upload(index, chunks(3)))
    assert len(list(adapter.keys(index))) == 3


def test_an_item_that_fails_is_told_among_those_that_do_not(
    adapter: AISearchIndex, index: IndexRef, search: SearchService
) -> None:
    """207 is success of the call, not of the documents."""
    search.switch(item_failure_share=0.5, seed=3)
    results = adapter.upload(index, chunks(20))
    search.switch()
    assert len(results) == 20
    failed = {it.key for it in results if not it.done}
    assert 0 < len(failed) < 20
    assert all(it.worth_repeating for it in results if not it.done)
    assert found(adapter, index) == set(chunk_keys(DOCUMENT, NEW, 20)) - failed


def test_a_batch_beyond_the_services_limits_goes_as_several(adapter: AISearchIndex, index: IndexRef) -> None:
    results = adapter.upload(index, chunks(1_203))
    assert [it.key for it in results] == chunk_keys(DOCUMENT, NEW, 1_203)
    assert all(it.done for it in results)


def test_a_delete_is_acknowledged_for_what_is_there_what_is_gone_and_what_never_was(
    adapter: AISearchIndex, index: IndexRef
) -> None:
    adapter.upload(index, chunks(2))
    for _ in range(2):
        results = adapter.delete(index, chunk_keys(DOCUMENT, NEW, 4))
        assert [it.done for it in results] == [True] * 4
    assert found(adapter, index) == set()
    assert adapter.delete(index, []) == []


def test_an_item_that_was_not_deleted_is_told(adapter: AISearchIndex, index: IndexRef, search: SearchService) -> None:
    adapter.upload(index, chunks(20))
    search.switch(item_failure_share=0.5, seed=5)
    results = adapter.delete(index, chunk_keys(DOCUMENT, NEW, 20))
    search.switch()
    left = {it.key for it in results if not it.done}
    assert 0 < len(left) < 20
    assert found(adapter, index) == left


def test_a_write_without_an_answer_is_not_repeated_and_may_land_later(
    adapter: AISearchIndex, index: IndexRef, search: SearchService
) -> None:
    search.switch(late_write_share=1.0, late_write_seconds=0.0)
    with pytest.raises(Retry) as lost:
        adapter.upload(index, chunks(2))
    assert lost.value.code in ("answer_lost", "unavailable", "unreachable")
    assert str(index.name) not in str(lost.value)


def test_throttling_is_a_retry_that_says_when(adapter: AISearchIndex, index: IndexRef, search: SearchService) -> None:
    search.switch(throttle_share=1.0, retry_after_seconds=7)
    with pytest.raises(Retry) as throttled:
        adapter.upload(index, chunks(1))
    assert (throttled.value.code, throttled.value.after) == ("throttled", 7.0)


def test_an_index_that_is_not_there_is_an_error_and_not_an_empty_one(adapter: AISearchIndex, index: IndexRef) -> None:
    nowhere = replace(index, name=IndexName("t-nowhere"))
    calls = (
        lambda: adapter.upload(nowhere, chunks(1)),
        lambda: adapter.delete(nowhere, chunk_keys(DOCUMENT, NEW, 1)),
        lambda: adapter.vectors(nowhere, DOCUMENT, NEW),
        lambda: adapter.remaining(nowhere, DOCUMENT, []),
        lambda: list(adapter.keys(nowhere)),
        lambda: adapter.search(nowhere, plan()),
    )
    for call in calls:
        with pytest.raises(Retry) as missing:
            call()
        assert missing.value.code == "missing"


# Reading


def test_the_listing_of_keys_is_complete_beyond_a_page(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, [*chunks(1_150), *chunks(3, OTHER, OLD)])
    listed = list(adapter.keys(index))
    assert len(listed) == 1_153
    assert {key for key, _, _ in listed} == {*chunk_keys(DOCUMENT, NEW, 1_150), *chunk_keys(OTHER, OLD, 3)}
    assert {(document, nonce) for _, document, nonce in listed} == {(DOCUMENT, NEW), (OTHER, OLD)}


def test_the_keys_of_one_document_are_listed_alone(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, [*chunks(3), *chunks(2, nonce=OLD), *chunks(4, OTHER)])
    listed = list(adapter.keys(index, DOCUMENT))
    assert {key for key, _, _ in listed} == {*chunk_keys(DOCUMENT, NEW, 3), *chunk_keys(DOCUMENT, OLD, 2)}
    assert {(document, nonce) for _, document, nonce in listed} == {(DOCUMENT, NEW), (DOCUMENT, OLD)}


def test_a_listing_that_loses_documents_while_it_pages_loses_no_other(adapter: AISearchIndex, index: IndexRef) -> None:
    """Paging with `skip` would jump over as many as were deleted."""
    adapter.upload(index, chunks(1_150))
    listing = adapter.keys(index)
    seen = {next(listing)[0] for _ in range(1_000)}
    adapter.delete(index, sorted(seen)[:500])
    seen |= {key for key, _, _ in listing}
    assert seen == set(chunk_keys(DOCUMENT, NEW, 1_150))


def test_a_listing_that_fails_half_way_is_no_shorter_one(
    adapter: AISearchIndex, index: IndexRef, search: SearchService
) -> None:
    adapter.upload(index, chunks(1_050))
    listing = adapter.keys(index)
    for _ in range(1_000):
        next(listing)
    search.switch(throttle_share=1.0)
    with pytest.raises(Retry):
        list(listing)


def test_vectors_are_those_of_one_document_and_one_generation(adapter: AISearchIndex, index: IndexRef) -> None:
    mine = chunks(230)
    adapter.upload(index, [*mine, *chunks(5, nonce=OLD), *chunks(5, OTHER)])
    vectors = adapter.vectors(index, DOCUMENT, NEW)
    assert vectors == {it.chunk.content_hash: it.vector for it in mine}
    assert adapter.vectors(index, DOCUMENT, Nonce("none")) == {}


def test_what_remains_is_what_lookups_find_and_what_a_filter_counts(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, [*chunks(3), *chunks(2, nonce=OLD), *chunks(4, OTHER)])
    assert adapter.remaining(index, DOCUMENT, chunk_keys(DOCUMENT, NEW, 20)) == 3 + 5
    assert adapter.remaining(index, DOCUMENT, []) == 5
    adapter.delete(index, [*chunk_keys(DOCUMENT, NEW, 3), *chunk_keys(DOCUMENT, OLD, 2)])
    assert adapter.remaining(index, DOCUMENT, [*chunk_keys(DOCUMENT, NEW, 20), *chunk_keys(DOCUMENT, OLD, 2)]) == 0
    assert adapter.remaining(index, OTHER, []) == 4


def test_what_cannot_be_looked_up_is_not_gone(adapter: AISearchIndex, index: IndexRef, search: SearchService) -> None:
    search.switch(throttle_share=1.0)
    with pytest.raises(Retry):
        adapter.remaining(index, DOCUMENT, chunk_keys(DOCUMENT, NEW, 1))


# Searching


def test_a_hit_has_what_a_citation_needs_and_no_access_list(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, chunks(1))
    [hit] = adapter.search(index, plan())
    assert hit.document == DOCUMENT
    wanted = {"generation": NEW, "title": "Bail commercial", "page_first": 1, "page_last": 2, "folder": "Baux"}
    assert {name: hit.fields[name] for name in wanted} == wanted
    assert hit.fields["heading_path"] == "TITRE I › Article 4 – Loyer"
    assert "loyer" in str(hit.fields["content"])
    assert hit.highlights
    assert "allowed_principals" not in hit.fields
    assert hit.score > 0


@pytest.mark.parametrize(("who", "hits"), [("jeanne", 2), ("paul|jeanne", 2), ("paul", 0), ("jeann", 0), ("JEANNE", 0)])
def test_a_user_meets_what_they_may_read_by_words_and_by_vector(
    who: str, hits: int, adapter: AISearchIndex, index: IndexRef
) -> None:
    adapter.upload(index, chunks(2))
    allowed = f"allowed_principals/any(p: search.in(p, '{who}', '|'))"
    assert len(adapter.search(index, plan(filter=allowed))) == hits
    assert len(adapter.search(index, plan("introuvable", filter=allowed))) == hits  # by its vector alone


def test_a_question_without_a_vector_is_asked_by_its_words(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, [*chunks(1), *chunks(1, OTHER, text="La servitude de passage.")])
    assert [it.document for it in adapter.search(index, plan("servitudes", vector=[]))] == [OTHER]


def test_as_many_hits_come_as_were_asked_for(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, chunks(20))
    assert len(adapter.search(index, plan(top=7))) == 7


def test_the_semantic_ranker_reads_the_question_as_it_was_asked(adapter: AISearchIndex, index: IndexRef) -> None:
    adapter.upload(index, [*chunks(1), *chunks(1, OTHER, text="La servitude de passage.")])
    asked = plan('loyer "passage"', semantic=True, question="servitude de passage")
    hits = adapter.search(index, asked)
    assert [it.document for it in hits] == [OTHER, DOCUMENT]
    assert hits[0].reranker_score is not None
    assert hits[0].reranker_score > (hits[1].reranker_score or 0.0)
    other_words = adapter.search(index, replace(asked, text="passage"))
    assert [it.reranker_score for it in other_words] == [it.reranker_score for it in hits]


# Indexes and aliases


def test_an_index_may_be_created_again_and_its_chunks_stay(
    adapter: AISearchIndex, admin: SearchAdmin, index: IndexRef
) -> None:
    adapter.upload(index, chunks(2))
    admin.create(index_schemas.load(index_schemas.CURRENT, name=index.name, dimensions=2))
    assert admin.count(index.name) == 2


def test_an_alias_answers_for_one_index_and_then_for_another(
    adapter: AISearchIndex, admin: SearchAdmin, index: IndexRef
) -> None:
    alias = f"a-{uuid.uuid4().hex}"
    second = replace(index, name=IndexName(f"{index.name}-2"))
    admin.create(index_schemas.load(index_schemas.CURRENT, name=second.name, dimensions=2))
    adapter.upload(second, chunks(1))
    behind = replace(index, name=IndexName(alias))
    admin.point(alias, index.name)
    assert adapter.search(behind, plan()) == []
    admin.point(alias, second.name)
    assert len(adapter.search(behind, plan())) == 1
    with pytest.raises(Retry):
        admin.drop(second.name)  # an aliased index cannot be deleted
    admin.drop_alias(alias)
    admin.drop_alias(alias)
    admin.drop(second.name)
    admin.drop(second.name)
    assert admin.count(second.name) is None


def test_pages_and_batches_stay_within_the_services_limits() -> None:
    assert ai_search.PAGE <= 1_000
    assert ai_search.BATCH_BYTES // (ai_search.BYTES_OF_A_FLOAT + ai_search.BYTES_OF_A_CHUNK) <= 1_000
