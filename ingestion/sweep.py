"""The sweep: delete what is DEAD, forget what can no longer be written, certify an erasure that lookups prove.

Any worker may sweep any row at any time: it takes nothing from a worker that is alive. It never asks the index what to
delete, whose reads lag; the row knows every key that was ever planned.
"""

from collections.abc import Sequence

from ingestion import protocol
from ingestion.errors import Retry
from ingestion.job import CLAIM_ROUNDS, Job, Ports, batches, contended
from ingestion.model import ChangeKind, ChunkKey, IndexState, Nonce
from ingestion.ports import Stored
from ingestion.rows import Row, State, chunk_keys, ordinal_of


class Sweeper:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def sweep(self, job: Job) -> Row:
        """The row afterwards.

        Raises:
            Retry: others changed the row each time, or an erased document is still visible.
        """
        for _ in range(CLAIM_ROUNDS):
            began = self._ports.clock()
            stored = self._fenced(job, began)
            if stored is None:
                continue
            swept = self._delete_dead(job, stored.row)
            row = self._certified(job, protocol.forget(stored.row, swept, began, self._ports.clock()))
            if row.look_owed:
                self._ports.promise(job, ChangeKind.READ_AGAIN, 0.0)
                row = protocol.look_promised(row)
            self._record(job, stored.row, row)
            if row == stored.row or self._ports.ledger.swap(job.index, row, stored.etag):
                return row
        raise contended(job)

    def _fenced(self, job: Job, now: float) -> Stored | None:
        """The row with every attempt past its deadline fenced, in the ledger, before one of its keys is touched."""
        stored = self._ports.ledger.get(job.index, job.change.document)
        expired = protocol.expire(stored.row, now)
        if expired == stored.row:
            return stored
        return self._ports.ledger.swap(job.index, expired, stored.etag)

    def _delete_dead(self, job: Job, row: Row) -> frozenset[Nonce]:
        """The generations whose keys were all acknowledged as deleted.

        All keys together: one call for each generation took long enough for a dozen sweepers to refuse one another.
        """
        owners = {key: it.nonce for it in row.dead for key in chunk_keys(row.document, it.nonce, it.chunks)}
        done = {
            it.key for batch in batches(list(owners)) for it in self._ports.index.delete(job.index, batch) if it.done
        }
        return frozenset(it.nonce for it in row.dead) - {nonce for key, nonce in owners.items() if key not in done}

    def _certified(self, job: Job, row: Row) -> Row:
        """Certify by lookups: an acknowledged delete proves nothing, not even that the key existed."""
        now = self._ports.clock()
        if row.erasure is None or not protocol.certifiable(row, now, _agreed_after(job)):
            return row
        if self._ports.index.remaining(job.index, row.document, _every_key(row, row.erasure.written)):
            if job.index.state is IndexState.RETIRING:
                return row  # chunks that no row knows, of an old backup: it is dropped with all that it holds
            self._adopt_strays(job)
            raise Retry("erasure_visible", f"Document {row.document}: the index still shows it.", after=30.0)
        return protocol.certify(row, now)

    def _adopt_strays(self, job: Job) -> None:
        """What is left of an erased document although all is swept no row knows: chunks of an old backup.

        As DEAD generations the next sweep deletes them, and the replicas' time counts anew. Whoever changed the row
        first sweeps it, too, and finds what we found.
        """
        chunks: dict[Nonce, int] = {}
        for key, _, nonce in self._ports.index.keys(job.index, job.change.document):
            chunks[nonce] = max(chunks.get(nonce, 0), ordinal_of(key) + 1)
        stored = self._ports.ledger.get(job.index, job.change.document)
        row = stored.row
        for nonce, count in chunks.items():
            row = protocol.adopt(row, nonce, count)
        if row != stored.row:
            self._ports.ledger.swap(job.index, row, stored.etag)

    def _record(self, job: Job, before: Row, after: Row) -> None:
        """Into the audit before the ledger: a crash in between says it twice, the other order would never say it."""
        if before.attention and after.status == "erased":
            ids = {"document": after.document, "index": job.index.name}
            self._ports.audit.record(job.cabinet.id, "erasure_certified", **ids)

    def promise_next(self, job: Job, rows: Sequence[Row]) -> None:
        """What could not be forgotten yet, in any of a document's indexes, is swept again when it can be.

        One promise for all of them, since a sweep goes everywhere: one for each would be doubled by every sweep.
        """
        now = self._ports.clock()
        if waits := [wait for row in rows for wait in _waits(job, row, now)]:
            self._ports.promise(job, ChangeKind.SWEEP, max(*waits, 0.0) + 1.0)


def _waits(job: Job, row: Row, now: float) -> list[float]:
    """Only for what no other promise covers: every change promised its own sweep before it was made, for after its
    deadline. That one may come early by what two clocks differ. A sweep that promised for every generation that it
    met would multiply with each of them.
    """
    left = [it.deadline - now for it in row.generations if it.state is not State.LIVE]
    if row.erasure and row.attention:
        looked_up = protocol.certifiable(row, job.started, _agreed_after(job))  # in vain: see `_certified`
        return [] if looked_up else [*left, _agreed_after(job)]
    return [it for it in left if it <= job.limits.clock_skew]


def _agreed_after(job: Job) -> float:
    """Seconds from an erased row's last delete until lookups prove: another's clock said when that was."""
    return job.limits.replica_lag + job.limits.clock_skew


def _every_key(row: Row, written: Sequence[tuple[Nonce, int]]) -> list[ChunkKey]:
    return [key for nonce, chunks in written for key in chunk_keys(row.document, nonce, chunks)]
