"""Event Grid's webhook, as the Event Grid extension of Azure's host answers it.

Validation is answered with the code. A notification may hold several events: each is an invocation of its own, all at
the same time; any failure answers 500, and Event Grid sends the whole payload again. An unknown function is 404.
"""

import json
from collections.abc import Mapping

from local.functions.bindings import FunctionDescription
from local.functions.invoker import Invoker
from local.functions.keys import HostKeys
from local.functions.messages import Json
from local.server import Request, Response, json_response

PATH = "/runtime/webhooks/eventgrid"


class Webhook:
    def __init__(self, functions: Mapping[str, FunctionDescription], invoker: Invoker, keys: HostKeys) -> None:
        self._functions = {name.lower(): function for name, function in functions.items()}
        self._invoker = invoker
        self._keys = keys

    def handle(self, request: Request) -> Response:
        if not self._keys.opens_webhook(request):
            return Response(401)
        function = self._functions.get(request.query.get("functionName", "").lower())
        if function is None:
            return Response(404, b"no Event Grid function of this name")
        if request.method == "OPTIONS":
            return _allowed(request)
        match request.headers.get("aeg-event-type", "").lower():
            case "subscriptionvalidation":
                return _validation(request)
            case "notification":
                return self._notify(function, request)
            case "unsubscribe":
                return Response(202)
            case _:
                return Response(400)

    def _notify(self, function: FunctionDescription, request: Request) -> Response:
        events = _events(request)
        if events is None:
            return Response(500)  # not 400: the real host fails on it too, and 400 would lose the event
        futures = [self._invoker.start(function, Json(json.dumps(event)), {"data": _data(event)}) for event in events]
        succeeded = [future.result().succeeded for future in futures]
        return Response(202) if all(succeeded) else Response(500)


def _events(request: Request) -> list[object] | None:
    """One CloudEvent or an array of either schema; None for what is not JSON objects."""
    try:
        payload = request.json()
    except ValueError:
        return None
    events = payload if isinstance(payload, list) else [payload]
    return events if all(isinstance(event, dict) for event in events) else None


def _data(event: object) -> str:
    return json.dumps(event.get("data") if isinstance(event, dict) else None)


def _validation(request: Request) -> Response:
    for event in _events(request) or ():
        data = event.get("data") if isinstance(event, dict) else None
        if isinstance(data, dict) and "validationCode" in data:
            return json_response(200, {"validationResponse": data["validationCode"]})
    return Response(500)


def _allowed(request: Request) -> Response:
    """The abuse protection of CloudEvents: https://github.com/cloudevents/spec/blob/v1.0/http-webhook.md#4."""
    origin = request.headers.get("webhook-request-origin", "")
    if not origin:
        return Response(400)
    return Response(200, b"", {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})
