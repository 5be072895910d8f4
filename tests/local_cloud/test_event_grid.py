"""Event Grid on loopback, with the real azure-eventgrid before it and a webhook behind it."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent, EventGridPublisherClient
from hypothesis import given
from hypothesis import strategies as st

from local.certificate import certificate
from local.client import Answer, Client, Unreachable
from local.event_grid import EventGrid
from local.events import retries, schemas, switches
from local.events.dispatch import Dispatcher
from local.events.retries import Policy
from local.events.schemas import Event, Schema
from local.events.store import Store
from local.events.subscriptions import Subscription, parse
from local.server import Listener, Request, Response, json_response
from local.tokens import Signer

SUBJECT = "/blobServices/default/containers/pieces/blobs/Dossier n° 7/l'été #1 + 100 %.pdf"
RESOURCE = "/subscriptions/0/resourceGroups/local/providers/Microsoft.EventGrid/topics/orders"
FAST = 2000.0  # Azure's 10 s in 5 ms


class Webhook:
    """The other side of the socket: validates, keeps what it gets, answers as it is told."""

    def __init__(self) -> None:
        self.statuses: list[int] = []  # answered in this order, then 200 for ever
        self.requests: list[Request] = []
        self.validates = True
        self.hang = threading.Event()
        self.hang.set()
        self.listener = Listener(self.handle).start()

    @property
    def url(self) -> str:
        return f"{self.listener.url}/hook?code=secret"

    def handle(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(200, headers={"WebHook-Allowed-Origin": "*"} if self.validates else {})
        if request.headers["aeg-event-type"] == "SubscriptionValidation":
            code = json.loads(request.body)[0]["data"]["validationCode"] if self.validates else "wrong"
            return json_response(200, {"validationResponse": code})
        self.requests.append(request)
        self.hang.wait()
        return Response(self.statuses.pop(0) if self.statuses else 200)

    @property
    def ids(self) -> list[str]:
        events = [json.loads(request.body) for request in self.requests]
        return [it["id"] for event in events for it in (event if isinstance(event, list) else [event])]


@dataclass
class Letters:
    """A container of dead letters, or one that is down."""

    status: int = 201
    written: list[tuple[str, str, list[dict[str, object]]]] = field(default_factory=list)

    def put_blob(self, container: str, name: str, body: bytes) -> Answer:
        if self.status == 0:
            raise Unreachable("down")
        if self.status == 201:
            self.written.append((container, name, json.loads(body)))
        return Answer(self.status, {}, b"")


class Grid:
    """One Event Grid on a home; `restart` is a new process on the same home, as far as its state is concerned."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.letters = Letters()
        self.tokens = Signer(b"0" * 64)
        self._start()
        self.key = str(self.put("topics/orders", {"resource": RESOURCE})["key"])

    def _start(self) -> None:
        self.store = Store(self.home / "events.db")
        self.dispatcher = Dispatcher(self.store, self.letters).start()
        self.listener = Listener(EventGrid(self.store, self.dispatcher, self.tokens)).start()
        self.client = Client(self.listener.url)

    def stop(self) -> None:
        self.client.close()
        self.listener.stop()
        self.dispatcher.stop()
        self.store.close()

    def restart(self) -> None:
        self.stop()
        self._start()

    def put(self, path: str, body: object) -> dict[str, object]:
        answer = self.client.call("PUT", f"/{path}", body=json.dumps(body).encode())
        assert answer.status == 200, answer.body
        held: dict[str, object] = json.loads(answer.body)
        return held

    def subscribe(self, webhook: Webhook, name: str = "on-order", **definition: object) -> None:
        self.put(f"subscriptions/{name}", {"topic": "orders", "endpoint": webhook.url, **definition})

    def publisher(self) -> EventGridPublisherClient:
        return EventGridPublisherClient(f"{self.listener.url}/topics/orders/api/events", AzureKeyCredential(self.key))

    def publish(self, count: int = 1, subject: str = SUBJECT) -> None:
        with self.publisher() as publisher:
            publisher.send([event(str(number), subject) for number in range(count)])

    def counts(self) -> dict[str, int]:
        held: dict[str, int] = json.loads(self.client.call("GET", "/_status").body)
        return held


