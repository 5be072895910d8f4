"""What the worker needs of the world, as small protocols that it owns, each with its guarantees.

What a port does not promise, the protocol must survive: see `docs/protocol.md`. Errors of every port are those of
`errors.py`: `Retry` for what may pass, `Park` for what may not, nothing swallowed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingestion.model import (
    Cabinet,
    Change,
    ChunkKey,
    DocumentId,
    Head,
    IndexedChunk,
    IndexRef,
    ItemResult,
    Locator,
    Nonce,
    SourceRef,
    Vector,
    Version,
)
from ingestion.rows import Row
from redaction.redactor import Mention


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as the ledger holds it. `etag` is None where there is none yet."""

    row: Row
    etag: str | None


class Source(Protocol):
    """Where documents come from. May be stale by a bounded time; an error is an error, never an absence."""

    def head(self, source: SourceRef, locator: Locator) -> Head | None:
        """The version now, or None when the source itself says "not found". Park(FORBIDDEN) when it denies us."""

    def read(self, source: SourceRef, locator: Locator, head: Head) -> bytes:
        """The bytes of exactly `head.version`. Retry("changed") when the source holds another by now."""

    def enumerate(self, source: SourceRef) -> Iterator[tuple[DocumentId, Locator, Version]]:
        """Every document in scope. Raises on the first error: a listing that fails halfway is not a shorter one."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What changed since a link, and the link to go on from. `resync`: the old link was no good, and all is listed."""

    documents: list[tuple[DocumentId, Locator]]
    link: str
    last: bool
    resync: bool = False


class Feed(Protocol):
    """A source that can say what changed. May repeat itself, be late or forget: reconciliation is not optional."""

    def changes(self, source: SourceRef, link: str | None) -> FeedPage: ...

    def renew(self, source: SourceRef) -> None:
        """Keep its notifications coming: create, renew or recreate the subscription, well before it ends."""


class Links(Protocol):
    """Where each feed was read to. Compare-and-swap, like the ledger."""

    def get(self, source: SourceRef) -> tuple[str | None, str | None]:
        """Link and ETag; both None before the first read."""

    def swap(self, source: SourceRef, link: str, expected: str | None) -> bool: ...


class Ledger(Protocol):
    """The only authority on what an index holds. Linearizable per row."""

    def get(self, index: IndexRef, document: DocumentId) -> Stored: ...

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        """Write the row if its ETag is still `expected` (None: if there is none). None when refused.

        A lost answer is raised as Retry after it was looked for: the caller finds its nonce, or does not.
        """

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        """All rows, or only those that want attention: a generation not LIVE, or a receipt owed."""


class Index(Protocol):
    """A physical search index. No condition on a write, no order between writes, reads lag behind."""

    def upload(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> list[ItemResult]:
        """One request, or several for a large batch; none is repeated inside. Retry when an answer was lost:
        what was sent may still land until the generation's deadline."""

    def delete(self, index: IndexRef, keys: Sequence[ChunkKey]) -> list[ItemResult]:
        """200 for a key that never existed, too: an acknowledgement proves nothing but durability."""

    def vectors(self, index: IndexRef, document: DocumentId, generation: Nonce) -> dict[str, Vector]:
        """The vectors of a generation by content hash; may miss some, never invents one."""

    def remaining(self, index: IndexRef, document: DocumentId, keys: Sequence[ChunkKey]) -> int:
        """How many of `keys` a lookup still finds, plus how many chunks a filter on the document counts."""

    def keys(self, index: IndexRef, document: DocumentId | None = None) -> Iterator[tuple[ChunkKey, DocumentId, Nonce]]:
        """Every chunk key in the index, or a document's, paged by key range."""


@dataclass(frozen=True, slots=True)
class Embedded:
    vectors: list[Vector]
    tokens: int  # as the service metered them


class Embedder(Protocol):
    """Text to vectors of the index's dimensions. Pure in effect: the same text gives the same vector."""

    def embed(self, texts: Sequence[str], model: str, dimensions: int) -> Embedded: ...


class Queue(Protocol):
    """At least once, no order. A message survives until it is acknowledged by the trigger's return."""

    def send(self, change: Change, *, delay: float = 0.0) -> None: ...


class Registry(Protocol):
    """Which cabinet a source belongs to. Cached for seconds: a new cabinet is refused, then found."""

    def by_id(self, cabinet: str) -> Cabinet | None: ...

    def by_source(self, source: str) -> Cabinet | None: ...

    def by_route(self, route: str) -> tuple[Cabinet, SourceRef] | None: ...

    def current(self, cabinet: str) -> Cabinet | None:
        """Never from the cache."""
        ...


class Audit(Protocol):
    """What must be provable later: appended, chained by hashes, never changed."""

    def record(self, cabinet: str, action: str, **fields: str | int | float) -> None: ...


class Keys(Protocol):
    """A cabinet's secret, unwrapped by its key in Key Vault. Gone when the key is destroyed: Retry, then visible."""

    def secret(self, cabinet: Cabinet) -> bytes: ...


class Vault(Protocol):
    """What the tokens of a cabinet hide, sealed. Linearizable per token; an answer that was lost is raised as Retry."""

    def remember(self, cabinet: Cabinet, mentions: Sequence[Mention]) -> int:
        """Before what was redacted is written anywhere, so that no token is in an index that nobody could reveal.
        Idempotent; how many subjects changed: 0 on a replay."""

    def known(self, cabinet: Cabinet, tokens: Iterable[str]) -> frozenset[str]:
        """Those of some tokens that were ever given out. A question is asked in them."""


class NoVault:
    """The port `Vault` where names are never to come back: nothing is kept, so nothing can be revealed."""

    def remember(self, cabinet: Cabinet, mentions: Sequence[Mention]) -> int:  # noqa: ARG002
        return 0

    def known(self, cabinet: Cabinet, tokens: Iterable[str]) -> frozenset[str]:  # noqa: ARG002
        return frozenset()


Clock = Callable[[], float]  # seconds since the epoch
Nonces = Callable[[], Nonce]
