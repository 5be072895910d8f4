"""A long scan through the whole cloud: its worker is killed midway, and what it read is neither lost nor left."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ingestion.adapters.build import Services
from ingestion.extraction import ocr
from ingestion.extraction.scans import LONG_SCAN
from ingestion.model import Cabinet, DocumentId, Version
from ingestion.scanning import ScannedIndex
from local.cloud import Cloud
from operations import documents, erase
from tests.local_cloud.hosted import alive
from tests.local_cloud.test_whole_way import WAIT, eventually, made, settled, upload
from tests.scan_pages import scan

pytestmark = pytest.mark.skipif(not ocr.installed() and not os.environ.get("CI"), reason="needs the extra `ocr`")
PAGES = 24


@pytest.fixture(scope="module")
def cabinet(services: Services) -> Cabinet:
    return made(services, "pellicule")


def test_a_worker_killed_in_the_middle_of_a_scan_is_followed_by_one_that_reads_the_rest_only(
    cloud: Cloud, services: Services, cabinet: Cabinet, tmp_path: Path
) -> None:
    put = upload(services, cabinet, tmp_path, "pièces numérisées.pdf", scan(range(PAGES)))
    with killed_in_the_middle(cloud, services, put):
        before = stored(services, put.document)
        assert LONG_SCAN <= len(before) < PAGES
    with watched(services, put.document) as seen:
        assert settled(services, cabinet, put) == "live"
    for name, tag in before.items():
        assert seen[name] == {tag}, "a page that was finished was read again"
    assert all(len(tags) == 1 for tags in seen.values())
    assert len(seen) > len(before)
    eventually(lambda: stored(services, put.document) == {})
    row = services.ledger.get(cabinet.active, put.document).row
    assert row.live is not None


def test_of_a_scan_erased_in_the_middle_nothing_is_left(
    cloud: Cloud, services: Services, cabinet: Cabinet, tmp_path: Path
) -> None:
    """Its receipt waits for the dead worker's deadline, twelve minutes: until then a late page might still come."""
    put = upload(services, cabinet, tmp_path, "à effacer.pdf", scan(range(100, 100 + PAGES)))
    with killed_in_the_middle(cloud, services, put):
        assert stored(services, put.document)
        erase.erase(services, cabinet, erase.which(services, cabinet, put.document, ""))
        assert stored(services, put.document) == {}, "the tombstone leaves pages behind"
    assert services.ledger.get(cabinet.active, put.document).row.status == "erasing"


def test_a_page_that_is_still_kept_at_an_erasure_is_gone_when_its_receipt_counts(
    services: Services, cabinet: Cabinet, tmp_path: Path
) -> None:
    put = upload(services, cabinet, tmp_path, "effacé.txt", b"Note interne sur le bail.")
    assert settled(services, cabinet, put) == "live"
    services.scans.of(put.document, Version("0x1"), bytes(32)).keep("0123456789abcdef" * 2, "une page")
    erase.erase(services, cabinet, erase.which(services, cabinet, put.document, ""))
    receipt = erase.wait_for_receipt(services, cabinet, put.document, WAIT, lambda _: None)
    assert receipt is not None
    assert [it.keys_found for it in receipt.proofs] == [0]
    assert stored(services, put.document) == {}


def test_an_erasure_is_not_proved_while_a_page_is_kept(services: Services, cabinet: Cabinet) -> None:
    document = DocumentId("c" * 26)
    pages = services.scans.of(document, Version("0x1"), bytes(32))
    pages.keep("0123456789abcdef" * 2, "une page")
    assert services.index.remaining(cabinet.active, document, []) == 1
    assert ScannedIndex(services.index, services.scans).remaining(cabinet.active, document, []) == 0
    assert stored(services, document) == {}


def test_a_scan_that_its_source_lost_in_the_middle_leaves_no_page(
    cloud: Cloud, services: Services, cabinet: Cabinet, tmp_path: Path
) -> None:
    put = upload(services, cabinet, tmp_path, "retirée.pdf", scan(range(200, 200 + PAGES)))
    with killed_in_the_middle(cloud, services, put):
        services.container(cabinet.sources[0]).delete(put.name)
        assert stored(services, put.document)
    eventually(lambda: stored(services, put.document) == {})


# Helpers


@contextmanager
def killed_in_the_middle(cloud: Cloud, services: Services, put: documents.Put) -> Iterator[None]:
    """Its workers die as soon as pages are kept; the message comes back ten seconds later."""
    eventually(lambda: len(stored(services, put.document)) >= LONG_SCAN)
    key = json.loads(cloud.layout.function_keys.read_text())["master"]
    with closing(cloud.client("functions_host")) as host:
        workers = json.loads(host.call("GET", "/admin/host/status", headers={"x-functions-key": key}).body)["workers"]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    eventually(lambda: not any(map(alive, workers)))
    yield


def stored(services: Services, document: DocumentId) -> dict[str, str]:
    """The pages that are kept of a document, each with the tag of its last writing."""
    return {it.name: str(it.etag) for it in services.scans.listed(document)}


@contextmanager
def watched(services: Services, document: DocumentId) -> Iterator[dict[str, set[str]]]:
    """Every page that was ever kept meanwhile, with every writing of it."""
    seen: dict[str, set[str]] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            for name, tag in stored(services, document).items():
                seen.setdefault(name, set()).add(tag)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
