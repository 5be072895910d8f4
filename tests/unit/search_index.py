"""A small index in a folder, for the tests of the search engine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from local.search.engine import Index, Item, Pace
from local.search.schema import Schema, schema_of
from local.search.wire import Body, Json

NOW = 1_000.0

DEFINITION: dict[str, Json] = {
    "name": "chunks",
    "fields": [
        {"name": "id", "type": "Edm.String", "key": True, "searchable": False},
        {"name": "content", "type": "Edm.String", "analyzer": "fr.microsoft", "filterable": False},
        {"name": "title", "type": "Edm.String", "analyzer": "fr.microsoft"},
        {"name": "label", "type": "Edm.String", "searchable": False},
        {"name": "pages", "type": "Edm.Int32"},
        {"name": "price", "type": "Edm.Double"},
        {"name": "open", "type": "Edm.Boolean"},
        {"name": "signed", "type": "Edm.DateTimeOffset"},
        {"name": "tags", "type": "Collection(Edm.String)", "searchable": False},
        {
            "name": "parties",
            "type": "Collection(Edm.ComplexType)",
            "fields": [
                {"name": "role", "type": "Edm.String", "searchable": False},
                {"name": "age", "type": "Edm.Int32"},
                {"name": "marks", "type": "Collection(Edm.String)", "searchable": False},
            ],
        },
        {
            "name": "vector",
            "type": "Collection(Edm.Single)",
            "searchable": True,
            "dimensions": 2,
            "vectorSearchProfile": "profile",
        },
    ],
    "vectorSearch": {
        "algorithms": [{"name": "exact", "kind": "exhaustiveKnn"}],
        "profiles": [{"name": "profile", "algorithm": "exact"}],
    },
}


def schema() -> Schema:
    return schema_of(Body(DEFINITION, "definition"))


def opened(folder: Path) -> Index:
    return Index(schema(), folder / "chunks.db")


def write(
    index: Index, actions: Sequence[Mapping[str, Json]], now: float = NOW, pace: Pace | None = None
) -> list[Item]:
    body = Body({"value": [dict(action) for action in actions]})
    return index.write(index.actions(body), now, pace)


def delete(index: Index, *keys: str, now: float = NOW, pace: Pace | None = None) -> list[Item]:
    return write(index, [{"@search.action": "delete", "id": key} for key in keys], now, pace)


def search(index: Index, **parameters: Json) -> dict[str, Json]:
    return index.search(Body(parameters), "https://local/next")


def found(index: Index, **parameters: Json) -> list[str]:
    """The keys of the hits, in their order."""
    value = search(index, **parameters)["value"]
    assert isinstance(value, list)
    return [str(hit["id"]) for hit in value if isinstance(hit, dict)]
