"""A SharePoint for tests: people act on drives, the adapter looks at them over sockets or straight.

`MemoryNotes` and `Unlimited` stand for ports; the contract suites hold them against the real parts. `StraightGraph`
answers the adapter's questions out of the same server, without sockets and SDK: a thousand histories in seconds.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from ingestion.adapters.drive_notes import Note
from ingestion.adapters.graph_items import Denied, Grant, Item, NotThere, Page, Resync, Watch
from ingestion.errors import Retry
from ingestion.model import SourceId, SourceKind, SourceRef
from local.graph import Graph
from local.server import Request, Response
from local.sharepoint.library import Library
from local.sharepoint.subscriptions import Subscriptions

DRIVE = "b!drive"
SECRET = b"k" * 32
TENANT = "tenant"


class MemoryNotes:
    """The port `Notes`."""

    def __init__(self) -> None:
        self.notes: dict[tuple[str, str], tuple[Note, int]] = {}
        self._writes = 0

    def get(self, source: SourceId, item: str) -> tuple[Note | None, str | None]:
        note, etag = self.notes.get((source, item), (None, None))
        return note, None if etag is None else str(etag)

    def put(self, source: SourceId, item: str, note: Note, expected: str | None) -> bool:
        if self.get(source, item)[1] != expected:
            return False
        self._write(source, item, note)
        return True

    def learn(self, source: SourceId, folders: Mapping[str, Note]) -> None:
        for item, note in folders.items():
            self._write(source, item, note)

    def expire(self, source: SourceId, files: Iterable[str], now: float) -> None:
        for item in files:
            note = self.get(source, item)[0] or Note("")
            self._write(source, item, replace(note, principals=None, changed_at=now))

    def forget(self, source: SourceId, item: str) -> None:
        self.notes.pop((source, item), None)

    def all(self, source: SourceId) -> dict[str, Note]:
        return {item: note for (owner, item), (note, _) in self.notes.items() if owner == source}

    def _write(self, source: SourceId, item: str, note: Note) -> None:
        self._writes += 1
        self.notes[source, item] = (note, self._writes)


class Unlimited:
    """The port `Budget`, which counts."""

    def __init__(self) -> None:
        self.units = 0

    def take(self, tenant: str, units: int) -> None:
        self.units += units


class People:
    """What people do in a drive."""

    def __init__(self, library: Library, drive: str = DRIVE) -> None:
        self.library = library
        self.drive = drive

    def make_drive(self, *grants: tuple[str, str]) -> None:
        self._do("drive", name="Documents", grants=[list(it) for it in grants])

    def folder(self, name: str, parent: str = "") -> str:
        return self._do("folder", name=name, parent=parent)

    def put(self, name: str, content: bytes, parent: str = "", media_type: str = "text/plain") -> str:
        return self._do("put", name=name, parent=parent, content=_encoded(content), media_type=media_type)

    def edit(self, item: str, content: bytes) -> None:
        self._do("edit", item=item, content=_encoded(content))

    def move(self, item: str, *, parent: str = "", name: str = "") -> None:
        self._do("move", item=item, parent=parent, name=name)

    def delete(self, item: str, *, alone: bool = False) -> None:
        self._do("delete", item=item, alone=alone)

    def restore(self, item: str, *, alone: bool = False) -> None:
        self._do("restore", item=item, alone=alone)

    def share(self, item: str, *grants: tuple[str, str], silent: bool = False) -> None:
        self._do("share", item=item, grants=[list(it) for it in grants], silent=silent)

    def unshare(self, item: str) -> None:
        self._do("share", item=item)

    def _do(self, act: str, **given: object) -> str:
        return str(self.library.do({"act": act, "drive": self.drive, **given})["item"])


def graph_server(clock: Callable[[], float], new_id: Callable[[], str] | None = None) -> tuple[Graph, People]:
    """A server with one drive that the group "lawyers" may read."""
    library = Library(clock=clock) if new_id is None else Library(clock=clock, new_id=new_id)
    graph = Graph(library, Subscriptions(None, clock), clock=clock)
    people = People(library)
    people.make_drive(("group", "lawyers"))
    return graph, people


def source(address: str = "https://graph", *, folder: str = "", drive: str = DRIVE) -> SourceRef:
    return SourceRef(SourceId("dupont-sharepoint"), SourceKind.SHAREPOINT, f"drive:{drive}", address, drive, folder)


class StraightGraph:
    """`GraphDrives` without sockets: the server's answers, read as plainly as can be."""

    def __init__(self, server: Callable[[Request], Response]) -> None:
        self._server = server

    def item(self, source: SourceRef, item: str) -> Item:
        return _item(self._get(f"/drives/{source.container}/items/{item}"))

    def answers(self, source: SourceRef) -> bool:
        try:
            self._get(f"/drives/{source.container}")
        except NotThere:
            return False
        return True

    def children(self, source: SourceRef, folder: str) -> Iterator[Item]:
        yield from map(_item, self._paged(f"/drives/{source.container}/items/{folder}/children"))

    def grants(self, source: SourceRef, item: str) -> list[Grant]:
        return [_grant(it) for it in self._paged(f"/drives/{source.container}/items/{item}/permissions")]

    def delta(self, source: SourceRef, link: str | None) -> Page:
        page = self._get(link or f"/drives/{source.container}/items/root/delta()")
        return Page([_item(it) for it in page["value"]], page.get("@odata.nextLink"), page.get("@odata.deltaLink"))

    def latest(self, source: SourceRef) -> Page:
        return self.delta(source, f"/drives/{source.container}/items/root/delta()?token=latest")

    def download(self, source: SourceRef, url: str, limit: int) -> bytes:
        return self._answer("GET", url).body

    def subscriptions(self, source: SourceRef) -> list[Watch]:
        return []

    def subscribe(self, source: SourceRef, url: str, secret: str, expires_at: datetime) -> Watch:
        raise NotImplementedError

    def extend(self, source: SourceRef, subscription: str, expires_at: datetime) -> None:
        raise NotImplementedError

    def unsubscribe(self, source: SourceRef, subscription: str) -> None:
        raise NotImplementedError

    def _paged(self, path: str) -> Iterator[dict]:  # type: ignore[type-arg]
        link: str | None = path
        while link:
            page = self._get(link)
            yield from page["value"]
            link = page.get("@odata.nextLink")

    def _get(self, path: str) -> dict:  # type: ignore[type-arg]
        answer = self._answer("GET", path)
        found: dict = json.loads(answer.body)  # type: ignore[type-arg]
        return found

    def _answer(self, method: str, path: str) -> Response:
        split = urlsplit(path)
        at = split.path if split.netloc else f"/v1.0{split.path}"
        request = Request(method, unquote(at), dict(parse_qsl(split.query)), {"deltaexcludeparent": "true"}, b"", at)
        answer = self._server(request)
        match answer.status:
            case 404:
                raise NotThere
            case 403:
                raise Denied
            case 410:
                raise Resync
            case status if status >= 400:
                raise Retry("unavailable", f"Graph answers {status}", after=1.0)
        return answer


