"""How many tokens lie before each boundary of a text, from one pass of the tokenizer.

The text is encoded once, in slabs cut at boundaries; the byte lengths of the tokens tell where each one ends, so the
count up to a boundary is a look-up. Since boundaries are pre-token boundaries in any surroundings, differences of
these counts are exactly what the tokenizer counts for the pieces alone (a property test holds this).
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from chunking import tokens
from chunking.outline import Boundary

SLAB = 200_000  # characters: bounds the list of tokens held at once (about 60,000 of them)


def weigh(text: str, boundaries: Sequence[Boundary]) -> tuple[list[Boundary], list[int]]:
    """The boundaries that fall between two tokens, and the number of tokens before each; text's end comes last."""
    kept: list[Boundary] = []
    weights: list[int] = []
    before, start = 0, 0
    for stop, inside in _slabs(boundaries, len(text)):
        slab = text[start:stop]
        ends = token_ends(slab)
        at, position = 0, start
        for boundary in inside:
            at += byte_length(text[position : boundary.offset])
            position = boundary.offset
            if (weight := tokens_before(ends, at)) is not None:
                kept.append(boundary)
                weights.append(before + weight)
        before += len(ends)
        start = stop
    return kept, [*weights, before]


def token_ends(text: str) -> list[int]:
    """Where each token of `text` ends, in bytes."""
    return list(accumulate(map(tokens.byte_lengths().__getitem__, tokens.encode(text))))


def tokens_before(ends: list[int], at: int) -> int | None:
    """The number of tokens that end at or before byte `at`; None if one goes through it."""
    index = bisect_left(ends, at)
    return index + 1 if index < len(ends) and ends[index] == at else None


def byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _slabs(boundaries: Sequence[Boundary], length: int) -> list[tuple[int, list[Boundary]]]:
    """Where each slab ends, with the boundaries in it, its own end included."""
    slabs: list[tuple[int, list[Boundary]]] = []
    start, inside = 0, list[Boundary]()
    for boundary in boundaries:
        inside.append(boundary)
        if boundary.offset - start >= SLAB:
            slabs.append((boundary.offset, inside))
            start, inside = boundary.offset, []
    return [*slabs, (length, inside)]
