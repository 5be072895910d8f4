"""What a PDF page draws besides text: pictures, filled areas and rules.

Read once per page; it answers whether a page is a scan, whether white text stands on something dark, and where rules
run. Only top-level objects are looked at: what a form object hides behind its text is not counted as a background, so
that doubt marks text as hidden rather than lets it pass.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2.raw as pdfium

Box = tuple[float, float, float, float]  # left, bottom, right, top
_MAX_OBJECTS = 20_000  # beyond them a page is a drawing; its pictures come first anyway
_MAX_SEGMENTS = 2_000  # of a page's paths that are no rectangles: more are a drawing, not a table
_GLYPH = 60.0  # points: a path that is no rectangle and smaller than this is a letter or an ornament
_WHITE = 240
_CURVE = 5  # segments: a rectangle has four lines and its start


@dataclass(slots=True)
class Scenery:
    pictures: list[Box] = field(default_factory=list)
    empty: bool = True  # nothing is drawn at all
    _paths: list[pdfium.FPDF_PAGEOBJECT] = field(default_factory=list)

    @classmethod
    def of(cls, page: pdfium.FPDF_PAGE) -> "Scenery":
        scenery = cls()
        count = min(pdfium.FPDFPage_CountObjects(page), _MAX_OBJECTS)
        scenery.empty = count == 0
        get, kind_of, path = pdfium.FPDFPage_GetObject, pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_PATH
        for index in range(count):
            item = get(page, index)
            kind = kind_of(item)
            if kind == path:
                scenery._paths.append(item)
            elif kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
                scenery.pictures.extend(_bounds(item))
            elif kind == pdfium.FPDF_PAGEOBJ_FORM:
                scenery.pictures.extend(_pictures_of_form(item))
        return scenery

    @property
    def paths(self) -> int:
        return len(self._paths)

    @property
    def picture_area(self) -> float:
        """Square points under pictures; overlaps count twice, which only a page full of pictures has."""
        return sum((right - left) * (top - bottom) for left, bottom, right, top in self.pictures)

    def behind(self, x: float, y: float) -> bool:
        """Whether something that is not white is drawn at the point."""
        boxes = self.pictures + [box for path in self._paths if _dark(path) for box in _bounds(path)]
        return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in boxes)

    def rules(self, thin: float) -> Iterator[Box]:
        """Boxes thinner than `thin`: paths that are rules, the sides of rectangles, the straight segments of others."""
        segments = _MAX_SEGMENTS
        for path in self._paths:
            for left, bottom, right, top in _bounds(path):
                if top - bottom < thin or right - left < thin:
                    yield left, bottom, right, top
                    continue
                count = pdfium.FPDFPath_CountSegments(path)
                if count <= _CURVE:
                    yield from ((left, top, right, top), (left, bottom, right, bottom))
                    yield from ((left, bottom, left, top), (right, bottom, right, top))
                elif (right - left > _GLYPH or top - bottom > _GLYPH) and (segments := segments - count) > 0:
                    yield from _segments(path, count)


def _bounds(item: pdfium.FPDF_PAGEOBJECT) -> Iterator[Box]:
    sides = [ctypes.c_float() for _ in range(4)]
    if pdfium.FPDFPageObj_GetBounds(item, *sides):
        yield sides[0].value, sides[1].value, sides[2].value, sides[3].value


def _pictures_of_form(form: pdfium.FPDF_PAGEOBJECT) -> Iterator[Box]:
    """A scanner may wrap its one picture in a form: then the form's bounds are the picture's."""
    count = pdfium.FPDFFormObj_CountObjects(form)
    if 0 < count <= 4:
        kinds = {pdfium.FPDFPageObj_GetType(pdfium.FPDFFormObj_GetObject(form, index)) for index in range(count)}
        if pdfium.FPDF_PAGEOBJ_IMAGE in kinds:
            yield from _bounds(form)


def _dark(path: pdfium.FPDF_PAGEOBJECT) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, mode, stroke)
    if mode.value == pdfium.FPDF_FILLMODE_NONE:
        return False
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium.FPDFPageObj_GetFillColor(path, red, green, blue, alpha):
        return True  # a pattern
    return alpha.value > 0 and min(red.value, green.value, blue.value) < _WHITE


def _segments(path: pdfium.FPDF_PAGEOBJECT, count: int) -> Iterator[Box]:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(path, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    before: tuple[float, float] | None = None
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        here = (matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f)
        if before is not None and pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_LINETO:
            (x0, y0), (x1, y1) = before, here
            yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        before = here
