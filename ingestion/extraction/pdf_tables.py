"""Ruled tables of a PDF page: cells between drawn lines, with merged cells, as rows of text.

Only what is ruled is a table here: two rows and two columns at least, their edges touching. Pure geometry over the
page's path objects; the text of a cell is what PDFium finds within its bounds.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2.raw as pdfium

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.french import join_broken
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_lines import HYPHEN_BREAK
from ingestion.extraction.pdf_scenery import Scenery

if TYPE_CHECKING:
    from ingestion.extraction.pdf_calls import Handle

_THIN = 3.0  # points: a filled rectangle thinner than this is a rule
_TOUCH = 3.0  # points: edges this near touch
_MIN_LENGTH = 6.0  # points: shorter edges are glyphs and ticks
_MAX_EDGES = 4_000  # a drawing, not a table
_MAX_RULES = 20_000  # looked at
_MAX_CELLS = 3_000  # of one page
_OUTSIDE = 8.0  # points: a rule that reaches further past the frame has a column of its own there
_FEW_ROWS = 4  # edges: a table that rules more rows than that rules all of them
_LINES_OF_ROWS = 3  # lines one below the other in one ruled row that may be rows themselves
_MANY_COLUMNS = 5
_DRAWN = 0.25  # of the cells are filled in a flow chart, whose boxes stand anywhere: fewer than in a table
_ENCLOSED = 0.6  # of the cells that hold text
_CUT = 0.1  # of the neighbours: letters that touch a rule may be joined across it
_DIVIDED = re.compile("(?<=[^\\W\\d_])\u2010\\s*[\\r\\n]+(?=[^\\W\\d_])")  # a hyphen that only divides words
_HYPHEN_IN_BOUNDS = "\x02"  # PDFium's other mark for a hyphen at a line's end, where it is asked for an area
_CELL = 2_000  # characters: room for most cells


class Edge(NamedTuple):
    """A horizontal (`at` is y) or vertical (`at` is x) rule from `low` to `high`."""

    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Table:
    left: float
    bottom: float
    right: float
    top: float
    rows: tuple[tuple[str, ...], ...]
    offsets: frozenset[int] | None = None  # of its lines, where no rules say what lies within

    def holds(self, line: Line) -> bool:
        if self.offsets is not None:
            return line.offset in self.offsets
        x, y = (line.x0 + line.x1) / 2, line.y + line.height / 2
        return self.left - 1 <= x <= self.right + 1 and self.bottom - 1 <= y <= self.top + 1


def ruled_tables(scenery: Scenery, textpage: pdfium.FPDF_TEXTPAGE, lines: Sequence[Line] = ()) -> list[Table]:
    """The page's ruled tables, top first, in the page's own coordinates."""
    if scenery.paths < 2:
        return []
    across, down = _edges(scenery)
    if len(across) < 1 or len(down) < 1 or not 4 <= len(across) + len(down) <= _MAX_EDGES:
        return []
    page, units = calls.handle(textpage), calls.Units()
    tables = [_table(page, units, *group, lines) for group in _groups(_merged(across), _merged(down))]
    return sorted((table for table in tables if table is not None), key=lambda table: -table.top)


def without(table: Table, lines: Sequence[Line]) -> Table:
    """The table less the hidden lines within it: PDFium gives a cell all of its text, whoever can see it."""
    hidden = [" ".join(line.text.split()) for line in lines if line.hidden and table.holds(line)]
    if not hidden:
        return table
    rows = []
    for row in table.rows:
        cells = [" ".join(cell.split()) for cell in row]
        for text in hidden:
            cells = [cell.replace(text, "", 1).strip() for cell in cells]
        rows.append(tuple(cells))
    return replace(table, rows=tuple(rows))


def _edges(scenery: Scenery) -> tuple[list[Edge], list[Edge]]:
    across: list[Edge] = []
    down: list[Edge] = []
    for left, bottom, right, top in islice(scenery.rules(_THIN), _MAX_RULES):
        high, wide = top - bottom, right - left
        if high < _THIN and wide >= _MIN_LENGTH:
            across.append(Edge((top + bottom) / 2, left, right))
        elif wide < _THIN and high >= _MIN_LENGTH:
            down.append(Edge((left + right) / 2, bottom, top))
    return across, down


def _merged(edges: list[Edge]) -> list[Edge]:
    """Edges on one line that touch, as one."""
    merged: list[Edge] = []
    rows = sorted((round(at / _THIN), low, at, high) for at, low, high in edges)
    last: Edge | None = None
    for _, low, at, high in rows:
        if last is not None and low <= last.high + _TOUCH and abs(at - last.at) < _THIN:
            if high > last.high:
                last = merged[-1] = Edge(last.at, last.low, high)
        else:
            last = Edge(at, low, high)
            merged.append(last)
    return merged


def _groups(across: list[Edge], down: list[Edge]) -> Iterator[tuple[list[Edge], list[Edge]]]:
    """Connected components: edges that cross or touch belong to one table."""
    down = sorted(down)
    places = [edge.at for edge in down]
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for i, h in enumerate(across):
        for j in range(bisect_left(places, h.low - _TOUCH), bisect_right(places, h.high + _TOUCH)):
            if down[j].low - _TOUCH <= h.at <= down[j].high + _TOUCH:
                parent[root(i)] = root(len(across) + j)
    groups: dict[int, tuple[list[Edge], list[Edge]]] = {}
    for i, h in enumerate(across):
        groups.setdefault(root(i), ([], []))[0].append(h)
    for j, v in enumerate(down):
        groups.setdefault(root(len(across) + j), ([], []))[1].append(v)
    yield from groups.values()


def _positions(edges: list[Edge]) -> list[float]:
    positions: list[float] = []
    for at in sorted(edge.at for edge in edges):
        if not positions or at - positions[-1] > _THIN:
            positions.append(at)
    return positions


def _table(
    page: "Handle", units: calls.Units, across: list[Edge], down: list[Edge], lines: Sequence[Line]
) -> Table | None:
    if not across or not down:
        return None
    across, down = _closed(across, down)
    ys, xs = _positions(across)[::-1], _positions(down)
    if len(xs) >= 3 and 2 <= len(ys) <= _FEW_ROWS and lines:
        across = across + _between_lines(lines, xs, ys)
        ys = _positions(across)[::-1]
    if len(ys) < 3 or len(xs) < 3 or (len(ys) - 1) * (len(xs) - 1) > _MAX_CELLS:
        return None
    grid = _Grid(xs, ys, across, down)
    cells = ([grid.cell(row, column) for column in range(len(xs) - 1)] for row in range(len(ys) - 1))
    boxes = list(cells)
    rows = _undivided([tuple(_text(page, units, *box) if box else "" for box in row) for row in boxes], lines)
    filled = [row for row in rows if any(row)]
    if not _stands_in_boxes(grid, boxes, rows):
        return None
    if len(filled) < 2 or not any(sum(1 for cell in row if cell) >= 2 for row in filled):
        return None
    columns = [column for column in zip(*filled, strict=True) if any(column)]  # others are space between two frames
    if len(columns) >= _MANY_COLUMNS and sum(map(bool, chain(*columns))) < _DRAWN * len(columns) * len(filled):
        return None
    if _cuts_words(filled, [line.text for line in lines if xs[0] < line.x1 and line.x0 < xs[-1]]):
        return None
    return Table(xs[0], ys[-1], xs[-1], ys[0], tuple(zip(*columns, strict=True)))


def _undivided(rows: list[tuple[str, ...]], lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """Words that a line's end divides within a cell are whole; compounds keep their hyphen, as in running text."""
    if not any(HYPHEN_BREAK in cell for row in rows for cell in row):
        return rows
    words = {word.strip(".,;:()«»") for line in lines for word in line.text.lower().split()}

    def joined(cell: str) -> str:
        whole, *rest = cell.split(HYPHEN_BREAK)
        for piece in rest:
            whole = join_broken(whole, piece.lstrip(), words)
        return whole

    return [tuple(joined(cell) for cell in row) for row in rows]


