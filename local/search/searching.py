"""One query over one index: filter, text, vectors, fusion, order, page. Reads only.

match → rank (BM25, nearest vectors, their fusion; or everything at 1.0) → order → semantic ranker → page → answer
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from local.search import facets, full_text, lucene_syntax, odata, query_syntax, ranking
from local.search.documents import Document, projected, texts_of
from local.search.filters import EVERYTHING, Condition, condition
from local.search.full_text import FullText
from local.search.highlights import highlights
from local.search.query_syntax import Query
from local.search.ranking import Ranked
from local.search.requests import MAX_PAGE, Highlight, Order, SearchRequest
from local.search.schema import Field, Schema
from local.search.store import Bound, Store
from local.search.vectors import Ids, Scores, VectorColumn
from local.search.wire import Json


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query may read of an index."""

    schema: Schema
    store: Store
    full_text: FullText
    vectors: Mapping[str, VectorColumn]


@dataclass(frozen=True, slots=True)
class Hits:
    """The hits of a query in their order. `total` may exceed `ranked`, which then is the page and one more."""

    ranked: Ranked
    total: int | None  # None: not counted, because nobody asked
    among: Condition  # the same hits, for the facets
    is_page: bool  # `ranked` starts at the page
    is_fused: bool
    reranked: Mapping[int, float]


def search(reading: Reading, request: SearchRequest, link: str) -> dict[str, Json]:
    """The answer's body. `link` is where a following page is asked for."""
    query = _query(request, reading.schema)
    allowed = filter_condition(reading, request.filter)
    hits = _ranked(reading, request, query, allowed) if query or request.vectors else _all(reading, request, allowed)
    first = 0 if hits.is_page else request.skip
    page = hits.ranked.ids[first : first + request.page]
    answer: dict[str, Json] = {}
    if request.count:
        answer["@odata.count"] = hits.total
    if request.facets:
        found = facets.facets(reading.store, reading.schema, request.facets, hits.among)
        answer["@search.facets"] = {path: list(values) for path, values in found.items()}
    if request.semantic is not None and request.semantic.answers:
        answer["@search.answers"] = []  # extractive answers need a model: none is found here
    answer["value"] = list(_values(reading, request, query, hits, page.tolist()))
    if len(hits.ranked.ids) > first + request.page and (request.top is None or request.top > MAX_PAGE):
        answer["@odata.nextLink"] = link
        answer["@search.nextPageParameters"] = _next_page(request)
    return answer


def _query(request: SearchRequest, schema: Schema) -> Query | None:
    if request.full_syntax:
        return lucene_syntax.parse(request.text, every=request.every, schema=schema)
    return query_syntax.parse(request.text, every=request.every)


def filter_condition(reading: Reading, text: str) -> Condition:
    if not text:
        return EVERYTHING

    def matching(asked: odata.Match) -> list[int]:
        query = query_syntax.parse(asked.text, every=asked.mode == "all")
        paths = asked.fields or tuple(field.path for field in reading.schema.texts)
        if query is None:
            return [int(number) for number in _ids(reading, EVERYTHING)]
        found = reading.full_text.search(query, dict.fromkeys(paths, 1.0))
        return [int(number) for number in found.ids]

    return condition(reading.schema, odata.parse(text), matching)


def _ids(reading: Reading, among: Condition) -> Ids:
    rows = reading.store.rows(f"select d.id from documents d where {among.sql}", among.bound)  # noqa: S608 - bound values
    return np.sort(np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows)))


# Without text and vectors: every document that passes the filter, at 1.0


