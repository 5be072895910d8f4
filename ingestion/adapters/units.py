"""A tenant's resource units, shared by every instance: a token bucket in one row of Azure Tables per tenant.

An instance leases a few units at a time by compare-and-swap and spends them by itself, so that a call costs no call.
What is leased and not spent lapses. In no 60 seconds do all instances together spend more than the tenant has.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient

from ingestion.adapters import entities
from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.errors import Busy
from ingestion.ports import Clock

TABLE = "units"
LEASE = 20  # units at a time: a call to Tables for every few to Graph
LAPSE = 10.0  # seconds after which a lease is not spent any more
LONGEST_WAIT = 20.0  # seconds in which a worker waits itself; then its message does
ROUNDS = 5  # of compare-and-swap
BURST_SHARE = 1 / 15  # of a minute's units: what may be spent at once


@dataclass(frozen=True, slots=True)
class Rate:
    """So much a second, and so much at once, that no 60 seconds hold more than `per_minute`, late leases included."""

    per_minute: float

    @property
    def burst(self) -> float:
        return self.per_minute * BURST_SHARE

    @property
    def per_second(self) -> float:
        return (self.per_minute - self.burst) / (60.0 + LAPSE)

    def leased(self, empty_at: float, now: float, units: int) -> tuple[float, float]:
        """When the bucket will be even again after `units` more, and how long they must wait: 0 where they may go."""
        even = max(empty_at, now) + units / self.per_second
        return even, max(0.0, even - now - self.burst / self.per_second)


class Buckets(Protocol):
    """When each tenant's bucket is even again; compare-and-swap."""

    def get(self, tenant: str) -> tuple[float, str | None]: ...

    def swap(self, tenant: str, even_at: float, expected: str | None) -> bool: ...


class Units:
    """The port `Budget`. Safe to share between threads."""

    def __init__(self, buckets: Buckets, rate: Rate, clock: Clock, wait: Callable[[float], None]) -> None:
        self._buckets = buckets
        self._rate = rate
        self._clock = clock
        self._wait = wait
        self._held: dict[str, tuple[int, float]] = {}  # units, and when they lapse
        self._lock = threading.Lock()

    def take(self, tenant: str, units: int) -> None:
        """Returns when they may be spent. Busy where that would take long."""
        give_up = self._clock() + LONGEST_WAIT
        while wait := self._taken(tenant, units):
            if self._clock() + wait > give_up:
                raise Busy("The tenant's resource units are spent for now.", after=wait)
            self._wait(wait)

    def _taken(self, tenant: str, units: int) -> float:
        """0 when they were, else the seconds to wait."""
        with self._lock:
            now = self._clock()
            held, lapses = self._held.get(tenant, (0, 0.0))
            if held < units or lapses <= now:
                held = max(units, min(LEASE, int(self._rate.burst)))  # more than a burst would never be let go
                if wait := self._lease(tenant, held, now):
                    return wait
                lapses = now + LAPSE
            self._held[tenant] = (held - units, lapses)
            return 0.0

    def _lease(self, tenant: str, units: int, now: float) -> float:
        for _ in range(ROUNDS):
            even_at, etag = self._buckets.get(tenant)
            even, wait = self._rate.leased(even_at, now, units)
            if wait or self._buckets.swap(tenant, even, etag):
                return wait
        return 1.0  # others were quicker each time


class TableBuckets:
    """The port `Buckets`."""

    def __init__(self, table_url: str, credential: TokenCredential, transport: SharedTransport) -> None:
        self._table = TableClient(table_url, TABLE, credential=credential, **transport.core())

    def create(self) -> None:
        """The table, where there is none yet."""
        entities.create(self._table, "the resource units")

    def get(self, tenant: str) -> tuple[float, str | None]:
        with storage_errors("the resource units: reading"):
            try:
                entity = self._table.get_entity("tenant", tenant)
            except ResourceNotFoundError:
                return 0.0, None
            return float(entity["even_at"]), str(entity.metadata["etag"])

    def swap(self, tenant: str, even_at: float, expected: str | None) -> bool:
        entity: entities.Entity = {"PartitionKey": "tenant", "RowKey": tenant, "even_at": even_at}
        return entities.swap(self._table, entity, expected, "the resource units")
