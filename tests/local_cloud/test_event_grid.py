"""Event Grid on loopback, with the real azure-eventgrid before it and a webhook behind it."""

import json
import time
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent, EventGridPublisherClient
from hypothesis import given
from hypothesis import strategies as st

from local.certificate import certificate
from local.event_grid import EventGrid
from local.events import schemas, switches
from local.events.schemas import Event, Schema
from local.events.store import Store
from local.events.subscriptions import Subscription, parse
from local.server import Listener
from tests.local_cloud.grid import RESOURCE, SUBJECT, Grid, Webhook, event, until


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
