"""What events say, in every schema in which they come: a place, a path and a kind, or a refusal that names no path."""

import json
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import Refuse
from ingestion.events import Sighting, graph_events, sightings
from ingestion.model import ChangeKind

TOPIC = "/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/cabinets"
ROUTE = "blob:cabinets/dupont"
RAISED = 1_767_603_600.0  # 2026-01-05T09:00:00Z
NAMES = (
    "Divorce Dupont.pdf",
    "Pièces/Contrat d'assurance n° 4.docx",
    "Références #12 + 50 % TVA.xlsx",
    "L’arrêt du 3 mars (v2)/a%20b.pdf",
    "blobs/containers/Œuvre.txt",
    "Éléphant/e\u0301crit.msg",
)


def blob_event(kind: str, path: str, **data: object) -> dict[str, object]:
    """In Event Grid's schema."""
    return {
        "id": "e1",
        "topic": TOPIC,
        "subject": f"/blobServices/default/containers/dupont/blobs/{path}",
        "eventType": f"Microsoft.Storage.{kind}",
        "eventTime": "2026-01-05T09:00:00.0000000Z",
        "data": data,
        "dataVersion": "",
        "metadataVersion": "1",
    }


def as_cloud_event(event: Mapping[str, object]) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": event["topic"],
        "subject": event["subject"],
        "type": event["eventType"],
        "time": event["eventTime"],
        "data": event["data"],
    }


DEAD = {
    "deadLetterReason": "MaxDeliveryAttemptsExceeded",
    "deliveryAttempts": 30,
    "lastDeliveryOutcome": "NotFound",
    "publishTime": "2026-01-05T09:00:01Z",
    "lastDeliveryAttemptTime": "2026-01-06T09:00:01Z",
}


def forms(event: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The event as it may arrive: both schemas, alive and out of a dead letter's body."""
    cloud = as_cloud_event(event)
    letters = json.loads(json.dumps([{**event, **DEAD}, {**cloud, **{k.lower(): v for k, v in DEAD.items()}}]))
    return [event, cloud, *letters]


@pytest.mark.parametrize("path", NAMES)
@pytest.mark.parametrize(
    ("kind", "api", "meant"),
    [
        ("BlobCreated", "PutBlob", ChangeKind.CHANGED),
        ("BlobCreated", "PutBlockList", ChangeKind.CHANGED),
        ("BlobCreated", "CopyBlob", ChangeKind.CHANGED),
        ("BlobCreated", "FlushWithClose", ChangeKind.CHANGED),
        ("BlobCreated", "SftpCommit", ChangeKind.CHANGED),
        ("BlobDeleted", "DeleteBlob", ChangeKind.DELETED),
        ("BlobDeleted", "DeleteFile", ChangeKind.DELETED),
    ],
)
def test_every_form_of_an_event_says_the_same(kind: str, api: str, meant: ChangeKind, path: str) -> None:
    event = blob_event(kind, path, api=api, url=f"https://cabinets.blob.core.windows.net/dupont/{quote(path)}")
    for form in forms(event):
        assert sightings(form) == [Sighting(ROUTE, path, meant, RAISED)]


@pytest.mark.parametrize("host", ["https://cabinets.dfs.core.windows.net", "http://127.0.0.1:10000/cabinets"])
@pytest.mark.parametrize("old", NAMES)
def test_a_rename_looks_again_at_both_names(old: str, host: str) -> None:
    """The subject is the new name, as in Microsoft's samples; the old one stands in `sourceUrl` alone."""
    event = blob_event(
        "BlobRenamed",
        "Nouveau nom.pdf",
        api="RenameFile",
        sourceUrl=f"{host}/dupont/{quote(old)}",
        destinationUrl=f"{host}/dupont/Nouveau%20nom.pdf",
    )
    for form in forms(event):
        assert sightings(form) == [
            Sighting(ROUTE, "Nouveau nom.pdf", ChangeKind.CHANGED, RAISED),
            Sighting(ROUTE, old, ChangeKind.DELETED, RAISED),
        ]


def test_a_rename_out_of_another_container_is_seen_there() -> None:
    url = "https://cabinets.dfs.core.windows.net/cabinets/Ancien.pdf"
    seen = sightings(blob_event("BlobRenamed", "Nouveau.pdf", sourceUrl=url))
    assert [(it.route, it.path) for it in seen] == [(ROUTE, "Nouveau.pdf"), ("blob:cabinets/cabinets", "Ancien.pdf")]


@pytest.mark.parametrize("url", ["", "https://[", "https://cabinets.dfs.core.windows.net/dupont", None, 7])
def test_a_rename_that_does_not_say_what_it_renamed_has_the_whole_source_looked_at(url: object) -> None:
    seen = sightings(blob_event("BlobRenamed", "Nouveau.pdf", sourceUrl=url))
    assert [(it.route, it.path) for it in seen] == [(ROUTE, "Nouveau.pdf"), (ROUTE, None)]


@pytest.mark.parametrize("kind", ["DirectoryRenamed", "DirectoryDeleted"])
def test_a_folder_that_moves_or_goes_has_its_whole_source_looked_at(kind: str) -> None:
    for form in forms(blob_event(kind, "Clients/Dupont")):
        assert sightings(form) == [Sighting(ROUTE, None, ChangeKind.CHANGED, RAISED)]


@pytest.mark.parametrize(
    ("kind", "api"),
    [
        ("BlobCreated", "CreateFile"),  # empty; its content comes with FlushWithClose
        ("BlobCreated", "SftpCreate"),
        ("BlobTierChanged", "SetBlobTier"),
        ("DirectoryCreated", "CreateDirectory"),
    ],
)
def test_what_changes_no_content_asks_for_nothing(kind: str, api: str) -> None:
    for form in forms(blob_event(kind, "a.pdf", api=api)):
        assert sightings(form) == []


@pytest.mark.parametrize(
    "resource", ["drives/b!-RIj2DuyvEyV1T4NlOaMHk8XkS_I8MdFlUCq1BlcjgmhRfAj3-Z8RY2VpuvV_tpd/root", "/drives/b!x/root"]
)
def test_a_graph_event_names_its_drive(resource: str) -> None:
    drive = resource.strip("/").split("/")[1]
    event = {
        **blob_event("", ""),
        "eventType": "Microsoft.Graph.DriveItemUpdated",
        "topic": "/tenants/t/applications/a",
        "subject": "drives/…",
        "data": {"resource": resource, "clientState": "s", "changeType": "updated"},
    }
    for form in forms(event):
        assert sightings(form) == [Sighting(f"drive:{drive}", None, ChangeKind.CHANGED, RAISED, "s")]


def test_a_webhook_and_a_partner_topic_say_the_same() -> None:
    data = {"resource": "drives/b!x/root", "clientState": "s", "changeType": "updated"}
    [event] = graph_events({"value": [data]})
    assert sightings(event) == [Sighting("drive:b!x", None, ChangeKind.CHANGED, 0.0, "s")]


@pytest.mark.parametrize("body", [None, [], {}, {"value": "x"}, {"value": ["x"]}])
def test_what_is_no_notification_is_refused(body: object) -> None:
    with pytest.raises(Refuse):
        graph_events(body)


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("2026-01-05T09:00:00.1234567Z", RAISED + 0.123456),
        ("2026-01-05T10:00:00+01:00", RAISED),
        ("yesterday", 0.0),
        (None, 0.0),
        ("0001-01-01T00:00:00Z", 0.0),
        ("0001-01-01T00:00:00+14:00", 0.0),
    ],
)
def test_a_time_that_is_none_costs_no_event(time: object, seconds: float) -> None:
    event = {**blob_event("BlobCreated", "a.pdf", api="PutBlob"), "eventTime": time}
    assert sightings(event)[0].raised_at == pytest.approx(seconds)


SECRET = "Divorce Dupont.pdf"
GOOD = blob_event("BlobCreated", SECRET, api="PutBlob")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"eventType": "Microsoft.Storage.BlobInventoryPolicyCompleted"}, "unknown_event_type"),
        ({"eventType": SECRET}, "unknown_event_type"),
        ({"eventType": 7}, "not_an_event"),
        ({"topic": None}, "not_an_event"),
        ({"data": SECRET}, "not_an_event"),
        ({"data": None}, "not_an_event"),
        ({"topic": f"/{SECRET}"}, "unknown_topic"),
        ({"topic": f"{TOPIC}/blobServices/{SECRET}"}, "unknown_topic"),
        ({"subject": None}, "unknown_subject"),
        ({"subject": f"/blobServices/default/containers/dupont/{SECRET}"}, "unknown_subject"),
        ({"subject": "/blobServices/default/containers/dupont/blobs/"}, "unknown_subject"),
        ({"subject": f"/fileServices/default/containers/dupont/blobs/{SECRET}"}, "unknown_subject"),
        ({"subject": "/blobServices/default/containers/dupont/blobs/Dupont\ud800.pdf"}, "unknown_subject"),
        ({"eventType": "Microsoft.Graph.UserUpdated", "data": {"resource": f"users/{SECRET}"}}, "unknown_resource"),
        ({"eventType": "Microsoft.Graph.DriveItemUpdated", "data": {"resource": "drives"}}, "unknown_resource"),
    ],
)
def test_what_is_not_ours_is_refused_by_a_code_and_without_its_words(changed: dict[str, object], code: str) -> None:
    for form in forms({**GOOD, **changed}):
        with pytest.raises(Refuse) as refused:
            sightings(form)
        assert refused.value.code == code
        assert "Dupont" not in str(refused.value)


marked = st.text(max_size=30).map(lambda text: f"Zanzibar{text}")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | marked,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(marked, inner, max_size=3),
    max_leaves=6,
)
names = ("specversion", "eventType", "type", "topic", "source", "subject", "eventTime", "time", "data")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(names, values)))
def test_any_json_is_read_or_refused_and_never_quoted(noise: dict[str, object]) -> None:
    for event in ({**GOOD, **noise}, {**as_cloud_event(GOOD), **noise}, noise):
        seen, said = read(event)
        assert "Zanzibar" not in said
        assert all(it.raised_at >= 0 for it in seen)


def read(event: Mapping[str, object]) -> tuple[list[Sighting], str]:
    """What it says, or what its refusal says."""
    try:
        return sightings(event), ""
    except Refuse as refused:
        return [], f"{refused}{refused.__cause__}"


@given(st.text(min_size=1).filter(lambda path: path.isprintable()))
def test_any_name_is_taken_as_it_stands_in_the_subject(path: str) -> None:
    for form in forms(blob_event("BlobDeleted", path)):
        assert [it.path for it in sightings(form)] == [path]


@given(st.text(min_size=1).filter(lambda path: path.isprintable()))
def test_any_old_name_survives_its_url(path: str) -> None:
    url = f"https://cabinets.dfs.core.windows.net/dupont/{quote(path)}"
    seen = sightings(blob_event("BlobRenamed", "b", sourceUrl=url))
    assert seen[1].path == path
