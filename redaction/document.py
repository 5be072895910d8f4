"""The texts of one document as one, the way back to each, and the document while its findings are replaced."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redaction.normalise import Normalised
    from redaction.spans import Span

_BETWEEN = "\n\n"  # no pattern crosses a blank line, so no finding crosses two texts
_REACH = 120  # characters on either side of what was replaced that may read otherwise now
_LONG = 2_000  # characters of a line: what a page without a break holds is not read whole for each name in it


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of one of the given texts, in its own characters, for evaluations and reports."""

    text: int
    start: int
    end: int
    span: "Span"


class Written:
    """One text while its findings are replaced from left to right."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._pieces: list[str] = []
        self._done = 0
        self._length = 0
        self.places: list[int] = []  # where something was written

    def replace(self, start: int, end: int, replacement: str) -> None:
        self._pieces += (self._source[self._done : start], replacement)
        self.places.append(self._length + start - self._done)
        self._length += start - self._done + len(replacement)
        self._done = end

    @property
    def text(self) -> str:
        return "".join(self._pieces) + self._source[self._done :]


class Document:
    """The texts of one document as one normalised text, and the way back to each."""

    def __init__(self, texts: Sequence[str], written: Sequence[Sequence[int]] = ()) -> None:
        self.texts = texts
        self._written = written
        self._starts = [0, *accumulate(len(text) + len(_BETWEEN) for text in texts)]

    @property
    def size(self) -> int:
        return self._starts[-1]

    @cached_property
    def normalised(self) -> "Normalised":
        from redaction.normalise import normalise

        return normalise(_BETWEEN.join(self.texts))

    def beside_what_was_written(self) -> list[str]:
        """The lines around each replacement, of each text that has any."""
        return [_around(text, places) for text, places in zip(self.texts, self._written, strict=True) if places]

    def split(self, span: "Span") -> list[Finding]:
        """The span in the texts' own characters; one that crosses texts becomes one finding in each."""
        start, end = self.normalised.original(span.start, span.end)
        found: list[Finding] = []
        index = bisect_right(self._starts, start) - 1
        while index < len(self.texts) and self._starts[index] < end:
            base = self._starts[index]
            low, high = max(start - base, 0), min(end - base, len(self.texts[index]))
            if low < high:
                found.append(
                    Finding(index, low, high, span if not found else replace(span, canonical="", given="", surname=""))
                )
            index += 1
        return found


def _around(text: str, places: Sequence[int]) -> str:
    """The lines around each place, parted by blank lines."""
    stretches: list[tuple[int, int]] = []
    for at in places:
        low, high = _lines(text, at)
        if stretches and low <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(high, stretches[-1][1]))
        else:
            stretches.append((low, high))
    return _BETWEEN.join(text[low:high] for low, high in stretches)


def _lines(text: str, at: int) -> tuple[int, int]:
    """The lines to `_REACH` characters on either side, never beyond a blank line, and of a long line its middle."""
    first, last = max(0, at - _REACH - _LONG), min(len(text), at + _REACH + _LONG)
    low = max(text.rfind("\n", first, max(first, at - _REACH)), text.rfind(_BETWEEN, first, at)) + 1
    ends = (text.find("\n", at + _REACH, last), text.find(_BETWEEN, at, last))
    return max(low, first), min((end for end in ends if end >= 0), default=last)