def event(identity: str, subject: str = SUBJECT) -> EventGridEvent:
    return EventGridEvent(subject, "Microsoft.Storage.BlobCreated", {"api": "PutBlob"}, "", id=identity)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what must come; the test's own time limit is the only one."""
    while not condition():
        time.sleep(0.005)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    yield webhook
    webhook.hang.set()
    webhook.listener.stop()


@pytest.fixture
def grid(tmp_path: Path) -> Iterator[Grid]:
    grid = Grid(tmp_path)
    yield grid
    grid.stop()


def test_an_event_travels_alone_in_an_array_with_azures_headers(grid: Grid, webhook: Webhook) -> None:
    grid.subscribe(webhook)
    grid.publish(2)
    until(lambda: len(webhook.requests) == 2)
    request = next(it for it in webhook.requests if it.headers["aeg-output-event-id"] == "0")
    (received,) = json.loads(request.body)
    assert received["topic"] == RESOURCE
    assert received["subject"] == SUBJECT
    assert received["metadataVersion"] == "1"
    assert request.query == {"code": "secret"}
    assert {
        name: request.headers[name] for name in ("aeg-event-type", "aeg-subscription-name", "aeg-delivery-count")
    } == {
        "aeg-event-type": "Notification",
        "aeg-subscription-name": "ON-ORDER",
        "aeg-delivery-count": "0",
    }


def test_a_cloud_events_subscription_gets_one_bare_cloud_event(grid: Grid, webhook: Webhook) -> None:
    grid.subscribe(webhook, schema="CloudEventSchemaV1_0")
    grid.publish()
    until(lambda: len(webhook.requests) == 1)
    received = json.loads(webhook.requests[0].body)
    assert webhook.requests[0].headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert (received["specversion"], received["source"], received["subject"]) == ("1.0", RESOURCE, SUBJECT)
    assert received["type"] == "Microsoft.Storage.BlobCreated"
    assert received["data"] == {"api": "PutBlob"}


def test_cloud_events_are_taken_from_the_sdk_and_keep_their_source(grid: Grid, webhook: Webhook) -> None:
    grid.subscribe(webhook, schema="CloudEventSchemaV1_0")
    with grid.publisher() as publisher:
        publisher.send([CloudEvent("/drives/b1", "Microsoft.Graph.DriveItemUpdated", data={"id": 1}, subject="x")])
    until(lambda: len(webhook.requests) == 1)
    received = json.loads(webhook.requests[0].body)
    assert (received["source"], received["data"]) == ("/drives/b1", {"id": 1})


def test_a_token_for_event_grid_opens_a_topic_over_https(
    grid: Grid, webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(tmp_path / "certificate")
    secure = Listener(EventGrid(grid.store, grid.dispatcher, grid.tokens), certificate=made.bundle).start()
    grid.subscribe(webhook)

    class Credential:
        def get_token(self, *scopes: str, **_: object) -> AccessToken:
            audience = scopes[0].removesuffix("/.default")
            return AccessToken(grid.tokens.token({}, audience=audience, lifetime=60), int(time.time()) + 60)

    endpoint = f"{secure.url}/topics/orders/api/events"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.authority))
    with EventGridPublisherClient(endpoint, Credential()) as publisher:
        publisher.send(event("by token"))
    until(lambda: webhook.ids == ["by token"])
    secure.stop()


def test_who_has_neither_key_nor_token_is_refused(grid: Grid) -> None:
    endpoint = f"{grid.listener.url}/topics/orders/api/events"
    with (
        EventGridPublisherClient(endpoint, AzureKeyCredential("another")) as publisher,
        pytest.raises(ClientAuthenticationError),
    ):
        publisher.send(event("1"))
    wrong = grid.tokens.token({}, audience="https://storage.azure.com", lifetime=60)
    answer = grid.client.call("POST", "/topics/orders/api/events", headers={"Authorization": f"Bearer {wrong}"})
    assert answer.status == 401


