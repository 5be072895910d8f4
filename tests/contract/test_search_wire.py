"""The local search service against every recorded exchange of the real one, in `search_wire_facts.json`.

Each recorded entry is replayed by the test that names it; the last test holds that none is left out.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.ai_search import SearchServer
from local.search.wire import Json
from local.server import Listener
from tests.contract.search_client import HOTELS, Client, Reply

type Entry = dict[str, Json]
type Replay = Callable[[Client, Entry], None]

FACTS: list[Entry] = json.loads((Path(__file__).parent / "search_wire_facts.json").read_text())["entries"]
REPLAYS: dict[int, Replay] = {}


def replays(text: str) -> Callable[[Replay], Replay]:
    """The test of the one recorded entry that holds the text."""

    def registered(replay: Replay) -> Replay:
        found = [number for number, entry in enumerate(FACTS) if text in json.dumps(entry, ensure_ascii=False)]
        assert len(found) == 1, (text, found)
        REPLAYS[found[0]] = replay
        return replay

    return registered


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    server = SearchServer(tmp_path)
    listener = Listener(server).start()
    client = Client(listener.url)
    client.create(HOTELS)
    yield client
    client.close()
    listener.stop()
    server.close()


def shape(value: Json) -> Json:
    """The keys and kinds of an answer, whatever its values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def pick(value: Json, like: Json) -> Json:
    """The part of an answer that the condensed recording kept."""
    if isinstance(like, dict) and isinstance(value, dict):
        return {name: pick(value[name], item) for name, item in like.items()}
    return value


def recorded(entry: Entry, name: str) -> list[dict[str, Json]]:
    items = entry[name]
    assert isinstance(items, list)
    return [item for item in items if isinstance(item, dict)]


def body_of(entry: Entry, name: str = "body") -> dict[str, Json]:
    body = entry[name]
    assert isinstance(body, dict)
    return body


def sent(client: Client, entry: Entry) -> Reply:
    """The batch of the entry, as it was recorded."""
    return client.write("hotels", *recorded(body_of(entry), "value"))


@replays('"req": "POST /indexes(\'i\')/docs/search.index"')
def upload_of_new_documents(client: Client, entry: Entry) -> None:
    reply = sent(client, entry)
    assert reply.status == entry["status"]
    assert shape(reply.json) == shape(entry["resp"])
    assert reply.statuses == [201, 201]


