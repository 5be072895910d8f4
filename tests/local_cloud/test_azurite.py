"""Azurite as the local cloud runs it. Needs Node and `npm install`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local.azurite import ACCOUNT, Azurite, AzuriteFailed
from local.certificate import Certificate
from local.leash import is_alive

pytestmark = [pytest.mark.local_cloud, pytest.mark.xdist_group("azurite")]

# Published by Microsoft for every emulator; opens nothing else.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@pytest.fixture(scope="module")
def azurite(installed: None, tmp_path_factory: pytest.TempPathFactory, trusted: Certificate) -> Iterator[Azurite]:
    azurite = Azurite(tmp_path_factory.mktemp("azurite"), trusted).start()
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


def test_a_restart_keeps_writes_and_addresses_and_opens_a_new_access_log(
    azurite: Azurite, trusted: Certificate
) -> None:
    with blobs(azurite, trusted) as service:
        service.create_container("kept").upload_blob("a.txt", b"Attendu que")
    before, pid = azurite.urls, azurite.pid
    azurite.stop()
    assert pid is not None
    assert not is_alive(pid)
    azurite.start()
    assert azurite.urls == before
    assert [file.name for file in sorted(azurite.layout.access.iterdir())] == ["000001.log", "000002.log"]
    with blobs(azurite, trusted) as service:
        assert service.get_blob_client("kept", "a.txt").download_blob().readall() == b"Attendu que"


def test_it_refuses_to_be_killed(azurite: Azurite) -> None:
    with pytest.raises(AzuriteFailed):
        azurite.kill()
    assert azurite.is_running


def test_a_start_that_fails_says_where_to_look(azurite: Azurite, trusted: Certificate, tmp_path: Path) -> None:
    ports = {name: int(url.split(":")[2].split("/")[0]) for name, url in azurite.urls.items()}
    with pytest.raises(AzuriteFailed, match=r"errors\.log"):
        Azurite(tmp_path / "second", trusted, ports=ports).start()
