"""What operators order of a document: that it is erased, that it is held, that it is held no longer.

An order is obeyed in every index of the cabinet, the active one first, and asked for again it does nothing twice. An
erasure and a hold exclude each other in the active index's row, by its compare-and-swap: whichever comes second is
refused, and the other indexes follow the active one. Which one that is, a worker may know too late: before an order
undoes the other in an index that it takes for the new one, it asks.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingestion import protocol
from ingestion.errors import Refuse, Retry
from ingestion.job import Job, Ports
from ingestion.model import Cabinet, ChangeKind, IndexName, IndexState
from ingestion.rows import Row
from ingestion.sweep import Sweeper

LOOK_AGAIN_AFTER = 1.0  # seconds
ORDERS = (ChangeKind.ERASE, ChangeKind.HOLD, ChangeKind.UNHOLD)


@dataclass(frozen=True, slots=True)
class Orders:
    ports: Ports
    sweeper: Sweeper

    def obey(self, job: Job) -> Row:
        """The row afterwards.

        Raises:
            Refuse: a document under hold is to be erased, or an erased one held. Retry: as everywhere.
        """
        match job.change.kind:
            case ChangeKind.ERASE:
                return self.erase(job)
            case ChangeKind.HOLD:
                return self._hold(job)
            case _:
                return self._unhold(job)

    def erase(self, job: Job) -> Row:
        """Tombstone and sweep, from any state and without waiting. The promised sweeps go on until the receipt.

        The first promise comes before the tombstone, and so late that we are done or dead by then: a sweep that finds
        no tombstone yet would promise nothing. The next one, after it, is what brings the receipt soon.
        """
        self.ports.promise(job, ChangeKind.SWEEP, job.limits.lifetime)
        stored = self.ports.ledger.get(job.index, job.change.document)
        self.ports.advance(job, stored, lambda row: self._tombstone(job, row))
        self._record(job, "erased")
        return self.sweeper.sweep(job)

    def _tombstone(self, job: Job, row: Row) -> Row:
        if row.held_since is not None and job.index.state is IndexState.ACTIVE:
            raise Refuse("held", f"Document {row.document} is under a legal hold; lift it first.")
        if row.held_since is not None and job.index.state is IndexState.BUILDING:
            self.ports.recognise(job)  # it is still the new one: the active one has let go of this hold
        return protocol.erase(job.placed(row), self.ports.clock())

    def _hold(self, job: Job) -> Row:
        """Into the audit before the ledger: a crash in between says it twice, the other order would never say it.

        Written also where it is held already: who has read the row before and is about to let go of it is refused.
        """
        stored = self.ports.ledger.get(job.index, job.change.document)
        if stored.row.held_since is None:
            self._record(job, "held")
        return self.ports.advance(job, stored, lambda row: self._held(job, row)).row

    def _held(self, job: Job, row: Row) -> Row:
        if row.erasure and job.index.state is IndexState.ACTIVE:
            raise Refuse("erased", f"Document {row.document} is erased; there is nothing left to hold.")
        if row.erasure and job.index.state is IndexState.BUILDING:  # it decides by now, or the active one is being told
            raise Retry("overtaken", f"Document {row.document}: a hold and an erasure met in a rebuild.", after=5.0)
        return protocol.hold(job.placed(row), self.ports.clock())

    def _unhold(self, job: Job) -> Row:
        """What the source no longer has goes now, and what a parked version had to leave: both look again, as a replay.

        One look is promised before the hold is lifted, and so late that we are done or dead by then; the other after
        it, for at once. Also when it is lifted already: an answer that was lost may have been that of the swap.
        """
        self.ports.promise(job, ChangeKind.REPLAY, job.limits.lifetime)
        stored = self.ports.ledger.get(job.index, job.change.document)
        if stored.row.held_since is not None:
            self._record(job, "hold_lifted")
        if stored.etag is not None:  # also what is not held: who is about to follow the active index is refused
            stored = self.ports.advance(job, stored, protocol.unhold)
        self.ports.promise(job, ChangeKind.REPLAY, 0.0)
        return stored.row

    def _record(self, job: Job, action: str) -> None:
        self.ports.audit.record(job.cabinet.id, action, document=job.change.document, index=job.index.name)


def in_every_index(
    obey: Callable[[], object],
    known: Callable[[], Cabinet | None],
    current: Callable[[], Cabinet | None],
    wait: Callable[[float], None],
) -> None:
    """Have an order obeyed, and again where the cabinet's indexes were others than the worker knew.

    A rebuild may begin, or end, while an order is under way: a tombstone in an index that the alias has left, and that
    is dropped, would be none. `known`: the cabinet as the worker goes by it; `current`: as the registry has it now.
    """
    while True:
        before = _indexes(known())
        obey()
        if before == _indexes(current()):
            return
        wait(LOOK_AGAIN_AFTER)


def _indexes(cabinet: Cabinet | None) -> frozenset[IndexName]:
    return frozenset(it.name for it in cabinet.indexes) if cabinet else frozenset()
