"""A library on the local cloud, end to end: onboarded from its site, followed by notification and by timer alone."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient
from azure.search.documents import SearchClient
from azure.storage.queue import QueueServiceClient

from ingestion import client_state
from ingestion.adapters.build import Services
from ingestion.adapters.sharepoint import locate
from ingestion.adapters.sharepoint_feed import SharePointFeed
from ingestion.locators import document_id
from ingestion.model import Cabinet, Change, ChangeKind, Locator, SourceId
from ingestion.retrieval import Question
from ingestion.search_api import EVERYONE
from ingestion.settings import Settings
from local.cloud import Cloud
from local.sharepoint.library import SITE_PATH
from operations import onboard, sharepoint, status
from tests.local_cloud import canary

SITE = f"https://tenant.sharepoint.com{SITE_PATH}"
DRIVE = "b!folder-Dupont"
TEXT = (
    "Contrat de bail commercial. Article 1. Le bailleur donne à bail au preneur les locaux situés au rez-de-chaussée. "
    "Article 2. Le loyer annuel est payable par trimestre et d'avance. {word}"
)
# Invented words of a folder, a file's name and its text: to be found nowhere else.
FOLDER_WORD, NAME_WORD, TEXT_WORD = "Kerguélivaque", "Tromelinéade", "crozétispèle"


@dataclass
class Library:
    """A cabinet whose library is a folder on this disk."""

    cloud: Cloud
    services: Services
    folder: Path
    cabinet: Cabinet

    def put(self, name: str, word: str) -> None:
        self.folder.joinpath(name).write_text(TEXT.format(word=word))

    def found(self, word: str, *principals: str) -> list[tuple[str, str]]:
        """Title and folder of each hit of a user."""
        asked = Question(word, principals or ("cabinet",), top=20)
        hits = self.services.retrieval.ask(self.cabinet, asked)
        return [(str(it.fields["title"]), str(it.fields["folder"])) for it in hits if word in str(it.fields["content"])]

    def indexed(self, word: str, principal: str) -> list[tuple[str, str]]:
        """Folder and title of each chunk with this word that somebody may read: a question would be embedded."""
        index, readable = self.cabinet.active, f"allowed_principals/any(it: it eq '{principal}')"
        with SearchClient(index.endpoint, index.name, self.services.credential) as client:
            found = [it for it in client.search("*", filter=readable, top=1000) if word in it["content"]]
        live = {row.live.nonce for row in self.services.ledger.scan(index) if row.live}
        return sorted((it["folder"], it["title"].removesuffix(".txt")) for it in found if it["generation"] in live)

    def tokens(self) -> int:
        """That were embedded since the cloud began."""
        with closing(self.cloud.client("openai")) as openai:
            return int(json.loads(openai.call("GET", "/_meter").body)["tokens"])

    def refusals(self) -> int:
        """Events that were nobody's, by the workers' logs."""
        logs = self.cloud.layout.of("functions_host").glob("worker-*.log")
        return sum(it.read_text().count('"outcome":"refused"') for it in logs)

    def parked(self) -> int:
        return sum(row.status == "parked" for row in self.services.ledger.scan(self.cabinet.active))

    def queues(self) -> Iterator[tuple[str, bytes]]:
        with QueueServiceClient(self.services.settings.queue_uri, credential=self.services.credential) as account:
            for queue in account.list_queues():
                with account.get_queue_client(queue.name) as client:
                    yield queue.name, "\n".join(str(it.content) for it in client.peek_messages(32)).encode()

    def tables(self) -> Iterator[tuple[str, bytes]]:
        with TableServiceClient(self.services.settings.table_uri, credential=self.services.credential) as account:
            for table in account.list_tables():
                with account.get_table_client(table.name) as client:
                    yield table.name, "\n".join(str(dict(it)) for it in client.list_entities()).encode()

    def act(self, **act: object) -> str:
        with closing(self.cloud.client("graph")) as graph:
            answer = graph.call("POST", "/_acts", body=json.dumps({"drive": DRIVE, **act}).encode())
        return str(json.loads(answer.body)[0]["item"])

    def item(self, name: str) -> str:
        source = self.cabinet.sources[0]
        page = self.services.graph.delta(source, None)
        return next((it.id for it in page.items if it.name == name), "")

    def turn(self, **switches: float) -> None:
        with closing(self.cloud.client("graph")) as graph:
            assert graph.call("PUT", "/_switches", body=json.dumps(switches).encode()).status == 200


@pytest.fixture(scope="module")
def followed(cloud: Cloud) -> Iterator[Library]:
    """Onboarded with one document in it, which the first load brings."""
    folder = cloud.layout.of("graph") / "drives" / "Dupont"
    folder.mkdir()
    folder.joinpath("Premier.txt").write_text(TEXT.format(word="antichrèse"))
    with pytest.MonkeyPatch.context() as environment:
        for name, value in cloud.environment.items():
            environment.setenv(name, value)
        services = Services(Settings.from_environment(cloud.environment), operator=True)
        place = sharepoint.Place(SITE, "Dupont")
        until(lambda: _has_library(services, place), "the folder is a library")
        wish = onboard.Wish("dupont-sp", services.settings.tenant_id, "", "", "", "off", place)
        said: list[str] = []
        cabinet = onboard.onboard(services, wish, said.append)
        [library] = cabinet.sources
        assert sharepoint.documents(services, library) == 1
        assert sharepoint.wait_for_load(services, library, 1, 60.0, lambda _: None) == {"live": 1, "parked": 0}
        yield Library(cloud, services, folder, cabinet)
        services.close()


def _has_library(services: Services, place: sharepoint.Place) -> bool:
    from ingestion.errors import Refuse

    try:
        sharepoint.find(services, SourceId("x"), services.settings.tenant_id, place, lambda _: None)
    except Refuse:
        return False
    return True


def until(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.1)


def test_the_first_load_brings_what_is_there(followed: Library) -> None:
    [(title, folder)] = followed.found("antichrèse")
    assert (title.removesuffix(".txt"), folder) == ("Premier", "")


def test_the_subscription_is_shown_as_active(followed: Library) -> None:
    until(lambda: _subscription(followed) == "active", "the subscription is active")


def _subscription(followed: Library) -> str:
    return status.of_cabinet(followed.services, followed.cabinet, names=False).drives[0].subscription


def test_what_is_saved_moved_and_deleted_is_followed_by_notification(followed: Library) -> None:
    until(lambda: _subscription(followed) == "active", "the subscription is active")
    followed.put("Second.txt", "emphytéose")
    until(lambda: len(followed.found("emphytéose")) == 1, "the new document is found")
    followed.folder.joinpath("Archives").mkdir()
    followed.folder.joinpath("Second.txt").rename(followed.folder / "Archives" / "Second.txt")
    until(lambda: [it[1] for it in followed.found("emphytéose")] == ["Archives"], "the document has moved")
    followed.folder.joinpath("Archives").rename(followed.folder / "Anciens")
    until(lambda: [it[1] for it in followed.found("emphytéose")] == ["Anciens"], "its folder is renamed")
    followed.folder.joinpath("Anciens", "Second.txt").unlink()
    until(lambda: followed.found("emphytéose") == [], "the document is gone")


def test_access_follows_sharing(followed: Library) -> None:
    followed.put("Confidentiel.txt", "fidéicommis")
    until(lambda: len(followed.found("fidéicommis")) == 1, "the new document is found")
    followed.act(act="share", item=followed.item("Confidentiel.txt"), grants=[["user", "associee"]])
    until(lambda: followed.found("fidéicommis") == [], "the cabinet sees it no more")
    until(lambda: len(followed.found("fidéicommis", "associee")) == 1, "the partner sees it")


def test_a_rename_a_move_and_a_share_embed_nothing(followed: Library) -> None:
    folder = followed.folder / "Baux"
    folder.mkdir()
    names = [f"Bail {number}.txt" for number in range(5)]
    for name in names:
        folder.joinpath(name).write_text(TEXT.format(word=f"{name} olographe"))
    until(lambda: followed.indexed("olographe", EVERYONE) == [("Baux", it[:-4]) for it in names], "all are in")
    tokens = followed.tokens()
    folder.joinpath(names[0]).rename(folder / "Bail rebaptisé.txt")
    folder.rename(followed.folder / "Baux ruraux")
    until(lambda: followed.item("Baux ruraux") != "", "the drive has it")
    followed.act(act="share", item=followed.item("Baux ruraux"), grants=[["user", "associee"]])
    expected = sorted(("Baux ruraux", it) for it in ("Bail rebaptisé", *(it[:-4] for it in names[1:])))
    until(lambda: followed.indexed("olographe", "associee") == expected, "names, paths and access follow")
    assert followed.indexed("olographe", EVERYONE) == []
    assert followed.tokens() == tokens


def test_with_every_notification_lost_one_run_of_the_timer_is_enough(followed: Library) -> None:
    followed.turn(lost_notifications=1.0)
    try:
        followed.put("Perdu.txt", "usucapion")
        followed.folder.joinpath("Premier.txt").unlink()
        until(lambda: followed.item("Perdu.txt") != "", "the drive has it")
        followed.services.schedules.poll_drives()
        until(lambda: len(followed.found("usucapion")) == 1, "the new document is found")
        until(lambda: followed.found("antichrèse") == [], "the deleted one is gone")
    finally:
        followed.turn(lost_notifications=0.0)


def test_a_subscription_that_went_silently_is_made_again(followed: Library) -> None:
    feed, source = followed.services.sharepoint_feed, followed.cabinet.sources[0]
    until(lambda: feed.watch(source) is not None, "the subscription is there")
    feed.unwatch(source)
    assert _subscription(followed) == "missing"
    followed.services.renew_subscriptions()
    until(lambda: _subscription(followed) == "active", "the subscription is active again")


def test_reauthorization_that_is_asked_for_is_given(followed: Library) -> None:
    feed, source = followed.services.sharepoint_feed, followed.cabinet.sources[0]
    until(lambda: feed.watch(source) is not None, "the subscription is there")
    before = feed.watch(source)
    assert before is not None
    with closing(followed.cloud.client("graph")) as graph:
        assert graph.call("POST", "/_lifecycle").status == 202
    until(lambda: (now := feed.watch(source)) is not None and now.expires_at > before.expires_at, "it is extended")


def test_graph_may_call_us_itself_instead_of_a_partner_topic(followed: Library) -> None:
    """The plain webhook: its handshake, its notifications, and none without the subscription's secret."""
    services, [library] = followed.services, followed.cabinet.sources
    keys = json.loads(followed.cloud.layout.function_keys.read_text())
    url = f"{followed.cloud.urls['functions_host']}/api/graph/notifications?code={keys['functions']['default']}"
    feed = SharePointFeed(
        services.graph, services.drive_notes, services._secret_of, services.clock, notification_url=url
    )
    feed.renew(library)
    assert services.sharepoint_feed.watch(library) is None, "it replaces the other one"
    followed.put("Appelé.txt", "mandement")
    until(lambda: len(followed.found("mandement")) == 1, "the new document is found")

    refused = followed.refusals()
    forged = {"subscriptionId": "x", "clientState": f"{library.id}.forged", "resource": f"drives/{DRIVE}/root"}
    with closing(followed.cloud.client("functions_host")) as functions:
        path = url.removeprefix(followed.cloud.urls["functions_host"])
        answer = functions.call("POST", path, body=json.dumps({"value": [forged]}).encode())
        assert answer.status == 202, "whoever guesses learns nothing"
        assert functions.call("POST", path.partition("?")[0], body=b"{}").status == 401
    until(lambda: followed.refusals() > refused, "the forged one is refused, and recorded")
    services.sharepoint_feed.renew(library)
    assert feed.watch(library) is None


