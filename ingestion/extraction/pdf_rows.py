"""Lines that a PDF's producer drew in pieces, put together: list marks drawn apart, lines that a raised sign divides.

Pure geometry on one page's lines. Most pages hold nothing of the kind, and cost one pass.
"""

import re
from collections.abc import Sequence

from ingestion.extraction.pdf_line import Line

_ONLY_A_MARK = re.compile(
    r"\d{1,3}\s?[.)°]|\d{1,2}(?:\.\d{1,2}){1,4}\.?|\(?[a-zA-Z\d]{1,2}\)|[a-zA-Z]\.|[ivxIVX]{1,5}[.)]|[-–—•▪◦‣·*➢]"
)
_LONGEST_MARK = 9
_SAME_BASELINE = 0.15  # of the size
_SAME_ROW = 0.35  # of the size: a bullet may be of another font
_AT_ONCE = 0.6  # of the size: a raised sign and the space behind it
_WITHOUT_SPACE = 0.12  # of the size
_INDENT = 45.0  # points from a mark to its text, at most


def whole_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, in their order; a mark stands where its text does."""
    joined = _joined(lines)
    short = [i for i, line in enumerate(joined) if len(line.text) <= _LONGEST_MARK]
    marks = [i for i in short if _ONLY_A_MARK.fullmatch(joined[i].text)]
    return tuple(_marked(joined, marks)) if marks else tuple(joined)


def _joined(lines: Sequence[Line]) -> list[Line]:
    """PDFium ends a line behind a raised sign; what goes on at the same height is the same line."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and _goes_on(last, line):
            close = line.x0 - last.x1 < _WITHOUT_SPACE * line.height or line.text[0] in ".,)]"
            space = "" if close else " "
            found[-1] = last._replace(text=f"{last.text}{space}{line.text}", x1=line.x1, broken=line.broken)
        else:
            found.append(line)
    return found


def _goes_on(last: Line, line: Line) -> bool:
    gap = line.x0 - last.x1
    return (
        -1.0 < gap < _AT_ONCE * line.height
        and abs(line.y - last.y) < _SAME_BASELINE * line.height
        and last.hidden == line.hidden
        and not last.broken
    )


def _marked(lines: list[Line], marks: Sequence[int]) -> list[Line]:
    taken: set[int] = set()
    for index in marks:
        mark = lines[index]
        beside = [i for i, line in enumerate(lines) if i != index and i not in taken and _is_marked_by(line, mark)]
        if beside:
            nearest = min(beside, key=lambda i: lines[i].x0)
            line = lines[nearest]
            lines[nearest] = line._replace(text=f"{mark.text} {line.text}", x0=mark.x0)
            taken.add(index)
    return [line for i, line in enumerate(lines) if i not in taken]


def _is_marked_by(line: Line, mark: Line) -> bool:
    near = -1.0 < line.x0 - mark.x1 < _INDENT and abs(line.y - mark.y) < _SAME_ROW * max(line.height, 1.0)
    return near and line.hidden == mark.hidden and len(line.text) > len(mark.text)
