"""The switches that make the search service misbehave, over HTTP: each fault is real, bounded and repeatable."""

import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.ai_search import SearchServer
from local.server import Listener
from tests.contract.search_client import HOTELS, Client


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Running:
    def __init__(self, home: Path) -> None:
        self.clock = Clock()
        self.server = SearchServer(home, self.clock)
        self.listener = Listener(self.server).start()
        self.client = Client(self.listener.url)

    def stop(self) -> None:
        self.client.close()
        self.listener.stop()
        self.server.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    service = Running(tmp_path)
    service.client.create(HOTELS)
    yield service
    service.stop()


def count(running: Running) -> int:
    return int(running.client.ask("GET", "/indexes('hotels')/docs/$count").body)


def until(holds: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_write_becomes_visible_only_after_the_lag(running: Running) -> None:
    running.client.switch(visibility_lag_seconds=5)
    assert running.client.upload("hotels", [{"hotelId": "1", "description": "wifi"}]).statuses == [201]
    assert count(running) == 0
    assert running.client.search("hotels", search="wifi").values == []
    assert running.client.lookup("hotels", "1").status == 404
    running.clock.now += 5
    assert count(running) == 1
    assert len(running.client.search("hotels", search="wifi").values) == 1
    assert running.client.lookup("hotels", "1").status == 200


def test_a_deletion_lags_too(running: Running) -> None:
    running.client.upload("hotels", [{"hotelId": "1"}])
    running.client.switch(visibility_lag_seconds=5)
    running.client.write("hotels", {"@search.action": "delete", "hotelId": "1"})
    assert running.client.lookup("hotels", "1").status == 200
    running.clock.now += 5
    assert running.client.lookup("hotels", "1").status == 404


def test_new_switches_let_the_replicas_catch_up(running: Running) -> None:
    running.client.switch(visibility_lag_seconds=60)
    running.client.upload("hotels", [{"hotelId": "1"}])
    running.client.switch()
    assert count(running) == 1


def test_a_throttled_request_is_refused_whole_and_says_when_to_return(running: Running) -> None:
    running.client.switch(throttle_share=1, retry_after_seconds=3)
    reply = running.client.upload("hotels", [{"hotelId": "1"}])
    assert (reply.status, reply.headers["retry-after"]) == (503, "3")
    running.client.switch()
    assert count(running) == 0


def test_some_items_fail_inside_a_batch_and_are_not_written(running: Running) -> None:
    running.client.switch(item_failure_share=0.5, seed=7)
    reply = running.client.upload("hotels", [{"hotelId": str(number)} for number in range(40)])
    assert reply.status == 207
    assert {status for status in reply.statuses if isinstance(status, int)} == {201, 503}
    running.client.switch()
    assert count(running) == reply.statuses.count(201)


def test_the_same_seed_gives_the_same_faults(running: Running) -> None:
    drawn = []
    for _ in range(2):
        running.client.switch(item_failure_share=0.5, seed=11)
        drawn.append(running.client.upload("hotels", [{"hotelId": str(number)} for number in range(40)]).statuses)
        running.client.switch()
        running.client.write("hotels", *({"@search.action": "delete", "hotelId": str(key)} for key in range(40)))
    assert drawn[0] == drawn[1]


def test_a_late_write_is_not_answered_and_lands_all_the_same(running: Running) -> None:
    """Either way of not answering is met: a closed connection, and a 500."""
    met = set()
    for number in range(12):
        running.client.switch(late_write_share=1, late_write_seconds=0.05, seed=number)
        asked = Client(running.listener.url)
        try:
            met.add(asked.upload("hotels", [{"hotelId": str(number)}]).status)
        except http.client.RemoteDisconnected:
            met.add(0)
        finally:
            asked.close()
    running.client.switch()
    assert met == {0, 500}
    assert until(lambda: count(running) == 12)


def test_switches_survive_a_restart_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    first = Running(tmp_path)
    first.client.switch(throttle_share=0.25, seed=3)
    assert first.client.ask("PUT", "/_switches", {"thorttle_share": 1}).status == 400
    first.stop()
    again = Running(tmp_path)
    found = again.client.ask("GET", "/_switches").json
    assert (found["throttle_share"], found["seed"], found["visibility_lag_seconds"]) == (0.25, 3, 0)
    again.stop()


def test_the_quota_of_indexes_is_enforced(running: Running) -> None:
    running.client.switch(index_quota=2)
    assert running.client.create({**HOTELS, "name": "second"}).status == 201
    assert running.client.create({**HOTELS, "name": "third"}).status == 429


def test_nobody_is_served_without_a_credential(running: Running) -> None:
    stranger = Client(running.listener.url, headers={})
    assert stranger.ask("GET", "/indexes").status == 403
    stranger.close()
    bearer = Client(running.listener.url, headers={"Authorization": "Bearer token"})
    assert bearer.ask("GET", "/indexes").status == 200
    bearer.close()


def test_indexes_and_documents_survive_a_restart(tmp_path: Path) -> None:
    first = Running(tmp_path)
    first.client.create(HOTELS)
    first.client.ask("PUT", "/aliases('cabinet')", {"name": "cabinet", "indexes": ["hotels"]})
    etag = first.client.ask("GET", "/indexes('hotels')").headers["etag"]
    first.client.upload("cabinet", [{"hotelId": "1", "description": "wifi", "descriptionVector": [1, 0, 0]}])
    first.stop()
    again = Running(tmp_path)
    assert again.client.ask("GET", "/indexes('hotels')").headers["etag"] == etag
    assert len(again.client.search("cabinet", search="wifi").values) == 1
    again.stop()


def test_a_dropped_index_leaves_no_file(running: Running, tmp_path: Path) -> None:
    running.client.upload("hotels", [{"hotelId": "1", "description": "zorglub"}])
    assert any(b"zorglub" in file.read_bytes() for file in tmp_path.iterdir())
    assert running.client.ask("DELETE", "/indexes('hotels')").status == 204
    assert not any(b"zorglub" in file.read_bytes() for file in tmp_path.iterdir())
    assert running.client.ask("GET", "/indexes('hotels')").status == 404
    assert running.client.ask("GET", "/indexes('hotels')/docs/$count").status == 404
