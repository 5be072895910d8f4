"""Nothing that a firm wrote leaves the source but redacted, into the index: searched for byte by byte.

Documents with invented words in their text, titles, metadata, names and folders go through everything that can happen
to one: ingested, replaced, searched, deleted, erased, parked, failed, poisoned, dead-lettered and replayed. The words
are then looked for in all that the cloud and the operators' commands wrote; `canary.py` says what is exempt, and why.
"""

import base64
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from azure.data.tables import TableServiceClient
from azure.identity import DefaultAzureCredential
from azure.search.documents import SearchClient
from azure.storage.queue import QueueServiceClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import telemetry
from ingestion.adapters.build import Services
from ingestion.model import Cabinet, DocumentId
from ingestion.retrieval import Question
from ingestion.search_api import EVERYONE
from ingestion.settings import Settings
from local.cloud import Cloud
from operations import documents, erase, letters, onboard
from tests.local_cloud import canary, planted
from tests.local_cloud.planted import ORDINARY, SECRETS, WORDS

pytestmark = pytest.mark.timeout(300)  # poison takes five deliveries, Event Grid's despair some seconds

WAIT = 90.0  # seconds; a bound, not a measurement
REST = "AzureFunctionsJobHost__extensions__queues__visibilityTimeout"


@dataclass
class Written:
    """What was written where, by a name that a failing test can show; and what happened on the way."""

    found: dict[str, bytes] = field(default_factory=dict)
    happened: set[str] = field(default_factory=set)
    index: str = ""  # all that it serves, as JSON
    hits: str = ""
    erased: str = ""  # the index's files, after the erasure


