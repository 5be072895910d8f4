"""What Microsoft Graph says of drives, in our own words: items, pages, access lists, subscriptions, errors.

Graph's JSON comes in, frozen values go out. Names, paths and addresses are content or secrets, and stay out of every
`repr`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ingestion.adapters.transport import retry_after
from ingestion.errors import Retry
from ingestion.model import SourceRef

Json = Mapping[str, Any]  # an object of Graph's; a property may be missing, or null

SHARED = "@microsoft.graph.sharedChanged"
DOWNLOAD = "@microsoft.graph.downloadUrl"


class NotThere(Exception):
    """Graph answers 404. What that means depends on what was asked."""


class Denied(Exception):
    """Graph answers 403: of a document it parks it, of a drive it stops, and never deletes."""


class Resync(Exception):
    """The link is too old, or not one: everything must be read."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file, a folder, or what is neither ("other": a notebook, a link to elsewhere)."""

    id: str
    kind: str  # file, folder, other
    parent: str = ""  # "" for the root
    name: str = field(default="", repr=False)
    folder: str | None = field(default=None, repr=False)  # its folder's path from the root; None in a delta
    content_version: str = ""  # cTag
    size: int = 0
    media_type: str = ""
    modified_at: datetime = datetime.min.replace(tzinfo=UTC)
    checksum: str = ""  # QuickXorHash, base64; "" where there is none
    download: str = field(default="", repr=False)  # a pre-authenticated address: a secret for an hour
    deleted: bool = False
    sharing_changed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Item]
    next: str | None = field(repr=False)
    delta: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """One entry of an item's access list. `link`: organization or anonymous, "" where it names people."""

    principals: tuple[str, ...]  # object ids of users and groups
    link: str = ""
    password: bool = False
    reads: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """A subscription."""

    id: str
    resource: str
    notification_url: str = field(repr=False)
    expires_at: datetime


def of_status(source: SourceRef, status: int, code: str, headers: dict[str, str]) -> Exception:
    told = f"source {source.id}: Graph answers {status}"
    after = retry_after({"Retry-After": next((v for k, v in headers.items() if k.lower() == "retry-after"), "")})
    match status:
        case 404:
            return NotThere()
        case 403:
            return Denied()
        case 410:
            return Resync()
        case 400 if code.lower().startswith("resync"):
            return Resync()
        case 401:
            return Retry("unauthenticated", f"{told}. The token was refused: check the identity and its consent.")
        case 429 | 503 | 509:
            return Retry("throttled", f"{told}. It asks for patience.", after=after if after is not None else 10.0)
        case 408 | 500 | 502 | 504:
            return Retry("unavailable", f"{told}. The service failed.", after=after)
        case 409 | 412 | 423:
            return Retry("conflict", f"{told}. Something else holds the file.", after=after)
        case _:
            return Retry("rejected", f"{told}. It rejects the request itself.")


def item_of(it: Json) -> Item:
    reference, file = it.get("parentReference") or {}, it.get("file") or {}
    elsewhere = it.get("remoteItem") is not None
    kind = "file" if it.get("file") is not None else "folder" if it.get("folder") is not None else "other"
    return Item(
        id=it["id"],
        kind="other" if elsewhere else kind,
        parent="" if it.get("root") is not None else reference.get("id") or "",
        name=it.get("name") or "",
        folder=_folder(reference.get("path")),
        content_version=it.get("cTag") or "",
        size=it.get("size") or 0,
        media_type=file.get("mimeType") or "",
        modified_at=_moment(it.get("lastModifiedDateTime")),
        checksum=(file.get("hashes") or {}).get("quickXorHash") or "",
        download=it.get(DOWNLOAD) or "",
        deleted=it.get("deleted") is not None,
        sharing_changed=str(it.get(SHARED, "")).lower() == "true",
    )


def _folder(path: str | None) -> str | None:
    """`/drives/ID/root:/Clients/Dupont` → `Clients/Dupont`. Graph percent-encodes it."""
    if path is None:
        return None
    return unquote(path.partition("root:")[2]).strip("/")


def grant_of(it: Json) -> Grant:
    named = [it.get("grantedToV2"), *(it.get("grantedToIdentitiesV2") or [])]
    principals = [who for each in named if each for who in _principals(each)]
    link = (it.get("link") or {}).get("scope") or ""
    ends = it.get("expirationDateTime")
    expired = ends is not None and _moment(ends) <= datetime.now(UTC)
    return Grant(
        principals=tuple(principals),
        link=link if link in ("organization", "anonymous") else "",
        password=bool(it.get("hasPassword")),
        reads=bool(it.get("roles")) and not expired,
    )


def _principals(it: Json) -> Iterator[str]:
    """Object ids of Entra. A SharePoint group has none: who has access by it alone is not shown the document."""
    for kind in ("user", "group"):
        if who := (it.get(kind) or {}).get("id"):
            yield who


def watch_of(it: Json) -> Watch:
    resource = it.get("resource") or ""
    return Watch(it["id"], resource.strip("/"), it.get("notificationUrl") or "", _moment(it.get("expirationDateTime")))


def _moment(text: str | None) -> datetime:
    """Graph writes up to seven digits of a second, and UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else datetime.min.replace(tzinfo=UTC)
