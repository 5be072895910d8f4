"""What a PDF page draws besides text: pictures, filled areas and rules.

Read once per page; it answers whether a page is a scan, whether white text stands on something dark, and where rules
run. Only top-level objects are looked at: what a form object hides behind its text is not counted as a background, so
that doubt marks text as hidden rather than lets it pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pypdfium2.raw as pdfium

from ingestion.extraction import pdf_calls as calls

if TYPE_CHECKING:
    from ingestion.extraction.pdf_calls import Handle

Box = tuple[float, float, float, float]  # left, bottom, right, top
_MAX_OBJECTS = 20_000  # beyond them a page is a drawing; its pictures come first anyway
_MAX_SEGMENTS = 2_000  # of a page's paths that are no rectangles: more are a drawing, not a table
_GLYPH = 60.0  # points: a path that is no rectangle and smaller than this is a letter or an ornament
_WHITE = 240
INVISIBLE_MODE = 3  # text rendering mode "neither fill nor stroke" (ISO 32000-1, table 106)
_FORMS_WITHIN = 3  # form objects within each other that are looked into
_CURVE = 5  # segments: a rectangle has four lines and its start


@dataclass(slots=True)
class Scenery:
    pictures: list[Box] = field(default_factory=list)
    empty: bool = True  # nothing is drawn at all
    doubtful: bool = False  # some text is white or invisible, or may be: it stands deep in form objects
    forms: bool = False  # some text may stand in form objects
    _paths: "list[Handle]" = field(default_factory=list)
    _grounds: list[Box] | None = None  # what is drawn and not white, once it was asked for

    @classmethod
    def of(cls, page: pdfium.FPDF_PAGE) -> "Scenery":
        scenery = cls()
        count = min(pdfium.FPDFPage_CountObjects(page), _MAX_OBJECTS)
        scenery.empty = count == 0
        get, mode_of, fill, handle = calls.page_object, calls.render_mode, calls.object_fill, calls.handle(page)
        red, green, blue, alpha = _COLOUR
        doubtful = False
        for index in range(count):
            item = get(handle, index)
            mode = mode_of(item)
            if mode < 0:  # no text
                scenery._add(item)
            elif not doubtful:  # as `_pale` has it: a call a text object would cost as much as all of this
                fill(item, red, green, blue, alpha)
                if mode == INVISIBLE_MODE or red[0] >= _WHITE or not alpha[0]:
                    doubtful = mode == INVISIBLE_MODE or _pale(item)
        scenery.doubtful |= doubtful
        return scenery

    def _add(self, item: "Handle") -> None:
        kind = calls.object_kind(item)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            self._paths.append(item)
        elif kind != pdfium.FPDF_PAGEOBJ_FORM:
            self.pictures.extend(_bounds(item))
        else:
            self.pictures.extend(_pictures_of_form(item))
            self.forms = True
            self.doubtful = self.doubtful or _doubtful_form(item, _FORMS_WITHIN)

    @property
    def paths(self) -> int:
        return len(self._paths)

    @property
    def picture_area(self) -> float:
        """Square points under pictures; overlaps count twice, which only a page full of pictures has."""
        return sum((right - left) * (top - bottom) for left, bottom, right, top in self.pictures)

    def behind(self, x: float, y: float) -> bool:
        """Whether something that is not white is drawn at the point."""
        if self._grounds is None:
            self._grounds = self.pictures + [box for path in self._paths if _dark(path) for box in _bounds(path)]
        return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in self._grounds)

    def rules(self, thin: float) -> Iterator[Box]:
        """Boxes thinner than `thin`: paths that are rules, the sides of rectangles, the straight segments of others."""
        segments = _MAX_SEGMENTS
        for path in self._paths:
            for left, bottom, right, top in _bounds(path):
                if top - bottom < thin or right - left < thin:
                    yield left, bottom, right, top
                    continue
                count = calls.count_segments(path)
                if count <= _CURVE:
                    yield from ((left, top, right, top), (left, bottom, right, bottom))
                    yield from ((left, bottom, left, top), (right, bottom, right, top))
                elif (right - left > _GLYPH or top - bottom > _GLYPH) and (segments := segments - count) > 0:
                    yield from _segments(path, count)


_SIDES = calls.floats(4)
_COLOUR = calls.whole_numbers(4)
_MODE = calls.whole_numbers(2)
_MATRIX = calls.matrix()


def _bounds(item: "Handle") -> tuple[Box, ...]:
    left, bottom, right, top = _SIDES
    if not calls.object_bounds(item, left, bottom, right, top):
        return ()
    return ((left[0], bottom[0], right[0], top[0]),)


def _pale(text: "Handle") -> bool:
    """Whether a text object is white, or nearly so that its neighbours may be, or transparent."""
    red, green, blue, alpha = _COLOUR
    calls.object_fill(text, red, green, blue, alpha)
    return (red[0] >= _WHITE and green[0] >= _WHITE and blue[0] >= _WHITE) or not alpha[0]


def _doubtful_form(form: "Handle", depth: int) -> bool:
    """Whether text within a form object may be white or invisible."""
    for index in range(min(calls.form_objects(form), _MAX_OBJECTS)):
        item = calls.form_object(form, index)
        mode = calls.render_mode(item)
        if mode == INVISIBLE_MODE or (mode >= 0 and _pale(item)):
            return True
        within = mode < 0 and calls.object_kind(item) == pdfium.FPDF_PAGEOBJ_FORM
        if within and (not depth or _doubtful_form(item, depth - 1)):
            return True
    return False


def _pictures_of_form(form: "Handle") -> tuple[Box, ...]:
    """A scanner may wrap its one picture in a form: then the form's bounds are the picture's."""
    count = calls.form_objects(form)
    if not 0 < count <= 4:
        return ()
    kinds = {calls.object_kind(calls.form_object(form, index)) for index in range(count)}
    return _bounds(form) if pdfium.FPDF_PAGEOBJ_IMAGE in kinds else ()


def _dark(path: "Handle") -> bool:
    mode, stroke = _MODE
    calls.draw_mode(path, mode, stroke)
    if mode[0] == pdfium.FPDF_FILLMODE_NONE:
        return False
    red, green, blue, alpha = _COLOUR
    if not calls.object_fill(path, red, green, blue, alpha):
        return True  # a pattern
    return bool(alpha[0] > 0 and min(red[0], green[0], blue[0]) < _WHITE)


def _segments(path: "Handle", count: int) -> Iterator[Box]:
    calls.object_matrix(path, _MATRIX)
    a, b, c, d, e, f = _MATRIX
    at_x, at_y = _SIDES[:2]
    before: tuple[float, float] | None = None
    for index in range(count):
        segment = calls.path_segment(path, index)
        calls.segment_point(segment, at_x, at_y)
        x, y = at_x[0], at_y[0]
        here = (a * x + c * y + e, b * x + d * y + f)
        if before is not None and calls.segment_kind(segment) == pdfium.FPDF_SEGMENT_LINETO:
            (x0, y0), (x1, y1) = before, here
            yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        before = here