@dataclass(frozen=True)
class Story:
    """Everything that can happen to a document, in order. Each step waits for its outcome, or fails."""

    cloud: Cloud
    services: Services
    folder: Path
    spans: io.StringIO
    written: Written

    def tell(self) -> Written:
        firm, failing = self.made("canari"), self.made_on_a_withdrawn_model("canari-panne")
        dead = self.give_up_an_event(firm)
        poisoned = self.put(failing, planted.POISONED, planted.note("poisoned text"))
        self.ingest_and_park(firm)
        self.replace_ask_delete_and_erase(firm)
        self.fail_once(firm)
        self.until("poisoned", lambda: bool(self.services.queue("documents-poison").peek()))
        self.read("given up")
        for command in (("status",), ("dead-letters",), ("replay", "--dry-run")):
            self.written.found[f"greffe {' '.join(command)} --json"] = self.greffe(*command)
        self.repair(failing)
        assert list(letters.replay(self.services, None, dry_run=False))
        self.settled("replayed", firm, [dead], "live")
        self.settled("repaired", failing, [poisoned], "live")
        self.cloud.restart("azurite")  # it saves late, and whole when it ends
        self.read("at the end")
        return self.written

    # The steps

    def made(self, name: str) -> Cabinet:
        settings = self.services.settings
        wish = onboard.Wish(name, settings.tenant_id, settings.blob_uri, name, "", "pseudonymise")
        return onboard.onboard(self.services, wish, lambda _: None)

    def made_on_a_withdrawn_model(self, name: str) -> Cabinet:
        """Each of its documents fails at the embeddings, every time, until `repair`."""
        cabinet = self.made(name)
        return self.saved(replace(cabinet, indexes=(replace(cabinet.indexes[0], model="withdrawn"),)))

    def repair(self, cabinet: Cabinet) -> None:
        right = self.services.settings.embedding_model
        self.saved(replace(cabinet, indexes=(replace(cabinet.indexes[0], model=right),)))

    def saved(self, cabinet: Cabinet) -> Cabinet:
        before = self.services.registry.load(cabinet.id)
        assert before is not None
        assert self.services.registry.save(cabinet, before.etag)
        time.sleep(self.services.settings.registry_cache)  # until then an instance may go by the old entry
        return cabinet

    def ingest_and_park(self, firm: Cabinet) -> None:
        good = [self.put(firm, name, data) for name, data in planted.good().items()]
        bad = [self.put(firm, name, data) for name, data in planted.bad().items()]
        self.settled("ingested", firm, good, "live")
        self.settled("parked", firm, bad, "parked")

    def replace_ask_delete_and_erase(self, firm: Cabinet) -> None:
        self.settled("replaced", firm, [self.put(firm, planted.TXT, planted.note("txt text"))], "live")
        question = f"Qui a signé la clause de {ORDINARY['pdf text']} ou {ORDINARY['question']}, Mme {planted.SURNAME} ?"
        hits = self.services.retrieval.ask(firm, Question(question, (EVERYONE,), top=20))
        self.written.hits = json.dumps([it.as_json() for it in hits], ensure_ascii=False)
        self.services.container(firm.sources[0]).delete(planted.DELETED)
        gone = documents.deleted(self.services, firm, firm.sources[0], planted.DELETED)
        assert documents.wait_gone(self.services, firm, [gone], WAIT, lambda _: None)[0].status == "gone"
        which = erase.which(self.services, firm, "", planted.ERASED)
        erase.erase(self.services, firm, which)
        receipt = erase.wait_for_receipt(self.services, firm, DocumentId(which.document), WAIT, lambda _: None)
        assert receipt is not None
        self.written.found["receipt"] = json.dumps(receipt.as_json()).encode()
        self.written.happened |= {"deleted", "erased"}

    def fail_once(self, firm: Cabinet) -> None:
        """The embeddings answer 500 for a while: a delivery fails, its successor succeeds."""
        with self.switched(fail_share=1.0):
            put = self.put(firm, planted.FAILING, planted.note("failing text"))
            self.until("failed", lambda: b'"code":"embedding_unavailable"' in self.worker_logs())
        self.settled("recovered", firm, [put], "live")

    def give_up_an_event(self, firm: Cabinet) -> documents.Put:
        """The host comes back with the settings of this module: see `written`."""
        self.until("compared", lambda: self.services.drives.depth() == 0)  # else the first load would find it
        self.cloud.kill("functions_host")
        self.cloud.turn(time_scale=10_000.0)
        put = self.put(firm, planted.DEAD, planted.note("dead text"))
        self.until("dead-lettered", lambda: any(True for _ in self.services.dead_letters))
        self.cloud.turn(time_scale=100.0)
        self.cloud.restart("functions_host")
        return put

    def put(self, cabinet: Cabinet, name: str, data: bytes) -> documents.Put:
        file = self.folder / Path(name).name
        file.write_bytes(data)
        return documents.put(self.services, cabinet, cabinet.sources[0], file, name)

    def settled(self, step: str, cabinet: Cabinet, puts: list[documents.Put], wanted: str) -> None:
        outcomes = documents.wait_for(self.services, cabinet, puts, WAIT, lambda _: None)
        assert {it.status for it in outcomes} == {wanted}, outcomes
        self.written.happened.add(step)

    def until(self, step: str, true: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT
        while not true():
            assert time.monotonic() < end, f"not {step}"
            time.sleep(0.1)
        self.written.happened.add(step)

    @contextmanager
    def switched(self, **switches: float) -> Iterator[None]:
        with closing(self.cloud.client("openai")) as server:
            server.call("PUT", "/_switches", body=json.dumps(switches).encode())
            try:
                yield
            finally:
                server.call("PUT", "/_switches", body=json.dumps(dict.fromkeys(switches, 0.0)).encode())

    def worker_logs(self) -> bytes:
        return b"".join(it.read_bytes() for it in self.cloud.layout.of("functions_host").glob("worker-*.log"))

    # What was written

    def read(self, when: str) -> None:
        found = self.written.found
        for name, content in canary.files(self.cloud.layout.home):
            found[f"{when}: {name}"] = content
        found |= {f"{when}: queue {name}": content for name, content in self.queues()}
        found |= {f"{when}: table {name}": content for name, content in self.tables()}
        found[f"{when}: the operator's spans"] = self.spans.getvalue().encode()
        cabinet = self.services.registry.load("canari")
        assert cabinet is not None
        self.written.index = "\n".join(self.served(cabinet.cabinet))
        files = self.cloud.layout.of("ai_search").rglob("*")
        self.written.erased = b"".join(it.read_bytes() for it in files if it.is_file()).decode("latin-1")

    def queues(self) -> Iterator[tuple[str, bytes]]:
        with (
            DefaultAzureCredential() as credential,
            QueueServiceClient(self.services.settings.queue_uri, credential=credential) as account,
        ):
            for queue in account.list_queues():
                with account.get_queue_client(queue.name) as client:
                    yield queue.name, "\n".join(str(it.content) for it in client.peek_messages(32)).encode()

    def tables(self) -> Iterator[tuple[str, bytes]]:
        with (
            DefaultAzureCredential() as credential,
            TableServiceClient(self.services.settings.table_uri, credential=credential) as account,
        ):
            for table in account.list_tables():
                with account.get_table_client(table.name) as client:
                    yield table.name, "\n".join(str(dict(it)) for it in client.list_entities()).encode()

    def greffe(self, *command: str) -> bytes:
        environment = {**os.environ, "GREFFE_ENVIRONMENT": str(self.cloud.layout.environment)}
        line = [sys.executable, "-m", "operations", *command, "--json"]
        done = subprocess.run(line, env=environment, capture_output=True, check=True)
        return done.stdout + done.stderr

    def served(self, cabinet: Cabinet) -> Iterator[str]:
        index = cabinet.indexes[0]
        with DefaultAzureCredential() as credential, SearchClient(index.endpoint, index.name, credential) as client:
            for it in client.search("*", top=1000):
                yield json.dumps(dict(it), ensure_ascii=False, default=str)


@pytest.fixture(scope="module")
def written(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in cloud.environment.items():
            environment.setenv(name, value)
        environment.setenv(REST, "00:00:01")  # from the host's next start, which the story brings
        spans = io.StringIO()
        with closing(Services(Settings.from_environment(cloud.environment), operator=True)) as services:
            services.__dict__["telemetry"] = telemetry.start(None, out=spans)
            folder = tmp_path_factory.mktemp("planted")
            yield Story(cloud, services, folder, spans, Written()).tell()
    cloud.restart("functions_host")


def test_everything_happened_that_can_happen_to_a_document(written: Written) -> None:
    ordinary = {"compared", "ingested", "replaced", "deleted", "erased", "parked"}
    trouble = {"failed", "recovered", "poisoned", "dead-lettered", "replayed", "repaired"}
    assert written.happened == ordinary | trouble
    assert b'"code":"embedding_model"' in b"".join(it for name, it in written.found.items() if "worker-" in name)
    assert b'"name":"question"' in written.found["at the end: the operator's spans"]
    poison = json.loads(written.found["greffe dead-letters --json"])
    assert {it["kind"] for it in poison} == {"poison", "dead-letter"}


def test_no_planted_word_is_in_a_log_a_queue_a_table_a_receipt_a_span_or_an_operators_answer(written: Written) -> None:
    leaked = {name: found for name, content in written.found.items() if (found := canary.leaks(content, WORDS))}
    assert leaked == {}


@pytest.mark.parametrize(
    "place",
    ["logs/", "functions_host/functions.log", "functions_host/worker-", "__queuestorage__", "__azurite_db_table__",
     "queue documents-poison", "table ledger", "table cabinets", "table audit", "receipt"],
)  # fmt: skip
def test_the_search_reached_every_place(written: Written, place: str) -> None:
    assert any(place in name and content for name, content in written.found.items())


def test_the_index_holds_ordinary_words_but_no_name_and_no_identifier(written: Written) -> None:
    kept = ("pdf text", "docx text", "mail text", "attachment text", "txt text", "failing text", "dead text")
    assert [place for place in kept if ORDINARY[place] not in written.index] == []
    assert canary.leaks(written.index.encode(), SECRETS) == set()
    assert canary.leaks(written.erased.encode("latin-1"), SECRETS) == set()


def test_the_index_keeps_nothing_of_what_was_erased_deleted_or_replaced(written: Written) -> None:
    gone = [ORDINARY[place] for place in ("erased text", "erased name", "deleted text", "deleted name", "txt old text")]
    assert canary.leaks(written.erased.encode("latin-1"), gone) == set()


def test_a_question_is_answered_from_redacted_text(written: Written) -> None:
    assert ORDINARY["pdf text"] in written.hits
    assert canary.leaks(written.hits.encode(), SECRETS) == set()


# The search itself. Hypothesis is not to time it: by now the process holds all that the cloud wrote.

patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("place", ["logs/openai.log", "functions_host/worker-9.log", "azurite/data/new.json"])
def test_a_word_in_a_file_of_the_cloud_is_found(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(f"2026-01-01 INFO GET /canari/{ORDINARY['folder']} 200\n")
    found = {name: canary.leaks(content, WORDS) for name, content in canary.files(tmp_path)}
    assert found == {place: {ORDINARY["folder"]}}


@patient
@given(
    st.sampled_from(WORDS),
    st.sampled_from(["nfc", "nfd", "upper", "utf-16", "percent", "escaped"]),
    st.booleans(),
    st.binary(max_size=7),
    st.binary(max_size=7),
)
def test_a_word_is_found_in_whatever_it_is_wrapped(
    word: str, spelled: str, packed: bool, before: bytes, after: bytes
) -> None:
    plain = max(canary.forms(word), key=len) if spelled == "nfd" else word
    data = {
        "nfc": plain.encode(),
        "nfd": plain.encode(),
        "upper": plain.encode() if packed else plain.upper().encode(),
        "utf-16": plain.encode("utf-16-le"),
        "percent": plain.encode() if packed else quote(plain).encode(),
        "escaped": json.dumps(plain).encode(),
    }[spelled]
    carried = before + data + after
    assert word in canary.leaks(base64.urlsafe_b64encode(carried) if packed else carried, WORDS)


@patient
@given(st.binary(max_size=400))
def test_nothing_is_found_where_nothing_was_planted(data: bytes) -> None:
    assert canary.leaks(data, WORDS) == set()
