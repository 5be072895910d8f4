"""The local cloud as one: what is there after its start, and that nothing is left after its end."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from azure.eventgrid import EventGridEvent, EventGridPublisherClient
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from ingestion.settings import Settings
from local.azurite import AzuriteFailed
from local.client import Client
from local.cloud import Cloud, CloudRuns, running
from local.leash import is_alive
from local.ports import PortTaken, demand_free, kept
from local.server import Listener, Request, Response

pytestmark = [pytest.mark.local_cloud, pytest.mark.xdist_group("cloud")]


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def test_every_part_runs(cloud: Cloud) -> None:
    assert cloud.ended() == []


def test_the_settings_are_whole_and_for_their_owner_only(cloud: Cloud) -> None:
    file = cloud.layout.environment
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert {name: json.loads(value) for name, value in written.items()} == cloud.environment
    assert Settings.from_environment(cloud.environment).search_endpoint == cloud.urls["ai_search"]


def test_the_default_credential_opens_blobs_and_queues(cloud: Cloud, in_cloud: Path) -> None:
    with (
        DefaultAzureCredential() as credential,
        BlobServiceClient(cloud.environment["GREFFE_STORAGE__blobServiceUri"], credential) as blobs,
        QueueServiceClient(cloud.environment["GREFFE_STORAGE__queueServiceUri"], credential=credential) as queues,
    ):
        assert "deadletters" in [it.name for it in blobs.list_containers()]
        names = {it.name for it in queues.list_queues()}
    assert {f"{name}{end}" for name in ("documents", "documents-bulk", "drives") for end in ("", "-poison")} <= names


def test_both_topics_lead_to_their_functions_with_a_dead_letter_container(cloud: Cloud) -> None:
    client = cloud.client("event_grid")
    subscriptions = {it["name"]: it for it in json.loads(client.call("GET", "/subscriptions").body)}
    client.close()
    assert {name: it["topic"] for name, it in subscriptions.items()} == {
        "on-blob-event": "storage",
        "on-graph-event": "graph",
    }
    assert {(it["schema"], it["dead_letters"]) for it in subscriptions.values()} == {
        ("CloudEventSchemaV1_0", "deadletters")
    }


def answered(cloud: Cloud) -> int:
    """Deliveries to which the functions gave an answer. Whether they want the event is another matter."""
    with closing(cloud.client("event_grid")) as grid:
        counts: dict[str, int] = json.loads(grid.call("GET", "/_status").body)
    return counts["delivered"] + counts["failed"]


def upload(cloud: Cloud, container: str) -> None:
    with (
        DefaultAzureCredential() as credential,
        BlobServiceClient(cloud.environment["GREFFE_STORAGE__blobServiceUri"], credential) as blobs,
    ):
        blobs.create_container(container).upload_blob("pièce n° 1.txt", b"Attendu que")


def test_an_upload_reaches_the_functions(cloud: Cloud, in_cloud: Path) -> None:
    before = answered(cloud)
    upload(cloud, "sans-cabinet")
    until(lambda: answered(cloud) > before)


def test_storage_may_restart_under_a_running_cloud(cloud: Cloud, in_cloud: Path) -> None:
    cloud.restart("azurite")
    before = answered(cloud)
    upload(cloud, "apres")
    until(lambda: answered(cloud) > before)
    assert cloud.ended() == []


def test_a_second_cloud_on_the_same_home_is_refused_and_the_first_lives_on(cloud: Cloud) -> None:
    with pytest.raises(CloudRuns, match="python -m local down"):
        Cloud(cloud.layout.home).start()
    assert cloud.ended() == []
    assert running(cloud.layout.home) == os.getpid()


def test_a_part_that_was_killed_comes_back_at_its_address(cloud: Cloud) -> None:
    before = cloud.urls["ai_search"]
    cloud.kill("ai_search")
    assert cloud.ended() == ["ai_search"]
    cloud.restart("ai_search")
    assert cloud.ended() == []
    assert cloud.urls["ai_search"] == before


def test_workers_do_not_outlive_their_host(cloud: Cloud) -> None:
    pid = cloud.parts["functions_host"].pid
    assert pid is not None
    workers = children(pid)
    assert workers
    cloud.kill("functions_host")
    until(lambda: not any(is_alive(it) for it in workers))
    cloud.restart("functions_host")


def test_what_a_killed_event_grid_had_accepted_is_delivered_or_a_dead_letter(cloud: Cloud, in_cloud: Path) -> None:
    webhook = Listener(_refusing).start()
    with closing(cloud.client("event_grid")) as grid:
        put(grid, "topics/orders", {"resource": "/subscriptions/0/topics/orders"})
        put(grid, "subscriptions/Refused", {"topic": "orders", "endpoint": webhook.url, "deadLetter": "deadletters"})
    cloud.turn(delay_seconds=3600)
    with (
        DefaultAzureCredential() as credential,
        EventGridPublisherClient(f"{cloud.urls['event_grid']}/topics/orders/api/events", credential) as publisher,
        BlobServiceClient(cloud.environment["GREFFE_STORAGE__blobServiceUri"], credential) as blobs,
    ):
        publisher.send(EventGridEvent("/l'été", "Order", {"n": 1}, "1", id="kept"))
        cloud.kill("event_grid")
        cloud.restart("event_grid")
        cloud.turn(delay_seconds=0, time_scale=1e5)
        letters = blobs.get_container_client("deadletters")
        until(lambda: any(letters.list_blob_names(name_starts_with="REFUSED/")))
        (name,) = letters.list_blob_names(name_starts_with="REFUSED/")
        (letter,) = json.loads(letters.download_blob(name).readall())
    cloud.turn(time_scale=100)
    webhook.stop()
    assert (letter["id"], letter["subject"]) == ("kept", "/l'été")
    assert letter["deadLetterReason"] == "UndeliverableDueToHttpBadRequest"


def _refusing(request: Request) -> Response:
    """Validates, then answers 400 to every event."""
    if request.headers["aeg-event-type"] != "SubscriptionValidation":
        return Response(400)
    code = json.loads(request.body)[0]["data"]["validationCode"]
    return Response(200, json.dumps({"validationResponse": code}).encode())


def put(client: Client, path: str, body: object) -> None:
    assert client.call("PUT", f"/{path}", body=json.dumps(body).encode()).status == 200


def test_azurite_is_never_killed(cloud: Cloud) -> None:
    with pytest.raises(AzuriteFailed):
        cloud.kill("azurite")
    assert cloud.ended() == []


@contextmanager
def up(home: Path) -> Iterator[subprocess.Popen[str]]:
    """`python -m local up` in a process of its own, when it says that it is up."""
    command = [sys.executable, "-m", "local", "up", "--home", str(home), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        yield process
        process.kill()


def parts(home: Path) -> list[int]:
    held: dict[str, int] = json.loads((home / "cloud.json").read_text())["parts"]
    return list(held.values())


def local(command: str, home: Path) -> int:
    return subprocess.run([sys.executable, "-m", "local", command, "--home", str(home)], check=False).returncode


def test_up_status_and_down_from_a_terminal(installed: None, tmp_path: Path) -> None:
    assert local("status", tmp_path) == 1
    with up(tmp_path) as process:
        pids = parts(tmp_path)
        assert local("status", tmp_path) == 0
        assert local("down", tmp_path) == 0
        assert process.wait() == 0
    assert not any(is_alive(pid) for pid in pids)
    assert local("down", tmp_path) == 0  # nothing to do


def test_nothing_outlives_a_cloud_that_is_killed_and_its_addresses_stay(installed: None, tmp_path: Path) -> None:
    with up(tmp_path) as process:
        pids, ports = parts(tmp_path), (tmp_path / "ports.json").read_text()
        os.kill(process.pid, signal.SIGKILL)
    with Cloud(tmp_path, workers=1) as cloud:  # waits for the end of the former
        assert not any(is_alive(pid) for pid in pids)
        assert cloud.ended() == []
    assert (tmp_path / "ports.json").read_text() == ports


def test_ports_are_kept_and_a_taken_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = kept(file, ["a", "b"])
    assert kept(file, ["a", "b", "c"]).items() >= first.items()
    listener = Listener(lambda _: Response(), port=first["a"]).start()
    with pytest.raises(PortTaken, match=rf"{first['a']} \(a\)"):
        demand_free(first)
    listener.stop()
