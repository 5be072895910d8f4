"""Document Intelligence on a laptop: `prebuilt-read` as the SDK meets it, with the reading left to whoever starts it.

Speaks what one analysis needs (2024-11-30): begin, poll, fetch, delete. Accepts Entra tokens only. `read` gives the
lines of a page from the file's bytes; it stands for the service's models, which nothing here imitates.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from local.server import Handler, Request, Response, json_response

Lines = Callable[[bytes, int], Sequence[str]]
_BASE = "/documentintelligence/documentModels/prebuilt-read"
_WHEN = "2026-01-01T00:00:00Z"
_WIDTH, _HEIGHT, _LEADING = 8.27, 11.69, 0.25  # inches: A4


@dataclass(slots=True)
class DocumentIntelligence:
    """The analyses that run or wait to be fetched."""

    read: Lines
    url: str = ""
    polls_before_done: int = 1
    throttled: int = 0  # requests that are answered 429 before one is taken
    begun: int = 0  # analyses
    results: dict[str, dict[str, object]] = field(default_factory=dict)
    _polls: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handler(self) -> Handler:
        return self._handle

    def _handle(self, request: Request) -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _error(401, "Unauthorized")
        with self._lock:
            if request.path == f"{_BASE}:analyze" and request.method == "POST":
                return self._begin(request)
            name = request.path.removeprefix(f"{_BASE}/analyzeResults/")
            if name not in self.results:
                return _error(404, "NotFound")
            if request.method == "DELETE":
                del self.results[name]
                return Response(204)
            return self._poll(name)

    def _begin(self, request: Request) -> Response:
        if self.throttled > 0:
            self.throttled -= 1
            return json_response(429, {"error": {"code": "429", "message": "slow down"}}, {"Retry-After": "1"})
        if not request.body.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8")):
            return _error(400, "InvalidRequest")
        self.begun += 1
        name = f"{self.begun:08d}"
        pages = [int(page) for page in request.query.get("pages", "1").split(",")]
        self.results[name] = {"pages": [self._page(request.body, page) for page in pages]}
        self._polls[name] = 0
        address = f"{self.url}{_BASE}/analyzeResults/{name}?api-version=2024-11-30"
        return Response(202, b"", headers={"Operation-Location": address, "Retry-After": "0"})

    def _page(self, data: bytes, number: int) -> dict[str, object]:
        lines = [_line(text, index) for index, text in enumerate(self.read(data, number))]
        return {"pageNumber": number, "angle": 0, "width": _WIDTH, "height": _HEIGHT, "unit": "inch", "lines": lines,
                "words": [], "spans": []}  # fmt: skip

    def _poll(self, name: str) -> Response:
        self._polls[name] += 1
        times = {"createdDateTime": _WHEN, "lastUpdatedDateTime": _WHEN}
        if self._polls[name] <= self.polls_before_done:
            return json_response(200, {"status": "running", **times}, {"Retry-After": "0"})
        known = {
            "apiVersion": "2024-11-30",
            "modelId": "prebuilt-read",
            "stringIndexType": "textElements",
            "content": "",
        }
        return json_response(
            200, {"status": "succeeded", **times, "analyzeResult": {**known, "content": "", **self.results[name]}}
        )


def _line(text: str, index: int) -> dict[str, object]:
    top, left = 1.0 + _LEADING * index, 1.0
    bottom, right = top + 0.16, left + 6.2 * min(len(text) / 80, 1.0)
    return {"content": text, "polygon": [left, top, right, top, right, bottom, left, bottom], "spans": []}


def _error(status: int, code: str) -> Response:
    return json_response(status, {"error": {"code": code, "message": code}})