def _all(reading: Reading, request: SearchRequest, allowed: Condition) -> Hits:
    order = _sql_order(reading.schema, request.order)
    if order is None:
        ids = _ids(reading, allowed)
        ranked = _ordered(reading, request, ids, np.ones(len(ids)))
        return Hits(ranked, len(ids), allowed, is_page=False, is_fused=False, reranked={})
    sql = f"select d.id from documents d where {allowed.sql} order by {order} limit ? offset ?"  # noqa: S608 - our words
    rows = reading.store.rows(sql, (*allowed.bound, request.page + 1, request.skip))
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    total = _count(reading, allowed) if request.count else None
    return Hits(Ranked(ids, np.ones(len(ids))), total, allowed, is_page=True, is_fused=False, reranked={})


def _sql_order(schema: Schema, order: tuple[Order, ...]) -> str | None:
    """Where the order is that of the key or of insertion, SQLite reads no more than the page."""
    if not order:
        return "d.id"
    if order[0].field == schema.key:
        return "d.key desc" if order[0].descending else "d.key"
    return None


def _count(reading: Reading, among: Condition) -> int:
    counted = reading.store.rows(f"select count(*) from documents d where {among.sql}", among.bound)[0][0]  # noqa: S608
    return counted if isinstance(counted, int) else 0


# With text or vectors


def _ranked(reading: Reading, request: SearchRequest, query: Query | None, allowed: Condition) -> Hits:
    ids = None if allowed == EVERYTHING else _ids(reading, allowed)
    lists: list[tuple[Ranked, float]] = []
    if query is not None:
        found = reading.full_text.search(query, request.weights)
        lists.append((ranking.by_score(found if ids is None else full_text.kept(found, ids)), 1.0))
    lists += _nearest(reading, request, ids)
    is_fused = len(lists) > 1
    ranked = ranking.fused([_recalled(part) for part in lists]) if is_fused else lists[0][0]
    ranked, reranked = _reranked(reading, request, ranked)
    if request.order:
        ranked = _ordered(reading, request, ranked.ids, ranked.scores)
    among = facets.among_ids(ranked.ids.tolist()) if request.facets else EVERYTHING
    return Hits(ranked, len(ranked.ids), among, is_page=False, is_fused=is_fused, reranked=reranked)


def _recalled(part: tuple[Ranked, float]) -> tuple[Ranked, float]:
    ranked, weight = part
    return Ranked(ranked.ids[: ranking.TEXT_RECALL], ranked.scores[: ranking.TEXT_RECALL]), weight


def _nearest(reading: Reading, request: SearchRequest, ids: Ids | None) -> list[tuple[Ranked, float]]:
    lists = []
    for asked in request.vectors:
        for field in asked.fields:
            column = reading.vectors[field.path]
            near, scores = column.nearest(asked.vector, asked.count, None if request.post_filter else ids)
            if request.post_filter and ids is not None:
                inside = np.isin(near, ids)
                near, scores = near[inside], scores[inside]
            lists.append((Ranked(near, scores), asked.weight))
    return lists


def _ordered(reading: Reading, request: SearchRequest, ids: Ids, scores: Scores) -> Ranked:
    keys = []
    for order in request.order:
        ranks = _score_ranks(ids, scores) if order.field is None else _value_ranks(reading.store, order.field)
        keys.append((ranks, order.descending))
    return ranking.ordered(ids, keys, scores)


def _score_ranks(ids: Ids, scores: Scores) -> dict[int, int]:
    _, ranks = np.unique(scores.astype(np.float32), return_inverse=True)
    return dict(zip(ids.tolist(), ranks.tolist(), strict=True))


def _value_ranks(store: Store, field: Field) -> dict[int, int]:
    ranks: dict[int, int] = {}
    last: Bound = None
    rank = -1
    for number, value in store.rows("select id, value from terms where path = ? order by value", (field.path,)):
        rank += value != last or rank < 0
        last = value
        ranks[number if isinstance(number, int) else -1] = rank
    return ranks


