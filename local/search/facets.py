"""Facets: how often each value of a field occurs among the hits."""

import json
from dataclasses import dataclass
from itertools import pairwise

from local.search.documents import text_of_ticks
from local.search.errors import SearchError, invalid
from local.search.filters import NUMBERS, Condition
from local.search.schema import Field, Schema
from local.search.store import Bound, Store
from local.search.wire import Json

DEFAULT_COUNT = 10
METRICS = ("sum", "avg", "min", "max")
SORTS = {
    "count": "2 desc, 1", "-count": "2, 1", "value": "1", "-value": "1 desc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facet:
    field: Field
    count: int
    sort: str
    interval: float
    bounds: tuple[float, ...]
    metric: str  # "" for a count of values


def facets(store: Store, schema: Schema, asked: tuple[str, ...], among: Condition) -> dict[str, list[dict[str, Json]]]:
    """Per field, `{"count": …, "value": …}` for each value, `from` and `to` for ranges, `{"sum": …}` for a metric."""
    found: dict[str, list[dict[str, Json]]] = {}
    for facet in [_facet(schema, text) for text in asked]:
        found.setdefault(facet.field.path, []).extend(_values(store, facet, among))
    return found


def _facet(schema: Schema, text: str) -> Facet:
    path, *options = text.split(",")
    field = schema.by_path.get(path.strip())
    if field is None or "facetable" not in field.flags:
        raise _bad(f"'{path}' is not a facetable field.")
    given = dict(option.strip().split(":", 1) for option in options if ":" in option)
    if unknown := set(given) - {"count", "sort", "interval", "values", "metric"}:
        raise _bad(f"'{min(unknown)}' is not a facet parameter of this server.")
    if given.get("metric", "sum") not in METRICS:
        raise _bad(f"'{given['metric']}' is not a metric of this server.")
    if given.get("sort", "count") not in SORTS or (
        given.keys() & {"interval", "values", "metric"} and field.type not in NUMBERS
    ):
        raise _bad(f"The facet on '{path}' cannot be sorted or cut like that.")
    try:
        bounds = tuple(float(bound) for bound in given["values"].split("|")) if "values" in given else ()
        return Facet(
            field,
            int(given.get("count", DEFAULT_COUNT)),
            given.get("sort", "count"),
            float(given.get("interval", 0)),
            bounds,
            given.get("metric", ""),
        )
    except ValueError:
        raise _bad(f"The facet on '{path}' holds a number that is none.") from None


def _bad(what: str) -> SearchError:
    return invalid(f"Invalid facet expression: {what}\r\nParameter name: facets")


def _values(store: Store, facet: Facet, among: Condition) -> list[dict[str, Json]]:
    if facet.bounds:
        return _ranges(store, facet, among)
    if facet.metric:
        return [{facet.metric: _metric(store, facet, among)}]
    value, bound = ("value", ()) if not facet.interval else ("floor(value / ?) * ?", (facet.interval,) * 2)
    sql = (
        f"select {value}, count(distinct terms.id) from terms where path = ? and {_inside(among)} group by 1 "  # noqa: S608
        f"order by {SORTS[facet.sort]} limit ?"
    )
    limit = -1 if facet.count == 0 else facet.count
    rows = store.rows(sql, (*bound, facet.field.path, *among.bound, limit))
    return [{"count": _json(facet.field, count), "value": _value(facet.field, found)} for found, count in rows]


def _ranges(store: Store, facet: Facet, among: Condition) -> list[dict[str, Json]]:
    edges: list[float | None] = [None, *facet.bounds, None]
    answer: list[dict[str, Json]] = []
    for low, high in pairwise(edges):
        tests = [(">=", low), ("<", high)]
        given = [(sign, edge) for sign, edge in tests if edge is not None]
        sql = (
            f"select count(distinct id) from terms where path = ? and {_inside(among)}"  # noqa: S608 - bound values
            + "".join(f" and value {sign} ?" for sign, _ in given)
        )
        count = store.rows(sql, (facet.field.path, *among.bound, *(edge for _, edge in given)))[0][0]
        span: dict[str, Json] = {name: edge for name, edge in (("from", low), ("to", high)) if edge is not None}
        answer.append({"count": _json(facet.field, count), **span})
    return answer


def _metric(store: Store, facet: Facet, among: Condition) -> Json:
    sql = f"select {facet.metric}(value) from terms where path = ? and {_inside(among)}"  # noqa: S608 - of METRICS
    return _json(facet.field, store.rows(sql, (facet.field.path, *among.bound))[0][0])


def _inside(among: Condition) -> str:
    return "1" if among.sql == "1" else f"id in (select d.id from documents d where {among.sql})"  # noqa: S608


def among_ids(ids: list[int]) -> Condition:
    return Condition("d.id in (select value from json_each(?))", (json.dumps(ids),))


def _value(field: Field, value: Bound) -> Json:
    if field.type == "Edm.DateTimeOffset" and isinstance(value, int):
        return text_of_ticks(value)
    if field.type == "Edm.Boolean":
        return bool(value)
    return _json(field, value)


def _json(field: Field, value: Bound) -> Json:
    if isinstance(value, bytes):
        raise TypeError(field.path)
    return value
