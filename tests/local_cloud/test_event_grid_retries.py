"""What Event Grid does with a failure: again, later, as a dead letter, or no more."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.events import retries
from local.events.retries import Policy
from tests.local_cloud.grid import FAST, SUBJECT, Grid, Webhook, until


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
