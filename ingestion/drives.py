"""Whole sources, one message each: a drive's delta is read, or the source is reconciled.

The link to go on from is stored only after every change before it is enqueued: a crash in between reads them again,
where the other order would lose them. After the last page the feed is read once more when its answer can no longer be
stale; a notification that came too early would otherwise be acknowledged and lost.

A feed that begins anew leads to a comparison, as late as answers can be stale: what changed before the new link was
taken is then seen by it, what changed after is told by the feed. So what a comparison sends needs no second look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingestion.errors import Busy, Refuse
from ingestion.model import Cabinet, Change, ChangeKind, DocumentId, Locator, SourceKind, SourceRef
from ingestion.ports import Feed, Links, Nonces, Queue, Registry
from ingestion.reconciliation import Reconciliation
from ingestion.sending import send_all
from ingestion.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Drives:
    registry: Registry
    feeds: Mapping[SourceKind, Feed]
    links: Links
    reconciliation: Reconciliation
    documents: Queue
    telemetry: Telemetry
    ids: Nonces
    staleness: Mapping[SourceKind, float]  # seconds

    def handle(self, change: Change, queue: Queue) -> str:
        """Pull a feed, or compare the source where it has none or a comparison is asked for.

        Raises:
            Retry: the source cannot be read. Busy: another worker reads the same feed. Refuse: nobody's source.
        """
        cabinet = self.registry.by_source(change.source)
        source = cabinet.source(change.source) if cabinet else None
        if cabinet is None or source is None:
            raise Refuse(
                "unknown_source", f"Source {change.source} is in no cabinet; onboard it, or purge the message."
            )
        if cabinet.id != change.cabinet:  # its hints would say so, too, and be refused: after the link went on
            raise Refuse("foreign_cabinet", f"A message for source {source.id} names another cabinet.")
        feed = self.feeds.get(source.kind)
        if feed is None or change.kind is ChangeKind.RECONCILE:
            self.reconciliation.run(cabinet, source)
            return "reconciled"
        if change.kind is ChangeKind.RENEW:
            feed.renew(source)
            return "renewed"
        self._pull(feed, cabinet, source, change, queue)
        if change.kind is not ChangeKind.LOOK_AGAIN and (staleness := self.staleness[source.kind]):
            queue.send(replace(change, id=self.ids(), kind=ChangeKind.LOOK_AGAIN), delay=staleness)
        return "pulled"

    def _pull(self, feed: Feed, cabinet: Cabinet, source: SourceRef, change: Change, queue: Queue) -> None:
        link, etag = self.links.get(source)
        changed: dict[DocumentId, Locator] = {}
        resync, last = link is None, False
        while not last:
            page = feed.changes(source, link)
            changed.update(page.documents)
            link, last, resync = page.link, page.last, resync or page.resync
        hints = [
            replace(change, id=self.ids(), document=document, locator=locator, kind=ChangeKind.CHANGED)
            for document, locator in changed.items()
        ]
        send_all(self.documents, hints)
        if resync:
            queue.send(replace(change, id=self.ids(), kind=ChangeKind.RECONCILE), delay=self.staleness[source.kind])
        if link is None or not self.links.swap(source, link, etag):
            raise Busy(f"Source {source.id}: another worker read its feed.", after=5.0)
        self.telemetry.event("feed_pulled", cabinet=cabinet.id, source=source.id, enqueued=len(changed))
