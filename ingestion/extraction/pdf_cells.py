"""The texts of a ruled table's cells: the page's lines, dealt out to the cells that they stand in.

PDFium makes one line of a row of cells, so that a line is cut where it crosses a rule, at the space that PDFium put
there. Only a cell that some line cannot be cut for is asked of PDFium by its bounds, which looks at the whole page each
time. Hidden lines are no cell's text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.french import join_broken
from ingestion.extraction.pdf_grid import Cell, Grid
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_lines import HYPHEN_BREAK, PageText
from ingestion.extraction.pdf_order import by_rows

_FOOT, _HEAD = 0.25, 0.7  # of a line's em box, between which most of its letters stand
_SIDE = 1.0  # points that a line may reach past a rule
_DIVIDED = re.compile("(?<=[^\\W\\d_])\u2010\\s*[\\r\\n]+(?=[^\\W\\d_])")  # a hyphen that only divides words
_HYPHEN_IN_BOUNDS = "\x02"  # PDFium's other mark for a hyphen at a line's end, where it is asked for an area
_STRAY = 0.1  # of a table's lines that may reach past their cell where its side is not drawn
_CELL = 2_000  # characters: room for most cells
_UNITS = calls.Units()

Piece = tuple[int, str]  # the number of a cell, -1 for none, and what of a line stands in it


def texts_of(grid: Grid, text: PageText, lines: Sequence[Line]) -> list[list[str]] | None:
    """By row and column; a cell that reaches over several fields stands in the first of them.

    None where lines run on over a column's side that nobody drew there: what the rules enclose are no cells.
    """
    rows = [[""] * (len(grid.xs) - 1) for _ in grid.ys[1:]]
    if any(line.offset < 0 for line in lines):  # the boxes of a form come last, and belong before what they ask
        lines = by_rows(lines)
    if _run_on(grid, lines):
        return None
    found, unclear = _dealt(grid, text, lines)
    hidden = [line for line in lines if line.hidden]
    for number in found.keys() | unclear:
        cell = grid.cells[number]
        content = _within(text, cell, hidden) if number in unclear else found[number].rstrip("\n")
        rows[cell.row][cell.column] = content
    return _undivided(rows, lines)


def _run_on(grid: Grid, lines: Sequence[Line]) -> bool:
    """Whether lines run from one cell into another where no rule divides them, as in a form that is ruled freely."""
    rising, inside, crossing = grid.ys[::-1], 0, 0
    for line in lines:
        y = line.y + line.height / 2
        row = len(rising) - 1 - bisect_right(rising, y)
        if line.hidden or not 0 <= row < len(grid.owners) or line.x1 < grid.xs[0] or line.x0 > grid.xs[-1]:
            continue
        inside += 1
        first, last = bisect_right(grid.xs, line.x0 + _SIDE), bisect_left(grid.xs, line.x1 - _SIDE)
        owners = grid.owners[row]
        crossing += any(
            owners[i - 1] != owners[i] and not grid.divides(i, y)
            for i in range(max(first, 1), min(last, len(owners)))
        )  # fmt: skip
    return crossing > _STRAY * inside


def _dealt(grid: Grid, text: PageText, lines: Sequence[Line]) -> tuple[dict[int, str], set[int]]:
    """The texts of cells by their numbers, and the numbers of those that must be asked by their bounds."""
    found: dict[int, str] = {}
    unclear: set[int] = set()
    top, bottom = grid.ys[0], grid.ys[-1]
    rising = grid.ys[::-1]
    for line in lines:
        low, high = line.y + _FOOT * line.height, line.y + _HEAD * line.height
        if line.hidden or high < bottom or low > top or line.x1 < grid.xs[0] or line.x0 > grid.xs[-1]:
            continue
        above, row = (len(rising) - 1 - bisect_right(rising, y) for y in (high, low))
        inside = above == row and 0 <= row < len(grid.owners)
        pieces = _pieces(grid, grid.owners[row], text, line) if inside else None
        if pieces is None:
            unclear.update(_touched(grid, line, above, row))
            continue
        for number, content in pieces:
            if number >= 0 and content:
                broken = line.broken and line.text.endswith(content)
                found[number] = found.get(number, "") + content + (HYPHEN_BREAK if broken else "\n")
    return found, unclear


def _touched(grid: Grid, line: Line, above: int, below: int) -> Iterator[int]:
    first, last = bisect_right(grid.xs, line.x0) - 1, bisect_left(grid.xs, line.x1)
    for owners in grid.owners[max(above, 0) : below + 1]:
        yield from owners[max(first, 0) : last]


def _pieces(grid: Grid, owners: list[int], text: PageText, line: Line) -> list[Piece] | None:
    """What of a line stands in which cell; None where it cannot be told."""
    xs = grid.xs
    first, last = bisect_right(xs, line.x0 + _SIDE) - 1, bisect_left(xs, line.x1 - _SIDE)
    fields = [owners[i] if 0 <= i < len(owners) else -1 for i in range(first, max(last, first + 1))]
    start, pieces = 0, []
    for i, (owner, other) in enumerate(pairwise(fields), start=first + 1):
        if owner != other:
            place = text.place(line, xs[i])
            if place is None or place < start:
                return None
            pieces.append((owner, line.text[start:place].strip()))
            start = place
    return [*pieces, (fields[-1], line.text[start:].strip())]


def _within(text: PageText, cell: Cell, hidden: Sequence[Line]) -> str:
    """What PDFium finds within a cell's bounds, less the hidden lines there: it gives all text, whoever can see it."""
    bounds = cell.left, cell.top, cell.right, cell.bottom
    count = calls.bounded_text(text.page, *bounds, _UNITS.of(_CELL), _CELL)
    if count >= _CELL:  # more than was made room for: ask how much there is
        count = calls.bounded_text(text.page, *bounds, calls.NOTHING, 0)
        count = calls.bounded_text(text.page, *bounds, _UNITS.of(count + 1), count)
    found = _UNITS.text(count).replace("\x00", "").replace(_HYPHEN_IN_BOUNDS, HYPHEN_BREAK)
    return _less(_DIVIDED.sub("", found).strip(), [line.text for line in hidden if _stands_in(line, cell)])


def _stands_in(line: Line, cell: Cell) -> bool:
    return line.x0 < cell.right and line.x1 > cell.left and cell.bottom < line.y + line.height / 2 < cell.top


def _less(content: str, hidden: Sequence[str]) -> str:
    for text in hidden:
        content = " ".join(content.split()).replace(" ".join(text.split()), "", 1).strip()
    return content


def _undivided(rows: list[list[str]], lines: Sequence[Line]) -> list[list[str]]:
    """Words that a line's end divides within a cell are whole; compounds keep their hyphen, as in running text."""
    if not any(HYPHEN_BREAK in cell for row in rows for cell in row):
        return rows
    words = {word.strip(".,;:()«»") for line in lines for word in line.text.lower().split()}

    def joined(cell: str) -> str:
        whole, *rest = cell.split(HYPHEN_BREAK)
        for piece in rest:
            whole = join_broken(whole, piece.lstrip(), words)
        return whole

    return [[joined(cell) for cell in row] for row in rows]
