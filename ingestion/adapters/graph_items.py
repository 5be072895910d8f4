"""What Microsoft Graph says of drives, in our own words: items, pages, access lists, subscriptions, errors.

The SDK's objects come in, frozen values go out; the SDK itself is not imported here. Names, paths and addresses are
content or secrets, and stay out of every `repr`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ingestion.adapters.transport import retry_after
from ingestion.errors import Retry
from ingestion.model import SourceRef

if TYPE_CHECKING:
    from msgraph.generated.models.drive_item import DriveItem
    from msgraph.generated.models.permission import Permission
    from msgraph.generated.models.subscription import Subscription

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


def code_of(error: Any) -> str:
    main = getattr(error, "error", None)
    return str(getattr(main, "code", "") or "")


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


def item_of(it: "DriveItem") -> Item:
    reference = it.parent_reference
    kind = "file" if it.file and not it.remote_item else "folder" if it.folder and not it.remote_item else "other"
    hashes = it.file.hashes if it.file else None
    return Item(
        id=it.id or "",
        kind=kind,
        parent="" if it.root else (reference.id or "" if reference else ""),
        name=it.name or "",
        folder=_folder(reference.path if reference else None),
        content_version=it.c_tag or "",
        size=it.size or 0,
        media_type=(it.file.mime_type or "") if it.file else "",
        modified_at=it.last_modified_date_time or datetime.min.replace(tzinfo=UTC),
        checksum=(hashes.quick_xor_hash or "") if hashes else "",
        download=str(it.additional_data.get(DOWNLOAD, "")),
        deleted=it.deleted is not None,
        sharing_changed=str(it.additional_data.get(SHARED, "")).lower() == "true",
    )


def _folder(path: str | None) -> str | None:
    """`/drives/ID/root:/Clients/Dupont` → `Clients/Dupont`. Graph percent-encodes it."""
    if path is None:
        return None
    return unquote(path.partition("root:")[2]).strip("/")


def grant_of(it: "Permission") -> Grant:
    named = [it.granted_to_v2, *(it.granted_to_identities_v2 or [])]
    principals = [who for each in named if each for who in _principals(each)]
    link = (it.link.scope or "") if it.link else ""
    expired = it.expiration_date_time is not None and it.expiration_date_time <= datetime.now(UTC)
    return Grant(
        principals=tuple(principals),
        link=link if link in ("organization", "anonymous") else "",
        password=bool(it.has_password),
        reads=bool(it.roles) and not expired,
    )


def _principals(it: Any) -> Iterator[str]:
    """Object ids of Entra. A SharePoint group has none: who has access by it alone is not shown the document."""
    for named in (it.user, it.group):
        if named is not None and named.id:
            yield named.id


def watch_of(it: "Subscription") -> Watch:
    return Watch(
        it.id or "",
        (it.resource or "").strip("/"),
        it.notification_url or "",
        it.expiration_date_time or datetime.min.replace(tzinfo=UTC),
    )
