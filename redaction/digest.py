"""The few per cent of a text that stand around digits, as one short string, and the way back.

French identifiers, dates and addresses all hold digits: patterns that run over the digest skip the rest. Windows are
parted by a blank line, which no pattern crosses.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

_MARGIN = 16  # more characters than any identifier has before its first digit or after its last
_CLUSTER = re.compile(rf"\d+(?:\D{{1,{2 * _MARGIN + 2}}}\d+)*", re.ASCII)
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Digest:
    text: str
    source: str
    lowered: str  # the source in lower case, of the same length
    _starts: tuple[int, ...]
    _origins: tuple[int, ...]

    def at(self, offset: int) -> int:
        """The offset in the source of an offset in the digest; windows are contiguous."""
        index = bisect_right(self._starts, offset) - 1
        return self._origins[index] + offset - self._starts[index]


def digest(source: str) -> Digest:
    pieces, starts, origins = [], [], []
    length = 0
    for cluster in _CLUSTER.finditer(source):
        start, end = max(0, cluster.start() - _MARGIN), cluster.end() + _MARGIN
        pieces.append(source[start:end])
        starts.append(length)
        origins.append(start)
        length += len(pieces[-1]) + len(_BETWEEN)
    return Digest(_BETWEEN.join(pieces), source, _lowered(source), tuple(starts), tuple(origins))


def _lowered(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)
