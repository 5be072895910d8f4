"""Event Grid on loopback: topics, subscriptions with a handshake, delivery at least once and without order.

    POST   /topics/NAME/api/events    publish, as azure-eventgrid does (aeg-sas-key, or a token for Event Grid)
    PUT    /topics/NAME               {"resource": its id in Azure}; answers {"name", "resource", "key"}
    PUT    /subscriptions/NAME        {topic, endpoint, filters, schema, retryPolicy, deadLetter}; after the handshake
    GET    /subscriptions             DELETE /subscriptions/NAME
    GET    /_switches                 PUT /_switches: the weather (duplicates, disorder, delay, loss, speed of time)
    GET    /_status                   what came, left, waits and died

Promises: what was answered 200 is delivered at least once, or is a dead letter, or was dropped for a reason that Azure
has too; all of it across restarts. Must never write an event to a log.
"""

import json
import os
import secrets
import signal
import threading
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from local.client import EVENT_GRID, Storage, Tokens
from local.events import schemas, subscriptions, switches
from local.events.dispatch import Dispatcher
from local.events.store import Store, Topic
from local.events.subscriptions import Subscription
from local.events.webhook import NotValidated, Webhook
from local.server import Request, Response, arguments, json_response, run
from local.tokens import BadToken, Signer, signer

SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000000"
GROUP = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/local"


class EventGrid:
    """The routes. State is in the store, movement in the dispatcher."""

    def __init__(self, store: Store, dispatcher: Dispatcher, tokens: Signer) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._tokens = tokens
        self._turning = threading.Lock()

    def __call__(self, request: Request) -> Response:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["topics", name, "api", "events"]:
                return self._publish(name, request)
            case "PUT", ["topics", name]:
                return self._make_topic(name, request)
            case "PUT", ["subscriptions", name]:
                return self._subscribe(name, request)
            case "DELETE", ["subscriptions", name]:
                return Response(200 if self._store.unsubscribe(name) else 404)
            case "GET", ["subscriptions"]:
                return json_response(200, [_shown(it) for it in self._store.subscriptions()])
            case "GET", ["_switches"]:
                return json_response(200, asdict(self._store.switches()))
            case "PUT", ["_switches"]:
                return self._turn(request)
            case "GET", ["_status"]:
                return json_response(200, self._store.counts())
        return _refused(404, "NotFound", "No such resource.")

    def _publish(self, name: str, request: Request) -> Response:
        topic = self._store.topic(name)
        if topic is None:
            return _refused(404, "ResourceNotFound", "No such topic.")
        if not self._may_publish(topic, request):
            return _refused(401, "Unauthorized", "Send the topic's key (aeg-sas-key), or a token for Event Grid.")
        if len(request.body) > schemas.MAX_BYTES:
            return _refused(413, "RequestEntityTooLarge", "A publish request is at most 1 MB.")
        try:
            events = schemas.read(request.body, request.headers.get("content-type", ""), topic.resource)
        except schemas.Malformed as error:
            return _refused(400, "BadRequest", str(error))
        self._dispatcher.publish(name, events)
        return Response(200)

    def _may_publish(self, topic: Topic, request: Request) -> bool:
        key = request.headers.get("aeg-sas-key")
        if key is not None:
            return secrets.compare_digest(key.encode(), topic.key.encode())
        try:
            self._tokens.verified(request, EVENT_GRID.rstrip("/"))
        except BadToken:
            return False
        return True

    def _make_topic(self, name: str, request: Request) -> Response:
        body = _parsed(request)
        resource = body.get("resource") if isinstance(body, dict) else None
        if not isinstance(resource, str):
            return _refused(400, "InvalidRequest", "A topic takes a resource.")
        self._store.add_topic(Topic(name, resource, secrets.token_urlsafe(32)))
        topic = self._store.topic(name)
        return json_response(200, asdict(topic) if topic else {})

    def _subscribe(self, name: str, request: Request) -> Response:
        try:
            wanted = subscriptions.parse(name, _parsed(request))
        except subscriptions.BadSubscription as error:
            return _refused(400, "InvalidRequest", str(error))
        topic = self._store.topic(wanted.topic)
        if topic is None:
            return _refused(404, "ResourceNotFound", "No such topic.")
        try:
            with closing(Webhook(wanted, answer_seconds=self._store.switches().answer_seconds)) as webhook:
                webhook.validate(topic.resource, time.time())
        except NotValidated as error:
            return _refused(400, "URL validation", str(error))
        self._store.subscribe(wanted)
        return json_response(200, _shown(wanted))

    def _turn(self, request: Request) -> Response:
        with self._turning:
            try:
                turned = switches.turned(self._store.switches(), _parsed(request))
            except switches.BadSwitch as error:
                return _refused(400, "InvalidRequest", str(error))
            self._store.turn(turned, now=time.time())
            self._dispatcher.reload()
        return json_response(200, asdict(turned))


def _parsed(request: Request) -> object:
    try:
        return request.json()
    except json.JSONDecodeError:
        return None


def _shown(subscription: Subscription) -> dict[str, object]:
    """Without the query of the endpoint: it holds a key."""
    return {**asdict(subscription), "endpoint": subscription.endpoint.split("?")[0], "state": "Succeeded"}


def _refused(status: int, code: str, message: str) -> Response:
    return json_response(status, {"error": {"code": code, "message": message}})


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--signing-key", type=Path, required=True, help="of the identity endpoint")
    options = parser.parse_args()
    store = Store(options.home / "events.db")
    letters = Storage.of(os.environ, Tokens.of(os.environ))
    dispatcher = Dispatcher(store, letters, on_bug=lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    run(EventGrid(store, dispatcher, signer(options.signing_key)), options, on_stop=dispatcher.stop)


if __name__ == "__main__":
    main()
