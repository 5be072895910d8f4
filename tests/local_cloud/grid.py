"""An Event Grid in this process, a webhook behind it, and a container of dead letters: for its tests."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from azure.core.credentials import AzureKeyCredential
from azure.eventgrid import EventGridEvent, EventGridPublisherClient

from local.client import Answer, Client, Unreachable
from local.event_grid import EventGrid
from local.events.dispatch import Dispatcher
from local.events.store import Store
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
