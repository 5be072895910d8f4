"""From an event to messages: the registry says whose it is, the path leaves sealed, and what is not ours is let go."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from ingestion import client_state
from ingestion.intake import WHOLE_SOURCE, Intake
from ingestion.locators import open_
from ingestion.model import Cabinet, CabinetId, Change, ChangeKind, SourceId, SourceKind, SourceRef
from ingestion.telemetry import start
from tests.unit.test_events import NAMES, blob_event

SECRET = bytes(range(32))
SOURCE = SourceRef(SourceId("dupont-blob"), SourceKind.BLOB, "blob:cabinets/dupont", "https://c", "dupont")
DRIVE = SourceRef(SourceId("dupont-drive"), SourceKind.SHAREPOINT, "drive:b!x", "https://g", "b!x")
CABINET = Cabinet(CabinetId("dupont"), "t", "dupont", (), (SOURCE, DRIVE), "pseudonymise", 1, "key", b"")


@dataclass
class Messages:
    """The port `Queue`, in memory."""

    sent: list[Change] = field(default_factory=list)

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self.sent.append(change)


class OneCabinet:
    """The port `Registry`, with one cabinet."""

    def by_id(self, cabinet: str) -> Cabinet | None:
        return CABINET if cabinet == CABINET.id else None

    def by_source(self, source: str) -> Cabinet | None:
        return CABINET if CABINET.source(SourceId(source)) else None

    def by_route(self, route: str) -> tuple[Cabinet, SourceRef] | None:
        return next(((CABINET, it) for it in CABINET.sources if it.route == route), None)


class OneSecret:
    """The port `Keys`."""

    def secret(self, cabinet: Cabinet) -> bytes:
        return SECRET


@dataclass
class Room:
    intake: Intake
    documents: Messages
    drives: Messages
    told: io.StringIO

    @property
    def spans(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.told.getvalue().splitlines()]


@pytest.fixture
def room() -> Iterator[Room]:
    documents, drives, told, ids = Messages(), Messages(), io.StringIO(), count()
    intake = Intake(OneCabinet(), OneSecret(), documents, drives, start(None, out=told), ids=lambda: f"id-{next(ids)}")
    yield Room(intake, documents, drives, told)
    for name in NAMES:
        assert name not in told.getvalue()


@pytest.mark.parametrize("path", NAMES)
def test_a_path_leaves_sealed_in_a_message_for_its_document(path: str, room: Room) -> None:
    room.intake.receive(blob_event("BlobCreated", path, api="PutBlob"))
    [change] = room.documents.sent
    assert (change.cabinet, change.source, change.kind) == ("dupont", "dupont-blob", ChangeKind.CHANGED)
    assert open_(SECRET, change.source, change.locator) == path
    assert path not in repr(change)
    assert room.spans[-1]["outcome"] == "enqueued"


def test_two_events_for_one_path_are_one_document_and_two_messages(room: Room) -> None:
    for kind in ("BlobCreated", "BlobDeleted"):
        room.intake.receive(blob_event(kind, "a.pdf"))
    first, second = room.documents.sent
    assert first.document == second.document
    assert first.id != second.id


def test_a_drive_that_changed_is_a_message_for_the_whole_source(room: Room) -> None:
    event = {**blob_event("", ""), "eventType": "Microsoft.Graph.DriveItemUpdated", "data": {"resource": "drives/b!x/"}}
    event["data"] = {"resource": "drives/b!x/", "clientState": client_state.made(SECRET, DRIVE.id)}
    room.intake.receive(event)
    [change] = room.drives.sent
    assert (change.source, change.document) == ("dupont-drive", WHOLE_SOURCE)
    assert room.documents.sent == []


@pytest.mark.parametrize(
    "data",
    [
        {"resource": "drives/b!x/root"},
        {"resource": "drives/b!x/root", "clientState": "dupont-drive"},
        {"resource": "drives/b!x/root", "clientState": client_state.made(b"another" * 5, DRIVE.id)},
        {"resource": "drives/b!x/root", "clientState": client_state.made(SECRET, SOURCE.id)},
        {"resource": "drives/b!other/root", "clientState": client_state.made(SECRET, DRIVE.id)},
        {"lifecycleEvent": "reauthorizationRequired", "clientState": "dupont-drive.x"},
    ],
)
def test_a_notification_without_our_secret_for_its_drive_is_let_go(data: dict[str, str], room: Room) -> None:
    event = {**blob_event("", ""), "eventType": "Microsoft.Graph.DriveItemUpdated", "data": data}
    assert room.intake.receive(event) == []
    assert room.drives.sent == []
    assert room.spans[-1]["code"] in ("unproved", "unknown_place")


def test_a_subscription_that_is_about_to_end_is_renewed(room: Room) -> None:
    """Graph says no drive then: whose it is, the secret tells."""
    data = {"lifecycleEvent": "reauthorizationRequired", "clientState": client_state.made(SECRET, DRIVE.id)}
    kind = "Microsoft.Graph.SubscriptionReauthorizationRequired"
    room.intake.receive({**blob_event("", ""), "eventType": kind, "data": data})
    [change] = room.drives.sent
    assert (change.source, change.document, change.kind) == (DRIVE.id, WHOLE_SOURCE, ChangeKind.RENEW)


def test_an_event_from_a_place_that_nobody_registered_is_let_go_and_told_by_its_code(room: Room) -> None:
    event = blob_event("BlobCreated", "a.pdf", api="PutBlob")
    assert room.intake.receive({**event, "subject": "/blobServices/default/containers/other/blobs/a.pdf"}) == []
    assert room.spans[-1]["code"] == "unknown_place"
    assert room.documents.sent == []


def test_a_blob_renamed_out_of_a_cabinet_leaves_it(room: Room) -> None:
    """Its new place is nobody's; its old one is ours, and is looked at again."""
    url = "https://cabinets.dfs.core.windows.net/dupont/Ancien%20nom.pdf"
    event = blob_event("BlobRenamed", "", sourceUrl=url)
    room.intake.receive({**event, "subject": "/blobServices/default/containers/other/blobs/Nouveau.pdf"})
    [change] = room.documents.sent
    assert open_(SECRET, change.source, change.locator) == "Ancien nom.pdf"


def test_the_events_own_word_on_its_cabinet_counts_for_nothing(room: Room) -> None:
    room.intake.receive({**blob_event("BlobCreated", "a.pdf", api="PutBlob", cabinet="martin"), "cabinet": "martin"})
    assert [it.cabinet for it in room.documents.sent] == ["dupont"]


def test_what_graph_sends_to_a_plain_webhook_is_taken_as_its_partner_topic_would_send_it(room: Room) -> None:
    state = client_state.made(SECRET, DRIVE.id)
    notification = {"resource": f"drives/{DRIVE.container}/root", "clientState": state}
    assert room.intake.receive_from_graph(json.dumps({"value": [notification]}).encode()) == 202
    [change] = room.drives.sent
    assert (change.source, change.document) == (DRIVE.id, WHOLE_SOURCE)


def test_what_is_no_notification_of_graph_is_answered_so_and_changes_nothing(room: Room) -> None:
    assert [room.intake.receive_from_graph(body) for body in (b"", b"[]", b"{", b'{"value": ["x"]}')] == [400] * 4
    assert room.drives.sent == []
