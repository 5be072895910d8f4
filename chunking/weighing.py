"""How many tokens lie before each boundary of a text, from one pass of the tokenizer.

The text is encoded once, in slabs cut at boundaries; the byte lengths of the tokens tell where each one ends, so the
count up to a boundary is a look-up. Since boundaries are pre-token boundaries in any surroundings, differences of
these counts are exactly what the tokenizer counts for the pieces alone (a property test holds this).
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from chunking import tokens
from chunking.outline import Boundary

SLAB = 200_000  # characters: bounds the list of tokens held at once (about 60,000 of them)


@dataclass(frozen=True, slots=True)
class Point:
    """A boundary, with the number of tokens before it."""

    offset: int
    weight: int
    strength: int


class Scale:
    """The tokens of a text, as the byte at which each of them ends: four bytes a token are kept, no more."""

    def __init__(self, text: str, boundaries: Sequence[Boundary]) -> None:
        self.text = text
        self._ends = array("Q")
        lengths = tokens.byte_lengths()
        start, before = 0, 0
        for stop in _slab_ends(boundaries, len(text)):
            slab = accumulate(map(lengths.__getitem__, tokens.encode(text[start:stop])), initial=before)
            next(slab)  # the initial value itself
            self._ends.extend(slab)
            start, before = stop, self._ends[-1] if self._ends else 0

    @property
    def total(self) -> int:
        return len(self._ends)

    def points(self, boundaries: Iterable[Boundary], start: int = 0, before: int = 0) -> list[Point]:
        """The boundaries (in order, from `start` on) that fall between two tokens; `before` tokens precede `start`."""
        at = self._ends[before - 1] if before else 0
        found: list[Point] = []
        for boundary in boundaries:
            at += byte_length(self.text[start : boundary.offset])
            start = boundary.offset
            index = bisect_left(self._ends, at, before)
            if index < len(self._ends) and self._ends[index] == at:
                found.append(Point(start, index + 1, boundary.strength))
        return found


def byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _slab_ends(boundaries: Sequence[Boundary], length: int) -> list[int]:
    ends: list[int] = []
    for boundary in boundaries:
        if boundary.offset - (ends[-1] if ends else 0) >= SLAB:
            ends.append(boundary.offset)
    return [*ends, length]
