"""Azurite as the local cloud runs it. Needs Node and `npm install`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local.azurite import ACCOUNT, Azurite, AzuriteFailed, is_installed
from local.certificate import Certificate, certificate

pytestmark = [
    pytest.mark.local_cloud,
    pytest.mark.skipif(not is_installed() and not os.environ.get("CI"), reason="Azurite is not installed"),
]

# Published by Microsoft for every emulator; opens nothing else.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def azurite(tmp_path: Path, trusted: Certificate) -> Iterator[Azurite]:
    azurite = Azurite(tmp_path / "azurite", trusted).start()
    yield azurite
    azurite.stop()


def blobs(azurite: Azurite, trusted: Certificate) -> BlobServiceClient:
    key = AzureNamedKeyCredential(ACCOUNT, KEY)
    return BlobServiceClient(azurite.urls["blob"], key, connection_verify=str(trusted.authority))


def test_it_serves_blobs_queues_and_tables_over_https(azurite: Azurite, trusted: Certificate) -> None:
    key, verify = AzureNamedKeyCredential(ACCOUNT, KEY), str(trusted.authority)
    with blobs(azurite, trusted) as service:
        service.create_container("pieces").upload_blob("contrat n° 1.txt", b"Entre les parties")
    with QueueServiceClient(azurite.urls["queue"], key, connection_verify=verify) as queues:
        queues.create_queue("documents").send_message("id")
    with TableServiceClient(azurite.urls["table"], credential=key, connection_verify=verify) as tables:
        tables.create_table("rows").create_entity({"PartitionKey": "p", "RowKey": "r"})


def test_what_it_acknowledged_is_there_after_a_restart_at_the_same_address(
    azurite: Azurite, trusted: Certificate
) -> None:
    with blobs(azurite, trusted) as service:
        service.create_container("pieces").upload_blob("a.txt", b"Attendu que")
    before = azurite.urls
    azurite.stop()
    azurite.start()
    assert azurite.urls == before
    with blobs(azurite, trusted) as service:
        assert service.get_blob_client("pieces", "a.txt").download_blob().readall() == b"Attendu que"


def test_each_start_writes_an_access_log_of_its_own(azurite: Azurite) -> None:
    azurite.stop()
    azurite.start()
    assert [file.name for file in sorted(azurite.layout.access.iterdir())] == ["000001.log", "000002.log"]


def test_nothing_runs_after_stop(azurite: Azurite) -> None:
    pid = azurite.pid
    azurite.stop()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_start_that_fails_says_where_to_look(azurite: Azurite, trusted: Certificate, tmp_path: Path) -> None:
    ports = {name: int(url.split(":")[2].split("/")[0]) for name, url in azurite.urls.items()}
    with pytest.raises(AzuriteFailed, match=r"errors\.log"):
        Azurite(tmp_path / "second", trusted, ports=ports).start()
