"""What a source's events say, in Event Grid's schema, in CloudEvents' and in dead letters: where to look again.

Pure. An event is a hint: of everything that it says, only the place and the path are taken, and the cabinet is not
among them. Paths are content: they live in `Sighting` for the few lines until they are sealed, and never in a message
of an error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

from ingestion.errors import Refuse
from ingestion.model import ChangeKind

# What changes content, with or without a hierarchical namespace (learn.microsoft.com, "Azure Blob Storage as an Event
# Grid source"). `CreateFile` makes an empty file, its content comes with FlushWithClose; a tier is not content.
_CONTENT_APIS = {"PutBlob", "PutBlockList", "CopyBlob", "FlushWithClose", "SftpCommit", "AppendFile"}
_IGNORED = {"Microsoft.Storage.BlobTierChanged", "Microsoft.Storage.DirectoryCreated"}
_WHOLE_SOURCE = {"Microsoft.Storage.DirectoryRenamed", "Microsoft.Storage.DirectoryDeleted"}


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something happened at a place. `path` is None when the whole source is to be looked at again."""

    route: str  # as in `SourceRef.route`
    path: str | None = field(repr=False)
    kind: ChangeKind
    raised_at: float  # seconds since the epoch
    client_state: str | None = field(default=None, repr=False)  # Graph's: what proves it, see `client_state.py`


@dataclass(frozen=True, slots=True)
class _Event:
    type: str
    origin: str  # the topic's resource id
    subject: str = field(repr=False)
    data: Mapping[str, object] = field(repr=False)
    raised_at: float


def sightings(event: Mapping[str, object]) -> list[Sighting]:
    """The places that an event names; none where it changes no content.

    Raises:
        Refuse: an event that is not one, or of a type or a place that Greffe does not follow.
    """
    it = _read(event)
    if it.type in _IGNORED:
        return []
    if it.type.startswith("Microsoft.Storage."):
        return list(_blob_sightings(it))
    if it.type.startswith("Microsoft.Graph."):
        return [_graph_sighting(it)]
    raise Refuse("unknown_event_type", "The event is of a type that Greffe does not follow; narrow the subscription.")


def _blob_sightings(it: _Event) -> Iterator[Sighting]:
    container, path = _subject(it.subject)
    route = f"blob:{_account(it.origin)}/{container}"
    match it.type:
        case "Microsoft.Storage.BlobCreated":
            if str(it.data.get("api", "PutBlob")) in _CONTENT_APIS:
                yield Sighting(route, path, ChangeKind.CHANGED, it.raised_at)
        case "Microsoft.Storage.BlobDeleted":
            yield Sighting(route, path, ChangeKind.DELETED, it.raised_at)
        case "Microsoft.Storage.BlobRenamed":  # its subject is the new name, as in Microsoft's samples
            yield Sighting(route, path, ChangeKind.CHANGED, it.raised_at)
            yield _old_name(it) or Sighting(route, None, ChangeKind.CHANGED, it.raised_at)
        case kind if kind in _WHOLE_SOURCE:
            yield Sighting(route, None, ChangeKind.CHANGED, it.raised_at)
        case _:
            raise Refuse("unknown_event_type", "A storage event of a type that Greffe does not follow.")


def _read(event: Mapping[str, object]) -> _Event:
    """Event Grid's schema, CloudEvents 1.0, and both as they stand in a dead letter (with more fields)."""
    cloud = "specversion" in event
    kind, origin, time = (
        event.get(name) for name in (("type", "source", "time") if cloud else ("eventType", "topic", "eventTime"))
    )
    subject, data = event.get("subject") or "", event.get("data")
    if not (isinstance(kind, str) and isinstance(origin, str) and isinstance(subject, str) and isinstance(data, dict)):
        raise Refuse("not_an_event", "The payload is neither an Event Grid event nor a CloudEvent.")
    return _Event(kind, origin, subject, data, _seconds(time))


def _seconds(time: object) -> float:
    """0.0 where it is no time: only latency is measured with it."""
    try:
        return max(datetime.fromisoformat(str(time)).timestamp(), 0.0)
    except (ValueError, OverflowError):
        return 0.0


def _account(origin: str) -> str:
    """The storage account of a system topic's resource id: …/Microsoft.Storage/storageAccounts/NAME."""
    head, _, name = origin.rpartition("/storageAccounts/")
    if not head or not name or "/" in name:
        raise Refuse("unknown_topic", "The event's topic is not a storage account; check the subscription.")
    return name


def _subject(subject: str) -> tuple[str, str]:
    """Container and path, from the subject: it is not percent-encoded, `data.url` is."""
    prefix, _, rest = subject.partition("/containers/")
    container, _, path = rest.partition("/blobs/")
    if not prefix.startswith("/blobServices/") or not container or not path or not _is_text(path):
        raise Refuse("unknown_subject", "The event's subject names no blob; check the subscription.")
    return container, path


def _is_text(path: str) -> bool:
    """JSON can spell half a surrogate pair; no blob has such a name, and nothing could seal it."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _old_name(it: _Event) -> Sighting | None:
    """Where a renamed blob was, from `sourceUrl`, percent-encoded; it may be another container.

    An emulator has the account in the path, …/ACCOUNT/CONTAINER/PATH; Azure has it in the host.
    """
    account = _account(it.origin)
    try:
        url = urlsplit(str(it.data.get("sourceUrl", "")))
    except ValueError:
        return None
    in_host = (url.hostname or "").startswith(f"{account}.")
    place = url.path if in_host else url.path.removeprefix(f"/{account}")
    container, _, path = unquote(place).removeprefix("/").partition("/")
    if not container or not path:
        return None
    return Sighting(f"blob:{account}/{container}", path, ChangeKind.DELETED, it.raised_at)


def graph_events(body: object) -> list[Mapping[str, object]]:
    """What Graph sends to a plain webhook, as the events that its partner topic makes of the same notifications.

    Raises:
        Refuse: it is not a notification.
    """
    value = body.get("value") if isinstance(body, dict) else None
    if not isinstance(value, list) or not all(isinstance(it, dict) for it in value):
        raise Refuse("not_an_event", "The payload is not a notification of Microsoft Graph.")
    kind = "Microsoft.Graph.DriveItemUpdated"
    return [{"specversion": "1.0", "type": kind, "source": "/", "data": it} for it in value]


def _graph_sighting(it: _Event) -> Sighting:
    """A drive changed; or its subscription is about to end, of which Graph says no drive, only whose it is."""
    state = str(it.data.get("clientState") or "")
    if it.data.get("lifecycleEvent"):
        return Sighting("", None, ChangeKind.RENEW, it.raised_at, state)
    return Sighting(_drive_route(it), None, ChangeKind.CHANGED, it.raised_at, state)


def _drive_route(it: _Event) -> str:
    """Graph's change notification names the drive in its resource: `drives/ID/root`. No more is taken from it."""
    resource = str(it.data.get("resource", ""))
    pieces = resource.strip("/").split("/")
    if "drives" not in pieces[:-1]:
        raise Refuse("unknown_resource", "The Graph event names no drive; check the subscription.")
    return f"drive:{pieces[pieces.index('drives') + 1]}"