def _stands_in_boxes(
    grid: "_Grid", boxes: Sequence[Sequence[tuple[float, float, float, float] | None]], rows: Sequence[Sequence[str]]
) -> bool:
    """Whether most cells with text are ruled at their top and left as well: the branches of a tree close nothing."""
    texts = [(box, text) for cells, row in zip(boxes, rows, strict=True) for box, text in zip(cells, row, strict=True)]
    filled = [box for box, text in texts if box is not None and text]
    return sum(map(grid.encloses, filled)) >= _ENCLOSED * len(filled)


def _cuts_words(rows: Sequence[Sequence[str]], texts: Sequence[str]) -> bool:
    """Whether the rules run through words: a drawing's do, and those of a form with a box for each letter."""
    pairs = [(a, b) for row in rows for a, b in pairwise(filter(None, row)) if a[-1].isalpha() and b[0].isalpha()]
    if not pairs:
        return False
    text = "\n".join(texts)
    return sum(1 for a, b in pairs if f"{a[-3:]}{b[:3]}" in text) > _CUT * len(pairs)


def _closed(across: list[Edge], down: list[Edge]) -> tuple[list[Edge], list[Edge]]:
    """The edges with those of the outer frame that nobody drew: rules that reach past the last one across them.

    Two rules at least must run each way, or three one way: a cross alone divides a page, not a table.
    """
    xs, ys = _positions(down), _positions(across)
    if not (len(xs) >= 2 and len(ys) >= 2) and not (len(xs) >= 1 and len(ys) >= 3):
        return across, down
    left, right = min(edge.low for edge in across), max(edge.high for edge in across)
    bottom, top = min(edge.low for edge in down), max(edge.high for edge in down)
    beside = [at for at, missing in ((left, xs[0] - left > _OUTSIDE), (right, right - xs[-1] > _OUTSIDE)) if missing]
    beyond = [at for at, missing in ((bottom, ys[0] - bottom > _OUTSIDE), (top, top - ys[-1] > _OUTSIDE)) if missing]
    low, high = min(bottom, ys[0]), max(top, ys[-1])
    across = across + [Edge(at, min(left, xs[0]), max(right, xs[-1])) for at in beyond]
    return across, down + [Edge(at, low, high) for at in beside]


