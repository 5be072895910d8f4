"""Where a text may be cut, and how gladly: what an outline finds, and what the splitter and the counts are asked for.

A boundary lies where a pre-token of cl100k_base starts whatever surrounds it: after the last newline of a run of
blanks, or before the blanks that follow a word. That is what makes token counts add up exactly.
"""

from bisect import bisect_right
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from chunking.tokens import BLANKS


class Strength(IntEnum):
    """How gladly a boundary is made, strongest first. Headings come before, by their depth: 0 to 8."""

    CLAUSE = 9
    PARAGRAPH = 10
    ROW = 11  # between two rows of a table, two items of a list, two lines of an e-mail's header
    LOOSE = 12  # after a heading, a table's header row or "… :", which belong with what follows
    SENTENCE = 13
    PHRASE = 14
    WORD = 15


STRENGTHS = range(max(Strength) + 1)
DEEPEST = Strength.CLAUSE - 1  # the strength of a heading under so many others or more
type Boundary = tuple[int, int]  # offset, strength


class Boundaries(NamedTuple):
    """In order, as two lists of numbers: a long document has a boundary for every line."""

    offsets: list[int]
    strengths: list[int]


def in_order(found: Iterable[Boundary]) -> Boundaries:
    """Those of `found`, in whatever order, that lie behind the start of the text: the first at each place."""
    first = dict(reversed([*found]))
    offsets = sorted(first)
    del offsets[: bisect_right(offsets, 0)]
    return Boundaries(offsets, [first[offset] for offset in offsets])


def boundary_at(text: str, offset: int) -> int | None:
    """The place nearest to `offset`, at or after it, where a cut after a newline is safe. None: only blanks follow."""
    if offset < len(text) and text[offset] not in BLANKS:
        return offset
    end = offset
    while end < len(text) and text[end] in BLANKS:
        end += 1
    if end == len(text):
        return None
    newline = max(text.rfind("\n", offset, end), text.rfind("\r", offset, end))
    return newline + 1 if newline >= 0 else offset
