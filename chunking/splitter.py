"""Where a text is cut: structure first, content second, position never.

Boundaries are tried strongest first, and within one strength in the order of a hash of the text that follows them: a
place is chosen for what stands there, so an edit moves only the cuts around itself. A boundary is made if what it
divides is too large for its strength and both sides keep the minimum. What is still above the maximum is cut at
sentences, then at phrases and words; then the minimum yields; a single word above it is cut anywhere.

Promises: the pieces concatenate to the text; none is above the maximum; counts are exact; no cut falls in a protected
span (a legal reference, a table row, a redaction token) unless the span alone is above the maximum.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import gt, itemgetter, sub
from zlib import crc32

from chunking import tokens
from chunking.boundaries import STRENGTHS, Boundaries, Boundary, Strength, in_order
from chunking.sentences import phrase_ends, word_ends
from chunking.settings import ChunkSettings
from chunking.weighing import Piece, Points, new_piece, weigh

HASHED = 12  # characters after a boundary that decide its rank: 24 moved a cut in one edit of forty, 12 in one of sixty
LONG = 3  # characters per token of the maximum: more text than that without a boundary is probably above it


class Spans:
    """Places that no cut may fall in."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = [end for _, end in ordered]
        if any(map(gt, self._ends, self._starts[1:])):
            self._merge(ordered)

    def _merge(self, ordered: Sequence[tuple[int, int]]) -> None:
        """One span of those that overlap."""
        self._starts, self._ends = [], []
        for start, end in ordered:
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def hold(self, offset: int) -> bool:
        """Whether `offset` lies strictly inside one."""
        return self.floor(offset) < offset

    def spare(self, boundaries: Boundaries) -> Boundaries:
        """Those of the `boundaries` that lie inside none."""
        offsets, strengths = boundaries
        held: list[slice] = []
        for start, end in zip(self._starts, self._ends, strict=True):
            first = bisect_right(offsets, start)
            if first < len(offsets) and offsets[first] < end:
                held.append(slice(first, bisect_left(offsets, end, first)))
        if not held:
            return boundaries
        offsets, strengths = offsets.copy(), strengths.copy()
        for inside in reversed(held):
            del offsets[inside], strengths[inside]
        return Boundaries(offsets, strengths)

    def floor(self, offset: int) -> int:
        """`offset` itself, or the start of the span that it lies in."""
        index = bisect_left(self._starts, offset) - 1
        return self._starts[index] if index >= 0 and offset < self._ends[index] else offset


def split(text: str, boundaries: Boundaries, protected: Spans, settings: ChunkSettings) -> list[Piece]:
    """The pieces of `text`, in order."""
    points, total = weigh(text, protected.spare(_with_phrases(text, boundaries, settings)))
    chosen = _choose(text, Piece(0, len(text), 0, total), points, settings.minimum, _limits(settings))
    if all(after - before <= settings.maximum for _, _, before, after in chosen):
        return chosen
    oversize = _Oversize(text, points, protected, settings)
    return [smaller for piece in chosen for smaller in oversize.cut(piece)]


def _with_phrases(text: str, boundaries: Boundaries, settings: ChunkSettings) -> Boundaries:
    """The boundaries, and the ends of sentences and phrases in stretches that are probably above the maximum."""
    edges = [0, *boundaries.offsets, len(text)]
    if max(map(sub, edges[1:], edges)) <= LONG * settings.maximum:
        return boundaries
    long = [(start, end) for start, end in pairwise(edges) if end - start > LONG * settings.maximum]
    finer = [boundary for start, end in long for boundary in phrase_ends(text, start, end)]
    return in_order((*zip(*boundaries, strict=True), *finer)) if finer else boundaries


type Limits = list[tuple[int, int]]  # by strength: what the best place divides, and how much more the worst needs


def _limits(settings: ChunkSettings) -> Limits:
    """Above how many tokens a boundary of a strength divides: headings always, what holds a paragraph hardly ever.

    Between paragraphs it depends on the place: a good one divides a short section, a poor one only what is nearly too
    large. So where an edit destroys a cut, the next best place is seldom good enough to bring more than one new cut.
    """
    low = settings.target * 2 // 3
    by_place, never = (low, settings.maximum - low), (settings.maximum, 0)
    return [
        (0, 0) if strength < Strength.CLAUSE else by_place if strength < Strength.LOOSE else never
        for strength in STRENGTHS
    ]


def _choose(text: str, whole: Piece, points: Points, minimum: int, limits: Limits) -> list[Piece]:
    offsets, weights = [whole.start, whole.end], [whole.before, whole.after]
    following = _Following(text, whole)
    for strength, alike in enumerate(_by_strength(points)):
        best, span = limits[strength]
        possible = _possible(points, alike, weights, minimum, best)
        for rank, offset, weight in sorted(following.ranked(possible), key=itemgetter(0)):
            i = bisect_right(weights, weight)
            high, low = weights[i], weights[i - 1]
            if high - weight >= minimum and weight - low >= minimum and high - low > best + (span * rank >> 32):
                weights.insert(i, weight)
                offsets.insert(i, offset)
    return list(map(new_piece, zip(offsets, offsets[1:], weights, weights[1:], strict=False)))


