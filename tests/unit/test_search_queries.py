"""Queries over a small index: syntax, scores, vectors, fusion, order, paging, highlights, facets, suggestions."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.search import lucene_syntax, query_syntax, ranking
from local.search.engine import Index
from local.search.errors import SearchError
from local.search.query_syntax import Boosted, Group, Phrase, Prefix, Scoped, Without, Word
from local.search.ranking import Ranked
from local.search.vectors import VectorColumn
from local.search.wire import Json
from tests.unit.search_index import delete, found, opened, schema, search, write

DOCUMENTS: list[dict[str, Json]] = [
    {"id": "bail", "title": "Bail commercial", "content": "Le loyer du bail est payable d'avance. La garantie suit."},
    {"id": "vente", "title": "Vente", "content": "Le prix de vente est payable au comptant; la garantie des vices."},
    {"id": "travail", "title": "Contrat de travail", "content": "Le salarié perçoit un salaire. Le contrat est écrit."},
    {"id": "travaux", "title": "Contrat de travaux", "content": "L'entrepreneur réalise des travaux de garantie."},
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    made = opened(tmp_path_factory.mktemp("queries"))
    vectors: dict[str, Json] = {"bail": [1, 0], "vente": [0.9, 0.1], "travail": [0, 1]}
    pages: dict[str, Json] = {"bail": 3, "vente": 1, "travail": 2}
    write(
        made,
        [{**doc, "vector": vectors.get(str(doc["id"])), "pages": pages.get(str(doc["id"]))} for doc in DOCUMENTS],
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "mode", "keys"),
    [
        ("garanties", "any", "bail travaux vente"),
        ("loyers vente", "any", "bail vente"),
        ("loyer vente", "all", ""),
        ("contrat salarié", "all", "travail"),
        ("le contrat du salarié", "all", "travail"),
        ("garantie+loyer", "any", "bail"),
        ("garantie + (loyer | prix)", "any", "bail vente"),
        ("garantie -loyer", "all", "travaux vente"),
        ("garantie + -loyer", "any", "travaux vente"),
        ('"prix de vente"', "any", "vente"),
        ('"vente prix"', "any", ""),
        ("entrepren*", "any", "travaux"),
        ("comptant|salaire", "all", "travail vente"),
        ("*", "any", "bail travail travaux vente"),
        ("", "any", "bail travail travaux vente"),
        ("de la", "any", ""),
        ('un "guillemet', "any", ""),
        ("(loyer", "any", "bail"),
    ],
)
def test_simple_queries_find_what_they_ask_for(index: Index, text: str, mode: str, keys: str) -> None:
    assert sorted(found(index, search=text, searchMode=mode)) == keys.split()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("title:contrat", "travail travaux"),
        ("title:contrat AND salaire", "travail"),
        ("loyer OR prix", "bail vente"),
        ("garantie NOT loyer", "travaux vente"),
        ("+garantie -loyer", "travaux vente"),
        ("title:(vente OR bail)", "bail vente"),
        ('"prix de vente"~2 OR salaire^3', "travail vente"),
        ("entrepren*", "travaux"),
    ],
)
def test_full_queries_find_what_they_ask_for(index: Index, text: str, keys: str) -> None:
    assert sorted(found(index, search=text, queryType="full")) == keys.split()


@pytest.mark.parametrize("text", ["title:", "(a", "a)", "pages:3", "/regex/", "a?b", 'a "b'])
def test_full_queries_that_are_not_understood_are_refused(index: Index, text: str) -> None:
    with pytest.raises(SearchError) as refused:
        found(index, search=text, queryType="full")
    assert refused.value.status == 400


def test_a_boost_moves_a_hit_up(index: Index) -> None:
    assert found(index, search="loyer prix^5", queryType="full") == ["vente", "bail"]
    assert found(index, search="loyer^5 prix", queryType="full") == ["bail", "vente"]


def test_the_simple_syntax_reads_from_left_to_right() -> None:
    assert query_syntax.parse('a "b c" d*', every=False) == Group(False, (Word("a"), Phrase("b c"), Prefix("d")))
    assert query_syntax.parse("a b+c", every=False) == Group(True, (Group(False, (Word("a"), Word("b"))), Word("c")))
    assert query_syntax.parse("a -b", every=True) == Group(True, (Word("a"), Without(Word("b"))))
    assert query_syntax.parse(r"1\+1", every=False) == Word("1+1")
    assert query_syntax.parse("jean-pierre", every=False) == Word("jean-pierre")


def test_the_full_syntax_joins_and_before_or() -> None:
    parsed = lucene_syntax.parse("a AND b OR title:c^2", every=False, schema=schema())
    assert parsed == Group(False, (Group(True, (Word("a"), Word("b"))), Scoped("title", Boosted(Word("c"), 2.0))))


@given(text=st.text(alphabet='ab "+-|()*\\', max_size=30), every=st.booleans())
def test_no_text_makes_the_simple_syntax_fail(text: str, every: bool) -> None:
    query_syntax.parse(text, every=every)


def test_scores_are_lucenes_bm25(index: Index) -> None:
    """One word, which stands once in one of four documents, worked out from the formula."""
    value = search(index, search="salaire", searchFields="content")["value"]
    assert isinstance(value, list)
    (hit,) = value
    assert isinstance(hit, dict)
    lengths = [len(row.split()) for row in _stored_texts(index)]
    length, average = lengths[2], sum(lengths) / len(lengths)
    idf = math.log(1 + (4 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * length / average))
    assert hit["@search.score"] == pytest.approx(expected, rel=1e-6)


def _stored_texts(index: Index) -> list[str]:
    table = index.store.table("content")
    return [str(body) for (body,) in index.store.rows(f"select body from {table} order by rowid")]  # noqa: S608


def test_fields_add_up_and_weights_count(index: Index) -> None:
    both = search(index, search="travaux", select="id")["value"]
    one = search(index, search="travaux", searchFields="title", select="id")["value"]
    other = search(index, search="travaux", searchFields="content", select="id")["value"]
    scores = [float(str(part[0]["@search.score"])) for part in (both, one, other)]  # type: ignore[index, call-overload]
    assert scores[0] == pytest.approx(scores[1] + scores[2], rel=1e-6)


def test_a_word_of_every_document_still_counts(tmp_path_factory: pytest.TempPathFactory) -> None:
    """FTS5 alone would score it nothing."""
    made = opened(tmp_path_factory.mktemp("common"))
    write(made, [{"id": "twice", "content": "bail bail"}, {"id": "once", "content": "bail rural"}])
    assert found(made, search="bail") == ["twice", "once"]
    made.close()


def vector_query(vector: list[Json], count: int = 3, **more: Json) -> list[Json]:
    return [{"kind": "vector", "vector": vector, "fields": "vector", "k": count, **more}]


def test_near_vectors_come_first_with_the_score_of_their_cosine(index: Index) -> None:
    value = search(index, vectorQueries=vector_query([1, 0], 2))["value"]
    assert isinstance(value, list)
    hits = [hit for hit in value if isinstance(hit, dict)]
    assert [hit["id"] for hit in hits] == ["bail", "vente"]
    cosine = 0.9 / math.hypot(0.9, 0.1)
    assert hits[0]["@search.score"] == 1.0
    assert hits[1]["@search.score"] == pytest.approx(1 / (2 - cosine), rel=1e-6)


def test_a_filter_is_applied_before_or_after_the_nearest_are_chosen(index: Index) -> None:
    query = vector_query([1, 0], 1)
    assert found(index, vectorQueries=query, filter="id eq 'travail'") == ["travail"]
    assert found(index, vectorQueries=query, filter="id eq 'travail'", vectorFilterMode="postFilter") == []


def test_a_weight_decides_between_text_and_vector(index: Index) -> None:
    heavy = found(index, search="salaire", vectorQueries=vector_query([1, 0], 1, weight=2.0))
    light = found(index, search="salaire", vectorQueries=vector_query([1, 0], 1, weight=0.5))
    assert (heavy, light) == (["bail", "travail"], ["travail", "bail"])


def test_a_vector_of_the_wrong_length_is_refused(index: Index) -> None:
    with pytest.raises(SearchError, match="has a length of '3'"):
        found(index, vectorQueries=vector_query([1, 0, 0]))


def test_fused_scores_are_sums_of_reciprocal_ranks() -> None:
    def ranked(*ids: int) -> Ranked:
        return Ranked(np.array(ids), np.ones(len(ids)))

    fused = ranking.fused([(ranked(7, 8), 1.0), (ranked(8, 9), 0.5)])
    expected = {7: 1 / 60, 8: 1 / 61 + 0.5 / 60, 9: 0.5 / 61}
    assert dict(zip(fused.ids.tolist(), fused.scores.tolist(), strict=True)) == pytest.approx(expected)
    assert fused.ids.tolist() == [8, 7, 9]


@settings(deadline=None)
@given(data=st.data())
def test_the_nearest_are_those_of_a_loop_over_all(data: st.DataObject) -> None:
    """Through any history of puts and drops."""
    column = VectorColumn(3, "euclidean")
    kept: dict[int, list[float]] = {}
    number = st.integers(0, 30)
    floats = st.lists(st.integers(-5, 5).map(float), min_size=3, max_size=3)
    for key, vector in data.draw(st.lists(st.tuples(number, st.none() | floats), max_size=40)):
        if vector is None:
            kept.pop(key, None)
            column.change([], [key])
        else:
            kept[key] = vector
            column.change([(key, np.array(vector, dtype="<f4").tobytes())], [])
    query = data.draw(floats)
    ids, scores = column.nearest(np.array(query, dtype="<f4").tobytes(), 5, None)
    expected = sorted(1 / (1 + math.dist(query, vector)) for vector in kept.values())[::-1][:5]
    assert scores.tolist() == pytest.approx(expected, rel=1e-5)
    assert set(ids.tolist()) <= kept.keys()


def test_hits_are_ordered_by_values_then_by_score(index: Index) -> None:
    assert found(index, search="garantie", orderby="pages desc") == ["bail", "vente", "travaux"]
    assert found(index, orderby="pages") == ["travaux", "vente", "travail", "bail"]
    assert found(index, search="garantie", orderby="search.score() desc") == found(index, search="garantie")


def test_pages_are_cut_after_the_order(index: Index) -> None:
    assert found(index, orderby="id", top=2, skip=1) == ["travail", "travaux"]
    assert found(index, orderby="pages", top=2, skip=1) == ["vente", "travail"]
    assert search(index, search="garantie", count=True, top=0) == {"@odata.count": 3, "value": []}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"skip": 100_001}, "between 0 and 100000"),
        ({"top": -1}, "must not be negative"),
        ({"top": "3"}, "'top' must be a number"),
        ({"select": "nothing"}, "Could not find a property"),
        ({"orderby": "tags"}, "not a sortable field"),
        ({"orderby": "pages upwards"}, "Syntax error"),
        ({"searchFields": "pages"}, "not searchable"),
        ({"facets": ["content,count:x"]}, "holds a number that is none"),
        ({"facets": ["vector"]}, "not a facetable field"),
        ({"highlight": "pages"}, "has no highlights"),
        ({"queryType": "semantic"}, "Unknown semantic configuration"),
        ({"scoringProfile": "mine"}, "Unknown scoring profile"),
        ({"vectorQueries": [{"kind": "text", "text": "x", "fields": "vector"}]}, "no vectorizer"),
        ({"vectorQueries": [{"kind": "vector", "vector": [1, 0], "fields": "title"}]}, "not a vector field"),
    ],
)
def test_a_wrong_parameter_is_a_400_that_names_it(index: Index, asked: dict[str, Json], message: str) -> None:
    with pytest.raises(SearchError, match=message) as refused:
        search(index, **asked)
    assert refused.value.status == 400


def test_highlights_mark_the_words_whatever_their_form(index: Index) -> None:
    asked: dict[str, Json] = {"highlightPreTag": "[", "highlightPostTag": "]", "highlight": "content-1,title"}
    value = search(index, search="travail garanties loyers", **asked)["value"]
    assert isinstance(value, list)
    marked = {hit["id"]: hit.get("@search.highlights") for hit in value if isinstance(hit, dict)}
    assert marked["bail"] == {"content": ["Le [loyer] du bail est payable d'avance."]}
    assert marked["travail"] == {"title": ["Contrat de [travail]"]}


def test_facets_count_values_among_the_hits(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = opened(tmp_path_factory.mktemp("facets"))
    write(
        made,
        [
            {"id": "a", "tags": ["x", "y"], "pages": 1, "open": True, "signed": "2024-01-02T00:00:00Z"},
            {"id": "b", "tags": ["y"], "pages": 12, "open": True},
            {"id": "c", "tags": ["z"], "pages": 15},
        ],
    )
    asked: list[Json] = ["tags,count:2", "open", "signed", "pages,interval:10"]
    assert search(made, facets=asked, filter="pages lt 20", top=0)["@search.facets"] == {
        "tags": [{"count": 2, "value": "y"}, {"count": 1, "value": "x"}],
        "open": [{"count": 2, "value": True}],
        "signed": [{"count": 1, "value": "2024-01-02T00:00:00Z"}],
        "pages": [{"count": 2, "value": 10}, {"count": 1, "value": 0}],
    }
    assert search(made, facets=["tags,sort:-value"], filter="id eq 'a'", top=0)["@search.facets"] == {
        "tags": [{"count": 1, "value": "y"}, {"count": 1, "value": "x"}]
    }
    assert search(made, facets=["pages,values:5|13"], top=0)["@search.facets"] == {
        "pages": [{"count": 1, "to": 5}, {"count": 1, "from": 5, "to": 13}, {"count": 1, "from": 13}]
    }
    made.close()


def test_a_write_is_seen_by_the_next_query(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that was kept from an earlier query outlives a write."""
    made = opened(tmp_path_factory.mktemp("fresh"))
    for number in range(3):
        write(made, [{"id": f"n-{number}", "content": "bail", "vector": [1, number]}])
        assert len(found(made, search="bail")) == number + 1
        assert len(found(made, vectorQueries=vector_query([1, 0], 10))) == number + 1
    delete(made, "n-1")
    assert sorted(found(made, search="bail")) == ["n-0", "n-2"]
    assert sorted(found(made, vectorQueries=vector_query([1, 0], 10))) == ["n-0", "n-2"]
    made.close()
