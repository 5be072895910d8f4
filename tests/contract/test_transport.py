"""Every Azure client's call is bounded: few attempts, short pauses whatever the service asks, time-outs on each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import DefaultAzureCredential

from ingestion.adapters.blob import BlobSource
from ingestion.adapters.connections import Connections
from ingestion.adapters.key_vault import KeyVaultKeys
from ingestion.adapters.queues import StorageQueue
from ingestion.adapters.tables import TableLedger
from ingestion.adapters.transport import (
    CONNECT_SECONDS,
    LONGEST_CALL,
    LONGEST_PAUSE,
    READ_SECONDS,
    RETRIES,
    THROTTLED_SECONDS,
    SharedTransport,
    map_storage_error,
)
from ingestion.errors import Retry
from ingestion.locators import seal
from ingestion.model import (
    Cabinet,
    CabinetId,
    Change,
    ChangeKind,
    DocumentId,
    IndexName,
    IndexRef,
    IndexState,
    Locator,
    SourceId,
    SourceKind,
    SourceRef,
)
from ingestion.rows import Row
from ingestion.settings import Settings
from local.certificate import Certificate
from local.server import Listener, Request, Response
from tests.unit.test_settings import GOOD

INDEX = IndexRef(IndexName("demo-1"), "https://s.invalid", IndexState.ACTIVE, "1", "model", 64)
DOCUMENT = DocumentId("a" * 26)


@dataclass
class Busy:
    """A service that only ever asks for an hour's patience."""

    url: str = ""
    methods: list[str] = field(default_factory=list)

    def handle(self, request: Request) -> Response:
        self.methods.append(request.method)
        return Response(503, b"", {"Retry-After": "3600", "x-ms-error-code": "ServerBusy"})


@pytest.fixture
def busy(trust: Certificate) -> Iterator[Busy]:
    service = Busy()
    listener = Listener(service.handle, certificate=trust.bundle).start()
    service.url = f"{listener.url}/account"
    yield service
    listener.stop()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What azure-core would have slept."""
    slept: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _, duration: slept.append(duration))
    monkeypatch.setattr("azure.core.pipeline.transport._base.HttpTransport.sleep", lambda _, it: slept.append(it))
    return slept


Calls = dict[str, Callable[[], object]]


@pytest.fixture
def calls(busy: Busy, credential: DefaultAzureCredential, transport: SharedTransport, cabinet: Cabinet) -> Calls:
    source = SourceRef(SourceId("blob-1"), SourceKind.BLOB, "blob:a/b", busy.url, "b")
    locator = seal(b"k" * 32, source.id, "a.txt")
    change = Change("m", source.id, CabinetId("demo"), DOCUMENT, Locator("bG9j"), ChangeKind.CHANGED, correlation="c")
    ledger = TableLedger(busy.url, credential, transport)
    keys = KeyVaultKeys(busy.url.removesuffix("/account"), credential, transport, lambda: 0.0)
    return {
        "blob": lambda: BlobSource(credential, transport, lambda _: b"k" * 32, max_bytes=1).head(source, locator),
        "queue": lambda: StorageQueue(busy.url, "documents", credential, transport).send(change),
        "read": lambda: ledger.get(INDEX, DOCUMENT),
        "write": lambda: ledger.swap(INDEX, Row(DOCUMENT), None),
        "key": lambda: keys.secret(replace(cabinet, key_name="k/1", wrapped_secret=b"x")),
    }


@pytest.mark.parametrize("what", ["blob", "queue", "read"])
def test_a_busy_service_is_asked_a_few_times_with_short_pauses(
    what: str, calls: Calls, busy: Busy, pauses: list[float]
) -> None:
    with pytest.raises(Retry) as refused:
        calls[what]()
    assert (refused.value.code, refused.value.after) == ("throttled", 3600)
    assert len(busy.methods) == RETRIES + 1
    assert max(pauses) <= LONGEST_PAUSE


def test_unwrapping_asks_twice_as_often_for_it_is_two_calls(calls: Calls, busy: Busy, pauses: list[float]) -> None:
    with pytest.raises(Retry):
        calls["key"]()
    assert len(busy.methods) <= 2 * (RETRIES + 1)
    assert max(pauses) <= LONGEST_PAUSE


def test_a_conditional_write_is_sent_once_and_then_looked_for(calls: Calls, busy: Busy, pauses: list[float]) -> None:
    with pytest.raises(Retry) as unknown:
        calls["write"]()
    assert unknown.value.code == "ledger_unknown"
    assert busy.methods == ["POST"] + ["GET"] * (RETRIES + 1)


@pytest.mark.parametrize("what", ["blob", "queue", "read", "key"])
def test_every_request_has_our_time_outs(
    what: str, calls: Calls, transport: SharedTransport, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[object] = set()
    request = transport.session.request

    def noting(*args: object, **options: object) -> object:
        seen.add(options["timeout"])
        return request(*args, **options)

    monkeypatch.setattr(transport.session, "request", noting)
    with pytest.raises(Retry):
        calls[what]()
    assert seen == {(CONNECT_SECONDS, READ_SECONDS)}


@pytest.mark.parametrize(("headers", "after"), [({}, THROTTLED_SECONDS), ({"Retry-After": "40"}, 40.0)])
def test_a_service_that_throttles_without_a_word_is_left_alone_for_a_while(
    headers: dict[str, str], after: float
) -> None:
    """Without a time the queue would count, and five deliveries are poison within a minute."""
    answer = SimpleNamespace(status_code=503, reason="Server Busy", headers=headers)
    error = map_storage_error(HttpResponseError(response=answer), "the index: writing chunks")
    assert isinstance(error, Retry)
    assert (error.code, error.after) == ("throttled", after)


@pytest.mark.usefixtures("identity")
def test_a_token_is_not_waited_for_longer_than_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """azure-identity's own time-outs are 300 s, each time: half of a worker's life."""
    connections = Connections(Settings.from_environment(GOOD))
    seen: list[object] = []
    request = connections.transport.session.request

    def noting(*args: object, **options: object) -> object:
        seen.append(options["timeout"])
        return request(*args, **options)

    monkeypatch.setattr(connections.transport.session, "request", noting)
    assert connections.credential.get_token("https://storage.azure.com/.default").token
    assert set(seen) == {(CONNECT_SECONDS, READ_SECONDS)}
    connections.close()


def test_the_longest_call_is_what_the_deadline_counts_on() -> None:
    assert LONGEST_CALL <= 60
