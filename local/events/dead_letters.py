"""A dead letter as Azure writes it: CONTAINER/SUBSCRIPTION/YYYY/M/D/H/<guid>.json, an array of events.

Month, day and hour are not padded; the hour is of UTC; the subscription's name is in upper case. Beside the event
stand why it was given up and how often it was tried: in camel case, or in lower case in a CloudEvent.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from local.events.schemas import Schema
from local.events.store import Delivery


def blob_name(subscription: str, now: float, guid: uuid.UUID) -> str:
    at = datetime.fromtimestamp(now, UTC)
    return f"{subscription.upper()}/{at.year}/{at.month}/{at.day}/{at.hour}/{guid}.json"


def body(deliveries: Sequence[Delivery], schema: Schema) -> bytes:
    letters = [{**json.loads(it.event), **_properties(it, schema)} for it in deliveries]
    return json.dumps(letters, ensure_ascii=False).encode()


def _properties(delivery: Delivery, schema: Schema) -> dict[str, object]:
    properties: dict[str, object] = {
        "deadLetterReason": delivery.reason,
        "deliveryAttempts": delivery.attempts,
        "lastDeliveryOutcome": delivery.outcome,
        "publishTime": timestamp(delivery.published),
        "lastDeliveryAttemptTime": timestamp(delivery.attempted or delivery.published),
    }
    if schema is Schema.CLOUD_EVENTS:
        return {name.lower(): value for name, value in properties.items()}
    return properties


def timestamp(seconds: float) -> str:
    """Seven digits of a second, as .NET writes them."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}0Z"
