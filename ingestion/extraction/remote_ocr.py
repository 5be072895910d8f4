"""Pages that a better OCR should read: which they are, and how its answer takes their place.

Pure, and outside the sandbox, whose children have no network: the worker extracts, asks `pages_to_reread`, calls its
`Ocr` port for those pages only, and puts them in with `with_pages`. A cabinet that wants no text to leave the worker
has no such port, and keeps what the embedded Tesseract read, with its flag.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from chunking.blocks import Block, Part
from ingestion.extraction.limits import Limits
from ingestion.extraction.pdf_layout import LOW_OCR_STYLE, Page, compose
from ingestion.extraction.reading import Composer


class Ocr(Protocol):
    """Reads pages of a PDF or an image by a service. May be slow; the same page gives the same lines, nearly."""

    def read(self, data: bytes, pages: Sequence[int]) -> tuple[Page, ...]:
        """Those pages (1-based), in order; one that holds nothing is given without lines. Retry for what may pass."""


def pages_to_reread(part: Part) -> tuple[int, ...]:
    """Pages that were read with low confidence, and pages that gave nothing where the part says that some did."""
    low = {block.page for block in part.blocks if block.style == LOW_OCR_STYLE and block.page is not None}
    if "page_without_text" in part.flags:
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
    flags = [flag for flag in part.flags if flag not in ("page_without_text", "ocr_low_confidence")]
    return replace(part, blocks=tuple(blocks), flags=tuple(dict.fromkeys([*flags, "ocr", "ocr_by_service"])))


def _page_of(block: Block) -> int:
    return block.page or 0
