"""The nouns. Ids that must not be mixed are types of their own; everything is frozen.

Paths, titles and text are content: they live in `Head.title`, `Locator` (sealed) and blocks, and nowhere else; and no
`repr` shows them, as logs, assertions and debuggers print those unasked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from chunking.blocks import Block, BlockKind, Chunk, Part

__all__ = ["Block", "BlockKind", "Chunk", "Part"]

CabinetId = NewType("CabinetId", str)
SourceId = NewType("SourceId", str)
DocumentId = NewType("DocumentId", str)  # 26 characters a-z2-7, from the sealed locator: says nothing of the path
Locator = NewType("Locator", str)  # where the source keeps the document, sealed under the cabinet's key (base64url)
Version = NewType("Version", str)  # the source's own ETag or cTag; compared for equality only
IndexName = NewType("IndexName", str)  # a physical index, never an alias
ChunkKey = NewType("ChunkKey", str)  # "{document}-{nonce}-{ordinal}"
Nonce = NewType("Nonce", str)  # names one attempt to put one version of a document into one index
Revision = NewType("Revision", int)  # of the pipeline and the cabinet's policy; only ever rises
Vector = list[float]


class SourceKind(StrEnum):
    BLOB = "blob"
    SHAREPOINT = "sharepoint"


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One place that a cabinet keeps documents in, and what makes an event from it recognisable."""

    id: SourceId
    kind: SourceKind
    route: str  # "blob:{account}/{container}" or "drive:{driveId}"; unique in the registry
    address: str  # the blob account's URL, or the Graph base URL
    container: str  # container, or drive id
    prefix: str = ""  # only what lies under it is followed
    principals: tuple[str, ...] = ()  # who may read, where the source itself has no access list
    leaving: bool = False  # no longer watched: all of its documents count as gone, until the index has none of them


class IndexState(StrEnum):
    ACTIVE = "active"
    BUILDING = "building"  # a rebuild: follows the source, not yet behind the alias
    RETIRING = "retiring"  # the alias has left it; kept for erasure until it is dropped


@dataclass(frozen=True, slots=True)
class IndexRef:
    name: IndexName
    endpoint: str  # of its search service: a service holds 50 to 3,000 indexes, so cabinets are spread over several
    state: IndexState
    schema: str  # a version in index_schemas/
    model: str
    dimensions: int


class OcrChoice(StrEnum):
    """Who reads a cabinet's scans. What is sent to the service leaves the worker, for the region of its endpoint."""

    EMBEDDED = "embedded"  # Tesseract, in the worker: nothing leaves it
    SERVICE = "service"  # the pages that Tesseract read badly, or could not read, are read again by the service
    ALWAYS = "service_always"  # every page without text of its own


@dataclass(frozen=True, slots=True)
class Cabinet:
    """A law firm: its sources, index, policy and keys. Decided by the registry, never by a message."""

    id: CabinetId
    tenant_id: str  # whose Entra users may search; another tenant's get nothing
    alias: str
    indexes: tuple[IndexRef, ...]
    sources: tuple[SourceRef, ...]
    policy: str  # the name of a redaction policy
    policy_revision: int
    key_name: str  # in Key Vault; wraps `wrapped_secret`
    wrapped_secret: bytes = field(repr=False)
    keep_old_when_parked: bool = True
    retention_days: int | None = None
    ocr: OcrChoice = OcrChoice.EMBEDDED

    @property
    def recipe(self) -> str:
        """What the cabinet chose that makes its documents' chunks what they are: part of the fingerprint."""
        return self.policy if self.ocr is OcrChoice.EMBEDDED else f"{self.policy}.{self.ocr.value}"

    @property
    def active(self) -> IndexRef:
        """The index that the alias names: the registry keeps exactly one in this state."""
        return next(it for it in self.indexes if it.state is IndexState.ACTIVE)

    def source(self, source_id: SourceId) -> SourceRef | None:
        return next((source for source in self.sources if source.id == source_id), None)


class ChangeKind(StrEnum):
    """What a message asks for. All of them mean "look again"; they differ in why, for the telemetry."""

    CHANGED = "changed"
    DELETED = "deleted"
    SWEEP = "sweep"  # a promise made before a claim, a retire or an erase
    LOOK_AGAIN = "look_again"  # a promise made because the source's answer may have been stale
    READ_AGAIN = "read_again"  # a promise made because hints were left with an attempt that has ended by now
    RECONCILE = "reconcile"
    REPLAY = "replay"  # an operator's: a parked version is tried again
    REPAIR = "repair"  # the index lost chunks that the ledger counts on: made again, whatever the row says
    ERASE = "erase"
    HOLD = "hold"  # an operator's: neither erased nor retired until it is lifted
    UNHOLD = "unhold"
    RENEW = "renew"  # a source's subscription, not its documents


@dataclass(frozen=True, slots=True)
class Change:
    """A queue message: ids only, and a sealed locator. It is a hint; the source is the truth."""

    id: str  # kept when the queue brings the message back; a copy that is sent again has its own
    source: SourceId
    cabinet: CabinetId  # for people; the worker takes the cabinet from the registry, by `source`
    document: DocumentId
    locator: Locator
    kind: ChangeKind
    correlation: str  # from the event to the last write
    attempt: int = 0
    raised_at: float = 0.0  # when the event was raised, seconds since the epoch; for latency only


@dataclass(frozen=True, slots=True)
class Head:
    """What a source says of a document without its bytes. `title` is content."""

    version: Version
    size: int  # bytes
    title: str = field(repr=False)  # file name
    folder: str = field(repr=False)  # path of the folder, "" at the root; content
    media_type: str
    modified_at: datetime
    principals: tuple[str, ...]
    document: DocumentId = DocumentId("")  # whose head it is, where somebody needs to know


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk as it is written: key, vector and what it inherits from its document."""

    key: ChunkKey
    document: DocumentId
    generation: Nonce
    chunk: Chunk = field(repr=False)
    vector: Vector = field(repr=False)
    fields: Mapping[str, object] = field(repr=False)  # inherited: source, folder, dates, principals, …


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What the index said of one item. A 2xx of the call says nothing of the item."""

    key: ChunkKey
    status: int  # 200, 201 done; 409, 422, 429, 503 again; 400, 404 never

    @property
    def done(self) -> bool:
        return self.status in (200, 201)

    @property
    def worth_repeating(self) -> bool:
        return self.status in (409, 422, 429, 500, 503)
