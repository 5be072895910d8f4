"""`greffe hold`: a legal hold on a document: neither erased nor retired until it is lifted. Both acts are audited.

A hold keeps what search shows of a document, in the last version that could be read, although the source loses it or
its retention ends. It is no archive: newer versions replace older ones, and the original is the source's to keep.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from ingestion.adapters.build import Services
from ingestion.model import Cabinet, ChangeKind, DocumentId
from operations import erase


def order(services: Services, cabinet: Cabinet, it: erase.Which, *, lift: bool = False) -> None:
    """In the caller's hands, in every index of the cabinet; asked for again it does nothing twice.

    Raises:
        Refuse: the document is erased. Retry: a service does not answer; the command run again goes on.
    """
    erase.order(services, cabinet, it, ChangeKind.UNHOLD if lift else ChangeKind.HOLD)


def held(services: Services, cabinet: Cabinet) -> Iterator[tuple[DocumentId, str, str]]:
    """Each document under hold: its id, since when (ISO 8601, UTC) and its status. No name: the ledger has none."""
    for row in services.ledger.scan(cabinet.active):
        if row.held_since is not None:
            since = datetime.fromtimestamp(row.held_since, UTC).isoformat(timespec="seconds")
            yield row.document, since, row.status
