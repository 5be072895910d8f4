"""How many tokens lie before each boundary of a text, from one pass of the tokenizer over it.

The text is encoded once, in slabs cut at boundaries; the byte lengths of its tokens tell where each one ends, so the
count up to a boundary is a look-up. Boundaries are places where a pre-token of cl100k_base starts whatever surrounds
it: after the last newline of a run of blanks, or before the blanks that follow a word. So differences of these counts
are exactly what the tokenizer counts for the pieces alone (a property test holds this): nothing is counted twice.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from chunking import tokens
from chunking.outline import Boundary

SLAB = 100_000  # characters: bounds the list of tokens held at once (about 30,000 of them)


class Piece(NamedTuple):
    """text[start:end]; `before` and `after` are token counts from one origin, so their difference is its own."""

    start: int
    end: int
    before: int
    after: int

    @property
    def tokens(self) -> int:
        return self.after - self.before


class Point(NamedTuple):
    """A boundary, with the number of tokens before it."""

    offset: int
    weight: int
    strength: int


def weigh(
    text: str, boundaries: Sequence[Boundary], start: int = 0, end: int | None = None, before: int = 0
) -> tuple[list[Point], int]:
    """The boundaries, in order and inside text[start:end], as points; and the number of tokens before `end`.

    `before` tokens precede `start`. A boundary that falls inside a token is left out.
    """
    lengths = tokens.byte_lengths()
    points: list[Point] = []
    for stop, inside in _slabs(boundaries, start, len(text) if end is None else end):
        ends = list(accumulate([lengths[token] for token in tokens.encode(text[start:stop])]))
        at = 0
        for offset, strength in inside:
            between = text[start:offset]
            at += len(between) if between.isascii() else len(between.encode("utf-8", "surrogatepass"))
            start = offset
            index = bisect_left(ends, at)
            if index < len(ends) and ends[index] == at:
                points.append(Point(offset, before + index + 1, strength))
        before += len(ends)
        start = stop
    return points, before


def _slabs(boundaries: Sequence[Boundary], start: int, end: int) -> list[tuple[int, list[Boundary]]]:
    """Where each slab ends, with the boundaries in it, its own end included."""
    slabs: list[tuple[int, list[Boundary]]] = []
    inside: list[Boundary] = []
    for boundary in boundaries:
        inside.append(boundary)
        if boundary.offset - start >= SLAB:
            slabs.append((boundary.offset, inside))
            start, inside = boundary.offset, []
    return [*slabs, (end, inside)]
