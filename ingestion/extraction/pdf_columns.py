"""Tables of a PDF page that no rules show: rows whose cells stand under each other with white between the columns.

Pure geometry over lines. It would rather miss a table than invent one: lines that are not taken stay lines. Not tables,
therefore: two columns of prose, numbered paragraphs, addresses side by side, justified lines that are stretched.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from ingestion.extraction.french import LIST_MARK
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_tables import Table

_OPEN = 0.58  # of a line's size for each of its characters: prose is set at 0.45 to 0.53, so there is white in it
_SAME_BASELINE = 0.35  # of the size
_NEAR = 3.2  # of the size, from one row to the next
_TIGHT = 1.45  # of the size: a line so near below a row may go on in one of its cells
_GUTTER = 5.0  # points of white between two columns, at least, down the whole table
_EDGE = 3.0  # points that the left or the right edges of one column's cells may differ
_WRAPPED = 4  # lines of a cell, and the row that it begins in
_TITLES = 4  # lines at most between the top of what may be a table and the names of its columns
_ROWS = 3  # with two cells and more, at least
_NAMES, _NAME = 4, 45  # rows at least, and characters at most, of names with a value beside each
_SHORT, _SHORTER = 30, 22  # characters of the usual cell: columns of prose have more
_NUMERIC = re.compile(r"[^A-Za-zÀ-ÿ]*\d[\d\s.,/%€$£°–-]*(?:\s?[A-Za-zÀ-ÿ€²³%]{1,12}\.?)?")

_LEADER = "...."

_PAST = (3.0, 5.0, 7.0, 9.0)  # points past a column's right edge, where the name of the next one may begin

Split = Callable[[Line], list[Line]]  # a line at its wide gaps
Divide = Callable[[Line, Sequence[float]], list[Line]]  # a line at these places, where spaces lie there


@dataclass(slots=True)
class _Row:
    cells: list[Line]
    offsets: list[int]  # of the lines that they were: whatever else stands between them stays a line

    @property
    def y(self) -> float:
        return self.cells[0].y

    @property
    def size(self) -> float:
        return max(self.cells[0].height, 1.0)


@dataclass(slots=True)
class _Run:
    rows: list[_Row] = field(default_factory=list)
    above: _Row | None = None  # a line in one piece, which may name the columns
    head: _Row | None = None  # what names each of them, already divided


def aligned_tables(lines: Sequence[Line], split: Split, divide: Divide) -> list[Table]:
    """The page's tables without rules, in the order of the lines. Costs nothing where no line has white in it."""
    close = _close_rows(lines, split)
    if not close and not _may_hold_rows(lines):
        return []
    tables = (_table(_under_names(run, divide), split) for run in _runs(_rows(lines, split, close)))
    return [table for table in tables if table is not None]


def _is_open(line: Line) -> bool:
    return line.x1 - line.x0 > _OPEN * line.height * len(line.text) and " " in line.text


def _may_hold_rows(lines: Sequence[Line]) -> bool:
    """Whether enough lines have white in them, or stand on one baseline beside another: one pass, for every page."""
    white = beside = 0
    y = x1 = -1.0
    for line in lines:
        if line.x1 - line.x0 > _OPEN * line.height * len(line.text):
            white += 1
        if -1.0 < line.y - y < 1.0 and line.x0 > x1:
            beside += 1
        y, x1 = line.y, line.x1
    return white >= _ROWS or beside >= _ROWS