@replays("upload of an existing key")
def upload_of_an_existing_key(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": "1"}])
    reply = client.upload("hotels", [{"hotelId": "1000"}, {"hotelId": "1"}])
    assert (reply.status, reply.statuses) == (
        entry["status"],
        [item["statusCode"] for item in recorded(entry, "resp_items")],
    )


@replays("delete: existing AND never-existing keys")
def delete_of_an_existing_and_of_a_missing_key(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": "1"}])
    reply = client.write("hotels", *({"@search.action": "delete", "hotelId": key} for key in ("1", "4")))
    assert reply.status == entry["status"]
    assert [pick(item, like) for item, like in zip(reply.values, recorded(entry, "resp_items"), strict=True)] == entry[
        "resp_items"
    ]


@replays("merge on missing key")
def merge_on_a_missing_key(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": "1"}])
    reply = sent(client, entry)
    assert reply.status == entry["status"]
    assert [
        pick(item, like) for item, like in zip(reply.values, recorded(body_of(entry, "resp"), "value"), strict=True)
    ] == (body_of(entry, "resp")["value"])


@replays("mergeOrUpload new + existing")
def merge_or_upload(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": "1"}])
    reply = client.write("hotels", *({"@search.action": "mergeOrUpload", "hotelId": key} for key in ("1000", "1")))
    assert (reply.status, reply.statuses) == (
        entry["status"],
        [item["statusCode"] for item in recorded(entry, "resp_items")],
    )


@replays("docs/$count")
def count(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": str(number)} for number in range(12)])
    reply = client.ask("GET", "/indexes('hotels')/docs/$count")
    assert (reply.status, reply.headers["content-type"]) == (entry["status"], entry["content-type"])
    assert reply.body == str(entry["resp"]).encode()


@replays("docs('1000')")
def lookup_of_a_sparse_document(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": "1000", "hotelName": "Azure Inn", "rating": 5}])
    reply = client.lookup("hotels", "1000")
    assert reply.status == entry["status"]
    assert pick(reply.json, entry["resp"]) == entry["resp"]


@replays("docs('3') deleted")
def lookup_of_a_deleted_document(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": "3"}])
    client.write("hotels", {"@search.action": "delete", "hotelId": "3"})
    reply = client.lookup("hotels", "3")
    assert (reply.status, reply.body) == (entry["status"], b"")


@replays("ThrowsOnInvalidDocument")
def a_document_without_its_key(client: Client, entry: Entry) -> None:
    reply = sent(client, entry)
    assert (reply.status, reply.json) == (entry["status"], entry["resp"])


@replays("ThrowsWhenRequestIsMalformed")
def a_filter_that_is_none(client: Client, entry: Entry) -> None:
    reply = client.search("hotels", **body_of(entry))
    assert (reply.status, reply.json) == (entry["status"], entry["resp"])


def several(client: Client) -> None:
    client.upload(
        "hotels",
        [
            {
                "hotelId": "1",
                "hotelName": "Express Rooms",
                "description": "Pretty good hotel, wifi",
                "category": "Budget",
            },
            {"hotelId": "2", "hotelName": "EconoStay", "description": "wifi wifi", "category": "Budget"},
            {"hotelId": "3", "hotelName": "Palace", "description": "wifi", "category": "Luxury"},
            {"hotelId": "4", "hotelName": "Comfy Place", "description": "Free WiFi", "category": "Budget"},
        ],
    )


@replays('"orderby": "hotelName desc"')
def search_with_filter_order_and_selection(client: Client, entry: Entry) -> None:
    several(client)
    reply = client.search("hotels", **body_of(entry))
    assert reply.status == entry["status"]
    assert [hit["hotelName"] for hit in reply.values] == ["Express Rooms", "EconoStay", "Comfy Place"]
    assert list(reply.values[0]) == ["@search.score", "hotelName", "description", "category"]
    assert re.fullmatch(r"0\.\d{6,10}", str(reply.values[0]["@search.score"]))  # no more digits than a float32 has


@replays("match all) gives @search.score 1.0")
def search_for_everything_with_facets(client: Client, entry: Entry) -> None:
    several(client)
    reply = client.search("hotels", search="*", facets=["category"])
    assert [hit["@search.score"] for hit in reply.values] == [1.0] * 4
    assert list(reply.json) == ["@search.facets", "value"]
    assert reply.json["@search.facets"] == {
        "category": [{"count": 3, "value": "Budget"}, {"count": 1, "value": "Luxury"}]
    }


@replays("metric facets (preview)")
def metric_facets(client: Client, entry: Entry) -> None:
    rooms: Json = [{"type": "suite", "baseRate": rate} for rate in (2.44, 9.69, 7.8, 7.97)]
    client.upload("hotels", [{"hotelId": "1", "rooms": rooms}])
    asked: Json = [f"rooms/baseRate,metric:{name}" for name in ("sum", "avg", "min", "max")]
    reply = client.search("hotels", search="*", facets=asked)
    facets = reply.json["@search.facets"]
    assert isinstance(facets, dict)
    note = str(entry["note"])
    kept = [name for name in ("sum", "avg", "min", "max") if f"'{name}'" in note]
    assert facets["rooms/baseRate"] == [
        {name: value} for name, value in zip(kept, (27.9, 6.975, 2.44, 9.69), strict=True)
    ]


@replays("search.post.autocomplete")
def autocomplete(client: Client, entry: Entry) -> None:
    client.upload("hotels", [{"hotelId": "2", "description": "Cheapest hotel in town. Infact, a motel."}])
    reply = client.ask("POST", "/indexes('hotels')/docs/search.post.autocomplete", body_of(entry))
    assert reply.json == entry["resp"]


@replays("search.post.suggest")
def suggest(client: Client, entry: Entry) -> None:
    client.upload(
        "hotels",
        [
            {"hotelId": "2", "hotelName": "Roach Inn", "description": "Cheapest hotel in town. Infact, a motel."},
            {"hotelId": "4", "hotelName": "Palace", "description": "Nothing of the kind."},
            {"hotelId": "9", "hotelName": "Secret Point Motel", "description": "Hidden."},
        ],
    )  # fmt: skip
    reply = client.ask("POST", "/indexes('hotels')/docs/search.post.suggest", body_of(entry))
    assert reply.json == entry["resp"]


@replays("HYBRID RRF")
def hybrid_scores(client: Client, entry: Entry) -> None:
    """Two lists whose ranks give the recorded scores; x, y and z are other hits."""
    recorded_scores = entry["scores"]
    assert isinstance(recorded_scores, list)
    scores = {str(pair[0]): pair[1] for pair in recorded_scores if isinstance(pair, list)}
    text = ["3", "1", "2", "10", "4", "5"]  # ranks 0, 1, 2, 3, 4, 5
    near = ["3", "5", "1", "x", "y", "z", "9"]  # ranks 0 to 6
    words = {key: "wifi " * (len(text) - place) + "filler " * place for place, key in enumerate(text)}
    places = {key: place for place, key in enumerate(near)}
    client.upload(
        "hotels",
        [
            {"hotelId": key, "description": words.get(key), "descriptionVector": _turned(places.get(key))}
            for key in sorted(words.keys() | places.keys())
        ],
    )
    query: Json = [{"kind": "vector", "vector": [1, 0, 0], "fields": "descriptionVector", "k": 7}]
    reply = client.search("hotels", search="wifi", vectorQueries=query, select="hotelId")
    found = {str(hit["hotelId"]): hit["@search.score"] for hit in reply.values}
    for key in ("3", "1", "5", "2", "10", "4", "9"):
        assert found[key] == scores[key], key


def _turned(place: int | None) -> Json:
    """A vector that is the further from (1, 0, 0) the later its place."""
    return None if place is None else [1.0, 0.1 * place, 0.0]


@replays("Prefer: return=representation")
def an_index_is_created_then_updated(client: Client, entry: Entry) -> None:
    definition = {**HOTELS, "name": "x1"}
    created, updated = client.create(definition), client.create(definition)
    assert (created.status, updated.status) == (201, 200)
    assert created.headers["odata-version"] == "4.0"
    assert created.json["@odata.etag"] == created.headers["etag"] != updated.headers["etag"]
    fields = {str(field["name"]): field for field in recorded(created.json, "fields")}
    assert all(fields["category"][flag] for flag in ("searchable", "filterable", "sortable", "facetable", "stored"))
    assert fields["hotelId"]["searchable"] is False
    assert fields["category"]["synonymMaps"] == []
    assert pick(created.json["similarity"], {"k1": None, "b": None}) == {"k1": None, "b": None}
    assert str(body_of(created.json, "similarity")["@odata.type"]).endswith("BM25Similarity")
    assert created.json["analyzers"] == []


@replays("DELETE /indexes('x') If-Match old etag")
def an_index_is_not_deleted_with_an_old_etag(client: Client, entry: Entry) -> None:
    old = client.create({**HOTELS, "name": "x1"}).headers["etag"]
    client.create({**HOTELS, "name": "x1"})
    reply = client.ask("DELETE", "/indexes('x1')", headers={"If-Match": old})
    assert (reply.status, reply.json) == (entry["status"], entry["resp"])


@replays("GET /indexes('x')/search.stats")
def statistics_of_an_empty_index(client: Client, entry: Entry) -> None:
    assert client.ask("GET", "/indexes('hotels')/search.stats").json == entry["resp"]


@replays("GET /servicestats")
def statistics_of_a_basic_service(client: Client, entry: Entry) -> None:
    client.switch(index_quota=15)
    reply = client.ask("GET", "/servicestats").json
    like = body_of(entry, "resp")
    assert shape(pick(reply["limits"], like["limits"])) == shape(like["limits"])
    counters, expected = body_of(reply, "counters"), body_of(like, "counters")
    for name, counter in expected.items():
        assert isinstance(counter, dict)
        assert body_of(counters, name)["quota"] == counter["quota"], name


@replays("search.analyze")
def analysis_of_a_text(client: Client, entry: Entry) -> None:
    body: Json = {"text": "One's <two/>", "analyzer": "standard.lucene"}
    reply = client.ask("POST", "/indexes('hotels')/search.analyze", body)
    tokens = recorded(reply.json, "tokens")
    like = recorded(body_of(entry, "resp"), "tokens")[0]
    assert list(tokens[0]) == list(like)
    assert [token["position"] for token in tokens] == list(range(len(tokens)))


@replays("PUT /aliases('motel')")
def an_alias_is_created_then_swapped(client: Client, entry: Entry) -> None:
    client.create({**HOTELS, "name": "hotel"})
    first = client.ask("PUT", "/aliases('motel')", {"name": "motel", "indexes": ["hotels"]})
    second = client.ask("PUT", "/aliases('motel')", {"name": "motel", "indexes": ["hotel"]})
    assert (first.status, second.status) == (201, 200)
    assert second.json == entry["resp"]


@replays("GET /aliases('missing')")
def an_alias_that_is_missing(client: Client, entry: Entry) -> None:
    reply = client.ask("GET", "/aliases('missing')")
    error, like = body_of(reply.json, "error"), body_of(body_of(entry, "resp"), "error")
    assert (reply.status, error["code"]) == (entry["status"], like["code"])
    assert str(error["message"]).startswith(
        "The index alias needs to be a valid alias. Alias – 'missing' cannot be found"
    )
    assert [part["code"] for part in recorded(error, "details")] == ["IndexAliasNotFoundInService"]


@replays("CannotUpdateIsStoredAfterIndexCreation")
def a_field_that_exists_is_not_changed(client: Client, entry: Entry) -> None:
    fields = [dict(field) for field in recorded(HOTELS, "fields")]
    fields[-1] |= {"stored": False, "retrievable": False}
    path = "/indexes('hotels')?allowIndexDowntime=false"
    reply = client.ask("PUT", path, {**HOTELS, "fields": list(fields)})
    assert (reply.status, reply.json) == (entry["status"], entry["resp"])


@replays("created vector index echo")
def a_vector_search_definition_is_filled(client: Client, entry: Entry) -> None:
    found = client.ask("GET", "/indexes('hotels')").json["vectorSearch"]
    assert found == {
        "algorithms": [
            {
                "name": "hnsw",
                "kind": "hnsw",
                "hnswParameters": {"metric": "cosine", "m": 4, "efConstruction": 400, "efSearch": 500},
                "exhaustiveKnnParameters": None,
            }
        ],
        "profiles": [{"name": "profile", "algorithm": "hnsw", "vectorizer": None, "compression": None}],
        "vectorizers": [],
        "compressions": [],
    }


@pytest.mark.parametrize("number", REPLAYS, ids=lambda number: REPLAYS[number].__name__)
def test_a_recorded_exchange_is_reproduced(client: Client, number: int) -> None:
    REPLAYS[number](client, FACTS[number])


def test_every_recorded_exchange_has_its_replay() -> None:
    assert sorted(REPLAYS) == list(range(len(FACTS)))
