"""How a cabinet's documents are read where they hold scans, and how what is kept of a long one leaves with it.

The pages of a long scan are kept while its worker is on them, so that the next one need not begin again. Promises: what
is kept is sealed under the cabinet's key, for one version of one document; it is dropped when an attempt at the
document ends, when its source says that it is gone, and at its erasure, whose receipt counts what is left of it. What
nobody takes up again, `tidy` drops within a day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from chunking.blocks import Part
from ingestion.errors import Retry
from ingestion.extraction.remote_ocr import KeptOcr, Ocr, by_service
from ingestion.extraction.scans import Extracted, Kept, ScanOrder
from ingestion.locators import document_id
from ingestion.model import (
    Cabinet,
    ChunkKey,
    DocumentId,
    Head,
    IndexedChunk,
    IndexRef,
    ItemResult,
    Locator,
    Nonce,
    OcrChoice,
    SourceRef,
    Vector,
    Version,
)
from ingestion.pipeline import Extract
from ingestion.ports import Index, Source


class Scans(Protocol):
    """Where pages are kept. Strongly consistent, and no authority: it may forget, and nothing asks it what is true."""

    def of(self, document: DocumentId, version: Version, secret: bytes) -> Kept:
        """The pages of one version of a document, under its cabinet's secret. Makes no call."""

    def drop(self, document: DocumentId) -> int:
        """Whatever is kept of the document, of any version. How many pages there were."""

    def count(self, document: DocumentId) -> int: ...


class Read(Protocol):
    """The sandbox. Raises Park, Busy, Retry."""

    def __call__(self, data: bytes, name: str, order: ScanOrder, /) -> Extracted: ...


@dataclass(frozen=True, slots=True)
class Scanning:
    """Safe to share between threads."""

    read: Read
    scans: Scans
    service: Ocr | None
    secret: Callable[[Cabinet], bytes]
    _kept: set[DocumentId] = field(default_factory=set)  # documents of which this process met or kept pages

    def of(self, cabinet: Cabinet) -> Extract:
        """The extraction that the cabinet chose. Retry where it chose a service that this deployment has not."""
        service = self._service(cabinet.ocr)

        def extract(data: bytes, head: Head) -> tuple[Part, ...]:
            kept = self._pages(cabinet, head)
            recognise = cabinet.ocr is not OcrChoice.ALWAYS
            found = self.read(data, head.title, ScanOrder(recognise, originals=service is not None, kept=kept))
            if service is None:
                return found.parts
            remembering = service if kept is None else KeptOcr(service, kept)
            return by_service(found, data, remembering, always=not recognise)

        return extract

    def ended(self, document: DocumentId, *, erased: bool) -> None:
        """No attempt at the document is under way in the ledger any more: nobody needs its pages again.

        Those that another process kept it drops itself, but for an erasure's.
        """
        if erased or document in self._kept:
            self.scans.drop(document)
            self._kept.discard(document)

    def _service(self, choice: OcrChoice) -> Ocr | None:
        if choice is OcrChoice.EMBEDDED:
            return None
        if self.service is None:
            raise Retry("ocr_unconfigured", "A cabinet's scans are for a service: set GREFFE_OCR_ENDPOINT.")
        return self.service

    def _pages(self, cabinet: Cabinet, head: Head) -> Kept | None:
        if not head.document:
            return None
        kept = self.scans.of(head.document, head.version, self.secret(cabinet))
        return _Noted(kept, lambda: self._kept.add(head.document))


@dataclass(frozen=True, slots=True)
class _Noted:
    """Pages, with a note that there are some."""

    kept: Kept
    note: Callable[[], None]

    def load(self) -> dict[str, str]:
        if pages := dict(self.kept.load()):
            self.note()
        return pages

    def keep(self, name: str, page: str) -> None:
        self.note()
        self.kept.keep(name, page)


@dataclass(frozen=True, slots=True)
class ScannedSource:
    """A source whose heads name their document, and whose "not found" takes the document's pages with it."""

    source: Source
    scans: Scans

    def head(self, source: SourceRef, locator: Locator) -> Head | None:
        document = document_id(source.id, locator)
        head = self.source.head(source, locator)
        if head is None:
            self.scans.drop(document)
            return None
        return replace(head, document=document)

    def read(self, source: SourceRef, locator: Locator, head: Head) -> bytes:
        return self.source.read(source, locator, head)

    def enumerate(self, source: SourceRef) -> Iterator[tuple[DocumentId, Locator, Version]]:
        return self.source.enumerate(source)


@dataclass(frozen=True, slots=True)
class ScannedIndex:
    """An index that takes a document's pages away before it counts what remains of it.

    Counting comes last in an erasure, when no attempt that could keep another page is alive, and its receipt says what
    was counted.
    """

    index: Index
    scans: Scans

    def upload(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> list[ItemResult]:
        return self.index.upload(index, chunks)

    def delete(self, index: IndexRef, keys: Sequence[ChunkKey]) -> list[ItemResult]:
        return self.index.delete(index, keys)

    def vectors(self, index: IndexRef, document: DocumentId, generation: Nonce) -> dict[str, Vector]:
        return self.index.vectors(index, document, generation)

    def remaining(self, index: IndexRef, document: DocumentId, keys: Sequence[ChunkKey]) -> int:
        self.scans.drop(document)
        return self.index.remaining(index, document, keys)

    def keys(self, index: IndexRef, document: DocumentId | None = None) -> Iterator[tuple[ChunkKey, DocumentId, Nonce]]:
        return self.index.keys(index, document)
