"""Azure AI Search on loopback: the wire format of API 2026-04-01 over `local.search`. Never deployed.

    python -m local.ai_search --port 0 --home DIR --certificate PEM

Answers what azure-search-documents asks of indexes, aliases and documents, with the status codes and bodies of recorded
exchanges. Anyone with an `api-key` or a bearer token may do everything. `PUT /_switches` makes it misbehave on purpose.
Logs nothing: a request holds content.
"""

import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

from local.search import analysis
from local.search.catalog import Catalog, Conditions
from local.search.engine import Action, Index, Pace, too_large
from local.search.errors import SearchError, invalid
from local.search.statistics import service_statistics
from local.search.switches import SwitchBoard, switches_of
from local.search.wire import Body, Json, parse
from local.server import Request, Response, arguments, json_response, run

MAX_BATCH_BYTES = 16 * 1024 * 1024
# /indexes('name')/docs('key'), and the older /indexes/name/docs/key; a quote inside a name is doubled.
PATH = re.compile(r"/(?P<kind>indexes|aliases)(?:\('(?P<name>(?:[^'/]|'')*)'\)|/(?P<plain>[^/(]+))?(?P<rest>/.*)?\Z")
DOCUMENT = re.compile(r"/docs(?:\('(?P<key>(?:[^']|'')*)'\)|/(?!\$count|search\.)(?P<plain>[^/(]+))\Z")

type Answer = Callable[["Asked"], Response]


class Asked:
    """A request with what its path names."""

    def __init__(self, request: Request, name: str, key: str = "") -> None:
        self.request = request
        self.name = name
        self.key = key

    @property
    def body(self) -> Body:
        return parse(self.request.body)

    @property
    def conditions(self) -> Conditions:
        headers = self.request.headers
        return Conditions(headers.get("if-match", ""), headers.get("if-none-match", ""))

    @property
    def select(self) -> list[str]:
        return [name.strip() for name in self.request.query.get("$select", "").split(",") if name.strip()]


