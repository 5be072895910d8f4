"""The pages of long scans on real blobs: sealed, for one version of one document, and gone when they should be."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import ContainerClient

from ingestion.adapters.scans import BlobScans
from ingestion.model import DocumentId, Version
from tests.contract.conftest import Storage, needs_azurite

pytestmark = needs_azurite

SECRET, OTHER_SECRET = bytes(range(32)), bytes(range(1, 33))
DOCUMENT, OTHER = DocumentId("a" * 26), DocumentId("b" * 26)
ONE, TWO = Version("0x1"), Version("0x2")
NAME, PAGE = "0123456789abcdef" * 2, '[93.0,[["Madame Jeanne Lefèvre",72.0,190.5,700.2,11.0,false]]]'


class Room:
    def __init__(self, storage: Storage) -> None:
        name = storage.name()
        self.scans = BlobScans(storage.blob, storage.credential, storage.transport, container=name)
        self.container = ContainerClient(storage.blob, name, credential=storage.credential)


@pytest.fixture
def room(storage: Storage) -> Room:
    return Room(storage)


def test_a_page_is_there_for_the_next_worker_and_for_the_same_version_only(room: Room) -> None:
    room.scans.of(DOCUMENT, ONE, SECRET).keep(NAME, PAGE)
    assert room.scans.of(DOCUMENT, ONE, SECRET).load() == {NAME: PAGE}
    assert room.scans.of(DOCUMENT, TWO, SECRET).load() == {}
    assert room.scans.of(OTHER, ONE, SECRET).load() == {}
    assert room.scans.of(DOCUMENT, ONE, OTHER_SECRET).load() == {}


def test_neither_text_nor_version_nor_a_page_s_digest_can_be_read_from_the_store(room: Room) -> None:
    room.scans.of(DOCUMENT, ONE, SECRET).keep(NAME, PAGE)
    (blob,) = room.container.list_blobs()
    content = room.container.download_blob(blob.name).readall()
    assert blob.name.startswith(f"{DOCUMENT}/")
    assert NAME not in blob.name
    for clear in (b"Jeanne", NAME.encode(), ONE.encode()):
        assert clear not in content


def test_a_page_that_was_moved_or_changed_is_none(room: Room) -> None:
    pages = room.scans.of(DOCUMENT, ONE, SECRET)
    pages.keep(NAME, PAGE)
    (blob,) = room.container.list_blobs()
    content = room.container.download_blob(blob.name).readall()
    room.container.upload_blob(f"{blob.name[:-1]}2", content)
    room.container.upload_blob(blob.name, b"\0" + content[1:], overwrite=True)
    assert pages.load() == {}


def test_a_document_s_pages_are_dropped_whatever_their_version_and_no_other_s(room: Room) -> None:
    for document, version in ((DOCUMENT, ONE), (DOCUMENT, TWO), (OTHER, ONE)):
        room.scans.of(document, version, SECRET).keep(NAME, PAGE)
    assert (room.scans.count(DOCUMENT), room.scans.drop(DOCUMENT), room.scans.count(DOCUMENT)) == (2, 2, 0)
    assert room.scans.count(OTHER) == 1
    assert room.scans.drop(DOCUMENT) == 0


def test_what_nobody_took_up_is_dropped_by_its_age(room: Room) -> None:
    room.scans.of(DOCUMENT, ONE, SECRET).keep(NAME, PAGE)
    assert room.scans.drop_older(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert room.scans.drop_older(datetime.now(UTC) + timedelta(hours=1)) == 1


def test_where_no_scan_was_ever_long_there_is_nothing_to_load_count_or_drop(room: Room) -> None:
    assert room.scans.of(DOCUMENT, ONE, SECRET).load() == {}
    assert room.scans.count(DOCUMENT) == 0
    assert room.scans.drop(DOCUMENT) == 0
    assert room.scans.drop_older(datetime.now(UTC)) == 0


def test_more_pages_than_a_listing_s_page_are_all_there(room: Room) -> None:
    pages = room.scans.of(DOCUMENT, ONE, SECRET)
    names = [f"{number:032x}" for number in range(60)]
    for name in names:
        pages.keep(name, PAGE)
    assert sorted(pages.load()) == names
    assert room.scans.drop(DOCUMENT) == 60
