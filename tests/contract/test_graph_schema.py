"""Every answer of the local Graph, and every notification, held against Microsoft's own schema of v1.0."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.graph import Graph
from local.server import Request, Response
from local.sharepoint.library import SITE, SITE_PATH
from local.sharepoint.subscriptions import notification, reauthorization
from tests.contract.graph_schema import ROUTES, Checked, faults
from tests.sharepoint_world import DRIVE, People, graph_server


@pytest.fixture
def world() -> tuple[Graph, People]:
    return graph_server(lambda: 1_790_000_000.25)


def asked(graph: Callable[[Request], Response], path: str, method: str = "GET", body: object = None) -> Response:
    path, _, query = path.partition("?")
    sent = json.dumps(body).encode() if body else b""
    return graph(
        Request(method, f"/v1.0{path}", dict([query.split("=", 1)] if query else []), {}, sent, f"/v1.0{path}")
    )


@pytest.mark.parametrize("switches", [{}, {"page": 1}, {"bare_deletes": 1}, {"repeats": 1}, {"ancestors": 1}])
def test_every_route_answers_as_the_schema_says(switches: dict[str, float], world: tuple[Graph, People]) -> None:
    graph, people = world
    graph.switches.turn(switches)
    folder = people.folder("Clients")
    file = people.put("a.txt", b"a", folder)
    people.edit(file, b"b")
    people.delete(people.put("gone.txt", b"a"))
    people.delete(people.folder("gone"))
    people.share(
        folder, ("user", "u1"), ("users", "u1 u2"), ("organization", ""), ("anonymous", ""), ("site_group", "5")
    )
    checked = Checked(graph)
    made = json.loads(asked(checked, "/subscriptions", "POST", subscription()).body)["id"]
    for path in (
        f"/drives/{DRIVE}",
        f"/drives/{DRIVE}/root",
        f"/drives/{DRIVE}/items/{file}",
        f"/drives/{DRIVE}/items/{folder}",
        f"/drives/{DRIVE}/root:/Clients/a.txt",
        f"/drives/{DRIVE}/items/{folder}/children",
        f"/drives/{DRIVE}/items/{file}/permissions",
        f"/drives/{DRIVE}/items/{file}/content",
        f"/drives/{DRIVE}/items/root/delta()",
        f"/drives/{DRIVE}/items/root/delta()?token=1",
        f"/drives/{DRIVE}/root/delta?token=latest",
        f"/sites/tenant.sharepoint.com:{SITE_PATH}",
        f"/sites/{SITE}/drives",
        "/subscriptions",
        f"/subscriptions/{made}",
    ):
        asked(checked, path)
    asked(checked, f"/subscriptions/{made}", "PATCH", subscription())
    asked(checked, f"/subscriptions/{made}", "DELETE")
    asked(checked, f"/drives/{DRIVE}/items/{file}", "DELETE")
    for absent in (
        f"/drives/{DRIVE}/items/{file}",
        "/drives/none",
        "/sites/none",
        "/nothing",
        f"/subscriptions/{made}",
    ):
        assert asked(checked, absent).status in (400, 404)
    assert checked.faults == []
    assert checked.routes == {it[:2] for it in ROUTES}


def test_a_notification_is_as_the_schema_says(world: tuple[Graph, People]) -> None:
    graph, _ = world
    asked(graph, "/subscriptions", "POST", subscription())
    [made] = graph.subscriptions.all()
    sent = {"value": [notification(made), reauthorization(made)]}
    assert list(faults(sent, "graph.changeNotificationCollection")) == []


def subscription() -> dict[str, str]:
    until = datetime.fromtimestamp(1_790_000_000, UTC) + timedelta(days=1)
    return {
        "changeType": "updated",
        "notificationUrl": "EventGrid:?partnertopic=graph",
        "resource": f"drives/{DRIVE}/root",
        "expirationDateTime": until.isoformat(),
        "clientState": "secret",
    }


def test_a_subscription_never_gives_its_secret_back(world: tuple[Graph, People]) -> None:
    graph, _ = world
    made = asked(graph, "/subscriptions", "POST", subscription())
    assert json.loads(asked(graph, f"/subscriptions/{json.loads(made.body)['id']}").body)["clientState"] is None


@pytest.mark.parametrize("wrong", [{"changeType": "created"}, {"resource": "me/messages"}, {"clientState": "x" * 129}])
def test_what_graph_refuses_is_refused(wrong: dict[str, str], world: tuple[Graph, People]) -> None:
    assert asked(world[0], "/subscriptions", "POST", {**subscription(), **wrong}).status == 400


@pytest.mark.parametrize(
    ("switch", "status"),
    [("throttled_share", 429), ("unavailable_share", 503), ("forbidden", 403), ("missing", 404), ("resync", 410)],
)
def test_an_error_has_the_shape_of_graph(switch: str, status: int, world: tuple[Graph, People]) -> None:
    graph, _ = world
    graph.switches.turn({switch: 1})
    checked = Checked(graph)
    answer = asked(checked, f"/drives/{DRIVE}/items/root/delta()?token=0")
    assert checked.faults == []
    found = json.loads(answer.body)["error"]
    assert (answer.status, set(found)) == (status, {"code", "message", "innerError"})
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert ("Location" in answer.headers) == (status == 410)


@pytest.mark.parametrize(
    ("value", "fault"),
    [({"nmae": "a"}, "nmae"), ({"size": "1"}, "size"), ({"file": {"mime": "a"}}, "mime"), ({"@x": 1}, "@x")],
)
def test_a_breach_of_the_schema_is_found(value: dict[str, object], fault: str) -> None:
    assert fault in " ".join(faults(value, "graph.driveItem"))


def test_a_drive_is_the_same_after_a_restart(tmp_path: Path) -> None:
    from local.sharepoint.library import Library

    library = Library(tmp_path / "journal.jsonl", clock=lambda: 1_790_000_000.5)
    people = People(library)
    people.make_drive(("group", "lawyers"))
    file = people.put("a.txt", b"a", people.folder("Clients"))
    people.edit(file, b"b")
    people.delete(people.put("gone.txt", b"a"))
    library.close()
    again = Library(tmp_path / "journal.jsonl", clock=lambda: 1_790_000_009.0)
    again.close()
    before, after = library.drives[DRIVE], again.drives[DRIVE]
    assert (after.items, after.log, after.contents) == (before.items, before.log, before.contents)


def test_files_on_disk_are_a_drive(tmp_path: Path) -> None:
    from local.sharepoint.folder import FolderDrives
    from local.sharepoint.library import Library

    library = Library(None, clock=lambda: 1_790_000_000.0)
    root = tmp_path / "drives"
    folders = FolderDrives(root, library)
    (root / "Cabinet" / "Clients").mkdir(parents=True)
    (root / "Cabinet" / "Clients" / "été.txt").write_text("un")
    folders.look()
    drive = library.drives["b!folder-Cabinet"]

    def shown() -> dict[str, tuple[str, bytes | None]]:
        states = [drive.known(it) for it in drive.items]
        return {
            drive.path(it): (it.id, None if it.is_folder else drive.content(it))
            for it in states
            if it is not None and not it.deleted and it.parent
        }

    first = shown()
    assert {path: content for path, (_, content) in first.items()} == {"Clients": None, "Clients/été.txt": b"un"}
    (root / "Cabinet" / "Clients").rename(root / "Cabinet" / "Dossiers")
    (root / "Cabinet" / "Dossiers" / "été.txt").write_text("deux")
    folders.look()
    assert shown() == {"Dossiers": first["Clients"], "Dossiers/été.txt": (first["Clients/été.txt"][0], b"deux")}
    FolderDrives(root, library).look()
    assert len(shown()) == 2
    (root / "Cabinet" / "Dossiers" / "été.txt").unlink()
    folders.look()
    assert set(shown()) == {"Dossiers"}
    (root / "Cabinet" / "Dossiers" / "hiver.txt").write_text("trois")
    folders.look()
    library.do({"act": "delete", "drive": drive.id, "item": shown()["Dossiers/hiver.txt"][0]})
    folders.look()
    folders.look()
    assert not (root / "Cabinet" / "Dossiers" / "hiver.txt").exists()
    assert set(shown()) == {"Dossiers"}
