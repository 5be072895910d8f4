"""SharePoint as a source and as a feed: through msgraph-sdk over sockets, and straight; both must hold the same."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from azure.identity import DefaultAzureCredential

from ingestion import client_state
from ingestion.adapters.graph import GraphDrives
from ingestion.adapters.graph_items import Item, Resync
from ingestion.adapters.sharepoint import SharePointSource, locate
from ingestion.adapters.sharepoint_feed import SharePointFeed
from ingestion.errors import Busy, Park, ParkReason, Refuse, Retry
from ingestion.locators import document_id, seal
from ingestion.model import DocumentId, Head, Locator, SourceId, SourceRef
from ingestion.ports import FeedPage
from ingestion.search_api import EVERYONE
from local.certificate import Certificate
from local.graph import Graph
from local.server import Listener
from local.tokens import signer
from tests.contract.conftest import Identity
from tests.contract.graph_schema import Checked
from tests.sharepoint_world import (
    SECRET,
    MemoryNotes,
    People,
    StraightGraph,
    Unlimited,
    graph_server,
    source,
)

NAME = "Divorce Dupont n° 1 (v2) + 50 %#.txt"
STALE = 60.0


@dataclass
class World:
    """One drive, followed."""

    ref: SourceRef
    server: Graph
    people: People
    graph: StraightGraph | GraphDrives
    later: list[float] = field(default_factory=lambda: [0.0])  # seconds that were waited
    max_bytes: int = 1_000

    def __post_init__(self) -> None:
        self.notes = MemoryNotes()
        self.source = self.restarted()
        self.feed = SharePointFeed(
            self.graph, self.notes, lambda _: SECRET, self.now, notification_url="EventGrid:?partnertopic=graph"
        )

    def restarted(self) -> SharePointSource:
        return SharePointSource(
            self.graph, self.notes, lambda _: SECRET, self.now, staleness=STALE, max_bytes=self.max_bytes
        )

    def now(self) -> float:
        return time.time() + self.later[0]

    def wait(self, seconds: float) -> None:
        self.later[0] += seconds

    def locator(self, item: str) -> Locator:
        return locate(SECRET, self.ref, item)

    def document(self, item: str) -> DocumentId:
        return document_id(self.ref.id, self.locator(item))

    def head(self, item: str) -> Head | None:
        return self.source.head(self.ref, self.locator(item))

    def there(self, item: str) -> Head:
        head = self.head(item)
        assert head is not None
        return head

    def read(self, item: str) -> bytes:
        return self.source.read(self.ref, self.locator(item), self.there(item))

    def begin(self) -> str:
        """The link from which changes are told; everything has been listed once, as after onboarding."""
        page = self.feed.changes(self.ref, None)
        assert (page.documents, page.last, page.resync) == ([], True, True)
        list(self.source.enumerate(self.ref))
        return page.link

    def changes(self, link: str) -> FeedPage:
        return self.feed.changes(self.ref, link)

    def changed(self, link: str) -> set[DocumentId]:
        return {document for document, _ in self.changes(link).documents}

    def calls(self) -> dict[str, int]:
        calls = self.server.meter.read()["calls"]
        assert isinstance(calls, dict)
        self.server.meter.reset()
        return calls


@pytest.fixture(params=["straight", "sdk"])
def make(
    request: pytest.FixtureRequest, trust: Certificate, identity: Identity, credential: DefaultAzureCredential
) -> Iterator[Callable[..., World]]:
    server, people = graph_server(time.time)
    if request.param == "straight":
        yield lambda **given: World(source(), server, people, StraightGraph(server), **given)
        return
    checked = Checked(server)
    listener = Listener(checked, certificate=trust.bundle).start()
    server._tokens = signer(identity.signing_key)
    server._url = lambda: listener.url
    drives = GraphDrives(lambda _: credential, lambda _: "tenant", Unlimited())
    yield lambda **given: World(source(f"{listener.url}/v1.0"), server, people, drives, **given)
    drives.close()
    listener.stop()
    assert checked.faults == [], "what Graph answered is not what its schema says"


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    return make()


# A document as it is


def test_a_document_is_described_and_read(world: World) -> None:
    item = world.people.put(NAME, b"Entre les parties", world.people.folder("Clients"))
    head = world.there(item)
    assert (head.title, head.folder, head.size, head.media_type) == (NAME, "Clients", 17, "text/plain")
    assert head.principals == ("lawyers",)
    assert world.read(item) == b"Entre les parties"


def test_a_first_look_costs_six_units_and_the_bytes_none(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    world.calls()
    world.read(item)
    assert world.calls() == {"item": 1, "permissions": 1}
    world.there(item)
    assert world.calls() == {"item": 1}


@pytest.mark.parametrize("change", ["edit", "rename", "move", "share", "rename the folder"])
def test_what_the_index_holds_makes_the_version(change: str, world: World) -> None:
    folder = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", folder)
    link = world.begin()
    before = world.there(item)
    assert world.there(item).version == before.version
    match change:
        case "edit":
            world.people.edit(item, b"b")
        case "rename":
            world.people.move(item, name="b.txt")
        case "move":
            world.people.move(item, parent="root")
        case "share":
            world.people.share(item, ("user", "u1"))
        case _:
            world.people.move(folder, name="Dossiers")
    assert world.document(item) in world.changed(link)
    assert world.there(item).version != before.version


def test_the_version_of_a_listing_is_the_version_of_a_head(world: World) -> None:
    inner = world.people.folder("Été 50 %", world.people.folder("Clients"))
    items = [world.people.put("a.txt", b"a"), world.people.put(NAME, b"b", inner)]
    world.begin()
    heads = {world.document(it): world.there(it).version for it in items}
    listed = list(world.source.enumerate(world.ref))
    assert {document: version for document, _, version in listed} == heads
    assert all(document_id(world.ref.id, locator) == document for document, locator, _ in listed)


def test_a_listing_does_not_know_the_version_of_what_was_never_looked_at(world: World) -> None:
    world.people.put("a.txt", b"a")
    [(_, _, version)] = world.source.enumerate(world.ref)
    assert version == ""


def test_a_changed_document_is_never_read_for_its_old_version(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    head = world.there(item)
    world.people.edit(item, b"b")
    for source_ in (world.source, world.restarted()):
        with pytest.raises(Retry) as refused:
            source_.read(world.ref, world.locator(item), head)
        assert refused.value.code == "changed"


def test_a_document_that_went_while_it_was_read_is_looked_at_again(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    head = world.there(item)
    world.people.delete(item)
    with pytest.raises(Retry) as refused:
        world.source.read(world.ref, world.locator(item), head)
    assert refused.value.code == "changed"


def test_content_without_a_checksum_that_fits_is_taken_when_nothing_changed_around_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = world.people.put("a.txt", b"a")
    monkeypatch.setattr("ingestion.adapters.sharepoint.quick_xor_hash", lambda _: "another")
    assert world.read(item) == b"a"


def test_too_large_a_document_is_parked_before_a_byte_is_read(make: Callable[..., World]) -> None:
    world = make(max_bytes=100)
    item = world.people.put("a.txt", b"x" * 101)
    with pytest.raises(Park) as parked:
        world.read(item)
    assert parked.value.reason is ParkReason.TOO_LARGE


def test_an_empty_document_is_read_as_empty(world: World) -> None:
    assert world.read(world.people.put("a.txt", b"")) == b""


def test_a_locator_of_another_source_is_refused(world: World) -> None:
    with pytest.raises(Refuse):
        world.source.head(world.ref, seal(SECRET, SourceId("other"), "b!drive/x"))


def test_a_folder_is_no_document(world: World) -> None:
    assert world.head(world.people.folder("Clients")) is None


# Ways of going away


def test_what_is_deleted_is_absent_and_told(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    world.there(item)
    link = world.begin()
    world.people.delete(item)
    assert world.document(item) in world.changed(link)
    assert world.head(item) is None
    world.people.restore(item)
    assert world.head(item) is not None


@pytest.mark.parametrize("bare", [0, 1])
@pytest.mark.parametrize("alone", [False, True])
def test_everything_in_a_deleted_folder_is_looked_at(bare: int, alone: bool, world: World) -> None:
    world.server.switches.turn({"bare_deletes": bare})
    folder = world.people.folder("Clients")
    items = [world.people.put("a.txt", b"a", folder), world.people.put("b.txt", b"b", world.people.folder("x", folder))]
    link = world.begin()
    for it in items:
        world.there(it)
    world.people.delete(folder, alone=alone)
    assert {world.document(it) for it in items} <= world.changed(link)
    assert [world.head(it) for it in items] == [None, None]


def test_what_leaves_the_watched_folder_is_absent(world: World) -> None:
    watched = world.people.folder("Clients", world.people.folder("Cabinet"))
    inside = world.people.put("a.txt", b"a", world.people.folder("Dupont", watched))
    outside = world.people.put("b.txt", b"b")
    world.ref = replace(world.ref, prefix=watched)
    link = world.begin()
    assert (world.head(inside) is not None, world.head(outside)) == (True, None)
    assert [it[0] for it in world.source.enumerate(world.ref)] == [world.document(inside)]
    world.people.move(inside, parent="root")
    assert world.document(inside) in world.changed(link)
    assert world.head(inside) is None


def test_a_folder_beside_the_watched_one_is_not_inside_for_its_name(world: World) -> None:
    watched = world.people.folder("Clients")
    other = world.people.put("a.txt", b"a", world.people.folder("Clients (archives)"))
    world.ref = replace(world.ref, prefix=watched)
    assert world.head(other) is None


def test_a_watched_folder_may_be_renamed_and_moved(world: World) -> None:
    watched = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", watched)
    world.ref = replace(world.ref, prefix=watched)
    assert world.there(item).folder == "Clients"
    world.people.move(watched, name="Dossiers", parent=world.people.folder("Archives"))
    assert world.there(item).folder == "Archives/Dossiers"


def test_what_is_no_longer_watched_counts_as_gone_whatever_the_drive_says(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    head = world.there(item)
    world.ref = replace(world.ref, leaving=True)
    world.server.switches.turn({"missing": 1})
    assert world.head(item) is None
    assert list(world.source.enumerate(world.ref)) == []
    world.feed.renew(world.ref)
    assert world.server.subscriptions.all() == []
    world.server.switches.turn({"missing": 0})
    world.ref = replace(world.ref, leaving=False)
    assert world.head(item) == head


def test_a_drive_that_is_gone_is_an_error_and_no_absence(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    link = world.begin()
    world.server.switches.turn({"missing": 1})
    for ask in (lambda: world.head(item), lambda: list(world.source.enumerate(world.ref)), lambda: world.changes(link)):
        with pytest.raises(Retry) as refused:
            ask()
        assert refused.value.code == "drive_missing"


def test_a_drive_that_is_denied_parks_a_document_and_stops_a_listing(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    link = world.begin()
    world.server.switches.turn({"forbidden": 1})
    with pytest.raises(Park) as parked:
        world.head(item)
    assert parked.value.reason is ParkReason.FORBIDDEN
    for ask in (lambda: list(world.source.enumerate(world.ref)), lambda: world.changes(link)):
        with pytest.raises(Retry) as refused:
            ask()
        assert refused.value.code == "forbidden"


def test_an_item_of_a_site_that_goes_is_no_absence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """410 of an item: its site is moved, or deleted and not yet gone."""
    item = world.people.put("a.txt", b"a")

    def going(source: SourceRef, item: str) -> Item:
        raise Resync

    monkeypatch.setattr(world.graph, "item", going)
    with pytest.raises(Retry) as refused:
        world.head(item)
    assert refused.value.code == "drive_missing"


def test_a_listing_that_fails_halfway_is_an_error(world: World) -> None:
    for number in range(4):
        world.people.put(f"{number}.txt", b"a")
    world.server.switches.turn({"page": 2, "resync": 1})
    with pytest.raises(Retry):
        list(world.source.enumerate(world.ref))


# What is told of changes


def test_nothing_new_costs_one_call(world: World) -> None:
    link = world.begin()
    world.calls()
    assert world.changes(link).documents == []
    assert world.calls() == {"delta": 1}


def test_each_item_is_told_once_however_often_the_delta_says_it(world: World) -> None:
    items = [world.people.put(f"{number}.txt", b"a") for number in range(3)]
    link = world.begin()
    world.server.switches.turn({"page": 2, "repeats": 1})
    for it in items:
        world.people.edit(it, b"b")
        world.people.edit(it, b"c")
    assert [it[0] for it in world.changes(link).documents] == [world.document(it) for it in items]


@pytest.mark.parametrize("kind", [1, 2])
def test_a_link_that_is_too_old_leads_to_a_comparison(kind: int, world: World) -> None:
    link = world.begin()
    world.server.switches.turn({"resync": kind})
    page = world.changes(link)
    assert (page.resync, page.documents) == (True, [])
    item = world.people.put("a.txt", b"a")
    assert world.changed(page.link) == {world.document(item)}


def test_a_foreign_link_leads_to_a_comparison(world: World) -> None:
    if isinstance(world.graph, GraphDrives):
        assert world.changes("https://elsewhere.example/v1.0/drives/b!drive/root/delta?token=1").resync


def test_a_renamed_folder_tells_all_that_lies_in_it_and_reads_no_access_list(world: World) -> None:
    folder = world.people.folder("Clients")
    items = [world.people.put("a.txt", b"a", folder), world.people.put("b.txt", b"b", world.people.folder("x", folder))]
    link = world.begin()
    for it in items:
        world.there(it)
    world.people.move(folder, name="Dossiers")
    assert world.changed(link) == {world.document(it) for it in items}
    world.calls()
    assert [world.there(it).folder for it in items] == ["Dossiers", "Dossiers/x"]
    assert "permissions" not in world.calls()


def test_of_two_workers_that_are_told_of_a_renamed_folder_one_walks_through_it(world: World) -> None:
    folder = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", folder)
    link = world.begin()
    world.people.move(folder, name="Dossiers")
    real = world.graph.children

    def meanwhile(source: SourceRef, it: str) -> object:
        with pytest.raises(Busy):
            world.changes(link)
        return real(source, it)

    world.graph.children = meanwhile  # type: ignore[method-assign, assignment]
    page = world.changes(link)
    assert {document for document, _ in page.documents} == {world.document(item)}
    assert world.changed(page.link) == set(), "a later link waits for nobody"


@pytest.mark.parametrize("died", [True, False])
def test_a_walk_that_failed_is_taken_up_at_once_and_of_a_dead_worker_in_minutes(died: bool, world: World) -> None:
    folder = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", folder)
    link = world.begin()
    world.people.move(folder, name="Dossiers")
    real = world.graph.children

    def fails(source: SourceRef, it: str) -> object:
        raise KeyboardInterrupt if died else Retry("unavailable", "down")

    world.graph.children = fails  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt if died else Retry):
        world.changes(link)
    world.graph.children = real  # type: ignore[method-assign]
    if died:
        with pytest.raises(Busy):
            world.changes(link)
        world.wait(121)
    assert world.changed(link) == {world.document(item)}


def test_a_folder_in_which_a_file_changed_tells_that_file_only(world: World) -> None:
    folder = world.people.folder("Clients")
    items = [world.people.put(f"{number}.txt", b"a", folder) for number in range(3)]
    link = world.begin()
    world.people.edit(items[0], b"b")
    assert world.changed(link) == {world.document(items[0])}


def test_what_was_found_is_found_again_by_who_reads_the_same_link(world: World) -> None:
    """A worker that dies before its messages are sent leaves the link where it was."""
    folder = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", folder)
    link = world.begin()
    world.people.move(folder, name="Dossiers")
    first = world.changes(link)
    world.wait(121)
    assert world.changed(link) == {world.document(item)}
    assert world.changes(first.link).documents == []


# Who may read


def test_access_that_changed_is_read_again_and_once_more_when_it_is_sure(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    link = world.begin()
    world.there(item)
    world.people.share(item, ("user", "u1"))
    assert world.there(item).principals == ("lawyers",)
    assert world.changed(link) == {world.document(item)}
    world.calls()
    assert world.there(item).principals == ("u1",)
    assert world.there(item).principals == ("u1",)
    assert world.calls()["permissions"] == 1
    world.wait(STALE + 1)
    world.there(item)
    world.there(item)
    assert world.calls()["permissions"] == 1


@pytest.mark.parametrize("change", ["shared", "moved"])
def test_a_folder_changes_the_access_to_all_that_lies_in_it(change: str, world: World) -> None:
    folder = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", world.people.folder("x", folder))
    other = world.people.folder("Direction")
    world.people.share(other, ("user", "boss"))
    link = world.begin()
    world.there(item)
    if change == "shared":
        world.people.share(folder, ("user", "boss"))
    else:
        world.people.move(folder, parent=other)
    assert world.document(item) in world.changed(link)
    assert world.there(item).principals == ("boss",)


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_folder_that_is_told_for_no_other_reason_is_taken_for_shared(
    marked: bool, elsewhere: bool, world: World
) -> None:
    """Graph tells of a folder whose sharing changed, and may not say that it was its sharing."""
    folder = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", world.people.folder("x", folder))
    other = world.people.put("b.txt", b"b", world.people.folder("Autres"))
    link = world.begin()
    world.there(item)
    world.server.switches.turn({"unmarked_folders": 0 if marked else 1})
    world.people.share(folder, ("user", "boss"))
    if elsewhere:
        world.people.edit(other, b"c")
    assert world.changed(link) == {world.document(it) for it in ([item, other] if elsewhere else [item])}
    assert world.there(item).principals == ("boss",)


def test_folders_that_are_told_for_what_changed_in_them_are_not_taken_for_shared(world: World) -> None:
    """A service may tell them in spite of our wish: nobody is to read a thousand access lists for a file."""
    folder = world.people.folder("Clients")
    inner = world.people.folder("x", folder)
    items = [world.people.put(f"{number}.txt", b"a", inner) for number in range(4)]
    archives = world.people.folder("Archives")
    link = world.begin()
    for it in items:
        world.there(it)
    world.server.switches.turn({"ancestors": 1, "bare_deletes": 1})
    world.people.edit(items[0], b"b")
    world.people.delete(items[1])
    world.people.move(items[2], parent=archives)
    assert world.changed(link) == {world.document(it) for it in items[:3]}
    world.calls()
    world.there(items[0])
    assert "permissions" not in world.calls()


def test_the_root_is_told_with_every_change_and_means_nothing(world: World) -> None:
    """Before the first listing, too, when no folder is known."""
    link = world.feed.changes(world.ref, None).link
    items = [world.people.put(f"{number}.txt", b"a") for number in range(2)]
    following = world.changes(link).link
    world.people.edit(items[0], b"b")
    assert world.changed(following) == {world.document(items[0])}


@pytest.mark.parametrize("alone", [False, True])
def test_everything_in_a_restored_folder_is_looked_at(alone: bool, world: World) -> None:
    folder = world.people.folder("Clients")
    item = world.people.put("a.txt", b"a", world.people.folder("x", folder))
    link = world.begin()
    world.there(item)
    world.people.delete(folder)
    following = world.changes(link).link
    assert world.head(item) is None
    world.people.restore(folder, alone=alone)
    assert world.document(item) in world.changed(following)
    assert world.there(item).folder == "Clients/x"


def test_a_file_that_is_moved_takes_the_access_of_its_new_folder(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    other = world.people.folder("Direction")
    world.people.share(other, ("user", "boss"))
    world.there(item)
    world.people.move(item, parent=other)
    assert world.there(item).principals == ("boss",)


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([("user", "u1"), ("group", "g1"), ("user", "u1")], ("g1", "u1")),
        ([("users", "u2 u1")], ("u1", "u2")),
        ([("organization", "")], (EVERYONE,)),
        ([("anonymous", ""), ("user", "u1")], (EVERYONE, "u1")),
        ([("site_group", "5")], ()),
        ([], ()),
    ],
)
def test_an_access_list_is_made_of_people_groups_and_open_links(
    grants: list[tuple[str, str]], expected: tuple[str, ...], world: World
) -> None:
    item = world.people.put("a.txt", b"a")
    world.people.share(item, *grants)
    assert world.there(item).principals == expected


def test_a_document_whose_access_cannot_be_read_is_shown_to_nobody(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    world.server.switches.turn({"permissions_forbidden": 1})
    assert world.there(item).principals == ()
    [(_, _, version)] = world.source.enumerate(world.ref)
    assert version == "", "the next comparison looks at it again"
    world.server.switches.turn({"permissions_forbidden": 0})
    assert world.there(item).principals == ("lawyers",)


def test_a_change_that_graph_kept_to_itself_is_found_in_days(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    world.begin()
    world.there(item)
    world.people.share(item, ("user", "u1"), silent=True)
    assert world.there(item).principals == ("lawyers",)
    world.wait(3 * 86_400 + 1)
    [(_, _, version)] = world.source.enumerate(world.ref)
    assert version == ""
    assert world.there(item).principals == ("u1",)


@pytest.mark.parametrize("watched", [False, True])
def test_access_to_all_that_is_watched_is_held_against_the_last_comparisons(watched: bool, world: World) -> None:
    """It is given on the library, and no delta tells of it."""
    folder = world.people.folder("Clients")
    items = [world.people.put(f"{number}.txt", b"a", folder) for number in range(3)]
    world.ref = replace(world.ref, prefix=folder if watched else "")
    world.begin()
    before = [world.there(it) for it in items]
    assert {version for _, _, version in world.source.enumerate(world.ref)} == {it.version for it in before}
    world.people.share(folder if watched else "root", ("group", "associates"), silent=True)
    assert [world.there(it) for it in items] == before
    assert {version for _, _, version in world.source.enumerate(world.ref)} == {""}
    assert [world.there(it).principals for it in items] == [("associates",)] * 3


def test_access_that_changes_while_it_is_read_is_not_covered_by_the_older_list(world: World) -> None:
    item = world.people.put("a.txt", b"a")
    link = world.begin()
    real = world.graph.grants
    asked: list[str] = []

    def shared_meanwhile(source: SourceRef, it: str) -> object:
        found = real(source, it)
        if not asked:
            asked.append(it)
            world.people.share(item, ("user", "u1"))
            world.changes(link)
        return found

    world.graph.grants = shared_meanwhile  # type: ignore[method-assign, assignment]
    assert world.there(item).principals == ("u1",)


# Being told


def test_one_subscription_is_made_extended_and_made_again(make: Callable[..., World]) -> None:
    world = make()
    if isinstance(world.graph, StraightGraph):
        return  # the straight way has no subscriptions
    assert world.feed.watch(world.ref) is None
    world.feed.renew(world.ref)
    first = world.feed.watch(world.ref)
    assert first is not None
    [made] = world.server.subscriptions.all()
    assert client_state.proves(made.client_state, SECRET, world.ref.id)
    world.wait(3_600)
    world.feed.renew(world.ref)
    again = world.feed.watch(world.ref)
    assert again is not None
    assert again.id == first.id
    assert again.expires_at > first.expires_at
    assert again.expires_at > datetime.now(UTC)
    world.server.subscriptions.remove(first.id)
    world.feed.renew(world.ref)
    assert len(world.server.subscriptions.all()) == 1
    world.server.subscriptions.make(
        {
            "resource": made.resource,
            "changeType": "updated",
            "notificationUrl": "https://old.example",
            "expirationDateTime": datetime.fromtimestamp(time.time() + 600, UTC).isoformat(),
        },
        world.server.library.drives,
    )
    world.feed.renew(world.ref)
    assert [it.notification_url for it in world.server.subscriptions.all()] == ["EventGrid:?partnertopic=graph"]
    world.feed.unwatch(world.ref)
    assert world.server.subscriptions.all() == []
