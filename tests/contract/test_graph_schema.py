"""Every answer of the local Graph, held against Microsoft's own schema of v1.0 (see `extract_graph_types.py`)."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.graph import Graph
from local.server import Request, Response
from local.sharepoint.library import SITE, SITE_PATH
from tests.sharepoint_world import DRIVE, People, graph_server

SCHEMA = json.loads((Path(__file__).parent / "graph_types.json").read_text())
TYPES, ENUMS = SCHEMA["types"], SCHEMA["enums"]
# Instance annotations and control information that Graph's documentation adds to the schema's properties.
ANNOTATIONS = {
    "@microsoft.graph.downloadUrl",
    "@microsoft.graph.sharedChanged",
    "@odata.nextLink",
    "@odata.deltaLink",
    "@odata.type",
}
PLAIN: dict[str, Callable[[object], bool]] = {
    "Edm.String": lambda it: isinstance(it, str),
    "Edm.Boolean": lambda it: isinstance(it, bool),
    "Edm.Int32": lambda it: isinstance(it, int) and -(2**31) <= it < 2**31,
    "Edm.Int64": lambda it: isinstance(it, int) and not isinstance(it, bool),
    "Edm.DateTimeOffset": lambda it: isinstance(it, str) and datetime.fromisoformat(it).tzinfo is not None,
}


def faults(value: object, kind: str, at: str = "$") -> Iterator[str]:
    """Where a value is not of its type."""
    if value is None:
        return
    if kind.startswith("Collection("):
        if not isinstance(value, list):
            yield f"{at}: not a collection"
            return
        for number, it in enumerate(value):
            yield from faults(it, kind.removeprefix("Collection(").removesuffix(")"), f"{at}[{number}]")
    elif kind in PLAIN:
        if not PLAIN[kind](value):
            yield f"{at}: not {kind}"
    else:
        yield from _faults_of(value, kind.removeprefix("graph."), at)


def _faults_of(value: object, name: str, at: str) -> Iterator[str]:
    if name in ENUMS:
        if value not in ENUMS[name]:
            yield f"{at}: not in {name}"
        return
    if not isinstance(value, dict):
        yield f"{at}: not a {name}"
        return
    properties = TYPES[name]["properties"]
    for key, it in value.items():
        if key.startswith("@"):
            if key not in ANNOTATIONS:
                yield f"{at}.{key}: an annotation that Graph does not know"
        elif key not in properties:
            yield f"{at}.{key}: {name} has no such property"
        else:
            yield from faults(it, properties[key], f"{at}.{key}")


def faults_of_answer(answer: Response, kind: str) -> list[str]:
    """A single value, or a collection under `value`."""
    body = json.loads(answer.body)
    assert answer.status in (200, 201), answer.status
    if "value" not in body:
        return list(faults(body, kind))
    assert {key for key in body if key != "value"} <= ANNOTATIONS
    return list(faults(body["value"], f"Collection({kind})"))


@pytest.fixture
def world() -> tuple[Graph, People]:
    return graph_server(lambda: 1_790_000_000.25)


def asked(graph: Graph, path: str, method: str = "GET", body: object = None) -> Response:
    path, _, query = path.partition("?")
    sent = json.dumps(body).encode() if body else b""
    return graph(
        Request(method, f"/v1.0{path}", dict([query.split("=", 1)] if query else []), {}, sent, f"/v1.0{path}")
    )


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/drives/{drive}", "graph.drive"),
        ("/drives/{drive}/root", "graph.driveItem"),
        ("/drives/{drive}/items/{file}", "graph.driveItem"),
        ("/drives/{drive}/items/{folder}", "graph.driveItem"),
        ("/drives/{drive}/root:/Clients/a.txt", "graph.driveItem"),
        ("/drives/{drive}/items/{folder}/children", "graph.driveItem"),
        ("/drives/{drive}/items/{file}/permissions", "graph.permission"),
        ("/drives/{drive}/items/root/delta()", "graph.driveItem"),
        ("/drives/{drive}/items/root/delta()?token=1", "graph.driveItem"),
        ("/drives/{drive}/items/root/delta()?token=latest", "graph.driveItem"),
        (f"/sites/tenant.sharepoint.com:{SITE_PATH}", "graph.site"),
        (f"/sites/{SITE}/drives", "graph.drive"),
        ("/subscriptions", "graph.subscription"),
    ],
)
@pytest.mark.parametrize("switches", [{}, {"page": 1}, {"bare_deletes": 1}, {"repeats": 1}, {"ancestors": 1}])
def test_an_answer_is_as_the_schema_says(
    path: str, kind: str, switches: dict[str, float], world: tuple[Graph, People]
) -> None:
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
    asked(graph, "/subscriptions", "POST", subscription())
    answer = asked(graph, path.format(drive=DRIVE, folder=folder, file=file))
    assert faults_of_answer(answer, kind) == []


def subscription() -> dict[str, str]:
    until = datetime.fromtimestamp(1_790_000_000, UTC) + timedelta(days=1)
    return {
        "changeType": "updated",
        "notificationUrl": "EventGrid:?partnertopic=graph",
        "resource": f"drives/{DRIVE}/root",
        "expirationDateTime": until.isoformat(),
        "clientState": "secret",
    }


def test_a_subscription_is_as_the_schema_says_when_it_is_made_and_extended(world: tuple[Graph, People]) -> None:
    graph, _ = world
    made = asked(graph, "/subscriptions", "POST", subscription())
    assert faults_of_answer(made, "graph.subscription") == []
    path = f"/subscriptions/{json.loads(made.body)['id']}"
    assert faults_of_answer(asked(graph, path, "PATCH", subscription()), "graph.subscription") == []
    assert json.loads(asked(graph, path).body)["clientState"] is None


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
    answer = asked(graph, f"/drives/{DRIVE}/items/root/delta()?token=0")
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
