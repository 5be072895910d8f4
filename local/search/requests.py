"""A query as it is asked: every parameter read, checked and typed before anything is searched."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.search.documents import float_bytes
from local.search.errors import SearchError, bad_expression, invalid
from local.search.schema import COMPLEX, Field, Schema
from local.search.wire import Body

DEFAULT_PAGE = 50
MAX_PAGE = 1000
MAX_SKIP = 100_000
MAX_ORDER_CLAUSES = 32
SCORE = "search.score()"


@dataclass(frozen=True, slots=True)
class Order:
    field: Field | None  # None: the score
    descending: bool


@dataclass(frozen=True, slots=True)
class VectorQuery:
    fields: tuple[Field, ...]
    vector: bytes
    count: int
    weight: float


@dataclass(frozen=True, slots=True)
class Highlight:
    fields: Mapping[str, int]  # path → how many fragments
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Semantic:
    question: str
    paths: tuple[str, ...]
    captions: bool
    answers: bool


@dataclass(frozen=True, slots=True)
class SearchRequest:
    text: str
    full_syntax: bool
    every: bool  # searchMode all
    weights: Mapping[str, float]  # of the searched fields
    filter: str
    order: tuple[Order, ...]
    select: frozenset[str]
    facets: tuple[str, ...]
    highlight: Highlight
    vectors: tuple[VectorQuery, ...]
    post_filter: bool
    count: bool
    top: int | None
    skip: int
    semantic: Semantic | None
    body: Body

    @property
    def page(self) -> int:
        return DEFAULT_PAGE if self.top is None else min(self.top, MAX_PAGE)


def read(schema: Schema, body: Body) -> SearchRequest:
    """Raises SearchError(400)."""
    top, skip = body.optional_integer("top"), body.integer("skip", 0)
    if not 0 <= skip <= MAX_SKIP:
        raise invalid(f"Value must be between 0 and {MAX_SKIP} (inclusive).\r\nParameter name: $skip")
    if top is not None and top < 0:
        raise invalid("Value must not be negative.\r\nParameter name: $top")
    text = body.text("search").strip()
    return SearchRequest(
        text="" if text == "*" else text,
        full_syntax=body.text("queryType") == "full",
        every=body.text("searchMode") == "all",
        weights=_weights(schema, body),
        filter=body.text("filter").strip(),
        order=order_of(schema, body.names("orderby")),
        select=selected(schema, body.names("select")),
        facets=tuple(str(facet) for facet in body.items("facets")),
        highlight=_highlight(schema, body),
        vectors=tuple(_vector_query(schema, part) for part in body.bodies("vectorQueries")),
        post_filter=body.text("vectorFilterMode") in ("postFilter", "strictPostFilter"),
        count=body.flag("count"),
        top=top,
        skip=skip,
        semantic=_semantic(schema, body) if body.text("queryType") == "semantic" else None,
        body=body,
    )


def _weights(schema: Schema, body: Body) -> dict[str, float]:
    paths = body.names("searchFields") or [field.path for field in schema.texts]
    for path in paths:
        field = schema.by_path.get(path)
        if field is None or not field.is_text:
            raise invalid(
                f"The field '{path}' in the search field list is not searchable.\r\nParameter name: searchFields"
            )
    weights = dict.fromkeys(paths, 1.0)
    name = body.text("scoringProfile") or schema.body.text("defaultScoringProfile")
    if not name:
        return weights
    profile = next((part for part in schema.body.bodies("scoringProfiles") if part.text("name") == name), None)
    if profile is None:
        raise invalid(f"Unknown scoring profile '{name}'.\r\nParameter name: scoringProfile")
    given = profile.part("text").part("weights")
    return {path: given.number(path, 1.0) for path in weights}


def order_of(schema: Schema, clauses: list[str]) -> tuple[Order, ...]:
    if len(clauses) > MAX_ORDER_CLAUSES:
        raise bad_expression(f"There can be at most {MAX_ORDER_CLAUSES} clauses.", "$orderby")
    return tuple(_order(schema, clause) for clause in clauses)


def _order(schema: Schema, clause: str) -> Order:
    path, _, direction = clause.partition(" ")
    direction = direction.strip()
    if direction not in ("", "asc", "desc"):
        raise bad_expression(f"Syntax error at position {len(clause)} in '{clause}'.", "$orderby")
    if path == SCORE:
        return Order(None, descending=direction == "desc")
    field = schema.by_path.get(path)
    if field is None:
        raise bad_expression(f"Could not find a property named '{path}' on type 'search.document'.", "$orderby")
    if "sortable" not in field.flags:
        raise bad_expression(
            f"'{path}' is not a sortable field. Only sortable fields can be used in order-by expressions.",
            "$orderby",
        )
    return Order(field, descending=direction == "desc")


def selected(schema: Schema, names: list[str]) -> frozenset[str]:
    """The paths that an answer holds. An object is chosen whole, or by its parts."""
    if not names or names == ["*"]:
        return frozenset(path for path, field in schema.by_path.items() if field.retrievable)
    chosen: set[str] = set()
    for name in names:
        field = schema.by_path.get(name)
        if field is None:
            raise bad_expression(f"Could not find a property named '{name}' on type 'search.document'.", "$select")
        if not field.retrievable:
            raise bad_expression(
                f"'{name}' is not a retrievable field. Only retrievable fields can be used in select expressions.",
                "$select",
            )
        chosen |= _with_kin(schema, field)
    return frozenset(chosen)


def _with_kin(schema: Schema, field: Field) -> set[str]:
    parts = field.path.split("/")
    chosen = {"/".join(parts[:cut]) for cut in range(1, len(parts) + 1)}
    if field.type == COMPLEX:
        chosen |= {
            path for path, part in schema.by_path.items() if path.startswith(f"{field.path}/") and part.retrievable
        }
    return chosen


def _highlight(schema: Schema, body: Body) -> Highlight:
    fields: dict[str, int] = {}
    for asked in body.names("highlight"):
        path, _, number = asked.rpartition("-") if asked.rpartition("-")[2].isdigit() else (asked, "", "5")
        field = schema.by_path.get(path)
        if field is None or not field.is_text:
            raise invalid(
                f"The field '{path}' is not searchable, so it has no highlights.\r\nParameter name: highlight"
            )
        fields[path] = int(number)
    return Highlight(fields, body.text("highlightPreTag") or "<em>", body.text("highlightPostTag") or "</em>")


def _vector_query(schema: Schema, body: Body) -> VectorQuery:
    if body.text("kind", "vector") != "vector":
        raise invalid("This service has no vectorizer: send 'vectorQueries' of the kind 'vector'.")
    fields = []
    for path in body.names("fields"):
        field = schema.by_path.get(path)
        if field is None or not field.is_vector:
            raise invalid(f"The field '{path}' is not a vector field.\r\nParameter name: vectorQueries.fields")
        fields.append(field)
    if not fields:
        raise invalid("A vector query names no field.\r\nParameter name: vectorQueries.fields")
    vector = list(body.items("vector"))
    for field in fields:
        if len(vector) != field.dimensions:
            raise _wrong_length(field, len(vector))
    count = body.optional_integer("k")
    return VectorQuery(
        tuple(fields),
        float_bytes(vector, fields[0]),
        DEFAULT_PAGE if count is None else count,
        body.number("weight", 1),
    )


def _wrong_length(field: Field, length: int) -> SearchError:
    return invalid(
        f"The vector query's 'vector' parameter has a length of '{length}', but the field '{field.path}' has a "
        f"dimension of '{field.dimensions}'.\r\nParameter name: vectorQueries.vector"
    )


def _semantic(schema: Schema, body: Body) -> Semantic:
    semantic = schema.body.part("semantic")
    name = body.text("semanticConfiguration") or semantic.text("defaultConfiguration")
    found = next((part for part in semantic.bodies("configurations") if part.text("name") == name), None)
    if found is None:
        raise invalid(f"Unknown semantic configuration '{name}'.\r\nParameter name: semanticConfiguration")
    if body.fields.get("orderby"):
        raise invalid("Cannot combine 'orderby' with 'queryType' semantic.\r\nParameter name: orderby")
    fields = found.part("prioritizedFields")
    parts = [fields.part("titleField"), *fields.bodies("prioritizedContentFields")]
    return Semantic(
        question=body.text("semanticQuery") or body.text("search"),
        paths=tuple(part.text("fieldName") for part in parts if part.text("fieldName")),
        captions=body.text("captions").startswith("extractive"),
        answers=body.text("answers").startswith("extractive"),
    )
