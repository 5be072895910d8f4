"""What lines and blanks say in plain text: rows of a table, columns, centred titles, paragraphs that were wrapped.

Pure: lines in, what stands in them out. It would rather miss a table than make one of prose: a run of lines is rows
only where a separator divides every line into as many cells, or where white runs down between short cells.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from statistics import median

from ingestion.extraction.french import LIST_MARK, heading_level, list_level

_ROWS = 3  # at least
_CELL = 40  # characters of the usual cell: sentences have more
_PROSE_CELL = 25  # characters: two columns of longer lines are text that stands side by side
_NARROW, _WIDE = 40, 200  # characters: what may be the measure of a text
_WIDEST, _MOST_LINES = 500, 5_000  # of columns that are looked for, which takes their product
_CENTRED = 0.16  # of the measure by which the white on both sides may differ
_CENTRED_INDENT = 4  # characters
_MOST_CENTRED = 0.4  # of the lines: in a text that is centred throughout it says nothing
_INDENT = 2  # characters that begin a paragraph
_TITLES = 5  # rows above a table's head, at most
_GAP = re.compile(r"\S {4,}\S|\t")  # no line of prose has it
_RULE = re.compile(r"[-=_+|─│┼\s]{3,}")
_SENTENCE_END = re.compile(r"[.!?:;»][)\"”]?$")
_SEPARATORS, _EXPORTS = "\t;|,", ";,"  # with the latter a program writes its rows, the names of its columns first

Rows = list[list[str]]


def runs(text: str) -> Iterator[list[str]]:
    """Runs of lines that are not blank."""
    run: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            run.append(line.rstrip())
        elif run:
            yield run
            run = []
    if run:
        yield run


def separator_of(lines: Sequence[str]) -> str:
    """The mark that splits the first lines most evenly; for a file that says that it is a table."""
    sample = [line for line in lines[:20] if line]
    return max(";,\t|", key=lambda mark: min((line.count(mark) for line in sample), default=0))


def rows_of(run: Sequence[str]) -> tuple[Rows, bool] | None:
    """The rows of a run of lines that is a table, and whether the first one names the columns; else None."""
    lines = [line for line in run if not _RULE.fullmatch(line)]
    if len(lines) < _ROWS:
        return None
    for mark in _SEPARATORS:
        rows = _separated(lines, mark)
        if rows is not None:
            return rows, (mark in _EXPORTS and all(rows[0])) or _names_columns(rows)
    columns = columns_of(lines)
    if columns is None or _side_by_side(columns):
        return None
    rows = [list(row) for row in zip(*columns, strict=True)]
    return rows, _names_columns(rows)


def _separated(lines: Sequence[str], mark: str) -> Rows | None:
    if any(mark not in line for line in lines):
        return None
    framed = mark == "|" and all(line.lstrip().startswith(mark) for line in lines)
    try:
        rows = list(csv.reader((line.strip().strip("|") if framed else line for line in lines), delimiter=mark))
    except csv.Error:
        return None
    if len(rows) < _ROWS or {len(row) for row in rows} != {len(rows[0])}:
        return None
    cells = [cell for row in rows for cell in row]
    if len(rows[0]) < (3 if mark in _EXPORTS else 2) or sum(map(len, cells)) > _CELL * len(cells):
        return None
    if mark in _EXPORTS and sum(cell[:1].isspace() for cell in cells) > len(cells) / 5:
        return None  # prose sets a space behind its marks
    return None if _is_list([row[0] for row in rows]) else [[cell.strip() for cell in row] for row in rows]


def titles_above(rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the head say what the table is: they have one cell, and the one below names columns."""
    first = next((i for i, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
    return first if first <= _TITLES else 0


def columns_of(lines: Sequence[str]) -> list[list[str]] | None:
    """The columns of lines that white runs down between, two characters wide; None where there are none."""
    lines = [line.expandtabs() for line in lines]
    width = max(map(len, lines))
    if width > _WIDEST or len(lines) > _MOST_LINES:
        return None
    filled = [any(line[at : at + 1].strip() for line in lines) for at in range(width)]
    starts = [at for at in range(width) if filled[at] and not any(filled[max(at - 2, 0) : at])]
    if len(starts) < 2:
        return None
    ends = [*starts[1:], width]
    columns = [[line[start:end].strip() for line in lines] for start, end in zip(starts, ends, strict=True)]
    several = sum(1 for row in zip(*columns, strict=True) if sum(map(bool, row)) > 1)
    if several < max(0.75 * len(lines), _ROWS) or _is_list(columns[0]):
        return None
    usual = [median(len(cell) for cell in column if cell) for column in columns]
    return columns if max(usual) <= _CELL or (len(columns) == 2 and min(usual) >= _PROSE_CELL) else None


def _side_by_side(columns: Sequence[Sequence[str]]) -> bool:
    """Whether two columns are texts of their own, each to be read by itself."""
    return len(columns) == 2 and all(median(map(len, column)) >= _PROSE_CELL for column in columns)


def texts_beside(run: Sequence[str]) -> list[list[str]]:
    """The two columns of a run where texts stand side by side; else none."""
    columns = columns_of(run) if len(run) >= _ROWS else None
    if columns is None or not _side_by_side(columns):
        return []
    return [[line for line in column if line] for column in columns]


def _is_list(first: Sequence[str]) -> bool:
    marks = sum(1 for cell in first if not cell or LIST_MARK.fullmatch(f"{cell} "))
    return marks > len(first) / 2


def _names_columns(rows: Rows) -> bool:
    """Whether the first row is a head: it is full and holds no figure, and figures stand below one of its names."""
    head, *below = rows
    if not all(head) or head[0].endswith(":") or any(map(_has_digit, head)):
        return False
    return any(sum(map(_has_digit, column)) >= 0.6 * len(below) for column in zip(*below, strict=True))


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


class Measure:
    """The width that a text was set to, in characters, and which of its lines are centred in it."""

    def __init__(self, text: str) -> None:
        lines = [line.rstrip().expandtabs() for line in text.split("\n") if line.strip()]
        self._margin = min((_indent(line) for line in lines), default=0)
        width = max((len(line) for line in lines), default=0) - self._margin
        self._width = width if _NARROW <= width <= _WIDE else 0
        if sum(map(self._is_centred, lines)) > _MOST_CENTRED * len(lines):
            self._width = 0

    def centres(self, run: Sequence[str]) -> bool:
        """Whether all lines between two blank ones are centred: one alone may stand anywhere."""
        return bool(self._width) and all(map(self._is_centred, run))

    def _is_centred(self, line: str) -> bool:
        line = line.rstrip().expandtabs()
        indent, length = _indent(line) - self._margin, len(line.strip())
        slack = max(6.0, _CENTRED * self._width)
        inside = indent >= _CENTRED_INDENT and length <= 0.75 * self._width
        return inside and abs(2 * indent + length - self._width) <= slack


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def paragraphs(lines: Sequence[str], *, narrow: bool = False) -> Iterator[str]:
    """Lines that were wrapped run on; lines that stand for themselves do not.

    `narrow`: the lines are of a column, and wrapped however short they are.
    """
    margin = min((_indent(line) for line in lines), default=0)
    lengths = sorted(len(line) - margin for line in lines)
    longest = lengths[-1] if lengths else 0
    wrapped = len(lines) > 1 and (_NARROW <= longest <= 100 or narrow) and lengths[len(lengths) // 2] > 0.7 * longest
    current: list[str] = []
    for line in lines:
        if current and (_begins(line, current, margin + longest) if wrapped else not _hangs(line, current)):
            yield _joined(current)
            current = []
        current.append(line)
    if current:
        yield _joined(current)


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines)


def _begins(line: str, current: Sequence[str], longest: int) -> bool:
    """Whether a line of wrapped text begins a paragraph: by its mark, by its indent, or since the last one ended."""
    stripped, last = line.strip(), current[-1]
    if list_level(stripped) or heading_level(stripped) or _GAP.search(stripped) or _GAP.search(last.strip()):
        return True
    if len(last) < 0.7 * longest and _SENTENCE_END.search(last):
        return True
    if list_level(current[0].strip()):
        return False  # its lines hang
    step = _indent(line) - _indent(last)
    return step >= _INDENT or (step <= -_INDENT and len(current) > 1)


def _hangs(line: str, current: Sequence[str]) -> bool:
    """Whether a line goes on in a list item whose lines are indented."""
    first = current[0]
    item = bool(list_level(first.strip())) and not list_level(line.strip())
    return item and _indent(line) > _indent(first)