def test_an_unknown_topic_is_not_found(grid: Grid) -> None:
    endpoint = f"{grid.listener.url}/topics/other/api/events"
    with (
        EventGridPublisherClient(endpoint, AzureKeyCredential(grid.key)) as publisher,
        pytest.raises(ResourceNotFoundError),
    ):
        publisher.send(event("1"))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b'[{"id": "1"}]', b'[{"specversion": "1.0", "id": "1"}]'])
def test_what_is_no_event_is_refused_whole(grid: Grid, webhook: Webhook, body: bytes) -> None:
    grid.subscribe(webhook)
    answer = grid.client.call("POST", "/topics/orders/api/events", headers={"aeg-sas-key": grid.key}, body=body)
    assert answer.status == 400
    assert grid.counts()["accepted"] == 0


def test_a_request_above_one_megabyte_is_refused(grid: Grid) -> None:
    with grid.publisher() as publisher, pytest.raises(HttpResponseError) as refused:
        publisher.send(EventGridEvent("s", "t", "x" * schemas.MAX_BYTES, "1"))
    assert refused.value.status_code == 413


@pytest.mark.parametrize("schema", list(Schema))
def test_an_endpoint_that_does_not_prove_itself_gets_no_subscription(
    grid: Grid, webhook: Webhook, schema: Schema
) -> None:
    webhook.validates = False
    body = json.dumps({"topic": "orders", "endpoint": webhook.url, "schema": schema}).encode()
    answer = grid.client.call("PUT", "/subscriptions/on-order", body=body)
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "URL validation")
    assert json.loads(grid.client.call("GET", "/subscriptions").body) == []


def test_the_key_in_an_endpoint_is_never_shown(grid: Grid, webhook: Webhook) -> None:
    grid.subscribe(webhook)
    assert b"secret" not in grid.client.call("GET", "/subscriptions").body


def test_filters_choose_by_type_and_by_both_ends_of_the_subject_without_case(grid: Grid, webhook: Webhook) -> None:
    filters = {
        "includedEventTypes": ["Microsoft.Storage.BlobCreated"],
        "subjectBeginsWith": "/blobservices/default/containers/PIECES/",
        "subjectEndsWith": ".PDF",
    }
    grid.subscribe(webhook, filters=filters)
    with grid.publisher() as publisher:
        other_type = EventGridEvent(SUBJECT, "Microsoft.Storage.BlobDeleted", {}, "", id="other type")
        other_end = event("other end", SUBJECT + ".docx")
        other_start = event("other start", "/blobServices/default/containers/autres/blobs/a.pdf")
        publisher.send([other_type, other_end, other_start, event("wanted")])
    until(lambda: grid.counts()["pending"] == 0)
    assert webhook.ids == ["wanted"]


def test_a_failed_delivery_comes_again_and_counts_its_attempts(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"time_scale": FAST})
    webhook.statuses = [500, 429, 302, 202]
    grid.subscribe(webhook)
    grid.publish()
    until(lambda: grid.counts()["delivered"] == 1)
    assert [it.headers["aeg-delivery-count"] for it in webhook.requests] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_some_answers_are_never_retried_and_dropped_without_a_dead_letter_container(
    grid: Grid, webhook: Webhook, status: int
) -> None:
    webhook.statuses = [status]
    grid.subscribe(webhook)
    grid.publish()
    until(lambda: grid.counts()["dropped"] == 1)
    assert len(webhook.requests) == 1


def test_a_dead_letter_has_azures_name_and_body(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"time_scale": FAST})
    webhook.statuses = [400]
    grid.subscribe(webhook, deadLetter="deadletters")
    grid.publish()
    until(lambda: grid.counts()["dead_lettered"] == 1)
    ((container, name, (letter,)),) = grid.letters.written
    subscription, year, month, day, hour, blob = name.split("/")
    assert (container, subscription) == ("deadletters", "ON-ORDER")
    assert [str(int(part)) for part in (year, month, day, hour)] == [year, month, day, hour]
    assert str(uuid.UUID(blob.removesuffix(".json"))) + ".json" == blob
    assert letter["subject"] == SUBJECT
    assert letter["deadLetterReason"] == "UndeliverableDueToHttpBadRequest"
    assert (letter["deliveryAttempts"], letter["lastDeliveryOutcome"]) == (1, "BadRequest")
    assert {"publishTime", "lastDeliveryAttemptTime"} <= letter.keys()


