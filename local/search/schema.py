"""An index definition: validated, its defaults filled as the real service fills them, and readable as fields.

`Schema` is frozen; a changed definition is a new one, and `refuse_breaking_changes` says what may not change.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from local.search.analysis import DEFAULT_ANALYZER, is_analyzer
from local.search.errors import SearchError, invalid_definition, refused
from local.search.wire import Body, Json

SCALARS = {
    "Edm.String", "Edm.Int32", "Edm.Int64", "Edm.Double", "Edm.Boolean", "Edm.DateTimeOffset", "Edm.GeographyPoint",
}  # fmt: skip
VECTORS = {"Edm.Single", "Edm.Half", "Edm.Int16", "Edm.SByte", "Edm.Byte"}
COMPLEX = "Edm.ComplexType"
INDEX_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9])*\Z")
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}\Z")
MAX_FIELDS = 1000
MAX_DIMENSIONS = 4096
FLAGS = ("searchable", "filterable", "retrievable", "stored", "sortable", "facetable", "key")
NAMES = (
    "indexAnalyzer", "searchAnalyzer", "analyzer", "normalizer", "dimensions", "vectorSearchProfile", "vectorEncoding",
)  # fmt: skip
LISTS = (
    "scoringProfiles",
    "suggesters",
    "analyzers",
    "normalizers",
    "tokenizers",
    "tokenFilters",
    "charFilters",
)
SINGLES = ("corsOptions", "encryptionKey", "semantic", "vectorSearch")
MAY_CHANGE = {"retrievable", "searchAnalyzer", "synonymMaps", "fields"}
HNSW: dict[str, Json] = {"metric": "cosine", "m": 4, "efConstruction": 400, "efSearch": 500}


@dataclass(frozen=True, slots=True)
class Field:
    path: str  # "address/city"
    name: str
    type: str  # of one element: "Edm.String", "Edm.ComplexType"
    collection: bool
    flags: frozenset[str]
    analyzer: str = DEFAULT_ANALYZER
    search_analyzer: str = DEFAULT_ANALYZER
    dimensions: int = 0  # 0: not a vector
    profile: str = ""
    fields: tuple["Field", ...] = ()

    @property
    def is_vector(self) -> bool:
        return self.dimensions > 0

    @property
    def is_text(self) -> bool:
        return "searchable" in self.flags and not self.is_vector

    @property
    def is_term(self) -> bool:
        return bool(self.flags & {"filterable", "sortable", "facetable", "key"}) and not self.is_vector

    @property
    def retrievable(self) -> bool:
        return "retrievable" in self.flags or self.type == COMPLEX


@dataclass(frozen=True)
class Schema:
    definition: Mapping[str, Json]  # as it is answered, without its ETag
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @cached_property
    def key(self) -> Field:
        return next(field for field in self.fields if "key" in field.flags)

    @cached_property
    def by_path(self) -> Mapping[str, Field]:
        return {field.path: field for field in _walk(self.fields)}

    @cached_property
    def texts(self) -> tuple[Field, ...]:
        return tuple(field for field in self.by_path.values() if field.is_text)

    @cached_property
    def vectors(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.is_vector)

    @property
    def body(self) -> Body:
        return Body(self.definition, "definition")

    def metric(self, field: Field) -> str:
        """Of a vector field: cosine, euclidean or dotProduct."""
        search = self.body.part("vectorSearch")
        profile = next(part for part in search.bodies("profiles") if part.text("name") == field.profile)
        chosen = profile.text("algorithm")
        algorithm = next(part for part in search.bodies("algorithms") if part.text("name") == chosen)
        for parameters in ("hnswParameters", "exhaustiveKnnParameters"):
            if metric := algorithm.part(parameters).text("metric"):
                return metric
        return "cosine"


def _walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _walk(field.fields)


def schema_of(body: Body) -> Schema:
    """From a request's definition. Raises SearchError(400) for what the service would not take."""
    name = body.text("name")
    if not 2 <= len(name) <= 128 or not INDEX_NAME.match(name):
        raise invalid_definition(
            f"Index name '{name}' must be 2 to 128 lower-case letters, digits or single dashes, and neither start nor "
            "end with a dash."
        )
    filled: dict[str, Json] = {
        "name": name,
        "description": body.text("description") or None,
        "defaultScoringProfile": body.text("defaultScoringProfile") or None,
        "fields": [_filled_field(part) for part in body.bodies("fields")],
    }
    filled |= {part: list(body.items(part)) for part in LISTS}
    filled |= {part: body.fields.get(part) for part in SINGLES}
    filled["similarity"] = body.fields.get("similarity") or {
        "@odata.type": "#Microsoft.Azure.Search.BM25Similarity", "k1": None, "b": None,
    }  # fmt: skip
    if filled["vectorSearch"] is not None:
        filled["vectorSearch"] = _filled_vector_search(body.part("vectorSearch"))
    schema = Schema(filled, tuple(_field(part, "") for part in Body(filled, "definition").bodies("fields")))
    _check(schema)
    return schema


