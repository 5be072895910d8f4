"""What the timers send: every row that wants it, whatever a pipeline's new version makes stale in one night."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from ingestion.model import Change, ChangeKind, DocumentId, IndexRef, Revision, Version
from ingestion.ports import Stored
from ingestion.rows import Parked, Row
from ingestion.schedules import BATCH, Schedules
from tests.unit.test_letters import DUPONT


@dataclass
class Queue:
    """The port `Queue`."""

    sent: list[Change] = field(default_factory=list)

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self.sent.append(change)


@dataclass
class Ledger:
    """The port `Ledger`, with as many parked rows in its active index, of one revision."""

    rows: int
    most: int = 0  # rows that were given out and not sent yet
    queue: Queue = field(default_factory=Queue)

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        for number in range(self.rows if index == DUPONT.active else 0):
            self.most = max(self.most, number + 1 - len(self.queue.sent))
            yield replace(Row(DocumentId(f"d{number}")), parked=Parked("encrypted", Version("v"), Revision(1), 0.0))

    def get(self, index: IndexRef, document: DocumentId) -> Stored:
        raise NotImplementedError

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        raise NotImplementedError


@pytest.mark.parametrize("count", [0, 3, 2 * BATCH + 7])
def test_every_stale_document_is_sent_once_and_few_wait_in_memory(count: int) -> None:
    bulk = Queue()
    ledger = Ledger(count, queue=bulk)
    ids = iter(range(1_000_000))
    schedules = Schedules(
        lambda: [DUPONT],
        ledger,
        Queue(),
        bulk,
        Queue(),
        lambda: f"m{next(ids)}",
        known_after=31.0,  # type: ignore[arg-type, return-value]
    )
    assert schedules.reindex_stale() == count
    assert sorted(it.document for it in bulk.sent) == sorted(f"d{number}" for number in range(count))
    assert {it.kind for it in bulk.sent} <= {ChangeKind.RECONCILE}
    assert ledger.most <= BATCH
