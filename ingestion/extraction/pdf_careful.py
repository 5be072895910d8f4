"""PDF by pypdf: slower and plainer than PDFium, and never known to crash or hang.

The second engine, for files that PDFium cannot open and, in the sandbox's last try, for files that kill it. pypdf
bounds its own decompression; pages, characters and time are bounded by the same limits as everywhere.
"""

import io
import logging
from dataclasses import replace
from itertools import islice
from struct import error as struct_error

import pypdf
from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

from ingestion.errors import Park, ParkReason
from ingestion.extraction.french import heading_level
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Attachment, Composer, Reading

# pypdf quotes the file's own objects when it warns: nothing of that may reach a log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

_BROKEN = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError,
           struct_error, AssertionError, NotImplementedError, ZeroDivisionError, OverflowError)  # fmt: skip


def read_with_pypdf(data: bytes, limits: Limits) -> Reading:
    """The document page by page, a paragraph per run of lines. Park(ENCRYPTED, MALFORMED, TOO_LARGE, EMPTY)."""
    reader = _opened(data)
    composer = Composer(limits)
    try:
        count = len(reader.pages)
    except LimitReachedError:
        raise Park(ParkReason.BOMB) from None
    except _BROKEN:
        raise Park(ParkReason.MALFORMED) from None
    if count > limits.pages:
        raise Park(ParkReason.TOO_LARGE)
    for number in range(1, count + 1):
        for paragraph in _page(reader, number, composer):
            level = heading_level(paragraph)
            if level:
                composer.heading(paragraph, level, page=number)
            else:
                composer.paragraph(paragraph, page=number)
    if not composer.blocks:
        raise Park(ParkReason.MALFORMED if "page_unreadable" in composer.flags or not count else ParkReason.NO_TEXT)
    composer.flag("second_engine")
    attachments = _attachments(reader, limits)
    if attachments:
        composer.flag("embedded_files")
    return replace(composer.reading(pages=count), attachments=attachments)


def _attachments(reader: pypdf.PdfReader, limits: Limits) -> tuple[Attachment, ...]:
    """Embedded files; one whose stream is broken, and all after it, cannot be had from pypdf."""
    found = []
    try:
        for item in islice(reader.attachment_list, limits.attachments + 1):
            found.append(Attachment(item.name, bytes(item.content or b"")))
    except LimitReachedError:
        found.append(Attachment("", b"", ParkReason.BOMB))
    except _BROKEN:
        found.append(Attachment("", b"", ParkReason.MALFORMED))
    return tuple(found)


def _opened(data: bytes) -> pypdf.PdfReader:
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError:
        raise Park(ParkReason.ENCRYPTED) from None
    except LimitReachedError:
        raise Park(ParkReason.BOMB) from None
    except _BROKEN:
        raise Park(ParkReason.MALFORMED) from None
    if locked:
        raise Park(ParkReason.ENCRYPTED)
    return reader


def _page(reader: pypdf.PdfReader, number: int, composer: Composer) -> list[str]:
    try:
        text = reader.pages[number - 1].extract_text()
    except LimitReachedError:
        raise Park(ParkReason.BOMB) from None
    except _BROKEN:
        composer.flag("page_unreadable")
        return []
    return _paragraphs(text)


def _paragraphs(text: str) -> list[str]:
    """Lines run on until one ends a sentence or stands alone as a heading."""
    paragraphs: list[str] = []
    fresh = True
    for line in text.splitlines():
        stripped = line.strip()
        alone = bool(heading_level(stripped))
        if fresh or alone or not stripped:
            paragraphs.append(stripped)
        else:
            paragraphs[-1] += " " + stripped
        fresh = alone or not stripped or stripped[-1] in ".:;!?"
    return [paragraph for paragraph in paragraphs if paragraph]