def _reranked(reading: Reading, request: SearchRequest, ranked: Ranked) -> tuple[Ranked, dict[int, float]]:
    """The first hits in the order of the semantic ranker, the others behind them."""
    if request.semantic is None or not request.semantic.question.strip():
        return ranked, {}
    best = ranked.ids[: ranking.RERANKED].tolist()
    bodies = reading.store.bodies(best)
    scores = {}
    for number in best:
        texts = texts_of(reading.schema, Document("", bodies.get(number, {})))
        parts = [text for path in request.semantic.paths for text in texts.get(path, [])]
        scores[number] = ranking.semantic_score(request.semantic.question, parts)
    places = sorted(range(len(best)), key=lambda place: -scores[best[place]])
    order = np.concatenate([np.array(places, dtype=np.int64), np.arange(len(best), len(ranked.ids))])
    return Ranked(ranked.ids[order], ranked.scores[order]), scores


# The answer


def _values(
    reading: Reading, request: SearchRequest, query: Query | None, hits: Hits, page: list[int]
) -> list[dict[str, Json]]:
    bodies = reading.store.bodies(page)
    vectors = vectors_of(reading, page, request.select)
    scores = dict(zip(hits.ranked.ids.tolist(), hits.ranked.scores.tolist(), strict=True))
    values = []
    for number in page:
        body = bodies.get(number)
        if body is None:
            continue  # deleted since it was ranked
        value: dict[str, Json] = {"@search.score": ranking.wire_score(scores[number], is_fused=hits.is_fused)}
        if request.semantic is not None:
            value["@search.rerankerScore"] = hits.reranked.get(number)
        value |= _annotations(reading, request, query, Document("", body))
        values.append(value | shown(reading.schema, body, vectors.get(number, {}), request.select))
    return values


def _annotations(reading: Reading, request: SearchRequest, query: Query | None, document: Document) -> dict[str, Json]:
    found: dict[str, Json] = {}
    texts = texts_of(reading.schema, document) if request.highlight.fields or request.semantic else {}
    if request.highlight.fields:
        marked = highlights(reading.schema, query, texts, request.highlight)
        if marked:
            found["@search.highlights"] = {path: list(fragments) for path, fragments in marked.items()}
    if request.semantic is not None and request.semantic.captions:
        asked = Highlight(dict.fromkeys(request.semantic.paths, 1), request.highlight.before, request.highlight.after)
        question = query_syntax.parse(request.semantic.question, every=False)
        best = [fragments[0] for fragments in highlights(reading.schema, question, texts, asked).values()]
        best.sort(key=lambda fragment: -fragment.count(asked.before))
        plain = [text.replace(asked.before, "").replace(asked.after, "") for text in best]
        found["@search.captions"] = [
            {"text": text, "highlights": marked} for text, marked in zip(plain[:1], best[:1], strict=True)
        ]
    return found


def vectors_of(reading: Reading, ids: list[int], select: frozenset[str]) -> dict[int, dict[str, bytes]]:
    found: dict[int, dict[str, bytes]] = {}
    for field in reading.schema.vectors:
        if field.path in select:
            for number, data in reading.store.vectors_of(field.path, ids).items():
                found.setdefault(number, {})[field.path] = data
    return found


def shown(
    schema: Schema, body: Mapping[str, Json], vectors: Mapping[str, bytes], select: frozenset[str]
) -> dict[str, Json]:
    """The selected fields in the schema's order, vectors among them."""
    plain = projected(schema.fields, body, select)
    if not any(field.path in select for field in schema.vectors):
        return plain
    answer: dict[str, Json] = {}
    for field in schema.fields:
        if field.is_vector and field.path in select:
            answer[field.name] = np.frombuffer(vectors.get(field.path, b""), dtype="<f4").tolist()
        elif field.name in plain:
            answer[field.name] = plain[field.name]
    return answer


def _next_page(request: SearchRequest) -> dict[str, Json]:
    parameters: dict[str, Json] = {name: value for name, value in request.body.fields.items() if value is not None}
    parameters["skip"] = request.skip + request.page
    if request.top is not None:
        parameters["top"] = request.top - request.page
    return parameters