def _by_strength(points: Points) -> list[list[int]]:
    """The indexes of those of each strength."""
    groups: list[list[int]] = [[] for _ in STRENGTHS]
    for index, strength in enumerate(points.strengths):
        groups[strength].append(index)
    return groups


def _possible(
    points: Points, alike: Sequence[int], weights: Sequence[int], minimum: int, best: int
) -> Iterator[tuple[int, int]]:
    """Offset and weight of those points, of one strength and in order, that may divide what is cut so far.

    What lies between two cuts only becomes smaller: a point that divides nothing now never will, and needs no hash.
    """
    offsets, before, _ = points
    i = 1
    for index in alike:
        weight = before[index]
        while weights[i] <= weight:
            i += 1
        high, low = weights[i], weights[i - 1]
        if high - low > best and high - weight >= minimum and weight - low >= minimum:
            yield offsets[index], weight


class _Following:
    """What follows each place, as the hash of 32 bits that ranks it: from 0, the best, to 2**32 - 1."""

    def __init__(self, text: str, whole: Piece) -> None:
        self._bytes = text[whole.start : whole.end + HASHED].encode("utf-32-le", "surrogatepass")
        self._first = 4 * whole.start  # four bytes a character

    def ranked(self, places: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
        following, first, size = self._bytes, self._first, 4 * HASHED
        return [(crc32(following[(at := 4 * offset - first) : at + size]), offset, weight) for offset, weight in places]


class _Oversize:
    """Cuts what no paragraph could: a piece above the maximum, finer and finer until none is."""

    def __init__(self, text: str, points: Points, protected: Spans, settings: ChunkSettings) -> None:
        self.text, self.points, self.protected, self.settings = text, points, protected, settings

    def cut(self, piece: Piece) -> list[Piece]:
        pieces = [piece]
        for step in (self._at_phrases, self._at_words, self._whatever_is_left, self._anywhere):
            if all(part.tokens <= self.settings.maximum for part in pieces):
                break
            pieces = [
                smaller
                for part in pieces
                for smaller in (step(part) if part.tokens > self.settings.maximum else [part])
            ]
        return pieces

    def _at_phrases(self, piece: Piece) -> list[Piece]:
        points = self._points(piece, phrase_ends(self.text, piece.start, piece.end))
        return _choose(self.text, piece, points, self.settings.minimum, _limits(self.settings))

    def _at_words(self, piece: Piece) -> list[Piece]:
        points = self._points(piece, word_ends(self.text, piece.start, piece.end))
        return _choose(self.text, piece, points, self.settings.minimum, _limits(self.settings))

    def _whatever_is_left(self, piece: Piece) -> list[Piece]:
        points = self._points(piece, word_ends(self.text, piece.start, piece.end))
        return _choose(self.text, piece, points, 1, [(self.settings.maximum, 0)] * len(STRENGTHS))

    def _points(self, piece: Piece, finer: Iterable[Boundary]) -> Points:
        """The boundaries inside `piece`: those known, and the finer ones, weighed."""
        offsets = self.points.offsets
        inside = slice(bisect_right(offsets, piece.start), bisect_left(offsets, piece.end))
        allowed = in_order(boundary for boundary in finer if not self.protected.hold(boundary[0]))
        weighed, _ = weigh(self.text, allowed, piece.start, piece.end, piece.before)
        return Points(*(known[inside] + new for known, new in zip(self.points, weighed, strict=True)))

    def _anywhere(self, piece: Piece) -> list[Piece]:
        """Pieces of something without blanks: each is counted by itself, since these cuts are inside pre-tokens."""
        pieces, start = [], piece.start
        while start < piece.end:
            end = self._fitting(start, piece.end)
            pieces.append(Piece(start, end, 0, tokens.count(self.text[start:end])))
            start = end
        return pieces

    def _fitting(self, start: int, limit: int) -> int:
        """An end such that text[start:end] is within the maximum, after a sign rather than inside a word."""
        maximum = self.settings.maximum
        size = 6 * maximum
        while start + size < limit and tokens.count(self.text[start : start + size]) <= maximum:
            size *= 2
        end = min(start + size, limit)
        while tokens.count(self.text[start:end]) > maximum:
            end = start + max(1, min(end - start - 1, (end - start) * 7 // 8))
        if end == limit:
            return end
        sign = next((i for i in range(end, start + (end - start) * 3 // 4, -1) if not self.text[i - 1].isalnum()), end)
        floor = self.protected.floor(sign)
        return floor if floor > start else sign