def _between_lines(lines: Sequence[Line], xs: list[float], ys: list[float]) -> list[Edge]:
    """Edges between rows that only their lines show, as on an invoice: three lines at least in one ruled row.

    Every line but a few must stand in the last column and in another one: a cell whose text is wrapped shows none.
    """
    found: list[Edge] = []
    inside = [line for line in lines if xs[0] - 1 < line.x0 and line.x1 < xs[-1] + 1 and ys[-1] < line.y < ys[0]]
    for high, low in pairwise(ys):
        band = [line for line in inside if low < line.y + line.height / 2 < high]
        rows = _baselines(band)
        if len(rows) < _LINES_OF_ROWS:
            continue
        whole = [row for row in rows if max(line.x1 for line in row) > xs[-2] and min(line.x0 for line in row) < xs[-2]]
        if len(whole) >= 0.75 * len(rows):
            for above, below in pairwise(rows):
                at = (min(line.y for line in above) + max(line.top for line in below)) / 2
                found.append(Edge(at, xs[0], xs[-1]))
    return found


def _baselines(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines by their baseline, top first."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.y):
        if rows and rows[-1][0].y - line.y < 0.4 * max(line.height, 1.0):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _by_position(edges: list[Edge], positions: list[float]) -> list[list[Edge]]:
    """The edges at each position, or as near to it as makes no difference."""
    ordered = sorted(edges)
    places = [edge.at for edge in ordered]
    return [ordered[bisect_left(places, at - _THIN) : bisect_right(places, at + _THIN)] for at in positions]


class _Grid:
    """Row and column positions of a table; a cell reaches on where no edge ends it."""

    def __init__(self, xs: list[float], ys: list[float], across: list[Edge], down: list[Edge]) -> None:
        self.xs, self.ys = xs, ys
        self._across, self._down = _by_position(across, ys), _by_position(down, xs)
        self._taken: set[tuple[int, int]] = set()

    def cell(self, row: int, column: int) -> tuple[float, float, float, float] | None:
        """left, top, right, bottom of the cell that begins here; None where another one reaches over."""
        if (row, column) in self._taken:
            return None
        right = column + 1
        while right < len(self.xs) - 1 and not self._ruled(self._down[right], self.ys[row], self.ys[row + 1]):
            right += 1
        below = row + 1
        while below < len(self.ys) - 1 and not self._ruled(self._across[below], self.xs[column], self.xs[right]):
            below += 1
        self._taken.update((i, j) for i in range(row, below) for j in range(column, right))
        return self.xs[column], self.ys[row], self.xs[right], self.ys[below]

    def encloses(self, box: tuple[float, float, float, float]) -> bool:
        """Whether a cell is ruled where it begins: at its left and at its top."""
        left, top, right, bottom = box
        row, column = self.ys.index(top), self.xs.index(left)
        return self._ruled(self._across[row], left, right) and self._ruled(self._down[column], top, bottom)

    @staticmethod
    def _ruled(edges: list[Edge], one: float, other: float) -> bool:
        middle = (one + other) / 2
        for edge in edges:  # noqa: SIM110  (any() makes a generator for each of thousands of cells)
            if edge.low <= middle <= edge.high:
                return True
        return False


def _text(page: "Handle", units: calls.Units, left: float, top: float, right: float, bottom: float) -> str:
    count = calls.bounded_text(page, left, top, right, bottom, units.of(_CELL), _CELL)
    if count >= _CELL:  # more than was made room for: ask how much there is
        count = calls.bounded_text(page, left, top, right, bottom, calls.NOTHING, 0)
        count = calls.bounded_text(page, left, top, right, bottom, units.of(count + 1), count)
    if count <= 0:
        return ""
    return _DIVIDED.sub("", units.text(count).replace("\x00", "").replace(_HYPHEN_IN_BOUNDS, HYPHEN_BREAK)).strip()
