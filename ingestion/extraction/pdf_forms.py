"""What a PDF's annotations add to its page: the values of forms are drawn in, and boxes say whether they are ticked.

A tick is a drawing or a letter of a font of signs, which reads as "4" or as nothing: a box's state is asked of the form
and stands as "☒" or "☐" where the box does. Nothing is filled in, no script runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pypdfium2.raw as pdfium

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.pdf_line import Line

if TYPE_CHECKING:
    from ingestion.extraction.pdf_calls import Handle

_DRAWN = {pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP}
_BOXES = {pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON}
_TICKED, _EMPTY = "☒", "☐"
_SIGN = 2  # characters: what stands in a box is its tick
_TALLEST = 14.0  # points: a box is as high as its line, or a little more
_NAME = 64  # UTF-16 units
_SLACK = 1.0  # points
_PLACE = calls.matrix()
_PLACE_BYTES = calls.bytes_of(_PLACE)
_UNITS = calls.Units()


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
    filled = calls.handle(form) if form is not None else None
    drawn, boxes = False, []
    for index in range(count):
        annotation = calls.annotation(handle, index)
        if not annotation:
            continue
        kind = calls.annotation_kind(annotation)
        drawn = drawn or kind in _DRAWN
        if kind == pdfium.FPDF_ANNOT_WIDGET and filled and calls.field_kind(filled, annotation) in _BOXES:
            boxes += _box(annotation)
        calls.close_annotation(annotation)
        if drawn and form is None:
            break
    if drawn:
        drawn = pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS
    return drawn, boxes


def _box(annotation: "Handle") -> list[Box]:
    if not calls.annotation_place(annotation, _PLACE):
        return []
    left, top, right, bottom = calls.four_of(_PLACE_BYTES)  # as FS_RECTF has them
    left, right = sorted((left, right))
    bottom, top = sorted((bottom, top))
    return [Box(left, bottom, right, top, _is_ticked(annotation))]


def _is_ticked(annotation: "Handle") -> bool:
    """By the name of the state that a box shows (ISO 32000-1, 12.7.4.2.3); PDFium answers only for a page on screen."""
    size = calls.annotation_text(annotation, b"AS", _UNITS.of(_NAME), 2 * _NAME)
    if size > 2 * _NAME:  # then nothing was written: no box is off under so long a name
        return True
    return _UNITS.text(size // 2).rstrip("\0") not in ("", "Off")


def with_boxes(
    lines: list[Line], boxes: Sequence[Box], divided: Callable[[Line, Sequence[float]], list[Line]]
) -> list[Line]:
    """The lines, a sign for each box in place of what was drawn into it; a line that runs past a box is cut there."""
    if not boxes:
        return lines
    pieces = []
    for line in lines:
        within = sorted(box.right for box in boxes if box.is_in(line))
        pieces += divided(line, within) if within else [line]
    kept = [line for line in pieces if len(line.text) > _SIGN or not any(box.holds(line) for box in boxes)]
    return kept + [box.line() for box in boxes]
