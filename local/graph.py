"""Microsoft Graph on loopback, as far as drives go: sites, drives, items, delta, permissions, subscriptions.

    /v1.0/…            as in Azure, for a token of the identity endpoint
    POST /_acts        what people do in SharePoint: one act, or a list (see `local/sharepoint/library.py`)
    PUT  /_switches    how the service misbehaves; GET too
    GET  /_meter       calls and resource units; DELETE resets it
    POST /_lifecycle   {"subscription": ID}: sends `reauthorizationRequired`
    GET  /_content/…   a file's bytes, by the pre-authenticated address that an item carries

A folder `drives/NAME` in its home is a drive of that name: what is put there appears in it. Must never write a name or
a token to a log.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from local.client import Client, Tokens
from local.layout import GRAPH_TOPIC
from local.server import Request, Response, arguments, json_response, run
from local.sharepoint import shapes
from local.sharepoint.deltas import Deltas
from local.sharepoint.drive import Drive, NameTaken, NoSuchItem, State
from local.sharepoint.folder import FolderDrives
from local.sharepoint.library import SITE, SITE_PATH, Act, BadAct, Library
from local.sharepoint.shapes import Json, error
from local.sharepoint.subscriptions import (
    BadSubscription,
    Delivery,
    Notifier,
    Subscription,
    Subscriptions,
    reauthorization,
    validate,
)
from local.sharepoint.switches import BadSwitch, Meter, SwitchBoard
from local.tokens import BadToken, Signer, signer

AUDIENCE = "https://graph.microsoft.com"
# Resource units (learn.microsoft.com, "Avoid getting throttled or blocked in SharePoint Online").
ITEM, LIST, PERMISSIONS = 1, 2, 5


class Graph:
    """The routes, over a library, its subscriptions and its switches."""

    def __init__(
        self,
        library: Library,
        subscriptions: Subscriptions,
        *,
        tokens: Signer | None = None,
        clock: Callable[[], float] = time.time,
        url: Callable[[], str] = lambda: "https://127.0.0.1",
        deliver: Callable[[Subscription, Json], None] = lambda _, __: None,
        switches: SwitchBoard | None = None,
    ) -> None:
        self.library = library
        self.subscriptions = subscriptions
        self.switches = switches or SwitchBoard()
        self.meter = Meter()
        self._tokens = tokens
        self._clock = clock
        self._url = url
        self._deliver = deliver
        self._deltas = Deltas(self.switches)

    def __call__(self, request: Request) -> Response:
        with self.library.lock:
            pieces = request.path.strip("/").split("/")
            if pieces[0] != "v1.0":
                return self._control(request, pieces)
            if (refused := self._refused(request)) is not None:
                return refused
            try:
                return self._routed(request, pieces[1:])
            except NoSuchItem:
                return error(404, "itemNotFound", "The resource could not be found.")

    @property
    def _at(self) -> float:
        return self._clock() - self.switches.now.lag

    # --- v1.0 ---

    def _refused(self, request: Request) -> Response | None:
        if self._tokens is not None:
            try:
                self._tokens.verified(request, AUDIENCE)
            except BadToken:
                return error(401, "InvalidAuthenticationToken", "Access token validation failure.")
        after = {"Retry-After": str(math.ceil(self.switches.now.retry_after))}
        if self.switches.hits(self.switches.now.throttled_share):
            return error(429, "activityLimitReached", "The app is throttled.", after)
        if self.switches.hits(self.switches.now.unavailable_share):
            return error(503, "serviceNotAvailable", "The service is unavailable.", after)
        return None

    def _counted(self, kind: str, units: int) -> Response | None:
        used = self.meter.count(kind, units, self._clock())
        limit = self.switches.now.units_per_minute
        if limit and used > limit:
            return error(429, "activityLimitReached", "The app is throttled.", {"Retry-After": "10"})
        return None

    def _routed(self, request: Request, pieces: Sequence[str]) -> Response:
        match pieces[0]:
            case "drives":
                return self._in_drive(request, pieces[1], pieces[2:])
            case "sites":
                return self._sites(pieces[1:])
            case "subscriptions":
                return self._subscriptions(request, pieces[1:])
        return error(400, "BadRequest", "Resource not found for the segment.")

    def _in_drive(self, request: Request, drive_id: str, rest: Sequence[str]) -> Response:
        if self.switches.now.missing or drive_id not in self.library.drives:
            return error(404, "itemNotFound", "The resource could not be found.")
        if self.switches.now.forbidden:
            return error(403, "accessDenied", "Access denied.")
        drive = self.library.drive(drive_id)
        match rest:
            case []:
                return self._counted("drive", ITEM) or json_response(200, shapes.drive(drive))
            case ["root", "delta" | "delta()"] | ["items", "root", "delta" | "delta()"]:
                units = ITEM if request.query.get("token") else LIST
                return self._counted("delta", units) or self._deltas.answer(request, drive, self._at, self._url())
            case ["items", item] if request.method == "DELETE":
                return self._counted("delete", LIST) or self._recycle(drive, drive.state(item))
            case ["items", item]:
                return self._counted("item", ITEM) or self._item(drive, drive.state(item, self._at))
            case ["root"]:
                return self._counted("item", ITEM) or self._item(drive, drive.state(drive.root, self._at))
            case ["root:", *path]:
                return self._counted("item", ITEM) or self._item(drive, drive.by_path(path, self._at))
            case ["items", item, "children"]:
                return self._counted("children", LIST) or self._children(request, drive, drive.state(item, self._at))
            case ["items", item, "permissions"]:
                return self._counted("permissions", PERMISSIONS) or self._permissions(
                    drive, drive.state(item, self._at)
                )
            case ["items", item, "content"]:
                return self._counted("content", ITEM) or self._redirect(drive, drive.state(item, self._at))
        return error(400, "BadRequest", "Resource not found for the segment.")

    def _recycle(self, drive: Drive, state: State) -> Response:
        self.library.do({"act": "delete", "drive": drive.id, "item": state.id})
        return Response(204)

    def _item(self, drive: Drive, state: State) -> Response:
        return json_response(200, shapes.item(drive, state, self._at, with_path=True, base_url=self._url()))

    def _children(self, request: Request, drive: Drive, state: State) -> Response:
        inside = sorted(drive.children(state.id, self._at), key=lambda it: it.id)
        start, size = int(request.query.get("$skiptoken", "0")), int(self.switches.now.page)
        values = [shapes.item(drive, it, self._at, with_path=True) for it in inside[start : start + size]]
        page: Json = {"value": values}
        if start + size < len(inside):
            page["@odata.nextLink"] = f"{self._url()}{request.raw_path}?$skiptoken={start + size}"
        return json_response(200, page)

    def _permissions(self, drive: Drive, state: State) -> Response:
        if self.switches.now.permissions_forbidden:
            return error(403, "accessDenied", "Access denied.")
        found = drive.effective(state, self._at)
        values = [shapes.permission(drive, grant, on, state, self._at) for grant, on in found]
        return json_response(200, {"value": values})

    def _redirect(self, drive: Drive, state: State) -> Response:
        if state.is_folder:
            return error(400, "invalidRequest", "Only files have content.")
        shape = shapes.item(drive, state, self._at, with_path=False, base_url=self._url())
        return Response(302, headers={"Location": str(shape["@microsoft.graph.downloadUrl"])})

    def _sites(self, pieces: Sequence[str]) -> Response:
        """By host and path, as one has it in the browser; and the drives of the site."""
        named = "/".join(pieces)
        if named.endswith("/drives") and named.removesuffix("/drives") == SITE:
            drives = [shapes.drive(it) for it in self.library.drives.values()]
            return self._counted("drives", LIST) or json_response(200, {"value": drives})
        host, _, path = named.partition(":")
        if named == SITE or (host and path.rstrip("/:").casefold() == SITE_PATH.casefold()):
            return self._counted("site", ITEM) or json_response(200, shapes.site(SITE, "cabinet"))
        raise NoSuchItem(named)

    def _subscriptions(self, request: Request, pieces: Sequence[str]) -> Response:
        if not pieces:
            if request.method == "POST":
                return self._subscribe(request)
            return json_response(200, {"value": [it.shape() for it in self.subscriptions.all()]})
        found = self.subscriptions.get(pieces[0])
        if found is None:
            return error(404, "ResourceNotFound", "The object was not found.")
        match request.method:
            case "PATCH":
                return self._answered(lambda: self.subscriptions.renew(found, request.json()), 200)
            case "DELETE":
                self.subscriptions.remove(found.id)
                return Response(204)
        return json_response(200, found.shape())

    def _subscribe(self, request: Request) -> Response:
        asked = request.json()
        named = asked if isinstance(asked, dict) else {}
        urls = [str(named.get(it) or "") for it in ("notificationUrl", "lifecycleNotificationUrl")]
        if not all(validate(it) for it in urls if it):
            return error(400, "ValidationError", "Subscription validation request failed.")
        return self._answered(lambda: self.subscriptions.make(asked, self.library.drives), 201)

    def _answered(self, make: Callable[[], Subscription], status: int) -> Response:
        try:
            return json_response(status, make().shape())
        except BadSubscription as refused:
            return error(400, "InvalidRequest", str(refused))

    # --- what a test and an operator turn ---

    def _control(self, request: Request, pieces: Sequence[str]) -> Response:
        match request.method, pieces:
            case "GET", ["_content", drive, item]:
                return self._content(drive, item, request.query.get("tempauth", ""))
            case "POST", ["_acts"]:
                return self._acts(request)
            case _, ["_switches"]:
                return self._turned(request)
            case "GET", ["_meter"]:
                return json_response(200, self.meter.read())
            case "DELETE", ["_meter"]:
                self.meter.reset()
                return Response(204)
            case "POST", ["_lifecycle"]:
                for it in self.subscriptions.all():
                    self._deliver(it, reauthorization(it))
                return Response(202)
        return Response(404)

    def _content(self, drive: str, item: str, proof: str) -> Response:
        """The bytes as they are now, whatever they were when the address was made."""
        try:
            state = self.library.drive(drive).state(item, self._at)
        except NoSuchItem:
            return Response(404)
        if not proof or state.is_folder:
            return Response(401)
        return Response(200, self.library.drive(drive).content(state), {"Content-Type": state.media_type})

    def _acts(self, request: Request) -> Response:
        given = cast("Act | list[Act]", request.json())
        try:
            done = [self.library.do(act) for act in (given if isinstance(given, list) else [given])]
        except (BadAct, NameTaken) as wrong:
            return error(400, "invalidRequest", str(wrong))
        except NoSuchItem:
            return error(404, "itemNotFound", "There is no such item.")
        return json_response(200, done)

    def _turned(self, request: Request) -> Response:
        try:
            return json_response(200, self.switches.turn(request.json() if request.method == "PUT" else {}))
        except BadSwitch as wrong:
            return error(400, "invalidRequest", str(wrong))


def graph_in(home: Path, tokens: Signer | None, url: Callable[[], str]) -> tuple[Graph, Notifier]:
    """A server of this home, and the thread that notifies; not started yet."""
    switches = SwitchBoard()
    subscriptions = Subscriptions(home / "subscriptions.json")
    event_grid = Client(os.environ["GREFFE_EVENT_GRID_URL"]) if "GREFFE_EVENT_GRID_URL" in os.environ else None
    deliver = Delivery(event_grid, Tokens.of(os.environ) if event_grid else None, GRAPH_TOPIC)
    notifier = Notifier(subscriptions, switches, deliver)
    library = Library(home / "journal.jsonl", changed=notifier.changed)
    graph = Graph(library, subscriptions, tokens=tokens, url=url, deliver=deliver, switches=switches)
    return graph, notifier


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--signing-key", type=Path, required=True, help="of the identity endpoint")
    options = parser.parse_args()
    scheme = "https" if options.certificate else "http"
    graph, notifier = graph_in(
        options.home, signer(options.signing_key), lambda: f"{scheme}://127.0.0.1:{options.port}"
    )
    notifier.start()
    folders = FolderDrives(options.home / "drives", graph.library).start()

    def stop() -> None:
        folders.stop()
        notifier.stop()
        graph.library.close()

    run(graph, options, on_stop=stop)


if __name__ == "__main__":
    main()
