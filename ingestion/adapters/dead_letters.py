"""What Event Grid gave up on: JSON arrays of events in a container, by subscription and hour.

The bodies hold the events' subjects, and so paths: they are read to be replayed, shown as counts and reasons only, and
deleted once their events are enqueued again. The layout is Event Grid's: SUBSCRIPTION/YYYY/M/D/H/GUID.json, UTC.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerClient

from ingestion.adapters.transport import SharedTransport, storage_errors


@dataclass(frozen=True, slots=True)
class DeadLetter:
    name: str  # of the blob: subscription, date and a GUID, no content
    events: list[Mapping[str, object]] = field(repr=False)  # empty where it is none of Event Grid's: shown, left alone

    @property
    def reasons(self) -> list[str]:
        """Event Grid's own words, such as MaxDeliveryAttemptsExceeded; CloudEvents carry them in lower case."""
        words = {str(it.get("deadLetterReason") or it.get("deadletterreason") or "unknown") for it in self.events}
        return sorted(words) or ["unreadable"]

    @property
    def since(self) -> str:
        """When its first event was published, ISO 8601; "" where it does not say."""
        return min((str(it.get("publishTime") or it.get("publishtime") or "") for it in self.events), default="")


class BlobDeadLetters:
    def __init__(self, blob_url: str, container: str, credential: TokenCredential, transport: SharedTransport) -> None:
        self._container = ContainerClient(blob_url, container, credential=credential, **transport.storage())

    def __iter__(self) -> Iterator[DeadLetter]:
        with storage_errors("the dead letters: reading"):
            for name in self._container.list_blob_names():
                if letter := self._read(name):
                    yield letter

    def count(self) -> int:
        with storage_errors("the dead letters: counting"):
            return sum(1 for _ in self._container.list_blob_names())

    def _read(self, name: str) -> DeadLetter | None:
        try:
            body = json.loads(self._container.download_blob(name).readall())
        except ResourceNotFoundError:
            return None  # another operator replayed it since it was listed
        except ValueError:
            body = []
        events = body if isinstance(body, list) else [body]
        return DeadLetter(name, events if all(isinstance(it, dict) for it in events) else [])

    def remove(self, letter: DeadLetter) -> None:
        with storage_errors("the dead letters: removing one"):
            try:
                self._container.delete_blob(letter.name)
            except ResourceNotFoundError:
                return  # another operator replayed it at the same time