def test_denied_access_parks_and_takes_nothing_away(followed: Library) -> None:
    followed.put("Durable.txt", "tontine")
    until(lambda: len(followed.found("tontine")) == 1, "the new document is found")
    item = followed.item("Durable.txt")
    followed.turn(forbidden=1.0)
    try:
        source = followed.cabinet.sources[0]
        secret = followed.services.keys.secret(followed.cabinet)
        locator: Locator = locate(secret, source, item)
        document = document_id(source.id, locator)
        followed.services.documents.send(
            Change("m1", source.id, followed.cabinet.id, document, locator, ChangeKind.CHANGED, "c1")
        )
        index = followed.cabinet.indexes[0]
        until(lambda: followed.services.ledger.get(index, document).row.status == "parked", "the document is parked")
        assert len(followed.found("tontine")) == 1
    finally:
        followed.turn(forbidden=0.0)


# Of addresses, delta links and tokens, whose claims begin so after a dot: a sealed locator may say "eyJ" by chance.
SECRETS = ("tempauth", "?token=", "Bearer ", ".eyJ")


def test_nothing_that_a_library_holds_is_in_a_log_a_queue_or_a_table(
    followed: Library, caplog: pytest.LogCaptureFixture
) -> None:
    """Through all that can happen to a file in SharePoint; words are looked for as in the canary of everything."""
    caplog.set_level(logging.DEBUG)
    folder = followed.folder / f"Dossier {FOLDER_WORD}"
    folder.mkdir()
    file = folder / f"{NAME_WORD} contre {NAME_WORD}.txt"
    file.write_text(TEXT.format(word=f"{TEXT_WORD} prescription"))
    until(lambda: len(followed.found("prescription")) == 1, "the new document is found")
    broken = folder / f"{NAME_WORD}.docx"
    broken.write_bytes(b"PK\x03\x04" + f"{TEXT_WORD}".encode() * 50)
    until(lambda: followed.parked() > 0, "the broken one is parked")
    for switches in ({"throttled_share": 1.0}, {"unavailable_share": 1.0}, {"forbidden": 1.0}, {"resync": 1.0}):
        followed.turn(**switches)
        followed.services.schedules.poll_drives()
        file.write_text(TEXT.format(word=f"{TEXT_WORD} prescription {switches}"))
        time.sleep(2.0)  # of that weather
        followed.turn(**dict.fromkeys(switches, 0.0))
    folder.rename(followed.folder / f"Archives {FOLDER_WORD}")
    until(lambda: [it[1] for it in followed.found("prescription")] == [f"Archives {FOLDER_WORD}"], "it has moved")
    assert status.of_cabinet(followed.services, followed.cabinet, names=False).parked
    (followed.folder / f"Archives {FOLDER_WORD}" / file.name).unlink()
    until(lambda: followed.found("prescription") == [], "it is gone")

    written = dict(canary.files(followed.cloud.layout.home))
    written |= {f"queue {name}": it for name, it in followed.queues()}
    tables = {f"table {name}": it for name, it in followed.tables()}
    words = (FOLDER_WORD, NAME_WORD, TEXT_WORD)
    everywhere = {**written, **tables, "this process": caplog.text.encode()}
    assert {name: found for name, it in everywhere.items() if (found := canary.leaks(it, words))} == {}
    logs = {name: it for name, it in everywhere.items() if name.endswith(".log") or not name.count("/")}
    told = {name: it for name, it in logs.items() if name != "table links" and not name.endswith(".json")}
    [library] = followed.cabinet.sources
    secrets = (*SECRETS, client_state.made(followed.services.keys.secret(followed.cabinet), library.id))
    assert {(name, secret) for name, it in told.items() for secret in secrets if secret.encode() in it} == set()
    assert any(it.endswith("functions.log") for it in told)
    assert any(it.startswith("functions_host/worker-") for it in told)
    assert {"queue drives", "table drivenotes", "table ledger", "this process"} <= set(everywhere)
