"""Pages that a better OCR should read: which they are, and how its answer takes their place.

Outside the sandbox, whose children have no network, and pure but for the port that it is given: `by_service` takes an
extraction, sends the documents and attachments in it that have pages for the service, and puts in place what comes
back. A cabinet that wants no text to leave the worker keeps what the embedded Tesseract read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Protocol

from chunking.blocks import Block, Part
from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits
from ingestion.extraction.pdf_layout import LOW_OCR_STYLE, OCR_STYLE, compose
from ingestion.extraction.pdf_page import Page
from ingestion.extraction.reading import WITHOUT_TEXT, Composer
from ingestion.extraction.scans import DIGEST, LONG_SCAN, Extracted, Kept, OcrPage, packed, unpacked

PAGES_AT_ONCE = 100  # of one analysis: what a client waits for in one piece, and what is lost when a worker dies


class Ocr(Protocol):
    """Reads pages of a PDF or an image by a service. May be slow; the same page gives the same lines, nearly."""

    def read(self, data: bytes, pages: Sequence[int]) -> tuple[Page, ...]:
        """Those pages (1-based), in order; one that holds nothing is given without lines. Retry for what may pass."""


def by_service(found: Extracted, data: bytes, ocr: Ocr, *, always: bool = False) -> tuple[Part, ...]:
    """The parts, with the service's reading of the pages that it should read. `data`: the document itself.

    An attachment that stays without text, or that the service cannot read, is a part without blocks that says why.

    Raises:
        Park: the service cannot read the document. Retry: it cannot be had now.
    """
    document, *attachments = found.parts
    read = [_attachment(it, found.originals.get(it.path), ocr, always=always) for it in attachments]
    return (_reread(document, data, ocr, always=always), *read)


def _attachment(part: Part, original: bytes | None, ocr: Ocr, *, always: bool) -> Part:
    reason = ParkReason.NO_TEXT
    if original is not None:
        try:
            part, reason = _reread(part, original, ocr, always=always), ParkReason.EMPTY
        except Park as park:
            reason = park.reason
    unread = not part.blocks and (original is not None or WITHOUT_TEXT in part.flags)
    return _parked(part, reason) if unread else part


def _reread(part: Part, data: bytes, ocr: Ocr, *, always: bool) -> Part:
    pages = pages_to_reread(part, always=always) if is_sent(part) else ()
    return with_pages(part, ocr.read(data, pages), Limits()) if pages else part


def _parked(part: Part, reason: ParkReason) -> Part:
    return replace(part, flags=(*(it for it in part.flags if it != WITHOUT_TEXT), f"parked:{reason.value}"))


def is_sent(part: Part) -> bool:
    return part.media_type == "application/pdf" or part.media_type.startswith("image/")


def pages_to_reread(part: Part, *, always: bool = False) -> tuple[int, ...]:
    """Pages that were read with low confidence, and pages that gave nothing where the part says that some did.

    `always`: every page that was read by OCR.
    """
    styles = {LOW_OCR_STYLE, OCR_STYLE} if always else {LOW_OCR_STYLE}
    low = {block.page for block in part.blocks if block.style in styles and block.page is not None}
    if WITHOUT_TEXT in part.flags:
        low |= set(range(1, part.pages + 1)) - {block.page for block in part.blocks}
    return tuple(sorted(low))


def with_pages(part: Part, pages: Sequence[Page], limits: Limits) -> Part:
    """The part with these pages in place of what it held for them. Tables keep their numbers, new ones follow."""
    reread = {page.number for page in pages}
    kept = [block for block in part.blocks if block.page not in reread]
    composer = Composer(limits)
    compose(pages, composer)
    highest = max((block.table for block in kept if block.table is not None), default=0)
    fresh = [replace(b, table=None if b.table is None else b.table + highest) for b in composer.blocks]
    blocks = sorted([*kept, *fresh], key=_page_of)  # stable: the order within a page stays
    flags = [flag for flag in part.flags if flag not in (WITHOUT_TEXT, "ocr_low_confidence")]
    return replace(part, blocks=tuple(blocks), flags=tuple(dict.fromkeys([*flags, "ocr", "ocr_by_service"])))


def _page_of(block: Block) -> int:
    return block.page or 0


@dataclass(frozen=True, slots=True)
class KeptOcr:
    """The port `Ocr` with a memory: pages that the service has read of a document are not sent to it again."""

    ocr: Ocr
    kept: Kept

    def read(self, data: bytes, pages: Sequence[int]) -> tuple[Page, ...]:
        whole = hashlib.sha256(data).hexdigest()
        names = {number: hashlib.sha256(f"{whole} {number}".encode()).hexdigest()[:DIGEST] for number in pages}
        known = self.kept.load()
        found = {it: page for it in pages if (page := _kept_page(it, known.get(names[it], ""))) is not None}
        for asked in batched([it for it in pages if it not in found], PAGES_AT_ONCE, strict=False):
            for page in self.ocr.read(data, asked):
                found[page.number] = page
                if len(pages) >= LONG_SCAN:
                    self.kept.keep(names[page.number], _packed(page))
        return tuple(found[number] for number in pages)


def _packed(page: Page) -> str:
    return f"{page.width} {page.height} {packed(OcrPage(page.lines, 100.0))}"


def _kept_page(number: int, text: str) -> Page | None:
    try:
        width, height, lines = text.split(" ", 2)
        page = unpacked(lines)
        return None if page is None else Page(number, page.lines, float(width), float(height), ocr=True)
    except ValueError:
        return None
