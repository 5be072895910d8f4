"""Queue triggers of the local functions host on real Azurite queues, with an identity-based connection.

Needs Node and `npm install`.
"""

import base64
import json
import os
import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient, QueueServiceClient

from local import identity as identity_server
from local.azurite import Azurite, is_installed
from local.certificate import certificate
from local.server import Listener
from tests.local_cloud.hosted import Hosted, app_in, hosted, until

pytestmark = [
    pytest.mark.local_cloud,
    pytest.mark.skipif(not is_installed() and not os.environ.get("CI"), reason="Azurite is not installed"),
]

APP = """
@app.queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="DOCS")
def take(message: func.QueueMessage) -> None:
    body = message.get_body().decode()
    note("take", message.dequeue_count, body, message.id, bool(message.pop_receipt))
    note("times", message.insertion_time.year, message.expiration_time > message.insertion_time)
    if body.startswith("bad"):
        raise ValueError("SECRET of Dupont")
    if body.startswith("hang") and message.dequeue_count == 1:
        note("hanging", os.getpid())
        time.sleep(600)
    if body.startswith("slow"):
        time.sleep(4)
    if body.startswith("meet"):
        while NOTES.read_text().count("meet") < 4:
            time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A storage account, the identity that opens it, and the settings of an app that uses it."""
    home = tmp_path_factory.mktemp("cloud")
    trust = certificate(home / "certificate")
    identity = Listener(identity_server.handler(home / "identity"), certificate=trust.bundle).start()
    azurite = Azurite(home / "azurite", trust).start()
    settings = {
        "REQUESTS_CA_BUNDLE": str(trust.authority),
        "SSL_CERT_FILE": str(trust.authority),
        "IDENTITY_ENDPOINT": f"{identity.url}/msi/token",
        "IDENTITY_HEADER": identity_server.header(home / "identity"),
        "DOCS__queueServiceUri": azurite.urls["queue"],
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        yield settings
    azurite.stop()
    identity.stop()


@pytest.fixture
def queues(environment: Mapping[str, str]) -> Iterator[QueueServiceClient]:
    with (
        DefaultAzureCredential() as credential,
        QueueServiceClient(environment["DOCS__queueServiceUri"], credential=credential) as service,
    ):
        yield service


@pytest.fixture
def queue(queues: QueueServiceClient) -> QueueClient:
    """A queue of its own for each test."""
    return queues.create_queue(f"q-{uuid.uuid4().hex[:12]}")


def running(tmp_path: Path, queue: QueueClient, *arguments: str, **settings: object) -> AbstractContextManager[Hosted]:
    host_json = {"extensions": {"queues": {"maxPollingInterval": "00:00:01", **settings}}}
    app = app_in(tmp_path / "app", APP, host_json)
    return hosted(app, tmp_path / "home", *arguments, environment={"QUEUE": queue.queue_name})


def send(queue: QueueClient, text: str) -> str:
    return str(queue.send_message(base64.b64encode(text.encode()).decode()).id)


def poison_of(queues: QueueServiceClient, queue: QueueClient) -> QueueClient:
    return queues.get_queue_client(f"{queue.queue_name}-poison")


def empty(queue: QueueClient) -> bool:
    return queue.get_queue_properties().approximate_message_count == 0


def taken(host: Hosted) -> list[str]:
    """`count body` of each time that the function ran."""
    return [" ".join(note.split()[1:3]) for note in host.notes if note.startswith("take")]


def test_a_message_is_run_with_its_metadata_and_deleted(tmp_path: Path, queue: QueueClient) -> None:
    with running(tmp_path, queue) as host:
        identifier = send(queue, "dossier-à-lire")
        until(lambda: empty(queue), "the message is gone")
        assert f"take 1 dossier-à-lire {identifier} True" in host.notes
        assert any(note.startswith("times") and note.endswith("True") for note in host.notes)


def test_a_message_that_fails_comes_back_and_is_poison_after_the_last_try(
    tmp_path: Path, queues: QueueServiceClient, queue: QueueClient
) -> None:
    with running(tmp_path, queue, maxDequeueCount=3, visibilityTimeout="00:00:01") as host:
        send(queue, "bad")
        until(lambda: empty(queue), "the message left the queue")
        (poison,) = poison_of(queues, queue).receive_messages()
        assert base64.b64decode(poison.content) == b"bad"
        assert taken(host) == ["1 bad", "2 bad", "3 bad"]
        assert host.counts("take") == {"invocations": 3, "failures": 3}
        assert "SECRET" not in host.log


def test_what_does_not_decode_is_poison_unseen(tmp_path: Path, queues: QueueServiceClient, queue: QueueClient) -> None:
    with running(tmp_path, queue) as host:
        queue.send_message("not base64!")
        until(lambda: empty(queue), "the message left the queue")
        (poison,) = poison_of(queues, queue).receive_messages()
        assert poison.content == "not base64!"
        assert taken(host) == []


def test_plain_text_is_taken_where_host_json_says_so(tmp_path: Path, queue: QueueClient) -> None:
    with running(tmp_path, queue, messageEncoding="none") as host:
        queue.send_message("<a> & b")
        until(lambda: empty(queue), "the message is gone")
        assert any("take 1 <a> & b" in note for note in host.notes)


def test_a_message_stays_invisible_for_as_long_as_its_function_runs(tmp_path: Path, queue: QueueClient) -> None:
    """Four seconds of work under a lease of two, renewed: one delivery."""
    with running(tmp_path, queue, "--lease", "2") as host:
        send(queue, "slow")
        until(lambda: empty(queue), "the message is gone")
        assert taken(host) == ["1 slow"]


def test_a_message_whose_worker_is_killed_comes_back_at_once(tmp_path: Path, queue: QueueClient) -> None:
    with running(tmp_path, queue, "--workers", "1") as host:
        send(queue, "hang")
        until(lambda: any(note.startswith("hanging") for note in host.notes), "the function runs")
        os.kill(host.workers[0], signal.SIGKILL)
        until(lambda: empty(queue), "the second delivery succeeded")
        assert taken(host) == ["1 hang", "2 hang"]


def test_a_message_whose_host_is_killed_comes_back_after_its_lease(tmp_path: Path, queue: QueueClient) -> None:
    with running(tmp_path, queue, "--lease", "2") as host:
        send(queue, "hang")
        until(lambda: any(note.startswith("hanging") for note in host.notes), "the function runs")
        host.process.kill()
        host.process.wait()
    assert not empty(queue)
    with running(tmp_path, queue, "--lease", "2") as host:
        until(lambda: empty(queue), "the second delivery succeeded")
        assert taken(host) == ["1 hang", "2 hang"]


def test_a_message_that_still_runs_when_the_host_stops_is_left_in_the_queue(tmp_path: Path, queue: QueueClient) -> None:
    with running(tmp_path, queue, "--drain", "1") as host:
        send(queue, "hang")
        until(lambda: any(note.startswith("hanging") for note in host.notes), "the function runs")
        assert host.stop() == 0
    assert not empty(queue)


def test_messages_overlap_in_one_worker(tmp_path: Path, queue: QueueClient) -> None:
    """Each waits for all four; the second batch is fetched while the first runs."""
    for number in range(4):
        send(queue, f"meet{number}")
    app = app_in(tmp_path / "app", APP, {"extensions": {"queues": {"batchSize": 2, "newBatchThreshold": 2}}})
    environment = {"QUEUE": queue.queue_name, "PYTHON_THREADPOOL_THREAD_COUNT": "4"}
    with hosted(app, tmp_path / "home", "--workers", "1", environment=environment) as host:
        until(lambda: empty(queue), "all four met")
        assert len(taken(host)) == 4


def test_no_more_messages_run_at_once_than_host_json_allows(tmp_path: Path, queue: QueueClient) -> None:
    body = """
@app.queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="DOCS")
def take(message: func.QueueMessage) -> None:
    note("+")
    time.sleep(0.1)
    note("-")
"""
    app = app_in(tmp_path / "app", body, {"extensions": {"queues": {"batchSize": 1, "newBatchThreshold": 0}}})
    for number in range(5):
        send(queue, str(number))
    with hosted(app, tmp_path / "home", environment={"QUEUE": queue.queue_name}) as host:
        until(lambda: empty(queue), "all messages are gone")
        assert host.notes == ["+", "-"] * 5


def test_a_queue_that_is_made_later_is_found_and_an_operator_may_run_its_function_by_hand(
    tmp_path: Path, queues: QueueServiceClient, queue: QueueClient
) -> None:
    queues.delete_queue(queue.queue_name)
    with running(tmp_path, queue) as host:
        assert host.admin("POST", "functions/take", json.dumps({"input": "bad by hand"}).encode()).status == 202
        until(lambda: host.counts("take")["failures"] == 1, "the run by hand failed for want of a message id")
        queue.create_queue()
        send(queue, "late")
        until(lambda: "1 late" in taken(host), "the message is found")
