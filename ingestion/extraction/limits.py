"""Every limit on reading a file, in one frozen object, each with its reason.

A limit that is met ends in a typed refusal (`TOO_LARGE`, `BOMB`, `TIMED_OUT`), never in half a document without a word.
The defaults are for a Flex Consumption instance of 2 GiB with one document at a time in each sandbox slot.
"""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes are bytes, times are seconds, counts are counts; all of them hold for a document with its attachments."""

    document_bytes: int = 100 * MIB  # a scanned exhibit of 500 pages is 50 to 80 MiB; twice that is held in memory
    pages: int = 5_000  # the longest expert reports; 6 s of PDFium at 800 pages/s
    characters: int = 20_000_000  # 5,000 pages of 4,000 characters
    cells: int = 1_000_000  # of a workbook: 20,000 rows of 50 columns; a range larger than that is not prose
    memory_bytes: int = 1 << 30  # of the child: half of the instance; every real file measured stays below 400 MiB
    wall_seconds: float = 14.0  # all tries at one document, less its OCR; a queue's slot is held no longer
    cpu_seconds: int = 12  # of one child, less its OCR: a busy machine stretches the wall clock, not this one
    nesting: int = 5  # container in container (mail in mail, ZIP in mail); deeper ones are made to hurt
    attachments: int = 500  # of a document with everything beneath it
    unpacked_bytes: int = 300 * MIB  # all members of a ZIP or of an office file together
    unpack_ratio: int = 250  # unpacked to packed: DEFLATE tops out at 1032, real office XML at 60
    archive_entries: int = 20_000  # a large PPTX has 2,000
    result_bytes: int = 96 * MIB  # of the child's answer: characters, four bytes each, and their frame
    ocr_pages: int = 500  # pages read by OCR in one document: a long exhibit; the rest is flagged, not lost silently
    scan_seconds: float = 240.0  # of one turn at a scan whose pages are kept; well within functionTimeout (600 s)
    ocr_page_seconds: float = 15.0  # 1 s is usual at 300 dpi; a page that takes longer is noise
    ocr_pixels: int = 40_000_000  # A3 at 300 dpi is 17 M; a page of 1e7 points would be 10¹⁵
