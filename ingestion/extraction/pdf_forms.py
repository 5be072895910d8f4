"""What a PDF's annotations add to its page: the values of forms are drawn in, and boxes say whether they are ticked.

A tick is a drawing or a letter of a font of signs, which reads as "4" or as nothing: a box's state is asked of the form
and stands as "☒" or "☐" where the box does. Nothing is filled in, no script runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pypdfium2.raw as pdfium

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.pdf_line import Line

_DRAWN = {pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP}
_BOXES = {pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON}
_TICKED, _EMPTY = "☒", "☐"
_SIGN = 2  # characters: what stands in a box is its tick
_TALLEST = 14.0  # points: a box is as high as its line, or a little more
_NAME = 64  # UTF-16 units
_SLACK = 1.0  # points


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float
    ticked: bool

    def holds(self, line: Line) -> bool:
        x, y = (line.x0 + line.x1) / 2, line.y + line.height / 2
        inside = self.left - _SLACK <= x <= self.right + _SLACK and self.bottom - _SLACK <= y <= self.top + _SLACK
        return inside and len(line.text) <= _SIGN

    def is_in(self, line: Line) -> bool:
        """Whether the line runs from before the box to behind it, in its row."""
        return line.x0 < self.left and self.right < line.x1 and line.y < self.top and self.bottom < line.top

    def line(self) -> Line:
        height = min(self.top - self.bottom, _TALLEST)
        text = _TICKED if self.ticked else _EMPTY
        return Line(text, self.left, self.right, (self.bottom + self.top - height) / 2, height, bold=False, offset=-1)


def draw_annotations(page: pdfium.FPDF_PAGE, form: pdfium.FPDF_FORMHANDLE | None) -> tuple[bool, list[Box]]:
    """Draws widgets, free text and stamps into the page's content; whether there were any, and the boxes among them."""
    count = pdfium.FPDFPage_GetAnnotCount(page)
    handle = calls.handle(page) if count > 0 else None
    drawn, boxes = False, []
    for index in range(count):
        annotation = calls.annotation(handle, index)
        if not annotation:
            continue
        kind = calls.annotation_kind(annotation)
        calls.close_annotation(annotation)
        drawn = drawn or kind in _DRAWN
        if kind == pdfium.FPDF_ANNOT_WIDGET and form is not None:
            boxes += _box(page, form, index)
        elif drawn and form is None:
            break
    if drawn:
        drawn = pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS
    return drawn, boxes


def _box(page: pdfium.FPDF_PAGE, form: pdfium.FPDF_FORMHANDLE, index: int) -> list[Box]:
    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    if not annotation:
        return []
    try:
        place = pdfium.FS_RECTF()
        boxed = pdfium.FPDFAnnot_GetFormFieldType(form, annotation) in _BOXES
        if not boxed or not pdfium.FPDFAnnot_GetRect(annotation, place):
            return []
        ticked = _appearance(annotation) not in ("", "Off")
        left, right = sorted((place.left, place.right))
        bottom, top = sorted((place.bottom, place.top))
        return [Box(left, bottom, right, top, ticked)]
    finally:
        pdfium.FPDFPage_CloseAnnot(annotation)


def _appearance(annotation: pdfium.FPDF_ANNOTATION) -> str:
    """The name of the state that a box shows (ISO 32000-1, 12.7.4.2.3); PDFium answers only for a page on screen."""
    room = (pdfium.FPDF_WCHAR * _NAME)()
    size = pdfium.FPDFAnnot_GetStringValue(annotation, b"AS", room, 2 * _NAME)
    return bytes(room)[: min(size, 2 * _NAME)].decode("utf-16-le", "replace").rstrip("\0")


def with_boxes(lines: list[Line], boxes: Sequence[Box], split: Callable[[Line], list[Line]]) -> list[Line]:
    """The lines, a sign for each box in place of what was drawn into it; a line that runs past a box is split there."""
    if not boxes:
        return lines
    lines = [it for line in lines for it in (split(line) if any(box.is_in(line) for box in boxes) else [line])]
    kept = [line for line in lines if len(line.text) > _SIGN or not any(box.holds(line) for box in boxes)]
    return kept + [box.line() for box in boxes]
