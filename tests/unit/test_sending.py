"""Many messages, several at once: none is left out, and a failure is told."""

import threading
from collections.abc import Callable

import pytest

from ingestion.errors import Retry
from ingestion.model import CabinetId, Change, ChangeKind, DocumentId, Locator, SourceId
from ingestion.sending import AT_ONCE, FEW, send_all


class Sent:
    """The port `Queue`."""

    def __init__(self, each: Callable[[Change], None] = lambda _: None) -> None:
        self.ids: list[str] = []
        self.threads: set[int] = set()
        self._each = each

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self._each(change)
        self.ids.append(change.id)
        self.threads.add(threading.get_ident())


def changes(count: int) -> list[Change]:
    return [
        Change(f"m{n}", SourceId("s"), CabinetId("c"), DocumentId(f"d{n}"), Locator(""), ChangeKind.RECONCILE, "x")
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, FEW - 1, FEW, 500])
def test_every_message_is_sent_once(count: int) -> None:
    queue = Sent()
    send_all(queue, changes(count))
    assert sorted(queue.ids) == sorted(it.id for it in changes(count))


def test_few_are_sent_in_order_and_many_by_several_threads_at_once() -> None:
    few = Sent()
    send_all(few, changes(FEW - 1))
    assert few.ids == [it.id for it in changes(FEW - 1)]
    assert few.threads == {threading.get_ident()}
    together = threading.Barrier(AT_ONCE, timeout=30)
    many = Sent(lambda change: together.wait() and None if int(change.id[1:]) < AT_ONCE else None)
    send_all(many, changes(FEW))
    assert len(many.threads) == AT_ONCE


@pytest.mark.parametrize("count", [1, 200])
def test_a_message_that_could_not_be_sent_is_told(count: int) -> None:
    def refuse(change: Change) -> None:
        if change.id == "m0":
            raise Retry("unavailable", "the queue does not answer")

    with pytest.raises(Retry):
        send_all(Sent(refuse), changes(count))
