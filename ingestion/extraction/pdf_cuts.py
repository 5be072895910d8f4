"""Lines that PDFium ran together, cut where they must not be one: at a gutter, at a gap, where words are too small.

Each looks at few characters and only at lines that their geometry makes suspicious.
"""

import re
from typing import TYPE_CHECKING

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.pdf_line import DESCENT, TINY, Line
from ingestion.extraction.pdf_look import height_at, origin_at, right_of

if TYPE_CHECKING:
    from ingestion.extraction.pdf_calls import Handle

Gap = tuple[int, float, float]  # the place of the space that PDFium put there, and the gap's two sides
WORD_START = re.compile(r" +(?=\S)")
NARROW_GAP = 0.9  # of the line's size, between the cells of a table that is set close
_GAP = 1.5  # of the line's size: justified lines stretch their spaces to 1.0 at most
_LONG_LINE = 250.0  # points: half of an A4 page's measure and more
_GUTTER_PLACE = 12.0  # points: gaps that end this near to each other are one gutter
_MANY = 30  # characters of a line that may hide a sentence among them
_DENSE = 0.42  # of a line's size for each of its characters: prose is set at 0.45 to 0.53
_DENSER, _DENSEST = 0.85, 0.3  # of what is usual on the page; what no face is
_LEFT, _RIGHT, _BOTTOM, _TOP = calls.doubles(4)


def columns_apart(page: "Handle", lines: list[Line]) -> list[Line]:
    """The lines, cut at their gaps where PDFium read across a gutter, as it does where a file draws row by row."""
    if not _columns_run_together(page, lines):
        return lines
    return [piece for line in lines for piece in pieces(page, line)]


def _columns_run_together(page: "Handle", lines: list[Line]) -> bool:
    """Three long lines tell: where the first of them have no wide gap at one place, no page has been seen to run
    together, and nothing more is measured.
    """
    long = [line for line in lines if line.x1 - line.x0 > _LONG_LINE]
    sample = long[len(long) // 4 :: max(len(long) // 4, 1)][:3]
    if len(sample) < 3:
        return False
    common: set[int] | None = None
    for line in sample:
        places = {round(gap[2] / _GUTTER_PLACE) for gap in _gaps(page, line, _GAP)}
        common = places if common is None else common & places
        if not common:
            return False
    return True


def _gaps(page: "Handle", line: Line, wide: float) -> list[Gap]:
    text, offset, least = line.text, line.offset, wide * line.height
    found = []
    at = text.find(" ", 1)
    while 0 < at < len(text) - 1:
        index = offset + at
        if calls.is_generated(page, index) == 1:
            calls.char_box(page, index - 1, _LEFT, _RIGHT, _BOTTOM, _TOP)
            end = _RIGHT[0]
            calls.char_box(page, index + 1, _LEFT, _RIGHT, _BOTTOM, _TOP)
            if _LEFT[0] - end > least:
                found.append((at, end, _LEFT[0]))
        at = text.find(" ", at + 1)
    return found


def pieces(page: "Handle", line: Line, wide: float = _GAP) -> list[Line]:
    """A line in the pieces between its gaps; the line itself where it has none. `wide`: of its size."""
    start, x0 = 0, line.x0
    found = []
    for at, end, begin in _gaps(page, line, wide):
        text = line.text[start:at]
        found.append(line._replace(text=text, x0=x0, x1=end, broken=False, offset=line.offset + start))
        start, x0 = at + 1, begin
    found.append(line._replace(text=line.text[start:], x0=x0, offset=line.offset + start) if start else line)
    return found


def cut(page: "Handle", line: Line, at: int) -> list[Line]:
    """A line in two: before the space at `at` - 1 of its text, and from `at` on."""
    return [
        _piece(page, line, 0, line.text[:at].rstrip(), line.height),
        _piece(page, line, at, line.text[at:], line.height),
    ]


def rest_of(page: "Handle", line: Line, at: int) -> Line:
    """A line from `at` of its text on."""
    return cut(page, line, at)[1]


def may_hide(height: float, width: float, characters: int) -> bool:
    """Whether some words of a line may be too small to be read: what hides so is denser than any prose."""
    return height < TINY or (characters > _MANY and width < _DENSE * height * characters)


def sizes_apart(page: "Handle", lines: list[Line]) -> list[Line]:
    """The lines, in pieces where some words are too small to be read. For pages where some line may hide them."""
    widths = [(it.x1 - it.x0) / (it.height * len(it.text) or 1.0) for it in lines]
    usual = sorted(widths)[len(widths) // 2]
    limit = min(_DENSE, _DENSER * usual) if usual > _DENSEST else _DENSE  # a narrow face is dense throughout
    found: list[Line] = []
    for line, width in zip(lines, widths, strict=True):
        dense = line.height < TINY or (width < limit and len(line.text) > _MANY)
        found += _sizes(page, line) if dense else [line]
    return found


def _sizes(page: "Handle", line: Line) -> list[Line]:
    starts = [0, *(word.end() for word in WORD_START.finditer(line.text))]
    heights = [height_at(page, line.offset + at) or line.height for at in starts]
    cuts = [i for i in range(1, len(starts)) if (heights[i] < TINY) != (heights[i - 1] < TINY)]
    found = []
    for first, end in zip([0, *cuts], [*cuts, len(starts)], strict=True):
        begin, stop = starts[first], starts[end] if end < len(starts) else len(line.text)
        found.append(_piece(page, line, begin, line.text[begin:stop].rstrip(), heights[first]))
    return found if cuts else [line]


def _piece(page: "Handle", line: Line, begin: int, text: str, height: float) -> Line:
    x, baseline = origin_at(page, line.offset + begin)
    right = right_of(page, line.offset + begin + len(text) - 1)
    last = begin + len(text) == len(line.text)
    return line._replace(
        text=text, x0=x, x1=max(right, x), y=baseline - DESCENT * height, height=height,
        broken=line.broken and last, offset=line.offset + begin,
    )  # fmt: skip
