"""Where a feed was read to, on real tables: compare-and-swap, one row per source."""

from dataclasses import replace

import pytest

from ingestion.adapters.links import TableLinks
from ingestion.model import SourceId, SourceKind, SourceRef
from tests.contract.conftest import Storage, needs_azurite

pytestmark = needs_azurite

LINK = "https://graph.microsoft.com/v1.0/drives/b!x/root/delta?token=aé'#+%25"


@pytest.fixture(scope="module")
def links(storage: Storage) -> TableLinks:
    made = TableLinks(storage.table, storage.credential, storage.transport)
    made.create()
    made.create()
    return made


@pytest.fixture
def source(storage: Storage) -> SourceRef:
    return SourceRef(SourceId(storage.name()), SourceKind.SHAREPOINT, "drive:b!x", "https://graph", "b!x")


def test_a_feed_that_was_never_read_has_no_link(links: TableLinks, source: SourceRef) -> None:
    assert links.get(source) == (None, None)


def test_a_link_that_was_stored_is_found_by_its_source_alone(links: TableLinks, source: SourceRef) -> None:
    assert links.swap(source, LINK, None)
    link, etag = links.get(source)
    assert link == LINK
    assert etag
    assert links.get(replace(source, id=SourceId(f"{source.id}-2"))) == (None, None)


def test_of_two_readers_of_a_feed_the_slower_is_refused(links: TableLinks, source: SourceRef) -> None:
    assert links.swap(source, "first", None)
    assert not links.swap(source, "second", None)
    _, etag = links.get(source)
    assert links.swap(source, "third", etag)
    assert not links.swap(source, "fourth", etag)
    assert links.get(source)[0] == "third"


def test_the_etag_of_a_link_that_is_gone_is_refused(links: TableLinks, source: SourceRef) -> None:
    links.swap(source, "first", None)
    _, etag = links.get(source)
    links._table.delete_entity("feed", source.id)
    assert not links.swap(source, "second", etag)
    assert links.get(source) == (None, None)