class SearchServer:
    """The handler of a `Listener`. Thread-safe."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.time) -> None:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._board = SwitchBoard(home)
        self._catalog = Catalog(home, int(self._board.now.index_quota))
        self._clock = clock
        self._late: list[threading.Timer] = []
        self._routes: Mapping[tuple[str, str], Answer] = {
            ("PUT", "index"): self._put_index,
            ("POST", "indexes"): self._post_index,
            ("GET", "index"): self._get_index,
            ("GET", "indexes"): self._list_indexes,
            ("DELETE", "index"): self._drop_index,
            ("PUT", "alias"): self._put_alias,
            ("POST", "aliases"): self._post_alias,
            ("GET", "alias"): lambda asked: json_response(200, self._catalog.alias(asked.name)),
            ("GET", "aliases"): lambda _: json_response(200, {"value": self._catalog.aliases()}),
            ("DELETE", "alias"): self._drop_alias,
            ("GET", "/search.stats"): lambda asked: json_response(200, self._index(asked).statistics()),
            ("POST", "/search.analyze"): self._analyze,
            ("POST", "/docs/search.index"): self._write,
            ("GET", "/docs/$count"): self._count,
            ("GET", "document"): self._lookup,
            ("POST", "/docs/search.post.search"): self._search,
            ("POST", "/docs/search.post.suggest"): lambda asked: json_response(
                200, self._index(asked).suggest(asked.body)
            ),
            ("POST", "/docs/search.post.autocomplete"): lambda asked: json_response(
                200, self._index(asked).autocomplete(asked.body)
            ),
        }

    def close(self) -> None:
        for timer in self._late:
            timer.cancel()
        self._catalog.close()

    def __call__(self, request: Request) -> Response:
        try:
            if request.path == "/_switches":
                return self._switch(request)
            self._admit(request)
            if request.path == "/servicestats":
                return json_response(200, service_statistics(self._catalog))
            route, asked = _route(request)
            answer = self._routes.get((request.method, route))
            return Response(404) if answer is None else answer(asked)
        except SearchError as error:
            return _refusal(error, self._board.now.retry_after_seconds)

    def _admit(self, request: Request) -> None:
        """Who may ask, and whether the service is in the mood."""
        bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
        if not bearer and not request.headers.get("api-key"):
            raise SearchError(403, "The request holds neither an api-key nor a bearer token.", code="Forbidden")
        if self._board.now.latency_seconds > 0:
            time.sleep(self._board.now.latency_seconds)
        if self._board.strikes(self._board.now.throttle_share):
            raise SearchError(503, "You are sending too many requests. Please try again later.")

    def _switch(self, request: Request) -> Response:
        if request.method == "PUT":
            self._board.set(switches_of(parse(request.body)))
            self._catalog.quota = int(self._board.now.index_quota)
            for index in self._catalog.indexes():
                index.show_what_is_due(float("inf"))  # the replicas have caught up
        return json_response(200, self._board.now.body())

    # Indexes and aliases

    def _put_index(self, asked: Asked) -> Response:
        return _defined(*self._catalog.put_index(asked.name, asked.body, asked.conditions))

    def _post_index(self, asked: Asked) -> Response:
        body = asked.body
        name = body.text("name")
        if name in self._catalog.names():
            raise SearchError(
                409,
                f"Cannot create index '{name}' because it already exists.",
                code="ResourceNameAlreadyInUse",
            )
        return _defined(*self._catalog.put_index(name, body, asked.conditions))

    def _get_index(self, asked: Asked) -> Response:
        definition, etag = self._catalog.definition(asked.name)
        return json_response(200, definition, {"ETag": etag, "OData-Version": "4.0"})

    def _list_indexes(self, asked: Asked) -> Response:
        definitions = [self._catalog.definition(name)[0] for name in self._catalog.names()]
        if asked.select:
            definitions = [{name: part.get(name) for name in asked.select} for part in definitions]
        return json_response(200, {"value": definitions})

    def _drop_index(self, asked: Asked) -> Response:
        self._catalog.drop_index(asked.name, asked.conditions)
        return Response(204)

    def _put_alias(self, asked: Asked) -> Response:
        alias, created = self._catalog.put_alias(asked.name, asked.body)
        return json_response(201 if created else 200, alias)

    def _post_alias(self, asked: Asked) -> Response:
        body = asked.body
        name = body.text("name")
        if any(alias["name"] == name for alias in self._catalog.aliases()):
            raise SearchError(
                409,
                f"Cannot create alias '{name}' because it already exists.",
                code="ResourceNameAlreadyInUse",
            )
        return json_response(201, self._catalog.put_alias(name, body)[0])

    def _drop_alias(self, asked: Asked) -> Response:
        self._catalog.drop_alias(asked.name)
        return Response(204)

    def _analyze(self, asked: Asked) -> Response:
        self._catalog.definition(asked.name)
        analyzer = asked.body.text("analyzer") or analysis.DEFAULT_ANALYZER
        if not analysis.is_analyzer(analyzer):
            raise invalid(f"The analyzer '{analyzer}' is not known to this server.")
        found: list[Json] = [
            {
                "token": token.term,
                "startOffset": token.start,
                "endOffset": token.end,
                "position": token.position,
            }
            for token in analysis.tokens(analyzer, asked.body.text("text"))
        ]
        return json_response(200, {"tokens": found})

    # Documents

    def _index(self, asked: Asked) -> Index:
        index = self._catalog.index(asked.name)
        index.show_what_is_due(self._clock())
        return index

    def _write(self, asked: Asked) -> Response:
        if len(asked.request.body) > MAX_BATCH_BYTES:
            raise too_large()
        index = self._index(asked)
        actions = index.actions(asked.body)
        switches = self._board.now
        if self._board.strikes(switches.late_write_share):
            self._land_later(index, actions, switches.late_write_seconds)
        pace = Pace(switches.visibility_lag_seconds, lambda: self._board.strikes(switches.item_failure_share))
        items = index.write(actions, self._clock(), pace)
        status = 200 if all(item.status < 300 for item in items) else 207
        return json_response(status, {"value": [item.body() for item in items]})

    def _land_later(self, index: Index, actions: list[Action], seconds: float) -> None:
        """The caller gets no answer, or a 500, and cannot know that the write is still on its way."""
        timer = threading.Timer(seconds, lambda: index.write(actions, self._clock()))
        timer.daemon = True
        self._late = [*(other for other in self._late if other.is_alive()), timer]
        timer.start()
        if self._board.strikes(0.5):
            raise ConnectionAbortedError  # the connection closes without an answer
        raise SearchError(500, "An error has occurred.")

    def _count(self, asked: Asked) -> Response:
        body = str(self._index(asked).count()).encode()
        return Response(200, body, {"Content-Type": "text/plain; charset=utf-8"})

    def _lookup(self, asked: Asked) -> Response:
        document = self._index(asked).lookup(asked.key, asked.select)
        return Response(404) if document is None else json_response(200, document)

    def _search(self, asked: Asked) -> Response:
        host = asked.request.headers.get("host", "127.0.0.1")
        version = asked.request.query.get("api-version", "")
        link = f"https://{host}/indexes('{asked.name}')/docs/search.post.search?api-version={version}"
        return json_response(200, self._index(asked).search(asked.body, link))


def _route(request: Request) -> tuple[str, Asked]:
    """The route's name, and what its path names. Raises SearchError(404)."""
    match = PATH.match(request.raw_path)
    if match is None:
        raise SearchError(404, "")
    rest = match["rest"] or ""
    name = _unquoted(match["name"] or match["plain"] or "")
    if not name:
        return match["kind"], Asked(request, "")
    if not rest:
        return {"indexes": "index", "aliases": "alias"}[match["kind"]], Asked(request, name)
    document = DOCUMENT.match(unquote(rest))
    if document is not None:
        key = document["key"] if document["key"] is not None else document["plain"]
        return "document", Asked(request, name, key.replace("''", "'"))
    return unquote(rest), Asked(request, name)


def _unquoted(name: str) -> str:
    return unquote(name).replace("''", "'")


def _defined(definition: Mapping[str, Json], etag: str, created: bool) -> Response:
    return json_response(201 if created else 200, definition, {"ETag": etag, "OData-Version": "4.0"})


def _refusal(error: SearchError, retry_after: float) -> Response:
    headers = {"Retry-After": f"{retry_after:g}"} if error.status in (429, 503) else {}
    if error.status == 404 and not str(error):
        return Response(404, headers=headers)
    return json_response(error.status, error.body(), headers)


def main(argv: list[str]) -> None:
    options = arguments("Azure AI Search on loopback").parse_args(argv)
    server = SearchServer(options.home)
    run(server, options, server.close)


if __name__ == "__main__":
    main(sys.argv[1:])
