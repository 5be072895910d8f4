"""HTTP triggers: which function a request is for, what it gets of the request, what comes back.

Routes are ASP.NET templates under the prefix of host.json: `{name}`, `{name?}`, `{name:int}`, `{*rest}`; a literal
beats a parameter. No route, or no such method on it, is 404, as in Azure. A function that fails answers 500 without a
word; one that takes longer than 230 s, the limit of Azure's front, is answered 504 while it goes on.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from local.functions.bindings import BindingError, FunctionDescription
from local.functions.invoker import Invoker, within
from local.functions.keys import HostKeys
from local.functions.messages import HttpAnswer, HttpCall, Json, Outcome, Raw, Returned, Text
from local.server import LOOPBACK, Request, Response

FRONT_LIMIT = 230.0  # seconds; learn.microsoft.com/azure/azure-functions/functions-scale#timeout
SEGMENT = re.compile(r"\{(\*{1,2})?(\w+)(?::(\w+))?(\?)?\}")
CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "guid": r"[0-9a-fA-F-]{36}",
    "alpha": r"[A-Za-z]+",
    "bool": "true|false",
}


@dataclass(frozen=True, slots=True)
class Route:
    function: FunctionDescription
    pattern: re.Pattern[str]
    rank: tuple[int, ...]  # per segment: 0 literal, 1 constrained, 2 parameter, 3 catch-all

    def parameters(self, request: Request) -> Mapping[str, str] | None:
        """What the template takes from the path; None when the request is not for this route."""
        methods = self.function.methods
        if methods and request.method not in methods:
            return None
        match = self.pattern.fullmatch(request.path.strip("/"))
        return None if match is None else {name: value for name, value in match.groupdict().items() if value}


def route(function: FunctionDescription, prefix: str) -> Route:
    """Raises BindingError for a template that is not understood."""
    pattern, rank = re.escape(prefix), [0]
    for segment in filter(None, function.route.strip("/").split("/")):
        piece, weight = _segment(function, segment)
        pattern += piece
        rank.append(weight)
    return Route(function, re.compile(pattern.removeprefix("/"), re.IGNORECASE), tuple(rank))


def _segment(function: FunctionDescription, segment: str) -> tuple[str, int]:
    match = SEGMENT.fullmatch(segment)
    if match is None:
        if "{" in segment:
            raise BindingError(f"Function {function.name}: the route segment {segment} is not understood.")
        return "/" + re.escape(segment), 0
    catch_all, name, constraint, optional = match.groups()
    if catch_all:
        return f"(?:/(?P<{name}>.*))?", 3
    if constraint and constraint not in CONSTRAINTS:
        raise BindingError(f"Function {function.name}: the route constraint {constraint} is not understood.")
    inner = f"/(?P<{name}>{CONSTRAINTS.get(constraint or '', '[^/]+')})"
    return (f"(?:{inner})?" if optional else inner), 1 if constraint else 2


class HttpTriggers:
    def __init__(self, functions: Iterable[FunctionDescription], prefix: str, invoker: Invoker, keys: HostKeys) -> None:
        self._routes = sorted((route(one, prefix) for one in functions), key=lambda one: one.rank)
        self._invoker = invoker
        self._keys = keys

    def handle(self, request: Request) -> Response:
        for candidate in self._routes:
            parameters = candidate.parameters(request)
            if parameters is not None:
                return self._run(candidate.function, request, parameters)
        return Response(404)

    def _run(self, function: FunctionDescription, request: Request, parameters: Mapping[str, str]) -> Response:
        if not self._keys.opens_function(request, function.auth_level):
            return Response(401)
        call = http_call(request, parameters)
        future = self._invoker.start(function, call, traceparent=request.headers.get("traceparent", ""))
        outcome = within(future, FRONT_LIMIT)
        return Response(504) if outcome is None else response(outcome)


def http_call(request: Request, parameters: Mapping[str, str]) -> HttpCall:
    host = request.headers.get("host", LOOPBACK)
    query = f"?{urlencode(request.query)}" if request.query else ""
    url = f"https://{host}{request.raw_path or request.path}{query}"
    return HttpCall(request.method, url, dict(request.headers), dict(request.query), dict(parameters), request.body)


def response(outcome: Outcome) -> Response:
    return _returned(outcome.value) if outcome.succeeded else Response(500)


def _returned(value: Returned) -> Response:
    match value:
        case HttpAnswer(status, headers, body):
            return Response(status, body, headers)
        case Text(text):
            return Response(200, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        case Json(text):
            return Response(200, text.encode(), {"Content-Type": "application/json; charset=utf-8"})
        case Raw(data):
            return Response(200, data, {"Content-Type": "application/octet-stream"})
        case None:
            return Response(204)


def listing(function: FunctionDescription, prefix: str) -> dict[str, object]:
    """A function as `GET /admin/functions` shows it."""
    bindings = [
        {"name": one.name, "type": one.type, "direction": one.direction, **one.properties} for one in function.bindings
    ]
    template = "/".join(filter(None, (prefix, function.route.strip("/"))))
    invoke = f"/{template}" if function.trigger_type == "httpTrigger" else None
    return {"name": function.name, "config": {"bindings": bindings}, "invoke_url_template": invoke}
