"""PDF: PDFium for text and geometry, with the values of forms drawn in; pypdf where PDFium cannot open the file.

Promises: a file under an owner's password is read, under a user's password refused; a page without text is read by OCR
where that is installed, else flagged; text that no reader sees is marked hidden. PDFium may crash or hang on a hostile
file: this runs in the sandbox's child, which then tries `read_without_forms` and `pdf_careful.read_with_pypdf`.
"""

from dataclasses import dataclass, field, replace
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from ingestion.errors import Park, ParkReason
from ingestion.extraction import ocr
from ingestion.extraction.hygiene import one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.pdf_careful import read_with_pypdf
from ingestion.extraction.pdf_columns import aligned_tables
from ingestion.extraction.pdf_cuts import rest_of
from ingestion.extraction.pdf_layout import compose
from ingestion.extraction.pdf_line import Line, upright
from ingestion.extraction.pdf_lines import PageText
from ingestion.extraction.pdf_look import sides_of
from ingestion.extraction.pdf_margins import LineNumbers
from ingestion.extraction.pdf_order import by_rows
from ingestion.extraction.pdf_page import Page
from ingestion.extraction.pdf_scenery import Scenery
from ingestion.extraction.pdf_sheets import Sheet, Sheets
from ingestion.extraction.pdf_spaced import together
from ingestion.extraction.pdf_tables import Table, ruled_tables
from ingestion.extraction.reading import WITHOUT_TEXT, Attachment, Composer, Reading

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
        self._line_numbers = LineNumbers()
        self._sheets = Sheets(document, forms=forms)
        if len(self._sheets) > limits.pages:
            raise Park(ParkReason.TOO_LARGE)

    def reading(self, flags: list[str]) -> Reading:
        composer = Composer(self._limits)
        pages = [page for number in range(1, len(self._sheets) + 1) if (page := self._page(number)) is not None]
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
        reading = composer.reading(pages=len(self._sheets), metadata=metadata)
        return replace(reading, attachments=attachments)

    def _page(self, number: int) -> Page | None:
        with self._sheets.opened(number) as sheet:
            if sheet is None:
                self._found.flags["page_unreadable"] = None
                return None
            if sheet.is_picture or not sheet.legible:
                return self._by_ocr(sheet)
            return self._lay_out(sheet)

    def _lay_out(self, sheet: Sheet) -> Page:
        lines, (left, bottom, width, height) = sheet.lines, sheet.box
        turn = sheet.text.turn if sheet.text and lines else 0
        # Text that lies on its side PDFium reads in an order of its own.
        disordered = bool(lines) and turn != pdfium.FPDFPage_GetRotation(sheet.page)
        if disordered and not turn:
            lines = by_rows(lines)
        if sheet.text and sheet.text.exact and not turn:
            lines = self._line_numbers.off(lines, partial(rest_of, sheet.text.page))
        tables = [] if turn or not sheet.text else self._tables(sheet.scenery, sheet.text, lines)
        if sheet.layer:
            self._found.flags["ocr_layer"] = None
        if tables:
            lines = [line for line in lines if line.hidden or not _within(line, tables)]
        if sheet.text and sheet.text.exact and not turn:
            sides_at = partial(sides_of, sheet.text.page)
            lines = [together(line, sides_at) for line in lines]
        size = (height, width) if turn % 2 else (width, height)
        if turn or left or bottom:
            lines = [upright(line, turn, (left, bottom), size) for line in lines]
        return Page(
            sheet.number, tuple(lines), *size, sort=sheet.appended or disordered,
            tables=tuple((table.top - bottom, table.rows) for table in tables),
        )  # fmt: skip

    @staticmethod
    def _tables(scenery: Scenery, text: PageText, lines: list[Line]) -> list[Table]:
        """Ruled ones first; then, of the lines that are left, those that stand in columns. Hidden text is in none."""
        ruled = ruled_tables(scenery, text, lines)
        left = [line for line in lines if not line.hidden and not (ruled and _within(line, ruled))]
        return ruled + aligned_tables(left, text.split, text.divided)

    def _by_ocr(self, sheet: Sheet) -> Page:
        """The page's text from its picture; where no OCR is installed, what little text it has, and a flag."""
        page, number, lines = sheet.page, sheet.number, tuple(sheet.lines)
        size = (pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page))
        self._found.pictures += 1
        if ocr.left_to_a_service():
            self._found.flags[WITHOUT_TEXT] = None
            return Page(number, lines, *size, ocr=True, doubtful=True)
        if not ocr.available() or self._found.by_ocr >= self._limits.ocr_pages:
            self._found.flags[WITHOUT_TEXT] = None
            return Page(number, lines, *size)
        self._found.by_ocr += 1
        read = ocr.read_page(page, size, self._limits)
        self._found.flags["ocr"] = None
        doubtful = read.confidence < ocr.LOW_CONFIDENCE
        if doubtful:
            self._found.flags["ocr_low_confidence"] = None
        shown = size[::-1] if read.sideways else size
        return Page(number, read.lines or lines, *shown, ocr=True, doubtful=doubtful)

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


def _within(line: Line, tables: list[Table]) -> bool:
    return any(table.holds(line) for table in tables)
