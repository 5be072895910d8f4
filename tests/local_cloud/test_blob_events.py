"""Blob events out of a real Azurite's log. In Event Grid's place stands a listener that keeps what it gets."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobBlock, BlobServiceClient, ContainerClient
from hypothesis import given
from hypothesis import strategies as st

from local import identity
from local.access_log import AccessLog, Entry, Operation, Position, parse
from local.azurite import ACCOUNT, Azurite
from local.blob_events import RESOURCE, BlobEvents, Memory, Publisher
from local.certificate import Certificate
from local.client import Client, Storage, Tokens
from local.server import Listener, Request, Response
from tests.local_cloud.test_azurite import KEY

pytestmark = [pytest.mark.local_cloud, pytest.mark.xdist_group("azurite")]

Received = dict[str, object]
AT = Position(3, 1000)
FRENCH = [
    "Dossier Müller-L'Hôte/pièce n° 3 (v2).pdf",
    "100 % garanti + annexes #1.docx",
    "a%20b/c+d.txt",
    "œuvre « posthume » & C¹ⁱᵉ.txt",
    "l’été?x=1;y=2.eml",
]


class Feed:
    """Blob events of one Azurite, and where they arrive. `restart` is a new process on the same home."""

    def __init__(self, home: Path, azurite: Azurite, authority: Path) -> None:
        self.home = home
        self.azurite = azurite
        self.authority = authority
        self.received: list[Received] = []
        self.refusals = 0
        self.identity = Listener(identity.handler(home / "identity")).start()
        self.grid = Listener(self._take).start()
        self._start()

    def _take(self, request: Request) -> Response:
        if self.refusals:
            self.refusals -= 1
            return Response(503)
        self.received += json.loads(request.body)
        return Response(200)

    def _start(self) -> None:
        self.tokens = Tokens(f"{self.identity.url}/msi/token", identity.header(self.home / "identity"))
        self.storage = Storage(
            *(self.azurite.urls[it] for it in ("blob", "queue", "table")), self.tokens, self.authority
        )
        self.client = Client(self.grid.url)
        self.memory = Memory(self.home / "blob_events.db")
        publisher = Publisher(self.client, self.tokens)
        events = BlobEvents(AccessLog(self.azurite.layout.access), self.memory, self.storage, publisher)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=events.run, args=(self.stopped,))
        self.thread.start()

    def pause(self) -> None:
        self.stopped.set()
        self.thread.join()
        for part in (self.storage, self.tokens, self.client, self.memory):
            part.close()

    def resume(self) -> None:
        self._start()

    def stop(self) -> None:
        self.pause()
        self.identity.stop()
        self.grid.stop()

    def of(self, container: ContainerClient) -> list[Received]:
        prefix = f"/blobServices/default/containers/{container.container_name}/"
        return [it for it in self.received if str(it["subject"]).startswith(prefix)]

    def kinds(self, container: ContainerClient) -> list[tuple[str, str]]:
        return [(str(it["eventType"]).rsplit(".", 1)[1], str(data(it)["api"])) for it in self.of(container)]


def data(event: Received) -> dict[str, object]:
    held = event["data"]
    assert isinstance(held, dict)
    return held


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.005)


@pytest.fixture(scope="module")
def azurite(installed: None, tmp_path_factory: pytest.TempPathFactory, trusted: Certificate) -> Iterator[Azurite]:
    azurite = Azurite(tmp_path_factory.mktemp("azurite"), trusted).start()
    yield azurite
    azurite.stop()


@pytest.fixture(scope="module")
def feed(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory, trusted: Certificate) -> Iterator[Feed]:
    feed = Feed(tmp_path_factory.mktemp("feed"), azurite, trusted.authority)
    yield feed
    feed.stop()


@pytest.fixture
def service(azurite: Azurite, trusted: Certificate) -> Iterator[BlobServiceClient]:
    key = AzureNamedKeyCredential(ACCOUNT, KEY)
    with BlobServiceClient(azurite.urls["blob"], key, connection_verify=str(trusted.authority)) as service:
        yield service


@pytest.fixture
def container(service: BlobServiceClient, request: pytest.FixtureRequest) -> ContainerClient:
    name = f"c{abs(hash(request.node.nodeid))}"
    return service.create_container(name)


def test_an_upload_is_told_in_azures_shape(feed: Feed, container: ContainerClient) -> None:
    blob = container.upload_blob("Dossier/acte.txt", b"Entre les parties", content_type="text/plain")
    until(lambda: len(feed.of(container)) == 1)
    (event,) = feed.of(container)
    properties = blob.get_blob_properties()
    told = data(event)
    assert event["topic"] == RESOURCE
    assert event["eventType"] == "Microsoft.Storage.BlobCreated"
    assert event["subject"] == f"/blobServices/default/containers/{container.container_name}/blobs/Dossier/acte.txt"
    assert told["eTag"] == properties.etag.strip('"')
    assert (told["contentLength"], told["contentType"], told["blobType"]) == (17, "text/plain", "BlockBlob")
    assert told["api"] == "PutBlob"
    assert told["url"] == blob.url
    assert {"requestId", "sequencer", "storageDiagnostics"} <= told.keys()


def test_a_deletion_has_neither_etag_nor_length(feed: Feed, container: ContainerClient) -> None:
    container.upload_blob("a.pdf", b"%PDF", content_type="application/pdf").delete_blob()
    until(lambda: len(feed.of(container)) == 2)
    told = data(feed.of(container)[1])
    assert feed.kinds(container)[1] == ("BlobDeleted", "DeleteBlob")
    assert not {"eTag", "contentLength"} & told.keys()
    assert str(told["sequencer"]) > str(data(feed.of(container)[0])["sequencer"])


@pytest.mark.parametrize("name", FRENCH)
def test_french_names_arrive_whole(feed: Feed, container: ContainerClient, name: str) -> None:
    blob = container.upload_blob(name, b"x")
    until(lambda: len(feed.of(container)) == 1)
    (event,) = feed.of(container)
    assert str(event["subject"]).partition("/blobs/")[2] == name
    assert data(event)["url"] == blob.url
    assert unquote(urlsplit(str(data(event)["url"])).path).endswith(f"/{container.container_name}/{name}")
    assert data(event)["contentLength"] == 1  # the HEAD found it


def test_every_way_to_write_content_is_told_and_nothing_else(feed: Feed, container: ContainerClient) -> None:
    block = container.get_blob_client("blocks")
    block.stage_block("QQ==", b"x")
    block.commit_block_list([BlobBlock("QQ==")])
    block.set_blob_metadata({"a": "b"})
    block.set_blob_tags({"a": "b"})
    block.create_snapshot()
    block.acquire_lease().release()
    block.set_standard_blob_tier("Cool")
    container.get_blob_client("copy").start_copy_from_url(block.url)
    container.upload_blob("last", b"x")
    until(lambda: ("BlobCreated", "PutBlob") in feed.kinds(container))
    assert feed.kinds(container) == [
        ("BlobCreated", "PutBlockList"),
        ("BlobCreated", "CopyBlob"),
        ("BlobCreated", "PutBlob"),
    ]


def test_a_batch_of_deletes_is_told_blob_by_blob(feed: Feed, container: ContainerClient) -> None:
    for name in ("a", "b", "kept"):
        container.upload_blob(name, b"x")
    container.delete_blobs("a", "b")
    until(lambda: len(feed.of(container)) == 5)
    deleted = [str(it["subject"])[-1] for it in feed.of(container) if "Deleted" in str(it["eventType"])]
    assert sorted(deleted) == ["a", "b"]


def test_the_platforms_own_containers_stay_silent(
    feed: Feed, service: BlobServiceClient, container: ContainerClient
) -> None:
    for name in ("deadletters", "azure-webjobs-hosts"):
        service.create_container(name).upload_blob("x.json", b"[]")
    container.upload_blob("after", b"x")
    until(lambda: len(feed.of(container)) == 1)
    assert not [it for it in feed.received if "deadletters" in str(it["subject"]) or "webjobs" in str(it["subject"])]


def test_nothing_is_lost_while_it_is_stopped_or_event_grid_is_down(feed: Feed, container: ContainerClient) -> None:
    feed.pause()
    for number in range(5):
        container.upload_blob(str(number), b"x")
    feed.refusals = 3
    feed.resume()
    until(lambda: len(feed.of(container)) == 5)


def test_nothing_is_lost_or_repeated_when_azurite_restarts(
    feed: Feed, azurite: Azurite, container: ContainerClient
) -> None:
    container.upload_blob("before", b"x")
    azurite.stop()
    azurite.start()
    container.upload_blob("after", b"x")
    until(lambda: len(feed.of(container)) == 2)
    until(lambda: len(list(azurite.layout.access.iterdir())) == 1)  # the log that was read is gone
    assert [str(it["subject"]).rsplit("/", 1)[1] for it in feed.of(container)] == ["before", "after"]


def test_a_repeated_reading_gives_the_same_ids(tmp_path: Path, feed: Feed, container: ContainerClient) -> None:
    container.upload_blob("a", b"x")
    until(lambda: len(feed.of(container)) == 1)
    again = Feed(tmp_path, feed.azurite, feed.authority)
    until(lambda: len(again.of(container)) == 1)
    again.stop()
    first, second = feed.of(container)[0], again.of(container)[0]
    assert (first["id"], data(first)["sequencer"]) == (second["id"], data(second)["sequencer"])


def line(method: str, target: str, status: int) -> bytes:
    return f'127.0.0.1 - - [21/Nov/2026:01:49:50 +0000] "{method} {target} HTTP/1.1" {status} -\n'.encode()


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("PUT", "/devstoreaccount1/c?restype=container", 201),
        ("DELETE", "/devstoreaccount1/c?restype=container", 202),
        ("PUT", "/devstoreaccount1/documents", 201),  # a queue
        ("DELETE", "/devstoreaccount1/documents/messages/1?popreceipt=x", 204),
        ("PUT", "/devstoreaccount1/rows(PartitionKey='a',RowKey='b')", 204),
        ("POST", "/devstoreaccount1/$batch", 202),
        ("PUT", "/devstoreaccount1/c/b?comp=block&blockid=UVE9PQ%3D%3D", 201),
        ("PUT", "/devstoreaccount1/c/b?comp=lease", 201),
        ("PUT", "/devstoreaccount1/c/b", 409),
        ("DELETE", "/devstoreaccount1/c/b", 404),
        ("DELETE", "/devstoreaccount1/c/b?snapshot=2026-11-21T00:00:00.0000000Z", 202),
        ("GET", "/devstoreaccount1/c/b", 200),
        ("PUT", "/devstoreaccount1/deadletters/S/2026/1/1/1/x.json", 201),
    ],
)
def test_what_changes_no_clients_blob_is_no_entry(method: str, target: str, status: int) -> None:
    assert parse(line(method, target, status), AT) is None


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_name_is_read_as_it_was_written(name: str) -> None:
    written = line("PUT", f"/devstoreaccount1/c/{quote(name, safe='/~')}", 201)
    assert parse(written, AT) == Entry(Operation.PUT_BLOB, "c", name, AT)


@given(st.lists(st.sampled_from(["a", "é b", "c#d"]), max_size=20), st.data())
def test_a_log_read_in_pieces_gives_each_entry_once(names: list[str], drawn: st.DataObject) -> None:
    whole = b"".join(line("PUT", f"/devstoreaccount1/c/{quote(name)}", 201) for name in names)
    with tempfile.TemporaryDirectory() as folder:
        file, log = Path(folder) / "000001.log", AccessLog(Path(folder))
        file.touch()
        entries: list[Entry] = []
        position = Position()
        cuts = sorted(drawn.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
        for cut in [*cuts, len(whole)]:
            file.write_bytes(whole[:cut])
            while (read := log.read(position))[1] != position:
                entries += read[0]
                position = read[1]
    assert [it.blob for it in entries] == names
    assert len({it.at for it in entries}) == len(names)
