"""The reading order of a page's lines: the stream's, unless the page shows two columns or a form's values.

The order of the content stream is kept unless the page shows two columns whose lines it interleaves, or a form's values
that it appends: guessing more breaks letters and tables that were right.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_page import Page

_SAME_ROW = 0.5  # of the size
_GUTTER = 8.0  # points between two columns, at least
_COLUMN_LINES = 5  # in each column, at least


def reading_order(lines: list[Line], page: Page) -> list[Line]:
    """Lines as a person reads them: column after column between full-width lines, else as the stream has them."""
    gutter = gutter_of(lines, page.width)
    if gutter is not None:
        return lines if _in_column_order(lines, gutter) else list(_by_columns(lines, gutter))
    return by_rows(lines) if page.sort else lines


def by_rows(lines: Sequence[Line]) -> list[Line]:
    """Lines from the top down, those of one row from the left: a form's value after its label."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.y):
        if rows and rows[-1][0].y - line.y < _SAME_ROW * max(line.height, rows[-1][0].height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.x0)]


def same_row(one: Line, other: Line) -> bool:
    return abs(one.y - other.y) < _SAME_ROW * max(one.height, other.height)


def gutter_of(lines: Sequence[Line], width: float) -> float | None:
    """The middle of the white band between two columns, or None: few lines may cross it, many stand on each side."""
    if len(lines) < 2 * _COLUMN_LINES:
        return None
    starts = Counter(round(line.x0 / 4) * 4 for line in lines if line.x0 > width * 0.3)
    for start, count in starts.most_common(3):
        if count < _COLUMN_LINES:
            return None
        edge = start - 3.0
        left = [line for line in lines if line.x1 <= edge - _GUTTER + 3 and line.x0 < edge]
        right = [line for line in lines if line.x0 >= edge]
        crossing = len(lines) - len(left) - len(right)
        wide = (edge - min(line.x0 for line in left)) * 0.6 if left else 0.0
        full = sum(1 for line in left if line.x1 - line.x0 > wide)
        if full >= _COLUMN_LINES and len(right) >= _COLUMN_LINES and crossing <= len(lines) * 0.25:
            return edge
    return None


def columns_of(lines: Sequence[Line], width: float) -> list[list[int]]:
    gutter = gutter_of(lines, width)
    if gutter is None:
        return [list(range(len(lines)))]
    left = [i for i, line in enumerate(lines) if line.x0 < gutter]
    right = [i for i, line in enumerate(lines) if line.x0 >= gutter]
    return [left, right]


def _in_column_order(lines: Sequence[Line], gutter: float) -> bool:
    """Whether the stream already holds one column after the other: few changes of side."""
    sides = [line.x0 >= gutter for line in lines if line.x0 >= gutter or line.x1 <= gutter]
    return sum(1 for a, b in pairwise(sides) if a != b) <= 3


def _by_columns(lines: Sequence[Line], gutter: float) -> Iterator[Line]:
    left: list[Line] = []
    right: list[Line] = []
    for line in sorted(lines, key=lambda line: (-line.y, line.x0)):
        if line.x0 < gutter < line.x1:  # full width: what stands above it comes first
            yield from left + right
            left, right = [], []
            yield line
        else:
            (right if line.x0 >= gutter else left).append(line)
    yield from left + right
