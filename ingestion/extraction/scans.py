"""How the scans in a document are to be read, and what reading them leaves behind: pages kept, originals handed out.

A long scan takes minutes and its worker may die in any of them. So every page that was recognised is kept, under the
digest of its picture, and a worker that comes after is given the pages there are: it draws each page again, which is
quick, and recognises only what is missing. What is kept is a cache, never an authority: without it a scan is read from
its start. Pure data, on both sides of the sandbox.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from chunking.blocks import Part
from ingestion.extraction.pdf_line import Line

LONG_SCAN = 8  # pages: about as many seconds; a shorter one is neither kept nor asked to step aside
SMALLEST_SCAN = 48 << 10  # bytes: eight pages in the densest format of scanners (JBIG2, 6 KiB a page)
DIGEST = 32  # hexadecimal digits of a picture's name
LONGEST_PAGE = 1 << 20  # characters of a page as it is kept: a full one has 8,000
_NAME = re.compile(f"[0-9a-f]{{{DIGEST}}}")


class Kept(Protocol):
    """The recognised pages of one version of one document, by name. May forget any of them; never mixes versions."""

    def load(self) -> Mapping[str, str]:
        """What there is. Retry when it cannot be had now."""

    def keep(self, name: str, page: str) -> None:
        """Idempotent: the same name holds the same page."""


@dataclass(frozen=True, slots=True)
class ScanOrder:
    """What a cabinet wants of its scans.

    `recognise`: Tesseract reads them here; else they come back without text, for a service. `originals`: so do
    the bytes of attachments that have a page for the service.
    """

    recognise: bool = True
    originals: bool = False
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    parts: tuple[Part, ...]
    originals: Mapping[str, bytes] = field(default_factory=dict)  # by the part's path; what a hostile child says


@dataclass(frozen=True, slots=True)
class OcrPage:
    lines: tuple[Line, ...]
    confidence: float  # 0 to 100, the mean of the page's words
    sideways: bool = False  # the page lay on its side: the lines stand where they do once it is turned upright


def packed(page: OcrPage) -> str:
    rows = [[it.text, it.x0, it.x1, it.y, it.height, it.broken, it.tilted] for it in page.lines]
    return json.dumps([page.confidence, page.sideways, rows], ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> OcrPage | None:
    """None for what `packed` did not write: the page is recognised again."""
    try:
        confidence, sideways, rows = json.loads(text)
        return OcrPage(tuple(_line(*row) for row in rows), float(confidence), sideways is True)
    except (ValueError, TypeError, RecursionError):
        return None


def _line(text: object, x0: float, x1: float, y: float, height: float, broken: object, tilted: object) -> Line:
    if not isinstance(text, str) or not isinstance(broken, bool) or not isinstance(tilted, bool):
        raise TypeError("not a line")
    if not all(map(math.isfinite, (x0, x1, y, height))):
        raise TypeError("nowhere")
    return Line(text, float(x0), float(x1), float(y), float(height), bold=False, broken=broken, tilted=tilted)


@dataclass(frozen=True, slots=True)
class Desk:
    """What recognising a page needs of whoever asked for the document; one of them in a process."""

    recognise: bool = True
    known: Mapping[str, str] = field(default_factory=dict)
    begins: Callable[[], None] = lambda: None  # a page, which takes time
    recognised: Callable[[str, str], None] = lambda _name, _page: None


class Notebook:
    """The pages of one document in one turn at it, on the worker's side: those there were, and those that come.

    A try that ends badly leaves its pages to the next one. They are kept from the eighth on, the first seven with it.
    """

    def __init__(self, kept: Kept | None, most: int) -> None:
        self._kept = kept
        self._most = most
        self.pages = dict(kept.load()) if kept is not None else {}
        self._waiting: list[str] = []
        self.progress = 0  # pages kept in this turn: with none of them, another turn would begin where this one did

    def note(self, name: str, page: str) -> None:
        """What a child says that it recognised. A child may lie: about its own document only, and so much at most."""
        if len(page) > LONGEST_PAGE or name in self.pages or len(self.pages) >= self._most or not _NAME.fullmatch(name):
            return
        self.pages[name] = page
        self._waiting.append(name)
        if self._kept is not None and len(self.pages) >= LONG_SCAN:
            while self._waiting:
                self._kept.keep(self._waiting[0], self.pages[self._waiting[0]])
                self.progress += 1
                del self._waiting[0]
