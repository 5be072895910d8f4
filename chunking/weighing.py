"""How many tokens lie before each boundary of a text, each stretch between two boundaries counted once.

Boundaries are places where a pre-token of cl100k_base starts whatever surrounds it: after the last newline of a run of
blanks, or before the blanks that follow a word. So the counts of the stretches add up to exactly what the tokenizer
counts for the pieces that are made of them (a property test holds this).
"""

from typing import NamedTuple

from chunking.blocks import maker
from chunking.boundaries import Boundaries
from chunking.tokens import cumulated


class Piece(NamedTuple):
    """text[start:end]; `before` and `after` are token counts from one origin, so their difference is its own."""

    start: int
    end: int
    before: int
    after: int

    @property
    def tokens(self) -> int:
        return self.after - self.before


new_piece = maker(Piece)


class Points(NamedTuple):
    """Boundaries, and how many tokens lie before each: three lists of numbers."""

    offsets: list[int]
    weights: list[int]
    strengths: list[int]


def weigh(
    text: str, boundaries: Boundaries, start: int = 0, end: int | None = None, before: int = 0
) -> tuple[Points, int]:
    """The boundaries, which lie inside text[start:end], as points; and the number of tokens before `end`.

    `before` tokens precede `start`.
    """
    offsets, strengths = boundaries
    *weights, total = cumulated(text, start, (*offsets, len(text) if end is None else end), before)
    return Points(offsets, weights, strengths), total