def test_a_dead_cloud_event_carries_its_reasons_in_lower_case(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"time_scale": FAST})
    webhook.statuses = [500, 500]
    retry = {"maxDeliveryAttempts": 2}
    grid.subscribe(webhook, schema="CloudEventSchemaV1_0", retryPolicy=retry, deadLetter="deadletters")
    grid.publish()
    until(lambda: grid.counts()["dead_lettered"] == 1)
    ((_, _, (letter,)),) = grid.letters.written
    assert letter["deadletterreason"] == "MaxDeliveryAttemptsExceeded"
    assert (letter["deliveryattempts"], letter["lastdeliveryoutcome"]) == (2, "InternalServerError")
    assert letter["specversion"] == "1.0"


def test_an_event_outlives_its_time_only_until_its_next_try(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"time_scale": FAST})
    webhook.statuses = [500] * 30
    grid.subscribe(webhook, retryPolicy={"eventTimeToLiveMinutes": 1}, deadLetter="deadletters")
    grid.publish()
    until(lambda: grid.counts()["dead_lettered"] == 1)
    ((_, _, (letter,)),) = grid.letters.written
    assert letter["deadLetterReason"] == "TimeToLiveExceeded"
    assert letter["deliveryAttempts"] == len(webhook.requests)


def test_dead_letters_wait_for_a_container_that_is_down(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"time_scale": FAST})
    webhook.statuses = [400]
    grid.letters.status = 0
    grid.subscribe(webhook, deadLetter="deadletters")
    grid.publish()
    until(lambda: grid.counts()["dying"] == 1)
    grid.letters.status = 201
    until(lambda: grid.counts()["dead_lettered"] == 1)


def test_dead_letters_without_their_container_are_dropped(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"time_scale": FAST})
    webhook.statuses = [400]
    grid.letters.status = 404
    grid.subscribe(webhook, deadLetter="deadletters")
    grid.publish()
    until(lambda: grid.counts()["dropped"] == 1)


def test_a_webhook_out_of_time_gets_the_event_again(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"time_scale": FAST, "answer_seconds": 0.1})
    webhook.hang.clear()
    grid.subscribe(webhook)
    grid.publish()
    until(lambda: len(webhook.requests) == 2)
    webhook.hang.set()
    until(lambda: grid.counts()["delivered"] == 1)


def test_a_webhook_that_hangs_does_not_hold_up_another(grid: Grid, webhook: Webhook) -> None:
    other = Webhook()
    webhook.hang.clear()
    grid.subscribe(webhook, "slow")
    grid.subscribe(other, "quick")
    grid.publish(100)
    until(lambda: len(set(other.ids)) == 100)
    other.listener.stop()


def test_what_was_not_delivered_survives_a_restart(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"delay_seconds": 3600})
    grid.subscribe(webhook)
    grid.publish(3)
    grid.restart()
    assert grid.counts()["pending"] == 3
    grid.put("_switches", {"delay_seconds": 0, "time_scale": 1e6})
    until(lambda: sorted(webhook.ids) == ["0", "1", "2"])


def test_the_same_seed_gives_the_same_losses_and_duplicates(grid: Grid, webhook: Webhook) -> None:
    grid.subscribe(webhook)
    rounds = []
    for _ in range(2):
        grid.put("_switches", {"seed": 7, "loss_share": 0.3, "duplicate_share": 0.3})
        webhook.requests.clear()
        grid.publish(60)
        until(lambda: grid.counts()["pending"] == 0)
        rounds.append(sorted(webhook.ids))
    assert rounds[0] == rounds[1]
    assert 0 < len(set(rounds[0])) < 60
    assert len(set(rounds[0])) < len(rounds[0])


def test_disorder_changes_the_order_and_loses_nothing(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"disorder_seconds": 0.3, "seed": 1})
    grid.subscribe(webhook)
    grid.publish(50)
    until(lambda: grid.counts()["delivered"] == 50)
    assert sorted(webhook.ids, key=int) == [str(number) for number in range(50)]
    assert webhook.ids != sorted(webhook.ids, key=int)


