"""Ruled tables of a PDF page: cells between drawn lines, with merged cells, as rows of text.

Only what is ruled is a table here: two rows and two columns at least, their edges touching. What is drawn like one and
is none stays text: flow charts, trees, forms with a box for each letter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from ingestion.extraction.pdf_cells import texts_of
from ingestion.extraction.pdf_grid import Grid
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_lines import PageText
from ingestion.extraction.pdf_rules import Edge, closed, edges, groups, merged, positions
from ingestion.extraction.pdf_scenery import Scenery

_MAX_EDGES = 4_000  # a drawing, not a table
_MAX_CELLS = 3_000  # of one page
_FEW_ROWS = 4  # edges: a table that rules more rows than that rules all of them
_LINES_OF_ROWS = 3  # lines one below the other in one ruled row that may be rows themselves
_MANY_COLUMNS = 5
_DRAWN = 0.25  # of the cells are filled in a flow chart, whose boxes stand anywhere: fewer than in a table
_ENCLOSED = 0.6  # of the cells that hold text
_SEVERAL = 0.2  # of the rows hold two cells: a frame around lines, with two boxes for signatures, is none
_CUT = 0.1  # of the neighbours: letters that touch a rule may be joined across it


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


def ruled_tables(scenery: Scenery, text: PageText, lines: Sequence[Line]) -> list[Table]:
    """The page's ruled tables, top first, in the page's own coordinates. `lines`: of the page, hidden ones marked."""
    if scenery.paths < 2 or len(lines) < 2:
        return []
    across, down = edges(scenery)
    if len(across) < 1 or len(down) < 1 or not 4 <= len(across) + len(down) <= _MAX_EDGES:
        return []
    tables = [_table(text, *group, lines) for group in groups(merged(across), merged(down))]
    return sorted((table for table in tables if table is not None), key=lambda table: -table.top)


def _table(text: PageText, across: list[Edge], down: list[Edge], lines: Sequence[Line]) -> Table | None:
    grid = _grid(across, down, lines) if across and down else None
    if grid is None:
        return None
    rows = texts_of(grid, text, lines)
    if rows is None:
        return None
    filled = [row for row in rows if any(row)]
    if not _stands_in_boxes(grid, rows) or not _is_table(filled):
        return None
    columns = [column for column in zip(*filled, strict=True) if any(column)]  # others are space between two frames
    if len(columns) >= _MANY_COLUMNS and sum(map(bool, chain(*columns))) < _DRAWN * len(columns) * len(filled):
        return None
    xs, ys = grid.xs, grid.ys
    if _cuts_words(filled, [line.text for line in lines if xs[0] < line.x1 and line.x0 < xs[-1]]):
        return None
    return Table(xs[0], ys[-1], xs[-1], ys[0], tuple(zip(*columns, strict=True)))


def _grid(across: list[Edge], down: list[Edge], lines: Sequence[Line]) -> Grid | None:
    """The grid of two rows and two columns at least that the edges make, if they do."""
    across, down = closed(across, down)
    ys, xs = positions(across)[::-1], positions(down)
    if len(xs) >= 3 and 2 <= len(ys) <= _FEW_ROWS and lines:
        across = across + list(_between_lines(lines, xs, ys))
        ys = positions(across)[::-1]
    if len(ys) < 3 or len(xs) < 3 or (len(ys) - 1) * (len(xs) - 1) > _MAX_CELLS:
        return None
    return Grid(xs, ys, across, down)


def _is_table(filled: Sequence[Sequence[str]]) -> bool:
    several = sum(1 for row in filled if sum(map(bool, row)) >= 2)
    return len(filled) >= 2 and several >= max(_SEVERAL * len(filled), 1)


def _stands_in_boxes(grid: Grid, rows: Sequence[Sequence[str]]) -> bool:
    """Whether most cells with text are ruled at their top and left as well: the branches of a tree close nothing."""
    filled = [cell for cell in grid.cells if rows[cell.row][cell.column]]
    return sum(map(grid.encloses, filled)) >= _ENCLOSED * len(filled)


def _cuts_words(rows: Sequence[Sequence[str]], texts: Sequence[str]) -> bool:
    """Whether the rules run through words: a drawing's do, and those of a form with a box for each letter."""
    pairs = [(a, b) for row in rows for a, b in pairwise(filter(None, row)) if a[-1].isalpha() and b[0].isalpha()]
    if not pairs:
        return False
    text = "\n".join(texts)
    return sum(1 for a, b in pairs if f"{a[-3:]}{b[:3]}" in text) > _CUT * len(pairs)


def _between_lines(lines: Sequence[Line], xs: list[float], ys: list[float]) -> Iterator[Edge]:
    """Edges between rows that only their lines show, as on an invoice: three lines at least in one ruled row.

    Every line but a few must stand in the last column and in another one: a cell whose text is wrapped shows none.
    """
    inside = [line for line in lines if xs[0] - 1 < line.x0 and line.x1 < xs[-1] + 1 and ys[-1] < line.y < ys[0]]
    for high, low in pairwise(ys):
        rows = _baselines([line for line in inside if low < line.y + line.height / 2 < high])
        whole = [row for row in rows if max(line.x1 for line in row) > xs[-2] and min(line.x0 for line in row) < xs[-2]]
        if len(rows) >= _LINES_OF_ROWS and len(whole) >= 0.75 * len(rows):
            for above, below in pairwise(rows):
                at = (min(line.y for line in above) + max(line.top for line in below)) / 2
                yield Edge(at, xs[0], xs[-1])


def _baselines(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines by their baseline, top first."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.y):
        if rows and rows[-1][0].y - line.y < 0.4 * max(line.height, 1.0):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows
