"""Graph's drives through msgraph-sdk, over real sockets: what it gives, how it fails, and what it never tells."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.identity import DefaultAzureCredential

from ingestion.adapters.checksum import quick_xor_hash
from ingestion.adapters.graph import GraphDrives
from ingestion.adapters.graph_items import Denied, NotThere, Resync
from ingestion.errors import GreffeError, Park, Retry
from ingestion.model import SourceRef
from local.certificate import Certificate
from local.graph import Graph
from local.server import Listener
from local.sharepoint.library import SITE_PATH
from local.tokens import signer
from tests.contract.conftest import Identity
from tests.contract.graph_schema import Checked
from tests.sharepoint_world import DRIVE, People, StraightGraph, Unlimited, graph_server, source

NAME = "Divorce Dupont n° 1 (v2) + 50 %#.txt"


@pytest.fixture
def served(trust: Certificate, identity: Identity) -> Iterator[tuple[str, Graph, People]]:
    graph, people = graph_server(time.time)
    checked = Checked(graph)
    listener = Listener(checked, certificate=trust.bundle).start()
    graph._tokens = signer(identity.signing_key)
    graph._url = lambda: listener.url
    yield f"{listener.url}/v1.0", graph, people
    listener.stop()
    assert checked.faults == [], "what Graph answered is not what its schema says"


@pytest.fixture
def people(served: tuple[str, Graph, People]) -> People:
    return served[2]


@pytest.fixture
def server(served: tuple[str, Graph, People]) -> Graph:
    return served[1]


@pytest.fixture
def ref(served: tuple[str, Graph, People]) -> SourceRef:
    return source(served[0])


@pytest.fixture
def units() -> Unlimited:
    return Unlimited()


@pytest.fixture
def drives(credential: DefaultAzureCredential, units: Unlimited) -> Iterator[GraphDrives]:
    made = GraphDrives(lambda _: credential, lambda _: "tenant", units)
    yield made
    made.close()


def test_an_item_is_described(drives: GraphDrives, ref: SourceRef, people: People, units: Unlimited) -> None:
    folder = people.folder("Clients & Cie", people.folder("Été 2026 (50 %)"))
    made = people.put(NAME, b"Entre les parties", folder)
    it = drives.item(ref, made)
    assert (it.id, it.kind, it.parent, it.name) == (made, "file", folder, NAME)
    assert (it.folder, it.size, it.media_type) == ("Été 2026 (50 %)/Clients & Cie", 17, "text/plain")
    assert it.checksum == quick_xor_hash(b"Entre les parties")
    assert it.modified_at.tzinfo is not None
    assert drives.download(ref, it.download, 100) == b"Entre les parties"
    assert units.units == 1


def test_the_root_has_no_folder(drives: GraphDrives, ref: SourceRef) -> None:
    root = drives.item(ref, "root")
    assert (root.kind, root.parent) == ("folder", "")


def test_what_is_gone_is_not_there_and_the_drive_answers(drives: GraphDrives, ref: SourceRef, people: People) -> None:
    made = people.put("a.txt", b"a")
    people.delete(made)
    with pytest.raises(NotThere):
        drives.item(ref, made)
    assert drives.answers(ref)


def test_a_drive_that_is_gone_does_not_answer(drives: GraphDrives, ref: SourceRef, server: Graph) -> None:
    server.switches.turn({"missing": 1})
    assert not drives.answers(ref)


def test_denied_is_denied(drives: GraphDrives, ref: SourceRef, server: Graph, people: People) -> None:
    made = people.put("a.txt", b"a")
    server.switches.turn({"forbidden": 1})
    for ask in (lambda: drives.item(ref, made), lambda: drives.answers(ref), lambda: drives.delta(ref, None)):
        with pytest.raises(Denied):
            ask()


@pytest.mark.parametrize("switch", ["throttled_share", "unavailable_share"])
def test_patience_that_is_asked_for_is_given(switch: str, drives: GraphDrives, ref: SourceRef, server: Graph) -> None:
    server.switches.turn({switch: 1.0, "retry_after": 7})
    with pytest.raises(Retry) as refused:
        drives.item(ref, "root")
    assert (refused.value.code, refused.value.after) == ("throttled", 7.0)


def test_what_is_no_answer_of_graphs_is_an_error_that_may_pass(
    drives: GraphDrives, ref: SourceRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy's page, with 200 or without."""
    import httpx

    for status, code in ((200, "unreadable"), (502, "unavailable"), (302, "rejected")):

        async def answered(*_: object, **__: object) -> httpx.Response:
            return httpx.Response(status, text="<html>Dupont</html>")  # noqa: B023 - called at once

        monkeypatch.setattr(httpx.AsyncClient, "send", answered)
        with pytest.raises(Retry) as refused:
            drives.item(ref, "root")
        assert refused.value.code == code
        assert "Dupont" not in str(refused.value)


def test_children_come_from_every_page(drives: GraphDrives, ref: SourceRef, server: Graph, people: People) -> None:
    server.switches.turn({"page": 2})
    made = {people.put(f"{n}.txt", b"x") for n in range(5)}
    assert {it.id for it in drives.children(ref, "root")} == made


def test_a_delta_tells_what_changed_and_goes_on_from_there(
    drives: GraphDrives, ref: SourceRef, server: Graph, people: People, units: Unlimited
) -> None:
    server.switches.turn({"page": 2})
    kept = [people.put(f"{n}.txt", b"x") for n in range(3)]
    first = drives.delta(ref, None)
    assert first.next is not None
    second = drives.delta(ref, first.next)
    assert {it.id for it in (*first.items, *second.items)} >= set(kept)
    assert second.delta is not None
    people.delete(kept[0])
    people.share(kept[1], ("user", "u1"))
    third = drives.delta(ref, second.delta)
    assert third.next is not None
    changed = {it.id: it for it in (*third.items, *drives.delta(ref, third.next).items)}
    assert changed[kept[0]].deleted
    assert changed[kept[0]].kind == "file"
    assert changed[kept[1]].sharing_changed
    assert changed[kept[1]].folder is None
    assert kept[2] not in changed
    assert units.units == 2 + 1 + 1 + 1


def test_the_latest_link_knows_nothing_of_before(drives: GraphDrives, ref: SourceRef, people: People) -> None:
    people.put("a.txt", b"a")
    latest = drives.latest(ref)
    assert latest.items == []
    assert latest.delta is not None
    made = people.put("b.txt", b"b")
    assert [it.id for it in drives.delta(ref, latest.delta).items if it.parent] == [made]


def test_a_link_that_is_too_old_asks_for_everything(drives: GraphDrives, ref: SourceRef, server: Graph) -> None:
    link = drives.latest(ref).delta
    for kind in (1, 2):
        server.switches.turn({"resync": kind})
        with pytest.raises(Resync):
            drives.delta(ref, link)


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/v1.0/drives/b!drive/items/root/delta()?token=1",
        "{address}/drives/b!other/items/root/delta()?token=1",
        "{address}.example/drives/b!drive/items/root/delta()?token=1",
        "",
    ],
)
def test_a_foreign_link_is_never_asked(link: str, drives: GraphDrives, ref: SourceRef, units: Unlimited) -> None:
    with pytest.raises(Resync):
        drives.delta(ref, link.format(address=ref.address))
    assert units.units == 0


def test_access_is_told_with_its_links(drives: GraphDrives, ref: SourceRef, people: People, units: Unlimited) -> None:
    made = people.put("a.txt", b"a")
    assert [it.principals for it in drives.grants(ref, made)] == [("lawyers",)]
    people.share(made, ("user", "u1"), ("users", "u2 u3"), ("organization", ""), ("site_group", "5"))
    grants = drives.grants(ref, made)
    assert [it.principals for it in grants] == [("u1",), ("u2", "u3"), (), ()]
    assert [it.link for it in grants] == ["", "", "organization", ""]
    assert units.units == 10


def test_a_download_ends_at_the_limit(drives: GraphDrives, ref: SourceRef, people: People) -> None:
    made = people.put("a.txt", b"x" * 101)
    with pytest.raises(Park):
        drives.download(ref, drives.item(ref, made).download, 100)


