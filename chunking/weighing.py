"""How many tokens lie before each boundary of a text: every stretch between two boundaries is counted once.

Boundaries are places where a pre-token of cl100k_base starts whatever surrounds it: after the last newline of a run
of blanks, or before the blanks that follow a word. So the sum over stretches is exactly what the tokenizer counts for
the whole, and for any run of them (a property test holds this): nothing is ever counted twice to be sure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chunking import tokens
from chunking.outline import Boundary


@dataclass(frozen=True, slots=True)
class Piece:
    """text[start:end]; `before` and `after` are token counts from one origin, so their difference is its own."""

    start: int
    end: int
    before: int
    after: int

    @property
    def tokens(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Point:
    """A boundary, with the number of tokens before it."""

    offset: int
    weight: int
    strength: int


def weigh(
    text: str, boundaries: Iterable[Boundary], start: int = 0, end: int | None = None, before: int = 0
) -> tuple[list[Point], int]:
    """The boundaries, in order and inside text[start:end], as points; and the number of tokens before `end`."""
    count = tokens.counter()
    points: list[Point] = []
    for boundary in boundaries:
        if boundary.offset > start:
            before += count(text[start : boundary.offset])
            start = boundary.offset
        points.append(Point(start, before, boundary.strength))
    return points, before + count(text[start:end])
