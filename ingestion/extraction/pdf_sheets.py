"""The pages of a PDF as PDFium gives them: forms' values drawn in, lines with their geometry, what nobody sees marked.

The first stage of reading a PDF, before tables are looked for and anything is known of paragraphs. A sheet is valid
within its `with` only: PDFium's page is closed behind it, always before its document is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from ingestion.extraction.legibility import is_legible
from ingestion.extraction.pdf_forms import Box, draw_annotations, with_boxes
from ingestion.extraction.pdf_line import TINY, Line, tiny
from ingestion.extraction.pdf_lines import PageText
from ingestion.extraction.pdf_scenery import Scenery
from ingestion.extraction.pdf_turns import Area, straighten

_FEW_CHARACTERS = 50  # a page with fewer may be a scan that carries a stamp
_SCAN_COVERAGE = 0.5  # of the page under images


@dataclass(slots=True)
class Sheet:
    """One page, open. Coordinates are points in the page's own system, origin bottom left, before any turn."""

    number: int  # 1-based
    page: pdfium.FPDF_PAGE
    text: PageText | None  # None where PDFium cannot read the page's text
    scenery: Scenery
    box: Area  # left, bottom, width, height of what is displayed
    lines: list[Line]  # in the order of the content stream, the boxes of a form last
    scanned: bool  # pictures cover it
    layer: bool  # its invisible text is what somebody recognised in its picture
    legible: bool  # what text it has is writing
    appended: bool  # the values of a form stand behind its text: their place says where they belong

    @property
    def is_picture(self) -> bool:
        """Whether the page has too little text for what it shows, so that it has to be read from its picture."""
        drawn = self.scanned or not (self.lines or self.scenery.empty)
        return drawn and sum(len(line.text) for line in self.lines) < _FEW_CHARACTERS


class Sheets:
    """The pages of an open document. `forms`: the values of its form are drawn in."""

    def __init__(self, document: pypdfium2.PdfDocument, *, forms: bool) -> None:
        self._document = document
        self._flatten = forms
        self._form: pdfium.FPDF_FORMHANDLE | None = None
        if forms and document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()
            self._form = document.formenv
        self._count = len(document)

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def opened(self, number: int) -> Iterator[Sheet | None]:
        """The page of this number; None where PDFium cannot load it."""
        page = textpage = None
        try:
            page = pdfium.FPDF_LoadPage(self._document, number - 1)
            drawn, boxes = draw_annotations(page, self._form) if page and self._flatten else (False, [])
            if drawn:  # a page whose content was changed has to be loaded anew
                pdfium.FPDF_ClosePage(page)
                page = None
                page = pdfium.FPDF_LoadPage(self._document, number - 1)
            if not page:
                yield None
                return
            textpage = pdfium.FPDFText_LoadPage(page)
            appended = drawn and self._form is not None
            sheet = _sheet(number, page, textpage, boxes, _displayed(page), appended=appended)
            if (box := _straightened(sheet, boxes)) is not None:
                pdfium.FPDFText_ClosePage(textpage)
                textpage = None
                textpage = pdfium.FPDFText_LoadPage(page)
                sheet = _sheet(number, page, textpage, boxes, box, appended=appended)
            yield sheet
        finally:
            if textpage:
                pdfium.FPDFText_ClosePage(textpage)
            if page:
                pdfium.FPDF_ClosePage(page)


def _sheet(
    number: int, page: pdfium.FPDF_PAGE, textpage: pdfium.FPDF_TEXTPAGE, boxes: list[Box], box: Area, *, appended: bool
) -> Sheet:
    left, bottom, width, height = box
    scenery = Scenery.of(page)
    text = PageText(textpage, doubtful=scenery.doubtful, forms=scenery.forms) if textpage else None
    lines = with_boxes(text.lines, boxes, text.divided) if text else []
    scanned = scenery.picture_area >= _SCAN_COVERAGE * width * height
    layer = scanned and sum(len(line.text) for line in lines if not line.invisible) < _FEW_CHARACTERS
    lines = _judged(lines, layer, scenery, (left, bottom, left + width, bottom + height))
    return Sheet(number, page, text, scenery, box, lines, scanned, layer, is_legible(lines), appended)


def _straightened(sheet: Sheet, boxes: list[Box]) -> Area | None:
    """The box of a page that was turned straight; None where it stays: a picture, or one with boxes to be ticked."""
    turn = sheet.text.turn if sheet.text is not None else 0
    if boxes or not (turn or pdfium.FPDFPage_GetRotation(sheet.page)):
        return None
    enough = sheet.legible and sum(len(line.text) for line in sheet.lines) >= _FEW_CHARACTERS
    return straighten(sheet.page, turn, sheet.box) if enough else None


def _displayed(page: pdfium.FPDF_PAGE) -> Area:
    """left, bottom, width, height of what is displayed, before rotation."""
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    return box.left, box.bottom, box.right - box.left, box.top - box.bottom


def _judged(lines: list[Line], layer: bool, scenery: Scenery, area: Area) -> list[Line]:
    """The lines, those marked hidden that no reader of the page would see. `area`: left, bottom, right, top."""
    left, bottom, right, top = area
    judged = lines
    for i, line in enumerate(lines):
        _, x0, x1, y, height, _, _, invisible, white, _, _, _ = line
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
