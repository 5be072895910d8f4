"""What the timers do, each as messages to the same worker: nothing here writes to an index."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import batched

from ingestion.intake import WHOLE_SOURCE
from ingestion.model import (
    Cabinet,
    Change,
    ChangeKind,
    DocumentId,
    IndexState,
    Locator,
    SourceId,
    SourceKind,
    SourceRef,
)
from ingestion.pipeline import Pipeline
from ingestion.ports import Ledger, Nonces, Queue
from ingestion.rows import Row
from ingestion.sending import send_all

BATCH = (
    1_000  # messages in memory at once, sent by several threads: a new pipeline makes every document stale in a night
)

# What a new source is asked first. A feed that was never read begins with a comparison of everything.
FIRST = {
    SourceKind.BLOB: (ChangeKind.RECONCILE,),
    SourceKind.SHAREPOINT: (ChangeKind.RENEW, ChangeKind.LOOK_AGAIN),
}


@dataclass(frozen=True, slots=True)
class Schedules:
    cabinets: Callable[[], Iterable[Cabinet]]
    ledger: Ledger
    documents: Queue
    bulk: Queue
    drives: Queue
    ids: Nonces
    known_after: float  # seconds until every instance goes by a new registry entry

    def reconcile_cabinets(self) -> int:
        """Every source of every cabinet is compared, each by a message of its own. Returns how many were sent."""
        return self._send_sources(ChangeKind.RECONCILE, set(SourceKind))

    def poll_drives(self) -> int:
        """Notifications of drives get lost in silence: their delta is asked for on a timer, too.

        As a second look: the next one is the timer's, and where nothing is new it has cost one call.
        """
        return self._send_sources(ChangeKind.LOOK_AGAIN, {SourceKind.SHAREPOINT})

    def renew_subscriptions(self) -> int:
        """Each in a message of its own: one tenant that is gone does not end the notifications of the others."""
        return self._send_sources(ChangeKind.RENEW, {SourceKind.SHAREPOINT})

    def tidy(self) -> int:
        """Take up every row to which something is owed: a commit, a sweep, a receipt."""
        return self._send_rows(self.documents, ChangeKind.SWEEP, lambda _, row: row.attention, attention=True)

    def reindex_stale(self, only: Cabinet | None = None) -> int:
        """Documents that older code or an older policy made are made again; of all cabinets, or of one."""
        return self._send_rows(
            self.bulk, ChangeKind.RECONCILE, lambda cabinet, row: only in (None, cabinet) and _stale(cabinet, row)
        )

    def retention(self) -> int:
        """Documents of cabinets with a retention are looked at again: the worker retires what is past it."""
        return self._send_rows(
            self.bulk, ChangeKind.RECONCILE, lambda cabinet, row: bool(cabinet.retention_days and row.live)
        )

    def compare(self, cabinet: Cabinet, only: SourceRef | None = None) -> None:
        """What changed in the registry, or one source of it: at once, and again when every instance knows it.

        Events before that are refused, and what is no longer watched may be taken in again.
        """
        for source in (only,) if only else cabinet.sources:
            for delay in (0.0, self.known_after):
                for kind in (ChangeKind.RECONCILE,) if source.leaving else FIRST[source.kind]:
                    self.drives.send(self._change(cabinet, source.id, WHOLE_SOURCE, Locator(""), kind), delay=delay)

    def send(self, cabinet: Cabinet, row: Row, kind: ChangeKind) -> None:
        """One document, on the bulk queue."""
        self.bulk.send(self._change(cabinet, row.source, row.document, row.locator, kind))

    def _send_sources(self, kind: ChangeKind, kinds: set[SourceKind]) -> int:
        sent = 0
        for cabinet in self.cabinets():
            for source in (it for it in cabinet.sources if it.kind in kinds):
                self.drives.send(self._change(cabinet, source.id, WHOLE_SOURCE, Locator(""), kind))
                sent += 1
        return sent

    def _send_rows(
        self, queue: Queue, kind: ChangeKind, wanted: Callable[[Cabinet, Row], bool], *, attention: bool = False
    ) -> int:
        sent = 0
        for cabinet in self.cabinets():
            for index in cabinet.indexes:
                if index.state is IndexState.RETIRING and not attention:
                    continue  # what is owed is owed there too; nothing else is
                rows = (row for row in self.ledger.scan(index, attention=attention) if wanted(cabinet, row))
                changes = (self._change(cabinet, row.source, row.document, row.locator, kind) for row in rows)
                for some in batched(changes, BATCH, strict=False):
                    send_all(queue, some)
                    sent += len(some)
        return sent

    def _change(
        self, cabinet: Cabinet, source: SourceId, document: DocumentId, locator: Locator, kind: ChangeKind
    ) -> Change:
        return Change(self.ids(), source, cabinet.id, document, locator, kind, self.ids())


def _stale(cabinet: Cabinet, row: Row) -> bool:
    made = row.live or row.parked
    return row.erasure is None and made is not None and made.revision < Pipeline.revision(cabinet.policy_revision)
