"""Where the literals stand that rules look for first: a piece of what they want, as patterns cost far more.

A hundred and fifty are sought in every text, and few of them are there. Its words say which, and a word that was met
before costs a look-up: so a long text is not searched for what it does not hold. Promises: exact; linear; places are
gone with their text, and of its words a bound number is remembered.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property


@dataclass(frozen=True, eq=False, slots=True)
class Anchor:
    """A literal, one object for each; made by `anchors`."""

    literal: str
    piece: str  # the longest part of it without a blank: a text that has the literal has a word with this
    any_case: bool  # given in lower case, and found however it is written


_SOUGHT: list[Anchor] = []


def anchors(*literals: str, any_case: bool = False) -> tuple[Anchor, ...]:
    """What a module's rules look for: to be called where it defines them."""
    return tuple(_anchor(literal, any_case) for literal in literals)


@cache
def _anchor(literal: str, any_case: bool) -> Anchor:
    made = Anchor(literal, max(literal.split(), key=len), any_case)
    _SOUGHT.append(made)
    return made


class Anchored:
    """One text, and where anchors stand in it. Made for a text, asked by its rules, gone with it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _distinct_words(text)
        self._there = _VOCABULARY.anchors_in(self.words)
        self._places: dict[Anchor, tuple[int, ...]] = {}

    @cached_property
    def lowered(self) -> str:
        return lowered(self.text)

    def has(self, sought: Iterable[Anchor]) -> bool:
        """Whether any of them may stand here: never wrong when it says no."""
        return not self._there.isdisjoint(sought)

    def places(self, sought: Iterable[Anchor]) -> Iterator[int]:
        """Where any of them stands, anchor by anchor; each is looked for once, whatever the number that ask."""
        for anchor in sought:
            if anchor in self._there:
                if anchor not in self._places:
                    text = self.lowered if anchor.any_case else self.text
                    self._places[anchor] = tuple(occurrences(text, anchor.literal))
                yield from self._places[anchor]


def occurrences(text: str, literal: str) -> Iterator[int]:
    """Where a literal stands, overlapping ones included."""
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + 1)


def _distinct_words(text: str) -> frozenset[str]:
    """Taken a megabyte at a time, cut at a blank: the words of a very long text never stand in one list."""
    words: set[str] = set()
    start = 0
    while start < len(text):
        blank = text.find(" ", start + _AT_ONCE)
        end = blank if blank >= 0 else len(text)
        words.update(text[start:end].split())
        start = end
    return frozenset(words)


_AT_ONCE = 1_000_000  # characters


def lowered(text: str) -> str:
    """In lower case and of the same length: of what would grow («İ») the capital stays."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


class _Met:
    """Words that were met, and the anchors that each holds. It only grows: threads share it, and none may miss one."""

    def __init__(self, sought: Sequence[Anchor]) -> None:
        self.sought = sought
        self.words: set[str] = set()
        self._holding: dict[str, list[Anchor]] = {}

    def anchors_in(self, words: frozenset[str]) -> set[Anchor]:
        there: set[Anchor] = set()
        new = words - self.words
        if new:
            short = {word for word in new if len(word) <= _LONGEST}
            there.update(anchor for anchor, _ in self._held("\n".join(new - short)))
            self._remember("\n".join(("", *short, "")))
            self.words |= short  # last: of a word that was met it is known what it holds
        return there.union(*map(self._holding.__getitem__, words & self._holding.keys()))

    def _remember(self, words: str) -> None:
        held: dict[str, list[Anchor]] = defaultdict(list)
        for anchor, text in self._held(words):
            for at in occurrences(text, anchor.piece):
                held[words[words.rfind("\n", 0, at) + 1 : words.find("\n", at)]].append(anchor)
        self._holding.update(held)

    def _held(self, words: str) -> Iterator[tuple[Anchor, str]]:
        """Each anchor that some of the words hold, and the words as it is sought in them."""
        small = lowered(words)
        for anchor in self.sought:
            text = small if anchor.any_case else words
            if anchor.piece in text:
                yield anchor, text


class _Vocabulary:
    """The words that this process has met: begun anew when they are many, or when there is more to look for."""

    def __init__(self) -> None:
        self._met = _Met(())

    def anchors_in(self, words: frozenset[str]) -> set[Anchor]:
        met = self._met
        if len(met.words) > _MOST or len(met.sought) != len(_SOUGHT):
            met = self._met = _Met(tuple(_SOUGHT))
        return met.anchors_in(words)


_MOST = 50_000  # words: a bound on memory, not a tuning
_LONGEST = 40  # characters of a word that is remembered
_VOCABULARY = _Vocabulary()