def _close_rows(lines: Sequence[Line], split: Split) -> frozenset[int]:
    """Offsets of lines that stand in columns set so close that no white shows: they begin alike, and break alike.

    Three of a run are looked at, the first one first: prose, which does not break, costs a look at one line.
    """
    found: set[int] = set()
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and _begins_alike(lines[end - 1], lines[end]):
            continue
        run = lines[start:end]
        if len(run) >= _ROWS and _breaks_alike((run[0], run[len(run) // 2], run[-1]), split):
            found.update(line.offset for line in run)
        start = end
    return frozenset(found)


def _begins_alike(above: Line, line: Line) -> bool:
    if not -1.0 < line.x0 - above.x0 < 1.0 or line.text[0].islower():
        return False
    return 0 < above.y - line.y < _NEAR * line.height and abs(line.height - above.height) < 0.1 * line.height


def _breaks_alike(sample: Sequence[Line], split: Split) -> bool:
    pieces: list[list[Line]] = []
    for line in sample:
        pieces.append(split(line))
        if len(pieces[-1]) < 2 or len(pieces[-1]) != len(pieces[0]):
            return False
    return all(_is_column(cells) for cells in zip(*pieces, strict=True))


def _is_column(cells: Sequence[Line]) -> bool:
    left, right = [it.x0 for it in cells], [it.x1 for it in cells]
    return max(left) - min(left) < _EDGE or max(right) - min(right) < _EDGE


def _rows(lines: Sequence[Line], split: Split, close: frozenset[int] = frozenset()) -> list[_Row]:
    rows: list[_Row] = []
    for line in lines:
        cells = split(line) if line.offset in close or _is_open(line) else [line]
        row = _row_of(line, rows)
        if row is not None:
            row.cells += cells
            row.offsets.append(line.offset)
        else:
            rows.append(_Row(cells, [line.offset]))
    return rows


def _row_of(line: Line, rows: Sequence[_Row]) -> _Row | None:
    """The row that a line goes on with: the last one, or that above a cell whose lines were drawn before the next."""
    for back, row in enumerate(reversed(rows[-_WRAPPED:])):
        if abs(row.y - line.y) < _SAME_BASELINE * row.size and line.x0 > row.cells[-1].x1:
            return row if back == 0 or len(row.cells) > 1 else None
        if len(row.cells) > 1 or line.y < row.y:
            return None
    return None


def _runs(rows: Sequence[_Row]) -> Iterator[_Run]:
    """Rows one below the other; a line alone may stand among them, and two in a row end the table."""
    run = _Run()
    alone: list[_Row] = []
    for row in rows:
        before = alone or run.rows
        if any(_LEADER in cell.text for cell in row.cells):  # an entry of a table of contents
            yield run
            run, alone = _Run(), []
            continue
        if before and not 0 < before[-1].y - row.y < _NEAR * before[-1].size:
            yield run
            run, alone = _Run(), []
        if len(row.cells) > 1:
            if not run.rows:
                run.above = alone[-1] if alone else None
            run.rows += [*alone, row] if run.rows else [row]
            alone = []
        elif len(alone) >= 2:
            yield run
            run, alone = _Run(), [row]
        else:
            alone.append(row)
    yield run


def _under_names(run: _Run, divide: Divide) -> _Run:
    """The run from the line that names its columns on, where that or a title above runs over two of them.

    Names are set closer than figures: the line is divided where a column ends or begins, if it then names each.
    """
    full = [row for row in run.rows if len(row.cells) > 1]
    if len(full) <= _ROWS:
        return run
    count = len(_columns(full))
    for at in range(_TITLES):
        below = full[at + 1 :]
        columns = _columns(below)
        if len(below) < _ROWS or len(columns) <= max(count, 2):
            continue
        head = _Row([piece for cell in full[at].cells for piece in _divided(cell, columns, divide)], full[at].offsets)
        texts = _placed(head, columns) if len(head.cells) == len(columns) else None
        if texts is not None and all(texts):
            return _Run(run.rows[run.rows.index(full[at]) + 1 :], head=head)
    return run


def _divided(cell: Line, columns: Sequence[tuple[float, float]], divide: Divide) -> list[Line]:
    """A cell at the ends of the columns that it runs over."""
    found = [cell]
    for (_, end), (begin, _) in pairwise(columns):
        for x in (begin, *(end + past for past in _PAST)):
            if found[-1].x0 < end and begin < found[-1].x1 and len(pieces := divide(found[-1], [x])) > 1:
                found[-1:] = pieces
                break
    return found


def _table(run: _Run, split: Split) -> Table | None:
    rows = run.rows
    full = [row for row in rows if len(row.cells) > 1]
    if len(full) < _ROWS:
        return None
    columns = _columns(full)
    if len(columns) < 2:
        return None
    texts: list[list[str]] = []
    before: _Row | None = None
    for row in rows:
        cells = _placed(row, columns)
        if cells is None:
            return None
        if before is not None and len(row.cells) == 1 and before.y - row.y < _TIGHT * row.size:
            texts[-1] = [f"{one} {more}".strip() for one, more in zip(texts[-1], cells, strict=True)]
        else:
            texts.append(cells)
        before = row
    if not _convincing(texts):
        return None
    if (named := _names(run, rows[0], columns, split)) is not None:
        head, cells = named
        rows, texts = [head, *rows], [cells, *texts]
    lines = [line for row in rows for line in row.cells]
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    top, offsets = max(line.top for line in rows[0].cells), frozenset(at for row in rows for at in row.offsets)
    return Table(left, rows[-1].y, right, top, tuple(map(tuple, texts)), offsets)


def _names(
    run: _Run, first: _Row, columns: Sequence[tuple[float, float]], split: Split
) -> tuple[_Row, list[str]] | None:
    """The line above a table where it names every column, each over its own: its words stand close together."""
    row, above = run.head, run.above
    if row is None and above is not None and 0 < above.y - first.y < _NEAR * first.size:
        row = _Row(split(above.cells[0]), above.offsets)
    texts = _placed(row, columns) if row is not None and len(row.cells) == len(columns) else None
    return None if row is None or texts is None or not all(texts) else (row, texts)


def _columns(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """The intervals that the cells fill, with white between them in every row."""
    columns: list[tuple[float, float]] = []
    for left, right in sorted((cell.x0, cell.x1) for row in rows for cell in row.cells):
        if columns and left < columns[-1][1] + _GUTTER:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _placed(row: _Row, columns: Sequence[tuple[float, float]]) -> list[str] | None:
    """The row's texts by column; None where one reaches over two."""
    texts = [""] * len(columns)
    for cell in row.cells:
        over = [i for i, (left, right) in enumerate(columns) if cell.x0 < right + 1 and cell.x1 > left - 1]
        if len(over) != 1:
            return None
        texts[over[0]] = f"{texts[over[0]]} {cell.text.strip()}".strip()
    return texts


def are_names(cells: Sequence[str]) -> bool:
    """Whether the cells name what stands beside them, as in an extract of a register: none goes on from another."""
    return len(cells) >= _NAMES and all(
        0 < len(cell) <= _NAME and cell[0].isupper() and cell[-1] not in ",-" and not any(map(str.isdecimal, cell))
        for cell in cells
    )


def _convincing(rows: Sequence[Sequence[str]]) -> bool:
    columns = [[cell for cell in column if cell] for column in zip(*rows, strict=True)]
    if len(rows) < _ROWS or any(len(column) < 2 for column in columns):
        return False
    if sum(map(len, columns)) < 0.5 * len(rows) * len(columns):
        return False
    if sum(1 for cell in columns[0] if LIST_MARK.fullmatch(f"{cell} ")) > 0.5 * len(columns[0]) and len(columns) == 2:
        return False
    numeric = [sum(1 for cell in column if _NUMERIC.fullmatch(cell)) >= 0.6 * len(column) for column in columns]
    if len(columns) == 2:
        return numeric[-1] or are_names(columns[0])
    usual = median(len(cell) for column in columns for cell in column)
    return usual <= (_SHORT if any(numeric[1:]) else _SHORTER)