def _filled_field(body: Body) -> dict[str, Json]:
    unknown = set(body.fields) - {*FLAGS, *NAMES, "name", "type", "fields", "synonymMaps"}
    if unknown:
        raise invalid_definition(
            f"The property '{min(unknown)}' does not exist on type 'Microsoft.Azure.Search.V2026_04_01.FieldDefinition'"
            " or is not present in the API version '2026-04-01'."
        )
    name, kind = body.text("name"), body.text("type")
    if COMPLEX in kind:
        return {"name": name, "type": kind, "fields": [_filled_field(part) for part in body.bodies("fields")]}
    defaults = _default_flags(kind)
    filled: dict[str, Json] = {"name": name, "type": kind}
    filled |= {flag: body.flag(flag, flag in defaults) for flag in FLAGS}
    return filled | {part: body.fields.get(part) for part in NAMES} | {"synonymMaps": list(body.items("synonymMaps"))}


def _default_flags(kind: str) -> set[str]:
    element = kind.removeprefix("Collection(").removesuffix(")")
    flags = {"retrievable", "stored"}
    if element in VECTORS:
        return flags
    flags |= {"filterable", "facetable"} if element != "Edm.GeographyPoint" else {"filterable"}
    if element == kind:
        flags.add("sortable")
    if element == "Edm.String":
        flags.add("searchable")
    return flags


def _filled_vector_search(body: Body) -> dict[str, Json]:
    algorithms: list[Json] = []
    for part in body.bodies("algorithms"):
        given: dict[str, Json] = dict(part.fields)
        if part.text("kind") == "exhaustiveKnn":
            given["hnswParameters"] = None
            given["exhaustiveKnnParameters"] = {"metric": "cosine", **part.part("exhaustiveKnnParameters").fields}
        else:
            given["hnswParameters"] = {**HNSW, **part.part("hnswParameters").fields}
            given["exhaustiveKnnParameters"] = None
        algorithms.append(given)
    profiles: list[Json] = [
        {"name": None, "algorithm": None, "vectorizer": None, "compression": None, **part.fields}
        for part in body.bodies("profiles")
    ]
    return {
        "algorithms": algorithms,
        "profiles": profiles,
        "vectorizers": list(body.items("vectorizers")),
        "compressions": list(body.items("compressions")),
    }


def _field(body: Body, parent: str) -> Field:
    name, kind = body.text("name"), body.text("type")
    element = kind.removeprefix("Collection(").removesuffix(")")
    if not FIELD_NAME.match(name):
        raise invalid_definition(f"Invalid field name '{name}'.")
    if element not in SCALARS | VECTORS | {COMPLEX} or (element in VECTORS and element == kind):
        raise invalid_definition(f"Field '{name}' has the type '{kind}', which is not known.")
    path = f"{parent}{name}"
    analyzer = body.text("analyzer") or body.text("indexAnalyzer") or DEFAULT_ANALYZER
    return Field(
        path=path,
        name=name,
        type=element,
        collection=element != kind,
        flags=frozenset(flag for flag in FLAGS if body.flag(flag)),
        analyzer=analyzer,
        search_analyzer=body.text("analyzer") or body.text("searchAnalyzer") or analyzer,
        dimensions=body.integer("dimensions", 0) if element in VECTORS else 0,
        profile=body.text("vectorSearchProfile"),
        fields=tuple(_field(part, f"{path}/") for part in body.bodies("fields")),
    )


