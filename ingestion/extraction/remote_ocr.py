"""Pages that a better OCR should read: which they are, and how its answer takes their place.

Outside the sandbox, whose children have no network, and pure but for the port that it is given: `with_service` is an
extraction followed by a service for the pages that want it, of the document itself and not of its attachments, whose
bytes the worker does not hold. A cabinet that wants no text to leave the worker keeps what the embedded Tesseract read.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from chunking.blocks import Block, Part
from ingestion.errors import Retry
from ingestion.extraction.limits import Limits
from ingestion.extraction.pdf_layout import LOW_OCR_STYLE, OCR_STYLE, Page, compose
from ingestion.extraction.reading import WITHOUT_TEXT, Composer
from ingestion.model import OcrChoice

Extract = Callable[[bytes, str], tuple[Part, ...]]  # raises Park; runs in the sandbox


class Ocr(Protocol):
    """Reads pages of a PDF or an image by a service. May be slow; the same page gives the same lines, nearly."""

    def read(self, data: bytes, pages: Sequence[int]) -> tuple[Page, ...]:
        """Those pages (1-based), in order; one that holds nothing is given without lines. Retry for what may pass."""


def by_choice(choice: OcrChoice, extract: Extract, ocr: Ocr | None) -> Extract:
    """The extraction that a cabinet chose. Retry where it chose a service that this deployment has not."""
    if choice is OcrChoice.EMBEDDED:
        return extract
    if ocr is None:
        raise Retry("ocr_unconfigured", "A cabinet's scans are for a service: set GREFFE_OCR_ENDPOINT.")
    return with_service(extract, ocr, always=choice is OcrChoice.ALWAYS)


def with_service(extract: Extract, ocr: Ocr, *, always: bool = False) -> Extract:
    """`extract`, and then the service for the pages of the document that it should read.

    Raises:
        Park: as `extract`, or when the service cannot read the file. Retry: the service cannot be had now.
    """

    def read(data: bytes, name: str) -> tuple[Part, ...]:
        document, *attachments = extract(data, name)
        pages = pages_to_reread(document, always=always) if _is_sent(document) else ()
        if pages:
            document = with_pages(document, ocr.read(data, pages), Limits())
        return (document, *attachments)

    return read


def _is_sent(part: Part) -> bool:
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
