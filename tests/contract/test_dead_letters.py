"""Event Grid's dead letters on real blobs: in its layout, in both schemas, shown by reasons and read to be replayed."""

import json
from collections.abc import Callable, Mapping

import pytest
from azure.storage.blob import ContainerClient

from ingestion.adapters.dead_letters import BlobDeadLetters
from ingestion.errors import Retry
from ingestion.events import sightings
from tests.contract.conftest import Storage, needs_azurite
from tests.unit.test_events import DEAD, as_cloud_event, blob_event

pytestmark = needs_azurite

EVENT = blob_event("BlobCreated", "Clients/Divorce d'Été.pdf", api="PutBlob")
GRID = {**EVENT, **DEAD}
CLOUD = {**as_cloud_event(EVENT), **{name.lower(): value for name, value in DEAD.items()}, "deadletterreason": "Other"}
FOLDER = "ON-BLOB-EVENT/2026/1/5/9"


class Room:
    def __init__(self, storage: Storage) -> None:
        self.container = storage.name()
        self._client = ContainerClient(storage.blob, self.container, credential=storage.credential)
        self._client.create_container()
        self.letters = BlobDeadLetters(storage.blob, self.container, storage.credential, storage.transport)

    def put(self, name: str, body: object) -> str:
        self._client.upload_blob(f"{FOLDER}/{name}.json", json.dumps(body).encode())
        return f"{FOLDER}/{name}.json"

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def room(storage: Storage) -> "Callable[[], Room]":
    return lambda: Room(storage)


def test_an_empty_container_holds_no_letter(room: Callable[[], Room]) -> None:
    assert list(room().letters) == []


@pytest.mark.parametrize(("event", "reason"), [(GRID, "MaxDeliveryAttemptsExceeded"), (CLOUD, "Other")])
def test_a_letter_of_either_schema_tells_its_reason_and_its_events_can_be_read(
    event: Mapping[str, object], reason: str, room: Callable[[], Room]
) -> None:
    at = room()
    name = at.put("9f0c", [event])
    [letter] = at.letters
    assert (letter.name, letter.reasons) == (name, [reason])
    assert [it.path for found in letter.events for it in sightings(found)] == ["Clients/Divorce d'Été.pdf"]


def test_a_letter_may_hold_several_events(room: Callable[[], Room]) -> None:
    at = room()
    at.put("9f0c", [GRID, CLOUD, EVENT])
    [letter] = at.letters
    assert len(letter.events) == 3
    assert letter.reasons == ["MaxDeliveryAttemptsExceeded", "Other", "unknown"]


def test_a_letter_that_was_removed_is_gone_and_may_be_removed_again(room: Callable[[], Room]) -> None:
    at = room()
    at.put("1", [GRID])
    at.put("2", [CLOUD])
    first, second = at.letters
    at.letters.remove(first)
    at.letters.remove(first)
    assert [it.name for it in at.letters] == [second.name]


def test_a_letter_that_another_operator_takes_while_they_are_listed_is_passed_over(room: Callable[[], Room]) -> None:
    at = room()
    for name in "123":
        at.put(name, [GRID])
    listing = iter(at.letters)
    first = next(listing)
    second = next(it for it in at.letters if it.name != first.name)
    at.letters.remove(second)
    assert [it.name for it in listing] == [f"{FOLDER}/3.json"]


def test_letters_can_be_removed_while_they_are_listed(room: Callable[[], Room]) -> None:
    at = room()
    for number in range(5):
        at.put(str(number), [GRID])
    for letter in at.letters:
        at.letters.remove(letter)
    assert list(at.letters) == []


@pytest.mark.parametrize("body", [GRID, {"what": "ever"}])
def test_a_letter_that_is_no_array_is_one_event(body: object, room: Callable[[], Room]) -> None:
    at = room()
    at.put("1", body)
    [letter] = at.letters
    assert letter.events == [body]


def test_a_container_that_is_not_there_is_an_error_and_not_an_empty_one(storage: Storage) -> None:
    nowhere = BlobDeadLetters(storage.blob, storage.name(), storage.credential, storage.transport)
    with pytest.raises(Retry) as missing:
        list(nowhere)
    assert missing.value.code == "missing"
