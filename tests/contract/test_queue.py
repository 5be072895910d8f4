"""Queue messages: what goes in comes out, anything else is refused, and the encoding is the one that the host reads."""

import base64
import json
import string
from collections.abc import Callable

import pytest
from azure.storage.queue import QueueClient
from hypothesis import given
from hypothesis import strategies as st

from ingestion.adapters.queues import StorageQueue, from_message, to_message
from ingestion.errors import Refuse, Retry
from ingestion.model import CabinetId, Change, ChangeKind, DocumentId, Locator, SourceId
from tests.contract.conftest import Storage, needs_azurite

CHANGE = Change(
    id="m-1",
    source=SourceId("blob-1"),
    cabinet=CabinetId("dupont"),
    document=DocumentId("a" * 26),
    locator=Locator("bG9jYXRvcg"),
    kind=ChangeKind.CHANGED,
    correlation="c-1",
    attempt=2,
    raised_at=1_700_000_000.25,
)

words = st.text(string.ascii_letters + string.digits, min_size=1, max_size=40)
changes = st.builds(
    Change,
    id=words,
    source=words,
    cabinet=words,
    document=st.one_of(st.just(""), st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)),
    locator=st.text(string.ascii_letters + "-_", max_size=400),
    kind=st.sampled_from(ChangeKind),
    correlation=words,
    attempt=st.integers(0, 50),
    raised_at=st.floats(0, 4e9),
)


@given(changes)
def test_a_change_survives_its_message(change: Change) -> None:
    assert from_message(to_message(change)) == change


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(Refuse):
        from_message(text)


def altered(**fields: object) -> str:
    return json.dumps({**json.loads(to_message(CHANGE)), **fields})


@pytest.mark.parametrize(
    "text",
    [
        altered(v=2),
        altered(v=None),
        altered(extra="Divorce Dupont.pdf"),
        altered(document="Divorce Dupont.pdf"),
        altered(document="a" * 25),
        altered(locator="clients/Divorce Dupont.pdf"),
        altered(locator="a" * 8001),
        altered(kind="delete everything"),
        altered(kind=["changed"]),
        altered(attempt=-1),
        altered(attempt=True),
        altered(attempt="Divorce Dupont"),
        altered(raised_at=float("nan")),
        altered(cabinet=7),
        altered(cabinet="dupont/other"),
        altered(id="Divorce_Dupont.pdf"),
        altered(correlation="a:b"),
        altered(source=""),
        altered(correlation="two\nlines"),
        json.dumps({name: value for name, value in json.loads(to_message(CHANGE)).items() if name != "locator"}),
        "[]",
        "null",
        "",
    ],
)
def test_what_is_not_exactly_our_schema_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(Refuse) as refused:
        from_message(text)
    assert refused.value.code == "bad_message"
    assert "Dupont" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.fixture
def made(storage: Storage) -> Callable[[], StorageQueue]:
    def make() -> StorageQueue:
        return StorageQueue(storage.queue, storage.name(), storage.credential, storage.transport)

    return make


@pytest.fixture
def queue(made: Callable[[], StorageQueue]) -> StorageQueue:
    queue = made()
    queue.create()
    return queue


class TestOnRealQueues:
    pytestmark = needs_azurite

    def test_what_is_sent_is_taken(self, queue: StorageQueue) -> None:
        queue.send(CHANGE)
        taken = queue.take()
        assert taken is not None
        assert (taken.change(), taken.dequeued) == (CHANGE, 1)

    def test_a_message_is_base64_text_on_the_wire(self, queue: StorageQueue, storage: Storage) -> None:
        queue.send(CHANGE)
        raw = QueueClient(storage.queue, queue.name, credential=storage.credential, **storage.transport.storage())
        assert base64.b64decode(raw.peek_messages()[0].content).decode() == to_message(CHANGE)

    def test_a_delayed_message_waits(self, queue: StorageQueue) -> None:
        queue.send(CHANGE, delay=3600)
        assert queue.take() is None
        assert queue.depth() == 1

    @pytest.mark.parametrize("delay", [-5.0, 0.2, 700_000.0])
    def test_every_delay_can_be_sent(self, delay: float, queue: StorageQueue) -> None:
        queue.send(CHANGE, delay=delay)
        assert queue.depth() == 1

    def test_a_message_never_expires(self, queue: StorageQueue) -> None:
        queue.send(CHANGE)
        expiry = queue._queue.peek_messages()[0].expires_on
        assert expiry is not None
        assert expiry.year > 9000

    def test_peeking_touches_nothing(self, queue: StorageQueue) -> None:
        for _ in range(3):
            queue.send(CHANGE)
        assert [it.change() for it in queue.peek(2)] == [CHANGE, CHANGE]
        assert [it.dequeued for it in queue.peek()] == [0, 0, 0]

    def test_what_is_acknowledged_is_gone_and_what_is_not_comes_back(self, queue: StorageQueue) -> None:
        queue.send(CHANGE)
        taken = queue.take(seconds=1)
        assert taken is not None
        again = None
        while again is None:
            again = queue.take()
        assert again.dequeued == 2
        queue.acknowledge(again)
        assert queue.depth() == 0

    def test_what_is_released_is_there_at_once_and_what_others_hold_is_theirs(self, queue: StorageQueue) -> None:
        queue.send(CHANGE)
        taken = queue.take(seconds=60)
        assert taken is not None
        queue.release(taken)
        again = queue.take(seconds=60)
        assert again is not None
        queue.release(taken)  # its receipt is an old one
        assert queue.take() is None
        queue.acknowledge(again)
        queue.release(again)

    def test_draining_ends_when_nothing_is_left(self, queue: StorageQueue) -> None:
        for _ in range(5):
            queue.send(CHANGE)
        for taken in queue.drain():
            queue.acknowledge(taken)
        assert queue.depth() == 0

    def test_a_foreign_message_is_shown_and_refused_and_hides_no_other(
        self, queue: StorageQueue, storage: Storage
    ) -> None:
        raw = QueueClient(storage.queue, queue.name, credential=storage.credential, **storage.transport.storage())
        raw.send_message("not base64: é")
        queue.send(CHANGE)
        first, second = queue.peek()
        assert (first.text, second.change()) == (None, CHANGE)
        with pytest.raises(Refuse, match="base64"):
            first.change()

    def test_a_queue_that_is_not_there_is_empty_to_look_at_and_an_error_to_send_to(
        self, made: Callable[[], StorageQueue]
    ) -> None:
        absent = made()
        assert (absent.depth(), absent.peek()) == (0, [])
        with pytest.raises(Retry, match="does not exist"):
            absent.send(CHANGE)

    def test_creating_twice_is_creating_once(self, queue: StorageQueue) -> None:
        queue.create()