def test_a_batching_subscription_gets_several_events_in_one_call(grid: Grid, webhook: Webhook) -> None:
    grid.subscribe(webhook, batching={"maxEventsPerBatch": 10})
    grid.publish(20)
    until(lambda: grid.counts()["delivered"] == 20)
    assert len(webhook.requests) < 20


def test_a_removed_subscription_takes_what_was_on_its_way_with_it(grid: Grid, webhook: Webhook) -> None:
    grid.put("_switches", {"delay_seconds": 3600})
    grid.subscribe(webhook)
    grid.publish()
    assert grid.client.call("DELETE", "/subscriptions/on-order").status == 200
    assert grid.counts()["pending"] == 0
    assert grid.client.call("DELETE", "/subscriptions/on-order").status == 404


@pytest.mark.parametrize(
    "body", [[], {"weather": 1}, {"loss_share": 2}, {"time_scale": 0}, {"seed": 0.5}, {"delay_seconds": "1"}]
)
def test_a_switch_that_does_not_exist_or_fit_is_refused(grid: Grid, body: object) -> None:
    before = grid.client.call("GET", "/_switches").body
    assert grid.client.call("PUT", "/_switches", body=json.dumps(body).encode()).status == 400
    assert grid.client.call("GET", "/_switches").body == before


@pytest.mark.parametrize(
    "definition",
    [
        None,
        {"topic": "orders"},
        {"topic": "orders", "endpoint": "http://example.org/hook"},
        {"topic": "orders", "endpoint": "https://example.org", "schema": "Custom"},
        {"topic": "orders", "endpoint": "https://example.org", "retryPolicy": {"maxDeliveryAttempts": 31}},
        {"topic": "orders", "endpoint": "https://example.org", "retryPolicy": {"eventTimeToLiveMinutes": 0}},
    ],
)
def test_a_definition_that_azure_would_refuse_is_refused(grid: Grid, definition: object) -> None:
    assert grid.client.call("PUT", "/subscriptions/s", body=json.dumps(definition).encode()).status == 400


def test_the_retry_schedule_is_azures() -> None:
    steps = [retries.pause(attempts, 500, 0.0) for attempts in range(1, 13)]
    assert steps == [10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 43200, 43200]
    assert [retries.pause(1, status, 0.0) for status in (404, 408, 503)] == [300, 120, 30]


@given(attempts=st.integers(1, 40), status=st.integers(100, 599) | st.none(), chance=st.floats(0, 0.999))
def test_every_failure_is_either_retried_later_or_given_up_for_a_reason(
    attempts: int, status: int | None, chance: float
) -> None:
    assert retries.pause(attempts, status, chance) >= 10
    reason = retries.verdict(attempts, status, Policy(max_attempts=30))
    assert (reason is None) == (attempts < 30 and status not in retries.NEVER_RETRIED)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(identity=texts, kind=texts, subject=texts, time=texts, data=st.dictionaries(texts, texts | st.integers()))
def test_an_event_grid_event_survives_the_way_to_a_cloud_event_and_back(
    identity: str, kind: str, subject: str, time: str, data: dict[str, object]
) -> None:
    event = Event(identity, kind, RESOURCE, subject, time, data, "", {})
    for schema in Schema:
        written = event.written(schema)
        if schema is Schema.CLOUD_EVENTS and not (identity and kind):
            continue  # CloudEvents demand both
        assert schemas.read(f"[{written}]".encode(), "application/json", RESOURCE) == [event]


def test_a_definition_and_switches_read_back_as_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "events.db")
    subscription = parse("s", {"topic": "t", "endpoint": "https://h", "filters": {"includedEventTypes": ["a"]}})
    store.subscribe(subscription)
    store.turn(switches.turned(store.switches(), {"seed": 3}), now=0.0)
    assert store.subscriptions() == [subscription]
    assert isinstance(store.subscriptions()[0], Subscription)
    assert store.switches().seed == 3
    store.close()
