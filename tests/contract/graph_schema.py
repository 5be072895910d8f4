"""Microsoft's own schema of Graph v1.0, as far as our Graph server speaks it: what is not as it says is a fault.

`graph_types.json` is taken out of Microsoft's file by `extract_graph_types.py`. `Checked` stands before a server and
holds every answer that it gives against the type of its route, whoever asked.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from local.server import Request, Response

SCHEMA = json.loads((Path(__file__).parent / "graph_types.json").read_text())
TYPES, ENUMS = SCHEMA["types"], SCHEMA["enums"]
# Instance annotations and control information that Graph's documentation adds to the schema's properties.
ANNOTATIONS = {
    "@microsoft.graph.downloadUrl",
    "@microsoft.graph.sharedChanged",
    "@odata.nextLink",
    "@odata.deltaLink",
    "@odata.type",
}
OPEN = {"publicInnerError"}  # the schema lets most types have more; Graph itself has so only here
PLAIN: dict[str, Callable[[object], bool]] = {
    "Edm.String": lambda it: isinstance(it, str),
    "Edm.Boolean": lambda it: isinstance(it, bool),
    "Edm.Int32": lambda it: isinstance(it, int) and -(2**31) <= it < 2**31,
    "Edm.Int64": lambda it: isinstance(it, int) and not isinstance(it, bool),
    "Edm.Guid": lambda it: isinstance(it, str) and str(UUID(it)) == it.lower(),
    "Edm.DateTimeOffset": lambda it: isinstance(it, str) and datetime.fromisoformat(it).tzinfo is not None,
}


def faults(value: object, kind: str, at: str = "$") -> Iterator[str]:
    """Where a value is not of its type."""
    if value is None:
        return
    if kind.startswith("Collection("):
        if not isinstance(value, list):
            yield f"{at}: not a collection"
            return
        for number, it in enumerate(value):
            yield from faults(it, kind.removeprefix("Collection(").removesuffix(")"), f"{at}[{number}]")
    elif kind in PLAIN:
        if not PLAIN[kind](value):
            yield f"{at}: not {kind}"
    else:
        yield from _faults_of(value, kind.removeprefix("graph."), at)


def _faults_of(value: object, name: str, at: str) -> Iterator[str]:
    if name in ENUMS:
        if value not in ENUMS[name]:
            yield f"{at}: not in {name}"
        return
    if not isinstance(value, dict):
        yield f"{at}: not a {name}"
        return
    properties = TYPES[name]["properties"]
    for key, it in value.items():
        if key.startswith("@"):
            if key not in ANNOTATIONS:
                yield f"{at}.{key}: an annotation that Graph does not know"
        elif key not in properties:
            if name in OPEN:
                continue
            yield f"{at}.{key}: {name} has no such property"
        else:
            yield from faults(it, properties[key], f"{at}.{key}")


# What each route answers with when all is well: a type, or none where there is no body.
DRIVE, ITEM = "/drives/[^/]+", "/drives/[^/]+/(root|items/[^/]+)"
ROUTES: tuple[tuple[str, str, int, str], ...] = (
    ("GET", DRIVE, 200, "graph.drive"),
    ("GET", ITEM, 200, "graph.driveItem"),
    ("GET", f"{DRIVE}/root:/.+", 200, "graph.driveItem"),
    ("DELETE", f"{DRIVE}/items/[^/]+", 204, ""),
    ("GET", f"{DRIVE}/items/[^/]+/content", 302, ""),
    ("GET", f"{DRIVE}/items/[^/]+/children", 200, "Collection(graph.driveItem)"),
    ("GET", f"{DRIVE}/items/[^/]+/permissions", 200, "Collection(graph.permission)"),
    ("GET", rf"{ITEM}/delta(\(\))?", 200, "Collection(graph.driveItem)"),
    ("GET", "/sites/[^/]+(:/.*)?", 200, "graph.site"),
    ("GET", "/sites/[^/]+/drives", 200, "Collection(graph.drive)"),
    ("GET", "/subscriptions", 200, "Collection(graph.subscription)"),
    ("POST", "/subscriptions", 201, "graph.subscription"),
    ("GET", "/subscriptions/[^/]+", 200, "graph.subscription"),
    ("PATCH", "/subscriptions/[^/]+", 200, "graph.subscription"),
    ("DELETE", "/subscriptions/[^/]+", 204, ""),
)


def faults_of_answer(request: Request, answer: Response) -> list[str]:
    """Of status, headers and body, by the route that was asked."""
    path = request.path.removeprefix("/v1.0")
    if answer.status >= 400:
        body = json.loads(answer.body)
        patience = answer.status in (429, 503) and "Retry-After" not in answer.headers
        return [
            *faults(body.get("error", "missing"), "graph.publicError", f"{request.method} {answer.status}"),
            *(["an error has more than an error"] if set(body) != {"error"} else []),
            *(["no Retry-After"] if patience else []),
        ]
    fitting = [it for it in ROUTES if it[0] == request.method and re.fullmatch(it[1], path)]
    if not fitting:
        return [f"{request.method} {path}: a route that is not in the list"]
    _, _, status, kind = fitting[-1]
    if answer.status != status:
        return [f"{request.method}: {answer.status} instead of {status}"]
    if not kind:
        return ["a body where there is none"] if answer.body else []
    body = json.loads(answer.body)
    if not kind.startswith("Collection("):
        return list(faults(body, kind))
    more = sorted({key for key in body if key != "value"} - ANNOTATIONS)
    return [*faults(body.get("value", "missing"), kind), *(f"a page has no {it}" for it in more)]


class Checked:
    """A server whose every answer is held against the schema."""

    def __init__(self, server: Callable[[Request], Response]) -> None:
        self._server = server
        self.faults: list[str] = []
        self.routes: set[tuple[str, str]] = set()

    def __call__(self, request: Request) -> Response:
        answer = self._server(request)
        if request.path.startswith("/v1.0"):
            self.faults += faults_of_answer(request, answer)
            path = request.path.removeprefix("/v1.0")
            self.routes |= {it[:2] for it in ROUTES if it[0] == request.method and re.fullmatch(it[1], path)}
        return answer
