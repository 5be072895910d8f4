"""Documents and what becomes of them: versions with a canary in every text and every name, and a pure pipeline.

The pipeline stands in for extraction, redaction and chunking, which are pure and tested elsewhere; a document says in
its first word what it does: give chunks, be refused, or meet a bug whose message quotes it.
"""

import hashlib
import zlib
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from chunking.blocks import Chunk, embedded_text
from ingestion.errors import Park, ParkReason
from ingestion.locators import document_id, seal
from ingestion.model import CabinetId, DocumentId, Head, IndexRef, Locator, Revision, SourceRef, Vector, Version
from ingestion.pipeline import Processed

CANARY = "Divorce-Dupont"  # in every text and in every name; it may appear in no log, message, row or exception
ENCRYPTED, BUG, REJECTED = "encrypted", "bug", "rejected"  # first words of documents that cannot be ingested


@dataclass(frozen=True, slots=True)
class Content:
    version: Version
    order: int  # of the versions of one document
    data: bytes
    modified_at: datetime

    @property
    def kind(self) -> str:
        return self.data.decode().split(" ", 1)[0]


@dataclass(slots=True)
class Document:
    """One document at its source, with its whole past: a stale read shows some of it."""

    name: str
    source: SourceRef
    cabinet: CabinetId
    locator: Locator
    id: DocumentId
    times: list[float] = field(default_factory=list)
    contents: list[Content | None] = field(default_factory=list)
    denied: bool = False
    last: int = 0

    def put(self, now: float, kind: str, chunks: int, modified: float) -> Content:
        self.last += 1
        version = Version(f"{self.id[:4]}v{self.last}")
        text = "\f".join(f"{kind} {CANARY} {self.name} {self.last}.{n}" for n in range(chunks))
        made = Content(version, self.last, text.encode(), datetime.fromtimestamp(modified, UTC))
        self._change(now, made)
        return made

    def delete(self, now: float) -> None:
        self._change(now, None)

    def at(self, time: float) -> Content | None:
        place = bisect_right(self.times, time)
        return self.contents[place - 1] if place else None

    @property
    def now(self) -> Content | None:
        return self.contents[-1] if self.contents else None

    def existed_throughout(self, since: float) -> bool:
        """No absence at any moment from `since` to now."""
        place = bisect_right(self.times, since)
        return place > 0 and all(it is not None for it in self.contents[place - 1 :])

    def was_throughout(self, version: Version, since: float) -> bool:
        """This version, and nothing else at any moment from `since` to now."""
        place = bisect_right(self.times, since)
        return place > 0 and all(it is not None and it.version == version for it in self.contents[place - 1 :])

    def order(self, version: Version) -> int:
        return next((it.order for it in self.contents if it and it.version == version), 0)

    def of_version(self, version: Version) -> Content | None:
        return next((it for it in self.contents if it and it.version == version), None)

    def head(self, content: Content) -> Head:
        return Head(
            version=content.version,
            size=len(content.data),
            title=self.name,
            folder=CANARY,
            media_type="text/plain",
            modified_at=content.modified_at,
            principals=("everyone",),
        )

    def _change(self, now: float, content: Content | None) -> None:
        self.times.append(now)
        self.contents.append(content)


@lru_cache(maxsize=256)
def sealed(secret: bytes, source: SourceRef, name: str) -> tuple[Locator, DocumentId]:
    locator = seal(secret, source.id, name)
    return locator, document_id(source.id, locator)


class PurePipeline:
    """Shaped like `ingestion.pipeline.Pipeline`. `code`: which deployment runs; a rolling one has two."""

    def __init__(self, code: int) -> None:
        self.code = code

    def run(self, data: bytes, head: Head, *, policy: str, secret: bytes) -> Processed:
        return processed(data)

    def revision(self, policy_revision: int) -> Revision:
        return Revision(self.code * 1_000 + policy_revision)

    def fingerprint(self, policy: str, index: IndexRef) -> str:
        return f"{self.code}.{policy}.{index.schema}"


@lru_cache(maxsize=4096)
def processed(data: bytes) -> Processed:
    text = data.decode()
    kind = text.split(" ", 1)[0]
    if kind == ENCRYPTED:
        raise Park(ParkReason.ENCRYPTED)
    if kind == BUG:
        raise ValueError(f"cannot parse {text}")  # as a library would: its message quotes the document
    chunks = tuple(chunk(n, it) for n, it in enumerate(text.split("\f")))
    return Processed(chunks, CANARY, "text/plain", {"chunks": len(chunks)})


def chunk(ordinal: int, text: str) -> Chunk:
    digest = hashlib.sha256(embedded_text((), "", text).encode()).hexdigest()
    return Chunk(ordinal, "", "", (), text, tokens=1, content_hash=digest)


def vector_of(text: str, dimensions: int) -> Vector:
    return [float(zlib.crc32(text.encode())), float(dimensions)]
