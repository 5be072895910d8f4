"""The notes of a drive: in Azure Tables, and the stand-in that the histories are run with; both must hold the same."""

import pytest

from ingestion.adapters.drive_notes import Note, Notes, TableNotes
from ingestion.adapters.units import TableBuckets
from ingestion.model import SourceId
from tests.contract.conftest import Storage, needs_azurite
from tests.sharepoint_world import MemoryNotes

pytestmark = needs_azurite

SOURCE, OTHER = SourceId("dupont-sharepoint"), SourceId("martin-sharepoint")
NOTE = Note("folder", ("g1", "u1"), read_at=12.5, changed_at=3.25)


@pytest.fixture(params=["memory", "table"])
def notes(request: pytest.FixtureRequest) -> Notes:
    if request.param == "memory":
        return MemoryNotes()
    storage: Storage = request.getfixturevalue("storage")
    made = TableNotes(storage.table, storage.credential, storage.transport, table=storage.name())
    made.create()
    made.create()
    return made


def test_what_was_never_noted_is_nothing(notes: Notes) -> None:
    assert notes.get(SOURCE, "01A") == (None, None)
    assert notes.all(SOURCE) == {}


def test_a_note_is_read_as_it_was_written(notes: Notes) -> None:
    for item, note in {"01A": NOTE, "01B": Note("root", ()), "01C": Note("root", None, name="d", since="s")}.items():
        assert notes.put(SOURCE, item, note, None)
        assert notes.get(SOURCE, item)[0] == note


def test_only_who_read_the_last_note_may_write_the_next(notes: Notes) -> None:
    assert notes.put(SOURCE, "01A", NOTE, None)
    assert not notes.put(SOURCE, "01A", NOTE, None)
    _, etag = notes.get(SOURCE, "01A")
    assert notes.put(SOURCE, "01A", Note("other"), etag)
    assert not notes.put(SOURCE, "01A", NOTE, etag)


def test_an_expired_list_is_to_be_read_again_and_whoever_reads_it_now_is_too_late(notes: Notes) -> None:
    notes.put(SOURCE, "01A", NOTE, None)
    _, etag = notes.get(SOURCE, "01A")
    notes.expire(SOURCE, ["01A", "01NEW"], 50.0)
    expired, _ = notes.get(SOURCE, "01A")
    assert expired == Note("folder", None, read_at=12.5, changed_at=50.0)
    assert not notes.put(SOURCE, "01A", NOTE, etag)
    assert not notes.put(SOURCE, "01NEW", NOTE, None)


def test_hundreds_are_expired_and_learned_at_once(notes: Notes) -> None:
    items = [f"01{number:04d}" for number in range(250)]
    notes.expire(SOURCE, items, 50.0)
    notes.learn(SOURCE, {"01F": Note("root", name="digest", since="s")})
    assert set(notes.all(SOURCE)) == {*items, "01F"}


def test_a_source_sees_its_own_notes(notes: Notes) -> None:
    notes.put(SOURCE, "01A", NOTE, None)
    assert notes.get(OTHER, "01A") == (None, None)
    assert notes.all(OTHER) == {}


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(notes: Notes) -> None:
    notes.put(SOURCE, "01A", NOTE, None)
    notes.forget(SOURCE, "01A")
    notes.forget(SOURCE, "01A")
    assert notes.get(SOURCE, "01A") == (None, None)


def test_a_bucket_is_swapped_by_who_read_it_last(storage: Storage) -> None:
    buckets = TableBuckets(storage.table, storage.credential, storage.transport)
    buckets.create()
    tenant = storage.name()
    assert buckets.get(tenant) == (0.0, None)
    assert buckets.swap(tenant, 12.5, None)
    assert not buckets.swap(tenant, 13.5, None)
    even, etag = buckets.get(tenant)
    assert even == 12.5
    assert buckets.swap(tenant, 14.5, etag)
    assert not buckets.swap(tenant, 15.5, etag)
