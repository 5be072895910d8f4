"""An event in its two schemas, Event Grid's own and CloudEvents 1.0, and the way from one to the other.

An event that does not hold what its schema demands is refused as Azure refuses it, with 400, before anything is kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_BYTES = 1_048_576  # of one publish request, and so of an event


class Schema(StrEnum):
    EVENT_GRID = "EventGridSchema"
    CLOUD_EVENTS = "CloudEventSchemaV1_0"


class Malformed(ValueError):
    """The publisher's fault: 400."""


_EVENT_GRID = ("id", "subject", "eventType", "eventTime")
_CLOUD = ("id", "source", "type", "specversion")
_CLOUD_KNOWN = frozenset({*_CLOUD, "subject", "time", "data"})


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    type: str
    source: str  # the topic's resource id, or what the publisher of a CloudEvent wrote
    subject: str
    time: str
    data: object
    data_version: str
    extensions: Mapping[str, object]  # of a CloudEvent: datacontenttype, data_base64, traceparent and its like

    def written(self, schema: Schema) -> str:
        """As it travels, in one line of JSON."""
        shape = self._event_grid() if schema is Schema.EVENT_GRID else self._cloud()
        return json.dumps(shape, ensure_ascii=False)

    def _event_grid(self) -> dict[str, object]:
        return {
            "topic": self.source,
            "subject": self.subject,
            "eventType": self.type,
            "id": self.id,
            "data": self.data,
            "dataVersion": self.data_version,
            "metadataVersion": "1",
            "eventTime": self.time,
        }

    def _cloud(self) -> dict[str, object]:
        head = {"source": self.source, "subject": self.subject, "type": self.type, "time": self.time, "id": self.id}
        given = {name: value for name, value in head.items() if value}
        data = {} if "data_base64" in self.extensions else {"data": self.data}
        return {**given, **data, **self.extensions, "specversion": "1.0"}


def read(body: bytes, content_type: str, topic: str) -> list[Event]:
    """The events of a publish request. Raises Malformed; an empty list is malformed, too."""
    try:
        value = json.loads(body)
    except ValueError:
        raise Malformed("The body is not JSON.") from None
    entries = value if isinstance(value, list) else [value]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise Malformed("The body is not an array of events.")
    cloud = "cloudevents" in content_type or all("specversion" in entry for entry in entries)
    return [_cloud_event(entry) if cloud else _event_grid_event(entry, topic) for entry in entries]


def _event_grid_event(entry: Mapping[str, object], topic: str) -> Event:
    _demand(entry, _EVENT_GRID)
    return Event(
        id=_text(entry, "id"),
        type=_text(entry, "eventType"),
        source=topic,
        subject=_text(entry, "subject"),
        time=_text(entry, "eventTime"),
        data=entry.get("data"),
        data_version=_text(entry, "dataVersion"),
        extensions={},
    )


def _cloud_event(entry: Mapping[str, object]) -> Event:
    _demand(entry, _CLOUD)
    if entry["specversion"] != "1.0":
        raise Malformed("Only CloudEvents 1.0 are taken.")
    return Event(
        id=_text(entry, "id"),
        type=_text(entry, "type"),
        source=_text(entry, "source"),
        subject=_text(entry, "subject"),
        time=_text(entry, "time"),
        data=entry.get("data"),
        data_version="",
        extensions={name: value for name, value in entry.items() if name not in _CLOUD_KNOWN},
    )


def _demand(entry: Mapping[str, object], names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in entry]
    if missing:
        raise Malformed(f"An event lacks {', '.join(missing)}.")


def _text(entry: Mapping[str, object], name: str) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise Malformed(f"An event's {name} is not text.")
    return value
