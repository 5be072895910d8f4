"""The search index, one JSON file per version: the body of a REST request (API 2026-04-01), checked before it is used.

`load` fills in the name and the vector's dimensions, and promises that every field the product relies on is there,
of its type and with the attributes that it needs: an index that lacks one would fail late, or leak. A schema that an
index was built from is never edited: a change is a new file, which makes a new fingerprint and a rebuild beside the
old index. Nothing is read but this package's own files.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_FOLDER = Path(__file__).parent
VERSIONS: tuple[str, ...] = tuple(sorted((file.stem for file in _FOLDER.glob("v*.json")), key=lambda v: int(v[1:])))
CURRENT = "v1"
MAX_DIMENSIONS = 4096  # Azure AI Search, limit of a vector field
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){0,126}[a-z0-9]")

# What the product relies on, by field: its type, and the attributes that must be true, or (with "!") false.
_TEXT, _LIST, _NUMBER = "Edm.String", "Collection(Edm.String)", "Edm.Int32"
RELIED_ON: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "key": (_TEXT, ("key", "filterable", "sortable", "retrievable")),  # paged by key range, looked up for proofs
    "document_id": (_TEXT, ("filterable", "retrievable")),
    "generation": (_TEXT, ("filterable", "retrievable")),
    "ordinal": (_NUMBER, ("sortable", "retrievable")),
    "part": (_TEXT, ("retrievable",)),
    "source_id": (_TEXT, ("filterable", "retrievable")),
    "title": (_TEXT, ("searchable", "retrievable")),
    "heading_path": (_TEXT, ("searchable", "retrievable")),
    "content": (_TEXT, ("searchable", "retrievable")),
    "content_vector": ("Collection(Edm.Single)", ("searchable", "retrievable", "stored")),  # reused when unchanged
    "article_refs": (_LIST, ("searchable", "filterable", "retrievable")),
    "articles": (_LIST, ("searchable", "filterable", "retrievable")),
    "case_refs": (_LIST, ("searchable", "filterable", "retrievable")),
    "folder": (_TEXT, ("filterable", "facetable")),
    "media_type": (_TEXT, ("filterable", "facetable")),
    "modified_at": ("Edm.DateTimeOffset", ("filterable", "sortable")),
    "page_first": (_NUMBER, ("retrievable",)),
    "page_last": (_NUMBER, ("retrievable",)),
    "start": (_NUMBER, ("retrievable",)),
    "tokens": (_NUMBER, ("retrievable",)),
    "content_hash": (_TEXT, ("filterable", "retrievable")),
    "fingerprint": (_TEXT, ("filterable", "retrievable")),
    "flags": (_LIST, ("filterable", "retrievable")),
    "allowed_principals": (_LIST, ("filterable", "!retrievable", "!searchable", "!facetable")),
}


class SchemaError(ValueError):
    """A schema that is unknown, or not fit for use. The text names versions, fields and attributes only."""


def load(version: str, *, name: str, dimensions: int) -> Mapping[str, object]:
    """The body that creates the index `name`, with vectors of `dimensions`; SchemaError if anything is amiss."""
    if version not in VERSIONS:
        raise SchemaError(f"There is no index schema {version!r}. Known: {', '.join(VERSIONS)}.")
    if not _NAME.fullmatch(name):
        raise SchemaError("An index name has 2 to 128 characters: lower-case letters, digits, single dashes inside.")
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise SchemaError(f"Vectors have 1 to {MAX_DIMENSIONS} dimensions, not {dimensions}.")
    body = json.loads((_FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    body["name"] = name
    for field in body["fields"]:
        if field.get("dimensions") == "{dimensions}":
            field["dimensions"] = dimensions
    check(body)
    return cast("Mapping[str, object]", body)


def check(body: Mapping[str, Json]) -> None:
    """Refuse a body that lacks what the product relies on, with every fault in one message."""
    fields = {str(field["name"]): field for field in _objects(body.get("fields"))}
    faults = [fault for name in RELIED_ON for fault in _field_faults(name, fields.get(name))]
    faults += _vector_faults(body, fields.get("content_vector", {}))
    faults += _semantic_faults(body, set(fields))
    if [name for name, field in fields.items() if field.get("key") is True] != ["key"]:
        faults.append("the key is not the field key, alone")
    if faults:
        raise SchemaError("The index schema cannot be used: " + "; ".join(faults) + ".")


def _field_faults(name: str, field: Mapping[str, Json] | None) -> list[str]:
    if field is None:
        return [f"field {name} is missing"]
    type_, attributes = RELIED_ON[name]
    faults = [] if field.get("type") == type_ else [f"field {name} is not of type {type_}"]
    for attribute in attributes:
        wanted = not attribute.startswith("!")
        # An attribute left out is whatever the service's default is: state it.
        if field.get(attribute.lstrip("!")) is not wanted:
            faults.append(f"field {name} must state {attribute.lstrip('!')}: {str(wanted).lower()}")
    return faults


def _vector_faults(body: Mapping[str, Json], field: Mapping[str, Json]) -> list[str]:
    search = _object(body.get("vectorSearch"))
    profiles = {str(profile.get("name")): profile for profile in _objects(search.get("profiles"))}
    profile = profiles.get(str(field.get("vectorSearchProfile")))
    if profile is None:
        return ["content_vector has no vector profile"]
    algorithms = {str(a.get("name")): a for a in _objects(search.get("algorithms"))}
    parameters = _object(_object(algorithms.get(str(profile.get("algorithm")))).get("hnswParameters"))
    faults = [] if parameters.get("metric") == "cosine" else ["the vector profile is not HNSW by cosine"]
    compressions = {str(c.get("name")): c for c in _objects(search.get("compressions"))}
    rescoring = _object(_object(compressions.get(str(profile.get("compression")))).get("rescoringOptions"))
    if rescoring.get("rescoreStorageMethod") != "preserveOriginals":
        faults.append("the compression does not preserve the original vectors, which are reused")
    if not isinstance(field.get("dimensions"), int):
        faults.append("content_vector has no dimensions")
    return faults


def _semantic_faults(body: Mapping[str, Json], fields: set[str]) -> list[str]:
    semantic = _object(body.get("semantic"))
    configurations = _objects(semantic.get("configurations"))
    if semantic.get("defaultConfiguration") not in [configuration.get("name") for configuration in configurations]:
        return ["there is no default semantic configuration"]
    used = set(re.findall(r'"fieldName": "(\w+)"', json.dumps(semantic)))
    return [f"the semantic configuration names an unknown field {name}" for name in sorted(used - fields)]


def _object(value: Json | Mapping[str, Json]) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
