"""One source compared three ways: what it lists, what the ledger says, what the index holds.

It repairs by sending documents to the same worker, and never deletes on the word of a listing: a document leaves only
when the source itself says "not found" for it. When more would leave at once than a set share, it stops and asks an
operator: an emptied listing is more often a fault than a wish. An error while listing is an error, not an empty list.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingestion import protocol
from ingestion.model import (
    Cabinet,
    Change,
    ChangeKind,
    DocumentId,
    IndexRef,
    IndexState,
    Locator,
    Nonce,
    SourceKind,
    SourceRef,
    Version,
)
from ingestion.ports import Audit, Clock, Index, Ledger, Nonces, Queue, Source
from ingestion.rows import Row, ordinal_of
from ingestion.sending import send_all
from ingestion.telemetry import Telemetry

BREAKER_COUNT = 10  # documents: fewer are never held back
BREAKER_SHARE = 0.10  # of the documents that the ledger knows of this source

Written = Mapping[tuple[DocumentId, Nonce], list[int]]  # the ordinals that the index holds of each generation


@dataclass(frozen=True, slots=True)
class Found:
    """What one comparison sent to be looked at again, by reason."""

    listed: int = 0
    unsettled: int = 0  # new or changed at the source
    gone: int = 0  # no longer listed: the worker asks the source for each
    held: int = 0  # gone, but held back by the deletion breaker
    damaged: int = 0  # the index lost chunks of the live version
    orphans: int = 0  # generations in the index that no row knows

    def __add__(self, other: "Found") -> "Found":
        return Found(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Reconciliation:
    sources: Mapping[SourceKind, Source]
    ledger: Ledger
    index: Index
    bulk: Queue
    audit: Audit
    telemetry: Telemetry
    clock: Clock
    ids: Nonces
    replica_lag: float  # seconds; what was written since may not be listed yet

    def run(self, cabinet: Cabinet, source: SourceRef, *, force: bool = False) -> Found:
        """Send every document on which the three disagree. `force`: an operator lifts the deletion breaker once.

        Raises:
            Retry: a listing failed; nothing was concluded from it.
        """
        adapter = self.sources.get(source.kind)
        if adapter is None:
            return Found()
        listed = {document: (locator, version) for document, locator, version in adapter.enumerate(source)}
        found = Found(listed=len(listed))
        for index in cabinet.indexes:
            if index.state is not IndexState.RETIRING:
                found += self._compare(cabinet, source, index, listed, force=force or source.leaving)
        self.telemetry.event("reconciled", cabinet=cabinet.id, source=source.id, rows=len(listed), missing=found.gone)
        return found

    def _compare(
        self,
        cabinet: Cabinet,
        source: SourceRef,
        index: IndexRef,
        listed: Mapping[DocumentId, tuple[Locator, Version]],
        *,
        force: bool,
    ) -> Found:
        began = self.clock()
        written: dict[tuple[DocumentId, Nonce], list[int]] = defaultdict(list)
        for key, document, generation in self.index.keys(index):
            written[document, generation].append(ordinal_of(key))
        rows = {row.document: row for row in self.ledger.scan(index) if row.source == source.id}
        unsettled = [it for it, (_, version) in listed.items() if not _settled(rows.get(it), version)]
        self._send(cabinet, source, ((it, listed[it][0]) for it in unsettled), ChangeKind.RECONCILE)
        damaged = [row for row in rows.values() if self._is_damaged(row, written, began)]
        self._send(cabinet, source, ((row.document, row.locator) for row in damaged), ChangeKind.REPAIR)
        gone = [row for it, row in rows.items() if it not in listed and _may_go(row)]
        held = not force and self._breaks(cabinet, source, len(gone), len(rows))
        going = () if held else gone
        self._send(cabinet, source, ((row.document, row.locator) for row in going), ChangeKind.RECONCILE)
        orphans = sum(
            self._adopt(cabinet, source, index, rows[document], nonce, max(ordinals) + 1)
            for (document, nonce), ordinals in written.items()
            if document in rows and rows[document].generation(nonce) is None
        )
        return Found(
            unsettled=len(unsettled),
            gone=0 if held else len(gone),
            held=len(gone) if held else 0,
            damaged=len(damaged),
            orphans=orphans,
        )

    def _is_damaged(self, row: Row, written: Written, now: float) -> bool:
        """The live version misses chunks, and is old enough for every replica to show them."""
        live = row.live
        if live is None or live.deadline + self.replica_lag >= now:
            return False
        return len(written.get((row.document, live.nonce), ())) < live.chunks

    def _breaks(self, cabinet: Cabinet, source: SourceRef, gone: int, known: int) -> bool:
        if gone <= max(BREAKER_COUNT, BREAKER_SHARE * known):
            return False
        self.audit.record(cabinet.id, "deletion_breaker", source=source.id, missing=gone, rows=known)
        self.telemetry.event("deletion_breaker", cabinet=cabinet.id, source=source.id, missing=gone, rows=known)
        return True

    def _adopt(self, cabinet: Cabinet, source: SourceRef, index: IndexRef, row: Row, nonce: Nonce, chunks: int) -> bool:
        """Chunks that no row knows are adopted as a DEAD generation, and swept like any other.

        Safe because the rows were read after the keys, and keys are planned before they are written.
        """
        stored = self.ledger.get(index, row.document)
        adopted = protocol.adopt(stored.row, nonce, chunks)
        if adopted == stored.row or self.ledger.swap(index, adopted, stored.etag) is None:
            return False
        self._send(cabinet, source, [(row.document, row.locator)], ChangeKind.SWEEP)
        return True

    def _send(
        self, cabinet: Cabinet, source: SourceRef, found: Iterable[tuple[DocumentId, Locator]], kind: ChangeKind
    ) -> None:
        ids = self.ids
        changes = [Change(ids(), source.id, cabinet.id, document, where, kind, ids()) for document, where in found]
        send_all(self.bulk, changes)


def _may_go(row: Row) -> bool:
    return bool(row.live or row.open or row.parked) and row.held_since is None


def _settled(row: Row | None, version: Version) -> bool:
    """Nothing to do, as far as a listing can tell: the worker decides."""
    if row is None:
        return False
    if row.erasure is not None:
        return True
    agrees = row.parked.version == version if row.parked else row.live is not None and row.live.version == version
    return agrees and row.open is None