def test_a_site_gives_its_libraries_and_a_library_its_folders(
    drives: GraphDrives, ref: SourceRef, people: People
) -> None:
    inner = people.folder("Été", people.folder("Clients"))
    assert drives.drives(ref, f"https://tenant.sharepoint.com{SITE_PATH}/") == {"Documents": DRIVE}
    file = people.put(NAME, b"a", inner)
    assert drives.at_path(ref, "/Clients/Été").id == inner
    assert drives.at_path(ref, f"Clients/Été/{NAME}").id == file
    with pytest.raises(NotThere):
        drives.at_path(ref, "Clients/Hiver")


def test_a_file_goes_to_the_recycle_bin_once(drives: GraphDrives, ref: SourceRef, people: People) -> None:
    made = people.put("a.txt", b"a")
    drives.recycle(ref, made)
    drives.recycle(ref, made)
    with pytest.raises(NotThere):
        drives.item(ref, made)
    people.restore(made)
    assert drives.item(ref, made).name == "a.txt"


def test_a_subscription_is_made_extended_and_ended(drives: GraphDrives, ref: SourceRef) -> None:
    until = datetime.now(UTC) + timedelta(minutes=10)
    made = drives.subscribe(ref, "EventGrid:?partnertopic=graph", "secret", until)
    assert made.resource == f"drives/{DRIVE}/root"
    drives.extend(ref, made.id, until + timedelta(minutes=30))
    [found] = drives.subscriptions(ref)
    assert abs(found.expires_at - until - timedelta(minutes=30)) < timedelta(seconds=1)
    drives.unsubscribe(ref, made.id)
    drives.unsubscribe(ref, made.id)
    assert drives.subscriptions(ref) == []
    with pytest.raises(NotThere):
        drives.extend(ref, made.id, until)


def test_a_subscription_that_graph_refuses_is_said(drives: GraphDrives, ref: SourceRef) -> None:
    with pytest.raises(Retry) as refused:
        drives.subscribe(ref, "EventGrid:?x", "secret", datetime.now(UTC) + timedelta(minutes=42_400))
    assert refused.value.code == "rejected"


def test_the_straight_way_gives_the_same(drives: GraphDrives, ref: SourceRef, server: Graph, people: People) -> None:
    """What the properties are tested with answers like the real part."""
    straight = StraightGraph(server)
    server._tokens = None
    folder = people.folder("Clients")
    made = people.put(NAME, b"a", folder)
    people.share(folder, ("user", "u1"), ("organization", ""))
    gone = people.put("b.txt", b"b")
    people.delete(gone)
    assert straight.item(ref, made) == drives.item(ref, made)
    assert list(straight.children(ref, folder)) == list(drives.children(ref, folder))
    assert straight.grants(ref, made) == drives.grants(ref, made)
    assert straight.delta(ref, None) == drives.delta(ref, None)
    link = f"{ref.address}/drives/{DRIVE}/items/root/delta()?token=1"
    assert straight.delta(ref, link) == drives.delta(ref, link)


def test_no_error_and_no_log_holds_a_name_a_token_or_an_address(
    drives: GraphDrives,
    ref: SourceRef,
    server: Graph,
    people: People,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from ingestion.telemetry import silence_vendors

    silence_vendors()
    caplog.set_level(logging.DEBUG)
    made = people.put(NAME, b"a", people.folder("Secret Dupont"))
    it = drives.item(ref, made)
    drives.download(ref, it.download, 100)
    link = drives.latest(ref).delta
    told = [repr(it), repr(drives.delta(ref, link))]
    for switch in ("throttled_share", "unavailable_share", "forbidden", "missing"):
        server.switches.turn({switch: 1.0})
        with pytest.raises((GreffeError, Denied, NotThere)) as failed:
            drives.item(ref, made)
        told += [str(failed.value), repr(failed.value)]
        assert failed.value.__suppress_context__ or failed.value.__context__ is None
        server.switches.turn({switch: 0.0})
    with pytest.raises(Retry) as unreachable:
        drives.download(ref, "https://127.0.0.1:1/Dupont?tempauth=s3cret", 100)
    told += [str(unreachable.value), caplog.text]
    for canary in ("Dupont", "tempauth", "token=", "Bearer", "eyJ"):
        assert canary not in "\n".join(told)