def _item(it: dict) -> Item:  # type: ignore[type-arg]
    reference = it.get("parentReference", {})
    path = reference.get("path")
    return Item(
        id=it["id"],
        kind="file" if "file" in it else "folder" if "folder" in it else "other",
        parent="" if "root" in it else reference.get("id", ""),
        name=it.get("name", ""),
        folder=None if path is None else unquote(re.sub(r"^.*?root:", "", path)).strip("/"),
        content_version=it.get("cTag", ""),
        size=it.get("size", 0),
        media_type=it.get("file", {}).get("mimeType", ""),
        modified_at=datetime.fromisoformat(it.get("lastModifiedDateTime", "0001-01-01T00:00:00Z")).astimezone(UTC),
        checksum=it.get("file", {}).get("hashes", {}).get("quickXorHash", ""),
        download=it.get("@microsoft.graph.downloadUrl", ""),
        deleted="deleted" in it,
        sharing_changed=it.get("@microsoft.graph.sharedChanged") == "True",
    )


def _grant(it: dict) -> Grant:  # type: ignore[type-arg]
    named = [it.get("grantedToV2", {}), *it.get("grantedToIdentitiesV2", [])]
    scope = it.get("link", {}).get("scope", "")
    return Grant(
        principals=tuple(who[kind]["id"] for who in named for kind in ("user", "group") if kind in who),
        link=scope if scope in ("organization", "anonymous") else "",
        password=bool(it.get("hasPassword")),
    )


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
