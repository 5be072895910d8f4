"""An event subscription: which events of a topic go where, in which schema, how often, and where they end.

Shaped after the resource `Microsoft.EventGrid/eventSubscriptions`, flattened to what Greffe sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from local.events.retries import Policy
from local.events.schemas import Event, Schema


class BadSubscription(ValueError):
    """A definition that Azure would refuse."""


@dataclass(frozen=True, slots=True)
class Subscription:
    name: str
    topic: str
    endpoint: str
    schema: Schema = Schema.EVENT_GRID
    event_types: tuple[str, ...] = ()  # empty: all
    subject_begins: str = ""
    subject_ends: str = ""
    policy: Policy = Policy()
    dead_letters: str | None = None  # a container; None: what cannot be delivered is dropped
    batch: int = 1  # events per call

    def wants(self, event: Event) -> bool:
        """Subjects are compared without case, as Azure does unless told otherwise."""
        subject = event.subject.casefold()
        return (
            (not self.event_types or event.type in self.event_types)
            and subject.startswith(self.subject_begins.casefold())
            and subject.endswith(self.subject_ends.casefold())
        )


def parse(name: str, definition: object) -> Subscription:
    whole = _mapping(definition, "definition")
    filters = _mapping(whole.get("filters", {}), "filters")
    retry = _mapping(whole.get("retryPolicy", {}), "retryPolicy")
    batching = _mapping(whole.get("batching", {}), "batching")
    container = whole.get("deadLetter")
    return Subscription(
        name=name,
        topic=_text(whole, "topic"),
        endpoint=_endpoint(whole),
        schema=_schema(whole.get("schema", Schema.EVENT_GRID)),
        event_types=_texts(filters.get("includedEventTypes") or []),
        subject_begins=_text(filters, "subjectBeginsWith", ""),
        subject_ends=_text(filters, "subjectEndsWith", ""),
        policy=Policy(
            max_attempts=_number(retry, "maxDeliveryAttempts", 30, 30),
            minutes_to_live=_number(retry, "eventTimeToLiveMinutes", 1440, 1440),
        ),
        dead_letters=None if container is None else _text(whole, "deadLetter"),
        batch=_number(batching, "maxEventsPerBatch", 1, 5000),
    )


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise BadSubscription(f"The {what} is not an object.")
    return cast("Mapping[str, object]", value)


def _text(where: Mapping[str, object], name: str, default: str | None = None) -> str:
    value = where.get(name, default)
    if not isinstance(value, str):
        raise BadSubscription(f"{name} is missing, or not text.")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise BadSubscription("includedEventTypes is not a list of texts.")
    return tuple(value)


def _endpoint(whole: Mapping[str, object]) -> str:
    endpoint = _text(whole, "endpoint")
    if not endpoint.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise BadSubscription("The endpoint must be HTTPS, or on loopback.")
    return endpoint


def _schema(value: object) -> Schema:
    try:
        return Schema(str(value))
    except ValueError:
        raise BadSubscription(f"schema is one of: {', '.join(Schema)}.") from None


def _number(where: Mapping[str, object], name: str, default: int, most: int) -> int:
    value = where.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadSubscription(f"{name} is a whole number from 1 to {most}.")
    return value
