"""A bare HTTP client of the local search service, and the small index that its tests fill. No SDK, nothing hidden.

The documents are invented hotels, in the shape of the recorded exchanges.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

from local.search.wire import Json

VERSION = "2026-04-01"

HOTELS: dict[str, Json] = {
    "name": "hotels",
    "fields": [
        {"name": "hotelId", "type": "Edm.String", "key": True, "searchable": False},
        {"name": "hotelName", "type": "Edm.String", "sortable": True},
        {"name": "description", "type": "Edm.String", "filterable": False, "sortable": False, "facetable": False},
        {"name": "category", "type": "Edm.String"},
        {"name": "tags", "type": "Collection(Edm.String)"},
        {"name": "rating", "type": "Edm.Int32"},
        {"name": "parkingIncluded", "type": "Edm.Boolean"},
        {"name": "lastRenovationDate", "type": "Edm.DateTimeOffset"},
        {
            "name": "rooms",
            "type": "Collection(Edm.ComplexType)",
            "fields": [
                {"name": "type", "type": "Edm.String"},
                {"name": "baseRate", "type": "Edm.Double"},
                {"name": "tags", "type": "Collection(Edm.String)"},
            ],
        },
        {
            "name": "address",
            "type": "Edm.ComplexType",
            "fields": [{"name": "city", "type": "Edm.String"}, {"name": "postalCode", "type": "Edm.String"}],
        },
        {
            "name": "descriptionVector",
            "type": "Collection(Edm.Single)",
            "searchable": True,
            "dimensions": 3,
            "vectorSearchProfile": "profile",
        },
    ],
    "suggesters": [
        {"name": "sg", "searchMode": "analyzingInfixMatching", "sourceFields": ["hotelName", "description"]}
    ],
    "vectorSearch": {
        "algorithms": [{"name": "hnsw", "kind": "hnsw"}],
        "profiles": [{"name": "profile", "algorithm": "hnsw"}],
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Json]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    @property
    def values(self) -> list[dict[str, Json]]:
        value = self.json["value"]
        assert isinstance(value, list)
        return [item for item in value if isinstance(item, dict)]

    @property
    def statuses(self) -> list[Json]:
        return [item["statusCode"] for item in self.values]


class Client:
    """One kept-alive connection, with a key."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        self._headers = {"api-key": "any"} if headers is None else headers

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: Json = None, headers: Mapping[str, str] | None = None) -> Reply:
        sent = None if body is None else json.dumps(body).encode()
        joint = "&" if "?" in path else "?"
        every = {"Content-Type": "application/json", **self._headers, **(headers or {})}
        self._connection.request(method, f"{path}{joint}api-version={VERSION}", sent, every)
        answer = self._connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def create(self, definition: dict[str, Json]) -> Reply:
        return self.ask("PUT", f"/indexes('{definition['name']}')", definition, {"Prefer": "return=representation"})

    def write(self, index: str, *actions: Mapping[str, Json]) -> Reply:
        return self.ask(
            "POST", f"/indexes('{index}')/docs/search.index", {"value": [dict(action) for action in actions]}
        )

    def upload(self, index: str, documents: Sequence[Mapping[str, Json]]) -> Reply:
        return self.write(index, *({"@search.action": "upload", **document} for document in documents))

    def search(self, index: str, **parameters: Json) -> Reply:
        return self.ask("POST", f"/indexes('{index}')/docs/search.post.search", dict(parameters))

    def lookup(self, index: str, key: str) -> Reply:
        return self.ask("GET", f"/indexes('{index}')/docs('{key}')")

    def switch(self, **switches: Json) -> Reply:
        return self.ask("PUT", "/_switches", dict(switches))
