"""The few per cent of a text that stand around digits, as one short string, and the way back.

French identifiers, dates and addresses all hold digits: patterns that run over the digest skip the rest. Windows are
parted by a blank line, which no pattern crosses.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from redaction.anchors import Anchored

_MARGIN = 16  # more characters than any identifier has before its first digit or after its last
_CLUSTER = re.compile(rf"\d++(?:\D{{1,{2 * _MARGIN + 2}}}+\d++)*+", re.ASCII)
# Long numbers: seven digits or more, a few letters that OCR made of digits between them.
_LONG = re.compile(r"\d(?:\D{0,9}+\d){6,}+", re.ASCII)
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Digest:
    text: str
    whole: Anchored
    _starts: tuple[int, ...]
    _origins: tuple[int, ...]
    _has: dict[re.Pattern[str], bool] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return self.whole.text

    def at(self, offset: int) -> int:
        """The offset in the source of an offset in the digest; windows are contiguous."""
        index = bisect_right(self._starts, offset) - 1
        return self._origins[index] + offset - self._starts[index]

    def has(self, needle: re.Pattern[str]) -> bool:
        """Whether it is anywhere: sought once, whatever the number of patterns that ask."""
        known = self._has.get(needle)
        if known is None:
            known = self._has[needle] = needle.search(self.text) is not None
        return known

    def long_numbers(self) -> "Digest":
        """The part of it that stands around long numbers: none reaches into the next window, which is too far."""
        windows = [(self.at(low), high - low) for low, high in _windows(self.text, _LONG)]
        return _compact(self.whole, [(start, start + length) for start, length in windows])


def digest(whole: Anchored) -> Digest:
    return _compact(whole, _windows(whole.text, _CLUSTER))


def _windows(text: str, clusters: re.Pattern[str]) -> list[tuple[int, int]]:
    last = len(text)
    return [(max(0, c.start() - _MARGIN), min(last, c.end() + _MARGIN)) for c in clusters.finditer(text)]


def _compact(whole: Anchored, windows: list[tuple[int, int]]) -> Digest:
    source = whole.text
    pieces, starts, origins = [], [], []
    length = 0
    for start, end in windows:
        pieces.append(source[start:end])
        starts.append(length)
        origins.append(start)
        length += end - start + len(_BETWEEN)
    return Digest(_BETWEEN.join(pieces), whole, tuple(starts), tuple(origins))
