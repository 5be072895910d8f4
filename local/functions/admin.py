"""The host's own endpoints under /admin, for the holder of the master key: status, functions, running one by hand."""

import json
from collections.abc import Mapping

from local.functions.bindings import FunctionDescription
from local.functions.http import listing
from local.functions.invoker import Invoker
from local.functions.journal import Journal
from local.functions.keys import HostKeys
from local.functions.messages import HttpCall, Json, Payload, Text
from local.functions.pool import WorkerPool
from local.functions.timers import timer_info
from local.server import Request, Response, json_response

STATUS = "/admin/host/status"
PING = "/admin/host/ping"
FUNCTIONS = "/admin/functions"


class Admin:
    def __init__(
        self,
        functions: Mapping[str, FunctionDescription],
        prefix: str,
        *,
        pool: WorkerPool,
        invoker: Invoker,
        journal: Journal,
        keys: HostKeys,
    ) -> None:
        self._functions = functions
        self._prefix = prefix
        self._pool = pool
        self._invoker = invoker
        self._journal = journal
        self._keys = keys

    def handle(self, request: Request) -> Response:
        if request.path == PING:
            return Response(200)
        if not self._keys.opens_admin(request):
            return Response(401)
        match request.method, request.path.rstrip("/"):
            case "GET", path if path == STATUS:
                return json_response(200, self._status())
            case "GET", path if path == FUNCTIONS:
                return json_response(200, [listing(one, self._prefix) for one in self._functions.values()])
            case method, path if path.startswith(FUNCTIONS + "/"):
                return self._one(method, path.removeprefix(FUNCTIONS + "/"), request)
            case _:
                return Response(404)

    def _status(self) -> dict[str, object]:
        counts = {name: self._journal.counts(name) for name in self._functions}
        return {
            "state": "Running",
            "workers": self._pool.pids,
            "in_flight": self._pool.in_flight,
            "functions": {name: {"invocations": all_, "failures": bad} for name, (all_, bad) in counts.items()},
        }

    def _one(self, method: str, name: str, request: Request) -> Response:
        function = next((one for key, one in self._functions.items() if key.lower() == name.lower()), None)
        if function is None:
            return Response(404)
        if method == "GET":
            return json_response(200, listing(function, self._prefix))
        if method != "POST":
            return Response(405)
        text = _input(request)
        if text is None:
            return Response(400, b'the body must be {"input": "..."}')
        self._invoker.start(function, by_hand(function, text))
        return Response(202)


def _input(request: Request) -> str | None:
    try:
        body = request.json()
    except ValueError:
        return None
    if body is None:
        return ""
    value = body.get("input", "") if isinstance(body, dict) else None
    return value if value is None or isinstance(value, str) else json.dumps(value)


def by_hand(function: FunctionDescription, text: str) -> Payload:
    """What a trigger would have given, from the text that an operator gives instead."""
    match function.trigger_type:
        case "timerTrigger":
            return timer_info(None, past_due=False)
        case "eventGridTrigger":
            return Json(text)
        case "httpTrigger":
            return HttpCall("POST", "https://localhost/", {}, {}, {}, text.encode())
        case _:
            return Text(text)