def _check(schema: Schema) -> None:
    paths = [field.path for field in _walk(schema.fields)]
    if len(paths) > MAX_FIELDS:
        raise invalid_definition(f"An index has at most {MAX_FIELDS} fields.")
    if len(set(paths)) < len(paths):
        raise invalid_definition("Two fields have the same name.")
    keys = [field for field in schema.fields if "key" in field.flags]
    if len(keys) != 1 or keys[0].type != "Edm.String" or keys[0].collection:
        raise invalid_definition("Exactly one top-level field of type Edm.String must be the key.")
    for field in schema.by_path.values():
        _check_field(field)
    _check_vectors(schema)
    _check_references(schema)


def _check_field(field: Field) -> None:
    is_string = field.type == "Edm.String"
    if "searchable" in field.flags and not (is_string or field.is_vector):
        raise invalid_definition(f"Field '{field.path}' of type '{field.type}' cannot be searchable.")
    if "sortable" in field.flags and field.collection:
        raise invalid_definition(f"Field '{field.path}' is a collection and cannot be sortable.")
    for analyzer in (field.analyzer, field.search_analyzer):
        if not is_analyzer(analyzer):
            raise invalid_definition(f"Field '{field.path}' names the analyzer '{analyzer}', which this server lacks.")


def _check_vectors(schema: Schema) -> None:
    profiles = {part.text("name") for part in schema.body.part("vectorSearch").bodies("profiles")}
    for field in schema.by_path.values():
        if field.type not in VECTORS:
            continue
        if not 2 <= field.dimensions <= MAX_DIMENSIONS:
            raise invalid_definition(f"Vector field '{field.path}' must have 2 to {MAX_DIMENSIONS} 'dimensions'.")
        if field.profile not in profiles:
            raise invalid_definition(f"Vector field '{field.path}' names a vector search profile that does not exist.")
        if field.flags & {"filterable", "sortable", "facetable"}:
            raise invalid_definition(f"Vector field '{field.path}' cannot be filterable, sortable or facetable.")
    search = schema.body.part("vectorSearch")
    algorithms = {part.text("name") for part in search.bodies("algorithms")}
    if missing := {part.text("algorithm") for part in search.bodies("profiles")} - algorithms:
        raise invalid_definition(f"The vector search algorithm '{min(missing)}' does not exist.")


def _check_references(schema: Schema) -> None:
    """Suggesters and semantic configurations name fields that exist."""
    named = [name for part in schema.body.bodies("suggesters") for name in part.names("sourceFields")]
    for configuration in schema.body.part("semantic").bodies("configurations"):
        fields = configuration.part("prioritizedFields")
        parts = [
            fields.part("titleField"), *fields.bodies("prioritizedContentFields"),
            *fields.bodies("prioritizedKeywordsFields"),
        ]  # fmt: skip
        named += [part.text("fieldName") for part in parts if part.text("fieldName")]
    for name in named:
        if name not in schema.by_path:
            raise invalid_definition(f"Could not find a field named '{name}'.")


def refuse_breaking_changes(old: Schema, new: Schema) -> None:
    """Fields may be added, and little about them changed: everything else needs another index."""
    _refuse_changed_fields(old.body.bodies("fields"), new.body.bodies("fields"))


def _refuse_changed_fields(old: list[Body], new: list[Body]) -> None:
    found = {part.text("name"): part for part in new}
    for before in old:
        after = found.get(before.text("name"))
        if after is None:
            raise _cannot("deleted", before)
        kept = {name: value for name, value in before.fields.items() if name not in MAY_CHANGE}
        if kept != {name: value for name, value in after.fields.items() if name not in MAY_CHANGE}:
            raise _cannot("changed", before)
        _refuse_changed_fields(before.bodies("fields"), after.bodies("fields"))


def _cannot(what: str, field: Body) -> SearchError:
    return refused(f"Existing field '{field.text('name')}' cannot be {what}.", "CannotChangeExistingField")
