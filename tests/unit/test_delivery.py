"""What a failure means for its message: later, counted or not, let go, or left to the queue."""

import io
import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from ingestion.audit import HOUSE
from ingestion.delivery import MAX_DELAY, Delivery, replayed
from ingestion.errors import Busy, Refuse, Retry
from ingestion.failures import Failed
from ingestion.intake import WHOLE_SOURCE
from ingestion.model import CabinetId, Change, ChangeKind, DocumentId, Locator, SourceId
from ingestion.ports import Queue
from ingestion.telemetry import start

CHANGE = Change(
    id="m1",
    source=SourceId("dupont-blob"),
    cabinet=CabinetId("dupont"),
    document=DocumentId("a" * 26),
    locator=Locator("c2VhbGVk"),
    kind=ChangeKind.CHANGED,
    correlation="c1",
)
SECRET = "Divorce Dupont.pdf"


@dataclass
class Messages:
    """The port `Queue`, in memory."""

    sent: list[tuple[Change, float]] = field(default_factory=list)

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self.sent.append((change, delay))


@dataclass
class Log:
    """The port `Audit`, in memory."""

    entries: list[tuple[str, str, dict[str, str | int | float]]] = field(default_factory=list)

    def record(self, cabinet: str, action: str, **fields: str | int | float) -> None:
        self.entries.append((cabinet, action, fields))


class Room:
    def __init__(self) -> None:
        self.queue, self.audit, self.told = Messages(), Log(), io.StringIO()

    def deliver(self, handle: Callable[[Change, Queue], str], change: Change = CHANGE) -> str:
        return Delivery(handle, start(None, out=self.told), self.audit, max_attempts=3).deliver(change, self.queue)

    def failing(self, error: Exception, change: Change = CHANGE) -> str:
        def handle(change: Change, queue: Queue) -> str:
            raise error

        return self.deliver(handle, change)

    @property
    def spans(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.told.getvalue().splitlines()]


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    assert "Dupont.pdf" not in made.told.getvalue()


def test_what_is_done_is_done(room: Room) -> None:
    assert room.deliver(lambda change, queue: "live") == "live"
    assert (room.queue.sent, room.audit.entries, room.spans) == ([], [], [])


@pytest.mark.parametrize(("asked", "given"), [(7.0, 7.0), (9_999.0, MAX_DELAY)])
def test_a_busy_document_comes_back_in_a_message_of_its_own_and_is_not_counted(
    asked: float, given: float, room: Room
) -> None:
    change = replace(CHANGE, attempt=99)
    assert room.failing(Busy("taken", after=asked), change) == "busy"
    [(sent, delay)] = room.queue.sent
    assert (replace(sent, id=change.id), delay) == (change, given)
    assert sent.id != change.id


def test_a_service_that_says_when_is_asked_then_and_later_each_time(room: Room) -> None:
    change = CHANGE
    for _ in range(3):
        assert room.failing(Retry("throttled", SECRET, after=10.0), change) == "again"
        change = room.queue.sent[-1][0]
    assert [(it.attempt, delay) for it, delay in room.queue.sent] == [(1, 10.0), (2, 15.0), (3, 20.0)]
    assert len({it.id for it, _ in room.queue.sent} | {CHANGE.id}) == 4


def test_after_its_last_attempt_a_throttled_message_is_the_queues(room: Room) -> None:
    with pytest.raises(Failed, match=r"^throttled$"):
        room.failing(Retry("throttled", SECRET, after=10.0), replace(CHANGE, attempt=3))
    assert room.queue.sent == []


def test_a_failure_without_a_time_is_the_queues_to_count(room: Room) -> None:
    with pytest.raises(Failed, match=r"^unreachable$"):
        room.failing(Retry("unreachable", SECRET))
    assert room.queue.sent == []
    assert (room.spans[-1]["outcome"], room.spans[-1]["code"]) == ("failed", "unreachable")


def test_what_is_not_ours_is_audited_and_let_go_in_no_cabinets_chain(room: Room) -> None:
    """Whose a message says that it is, anybody can write: it puts nothing into that cabinet's chain."""
    assert room.failing(Refuse("foreign_cabinet", SECRET)) == "refused"
    fields = {"source": CHANGE.source, "document": CHANGE.document, "code": "foreign_cabinet"}
    assert room.audit.entries == [(HOUSE, "refused", fields)]
    assert room.queue.sent == []


@pytest.mark.parametrize("document", [CHANGE.document, WHOLE_SOURCE])
def test_a_bug_leaves_by_its_types_name_with_nothing_that_quotes_a_document(document: DocumentId, room: Room) -> None:
    """The host writes what leaves here, with its chain, into its logs."""

    def handle(change: Change, queue: Queue) -> str:
        raise ValueError(SECRET) from LookupError(SECRET)

    with pytest.raises(Failed, match=r"^ValueError$") as failed:
        room.deliver(handle, replace(CHANGE, document=document))
    assert SECRET not in "".join(traceback.format_exception(failed.value))
    assert (room.spans[-1]["name"], room.spans[-1]["error"]) == ("bug", "ValueError")


def test_a_retry_too_leaves_without_its_words(room: Room) -> None:
    with pytest.raises(Failed) as failed:
        room.failing(Retry("unreachable", SECRET))
    assert SECRET not in "".join(traceback.format_exception(failed.value))


def test_a_queue_that_cannot_be_reached_keeps_the_delivery(room: Room) -> None:
    """Not acknowledged: the message that could not be sent again is still there. Nor is what led there quoted."""

    class Broken:
        def send(self, change: Change, *, delay: float = 0.0) -> None:
            raise Retry("unreachable", "queue")

    def handle(change: Change, queue: Queue) -> str:
        try:
            raise ValueError(SECRET)  # noqa: TRY301 - what a bug does
        except ValueError:
            raise Busy("taken", after=1.0)  # noqa: B904 - as where a release fails after a bug: one leads to the other

    delivery = Delivery(handle, start(None, out=room.told), room.audit, max_attempts=3)
    with pytest.raises(Failed, match=r"^unreachable$") as failed:
        delivery.deliver(CHANGE, Broken())
    assert SECRET not in "".join(traceback.format_exception(failed.value))


@pytest.mark.parametrize(
    ("kind", "document", "again"),
    [
        (ChangeKind.CHANGED, CHANGE.document, ChangeKind.REPLAY),
        (ChangeKind.RECONCILE, CHANGE.document, ChangeKind.REPLAY),
        (ChangeKind.SWEEP, CHANGE.document, ChangeKind.SWEEP),
        (ChangeKind.ERASE, CHANGE.document, ChangeKind.ERASE),
        (ChangeKind.RECONCILE, WHOLE_SOURCE, ChangeKind.RECONCILE),
        (ChangeKind.RENEW, WHOLE_SOURCE, ChangeKind.RENEW),
    ],
)
def test_what_is_replayed_is_what_was_asked_for(kind: ChangeKind, document: DocumentId, again: ChangeKind) -> None:
    """Only a look at a document becomes another one: a replayed comparison is a comparison."""
    given_up = replace(CHANGE, kind=kind, document=document, attempt=7)
    assert replayed(given_up) == replace(given_up, kind=again, attempt=0)
