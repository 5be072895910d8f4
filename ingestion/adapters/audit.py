"""The audit log in Azure Tables: one partition per cabinet, one row per entry, each written where nothing stood before.

Two writers that would follow the same entry meet at the same row key, and the second is refused and follows the first:
the chain cannot fork. Nothing here updates or deletes.
"""

import json
import random
import time
from collections.abc import Callable, Iterator

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableClient

from ingestion.adapters import entities
from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.audit import Entry, following
from ingestion.errors import Retry
from ingestion.ports import Clock

TABLE = "audit"
PAGE = 1_000  # entities; the service's own maximum
ROUNDS = 10  # writers that meet at one cabinet's next entry; each waits a random time, so that they part
FIRST_PAUSE = 0.02  # seconds, about one write; doubled each round up to the longest
LONGEST_PAUSE = 1.0
_WIDTH = 12  # digits of a row key: Tables order them as text
_LAST = 10**_WIDTH - 1  # keys count down, so that the newest entry is the first row of its partition


class TableAudit:
    def __init__(
        self,
        table_url: str,
        credential: TokenCredential,
        transport: SharedTransport,
        clock: Clock,
        actor: str,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = TableClient(table_url, TABLE, credential=credential, **transport.core())
        self._clock = clock
        self._actor = actor
        self._wait = wait

    def create(self) -> None:
        """The table, where there is none yet."""
        entities.create(self._table, "the audit log")

    def record(self, cabinet: str, action: str, **fields: str | int | float) -> None:
        """Append an entry.

        Raises:
            Retry: the table cannot be reached, or others kept appending first.
        """
        for round_ in range(ROUNDS):
            last = next(self._entries(cabinet, at_once=1), None)
            entry = following(last, self._clock(), self._actor, action, fields)
            if self._appended(cabinet, entry):
                return
            self._wait(random.uniform(0.0, min(FIRST_PAUSE * 2**round_, LONGEST_PAUSE)))  # noqa: S311 - no secret
        raise Retry("contended", f"The audit log of cabinet {cabinet}: others kept writing first.", after=1.0)

    def newest_first(self, cabinet: str) -> Iterator[Entry]:
        return self._entries(cabinet, at_once=PAGE)

    def _entries(self, cabinet: str, *, at_once: int) -> Iterator[Entry]:
        query = "PartitionKey eq @cabinet"
        with storage_errors("the audit log: reading"):
            for it in self._table.query_entities(query, parameters={"cabinet": cabinet}, results_per_page=at_once):
                yield Entry(**json.loads(it["entry"]))

    def _appended(self, cabinet: str, entry: Entry) -> bool:
        body = {name: getattr(entry, name) for name in ("sequence", "at", "actor", "action", "fields", "previous")}
        row = {
            "PartitionKey": cabinet,
            "RowKey": f"{_LAST - entry.sequence:0{_WIDTH}}",
            "entry": json.dumps(body, separators=(",", ":")),
            "hash": entry.hash,
        }
        with storage_errors("the audit log: writing"):
            try:
                self._table.create_entity(row)
            except ResourceExistsError:  # somebody's; or ours, where the SDK sent it again after a lost answer
                return str(self._table.get_entity(cabinet, row["RowKey"])["hash"]) == entry.hash
        return True
