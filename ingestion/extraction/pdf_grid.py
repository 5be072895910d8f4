"""The cells of a ruled table: the grid of its edges' positions, and which cells reach over several of its fields."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from ingestion.extraction.pdf_rules import THIN, Edge

_NEARLY = 6.0  # points that a rule may stop short of its corner


class Cell(NamedTuple):
    """A cell by the field at its top left, and by its bounds in points."""

    row: int
    column: int
    left: float
    top: float
    right: float
    bottom: float


class Grid:
    """Row and column positions of a table, top first; a cell reaches on where no edge ends it."""

    def __init__(self, xs: list[float], ys: list[float], across: list[Edge], down: list[Edge]) -> None:
        self.xs, self.ys = xs, ys
        self._across, self._down = _by_position(across, ys), _by_position(down, xs)
        self.owners = [[-1] * (len(xs) - 1) for _ in ys[1:]]  # of each field, by row and column: its cell's number
        self.cells = list(self._cells())

    def _cells(self) -> Iterator[Cell]:
        number = 0
        for row, owners in enumerate(self.owners):
            for column, owner in enumerate(owners):
                if owner < 0:
                    right, below = self._reach(row, column)
                    for fields in self.owners[row:below]:
                        fields[column:right] = [number] * (right - column)
                    yield Cell(row, column, self.xs[column], self.ys[row], self.xs[right], self.ys[below])
                    number += 1

    def _reach(self, row: int, column: int) -> tuple[int, int]:
        """The column and the row past the cell that begins here."""
        xs, ys = self.xs, self.ys
        right, below = column + 1, row + 1
        while right < len(xs) - 1 and not _ruled(self._down[right], ys[row], ys[row + 1]):
            right += 1
        while below < len(ys) - 1 and not _ruled(self._across[below], xs[column], xs[right]):
            below += 1
        return right, below

    def divides(self, column: int, y: float) -> bool:
        """Whether a rule is drawn at this height where a column begins, or ends so near that it was meant to be."""
        return any(edge.low - _NEARLY <= y <= edge.high + _NEARLY for edge in self._down[column])

    def encloses(self, cell: Cell) -> bool:
        """Whether a cell is ruled where it begins: at its left and at its top."""
        above, beside = self._across[cell.row], self._down[cell.column]
        return _ruled(above, cell.left, cell.right) and _ruled(beside, cell.top, cell.bottom)


def _ruled(edges: list[Edge], one: float, other: float) -> bool:
    middle = (one + other) / 2
    for edge in edges:  # noqa: SIM110  (any() makes a generator for each of thousands of cells)
        if edge.low <= middle <= edge.high:
            return True
    return False


def _by_position(edges: list[Edge], positions: list[float]) -> list[list[Edge]]:
    """The edges at each position, or as near to it as makes no difference."""
    ordered = sorted(edges)
    places = [edge.at for edge in ordered]
    return [ordered[bisect_left(places, at - THIN) : bisect_right(places, at + THIN)] for at in positions]
