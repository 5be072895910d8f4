"""PDF: PDFium for text and geometry, with the values of forms drawn in; pypdf where PDFium cannot open the file.

Promises: a file under an owner's password is read, under a user's password refused; a page without text is read by OCR
where that is installed, else flagged; text that no reader sees is marked hidden. PDFium may crash or hang on a hostile
file: this runs in the sandbox's child, which then tries `read_without_forms` and `pdf_careful.read_with_pypdf`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pypdfium2
import pypdfium2.raw as pdfium

from ingestion.errors import Park, ParkReason
from ingestion.extraction import ocr
from ingestion.extraction.hygiene import one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.pdf_careful import read_with_pypdf
from ingestion.extraction.pdf_columns import aligned_tables
from ingestion.extraction.pdf_forms import Box, draw_annotations, with_boxes
from ingestion.extraction.pdf_layout import compose
from ingestion.extraction.pdf_line import TINY, Line, tiny, upright
from ingestion.extraction.pdf_lines import PageText
from ingestion.extraction.pdf_page import Page
from ingestion.extraction.pdf_scenery import Scenery
from ingestion.extraction.pdf_tables import Table, ruled_tables
from ingestion.extraction.reading import WITHOUT_TEXT, Attachment, Composer, Reading

_FEW_CHARACTERS = 50  # a page with fewer may be a scan that carries a stamp
_SCAN_COVERAGE = 0.5  # of the page under images
_METADATA = {
    "Author": "author",
    "Title": "title",
    "Subject": "subject",
    "Keywords": "keywords",
    "CreationDate": "created",
}


def read_pdf(data: bytes, limits: Limits) -> Reading:
    """The document with its forms' values; a scan that nobody could read is one without blocks, and says so.

    Park(ENCRYPTED, MALFORMED, TOO_LARGE, EMPTY).
    """
    return _read(data, limits, forms=True)


def read_without_forms(data: bytes, limits: Limits) -> Reading:
    """The second try, for a file whose forms hang or crash PDFium."""
    return _read(data, limits, forms=False)


def _read(data: bytes, limits: Limits, *, forms: bool) -> Reading:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise Park(ParkReason.ENCRYPTED) from None
        return read_with_pypdf(data, limits)
    try:
        return _Document(document, limits, forms=forms).reading(_active_content(data))
    finally:
        document.close()


def _active_content(data: bytes) -> list[str]:
    scripted = b"/JavaScript" in data or (b"/JS" in data and (b"/JS " in data or b"/JS(" in data))
    return [flag for flag, found in (("javascript", scripted), ("launch_action", b"/Launch" in data)) if found]


@dataclass(slots=True)
class _Found:
    """What reading the pages found out besides their lines."""

    flags: dict[str, None] = field(default_factory=dict)
    pictures: int = 0
    by_ocr: int = 0


class _Document:
    def __init__(self, document: pypdfium2.PdfDocument, limits: Limits, *, forms: bool) -> None:
        self._document = document
        self._limits = limits
        self._found = _Found()
        self._flatten = forms
        self._form: pdfium.FPDF_FORMHANDLE | None = None
        if forms and document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()
            self._form = document.formenv
        self._count = len(document)
        if self._count > limits.pages:
            raise Park(ParkReason.TOO_LARGE)

    def reading(self, flags: list[str]) -> Reading:
        composer = Composer(self._limits)
        pages = [page for number in range(1, self._count + 1) if (page := self._page(number)) is not None]
        if not pages:
            raise Park(ParkReason.MALFORMED)
        head = compose(pages, composer)
        for flag in (*flags, *self._found.flags):
            composer.flag(flag)
        if not composer.blocks:
            if not self._found.pictures:
                raise Park(ParkReason.EMPTY)
            composer.flag(WITHOUT_TEXT)  # for a service to read, or to be parked by whoever has none
        metadata = self._metadata() | ({"running_head": one_line(head)} if head else {})
        attachments = self._attachments()
        if attachments:
            composer.flag("embedded_files")
        reading = composer.reading(pages=self._count, metadata=metadata)
        return replace(reading, attachments=attachments)

    def _page(self, number: int) -> Page | None:
        with self._loaded(number - 1) as page:
            if page is None:
                self._found.flags["page_unreadable"] = None
                return None
            drawn, boxes = draw_annotations(page, self._form) if self._flatten else (False, [])
            if not drawn:
                return self._lay_out(page, number, boxes, sort=False)
        with self._loaded(number - 1) as page:  # a page whose content was changed has to be loaded anew
            return None if page is None else self._lay_out(page, number, boxes, sort=self._form is not None)

    @contextmanager
    def _loaded(self, index: int) -> Iterator[pdfium.FPDF_PAGE | None]:
        page = pdfium.FPDF_LoadPage(self._document, index)
        try:
            yield page or None
        finally:
            if page:
                pdfium.FPDF_ClosePage(page)

    @contextmanager
    def _text_of(self, page: pdfium.FPDF_PAGE) -> Iterator[pdfium.FPDF_TEXTPAGE | None]:
        textpage = pdfium.FPDFText_LoadPage(page)
        try:
            yield textpage or None
        finally:
            if textpage:
                pdfium.FPDFText_ClosePage(textpage)

    def _lay_out(self, page: pdfium.FPDF_PAGE, number: int, boxes: list[Box], *, sort: bool) -> Page:
        left, bottom, width, height = _crop(page)
        with self._text_of(page) as textpage:
            scenery = Scenery.of(page)
            text = PageText(textpage, doubtful=scenery.doubtful, forms=scenery.forms) if textpage else None
            lines = with_boxes(text.lines, boxes, text.split) if text else []
            scanned = scenery.picture_area >= _SCAN_COVERAGE * width * height
            layer = scanned and sum(len(line.text) for line in lines if not line.invisible) < _FEW_CHARACTERS
            lines = _judged(lines, layer, scenery, (left, bottom, left + width, bottom + height))
            if sum(len(line.text) for line in lines) < _FEW_CHARACTERS and (scanned or not (lines or scenery.empty)):
                return self._by_ocr(page, number, lines)
            turn = text.turn if text and lines else 0
            tables = [] if turn or not text else self._tables(scenery, text, lines)
        if layer:
            self._found.flags["ocr_layer"] = None
        if tables:
            lines = [line for line in lines if line.hidden or not _within(line, tables)]
        size = (height, width) if turn % 2 else (width, height)
        if turn or left or bottom:
            lines = [upright(line, turn, (left, bottom), size) for line in lines]
        # Text that lies on its side PDFium reads in an order of its own.
        sort = sort or (bool(lines) and turn != pdfium.FPDFPage_GetRotation(page))
        return Page(
            number, tuple(lines), *size, sort=sort,
            tables=tuple((table.top - bottom, table.rows) for table in tables),
        )  # fmt: skip

    @staticmethod
    def _tables(scenery: Scenery, text: PageText, lines: list[Line]) -> list[Table]:
        """Ruled ones first; then, of the lines that are left, those that stand in columns. Hidden text is in none."""
        ruled = ruled_tables(scenery, text, lines)
        left = [line for line in lines if not line.hidden and not (ruled and _within(line, ruled))]
        return ruled + aligned_tables(left, text.split)

    def _by_ocr(self, page: pdfium.FPDF_PAGE, number: int, lines: list[Line]) -> Page:
        """The page's text from its picture; where no OCR is installed, what little text it has, and a flag."""
        size = (pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page))
        self._found.pictures += 1
        if ocr.left_to_a_service():
            self._found.flags[WITHOUT_TEXT] = None
            return Page(number, tuple(lines), *size, ocr=True, doubtful=True)
        if not ocr.available() or self._found.by_ocr >= self._limits.ocr_pages:
            self._found.flags[WITHOUT_TEXT] = None
            return Page(number, tuple(lines), *size)
        self._found.by_ocr += 1
        read = ocr.read_page(page, size, self._limits)
        self._found.flags["ocr"] = None
        doubtful = read.confidence < ocr.LOW_CONFIDENCE
        if doubtful:
            self._found.flags["ocr_low_confidence"] = None
        return Page(number, read.lines or tuple(lines), *size, ocr=True, doubtful=doubtful)

    def _metadata(self) -> dict[str, str]:
        found = {ours: self._document.get_metadata_value(theirs) for theirs, ours in _METADATA.items()}
        return {name: one_line(value)[:500] for name, value in found.items() if value}

    def _attachments(self) -> tuple[Attachment, ...]:
        found = []
        for index in range(min(self._document.count_attachments(), self._limits.attachments + 1)):
            try:
                item = self._document.get_attachment(index)
                found.append(Attachment(item.get_name(), bytes(item.get_data())))
            except pypdfium2.PdfiumError:
                found.append(Attachment("", b"", ParkReason.MALFORMED))
        return tuple(found)


def _crop(page: pdfium.FPDF_PAGE) -> tuple[float, float, float, float]:
    """left, bottom, width, height of what is displayed, before rotation."""
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    return box.left, box.bottom, box.right - box.left, box.top - box.bottom


def _judged(lines: list[Line], layer: bool, scenery: Scenery, box: tuple[float, float, float, float]) -> list[Line]:
    """The lines, those marked hidden that no reader of the page would see."""
    left, bottom, right, top = box
    judged = lines
    for i, line in enumerate(lines):
        _, x0, x1, y, height, _, _, invisible, white, _, _ = line
        if x1 < left or x0 > right or y > top or y + height < bottom:
            why = "off_page"
        elif height < TINY and tiny(line):
            why = "tiny"
        elif invisible and not layer:
            why = "invisible"
        elif white and not scenery.behind((x0 + x1) / 2, y + height / 2):
            why = "white"
        else:
            continue
        judged = judged if judged is not lines else list(lines)
        judged[i] = line._replace(hidden=why)
    return judged


def _within(line: Line, tables: list[Table]) -> bool:
    return any(table.holds(line) for table in tables)
