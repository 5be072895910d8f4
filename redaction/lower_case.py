"""The words that one text writes small: whether it has one, and where.

Three rules ask («does the document ever write it small?», «where does dupont stand?»), of dozens of words each. What
is there at all is read in its distinct words; only that is then sought. Promises: linear, whole words only.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from redaction.anchors import Anchored, occurrences

_SMALL = re.compile(r"[a-zà-öø-ÿœ]{2,}")  # the ends of capitalised words, too: fast, and only a sieve


class LowerCase:
    """Made for a text, asked by its rules, gone with it."""

    def __init__(self, whole: Anchored) -> None:
        self._text = whole.text
        self._words = whole.words

    def __contains__(self, word: str) -> bool:
        """Whether a word, whatever its own capitals, stands in lower case by itself."""
        return next(self._places(word.lower()), None) is not None

    def places_of(self, spellings: Iterable[str]) -> Iterator[tuple[int, int]]:
        """From where to where each of the spellings stands, spelling by spelling."""
        for spelling in sorted(spellings):
            yield from self._places(spelling)

    @cached_property
    def _pieces(self) -> frozenset[str]:
        return frozenset(_SMALL.findall("\n".join(self._words)))

    def _places(self, spelling: str) -> Iterator[tuple[int, int]]:
        if _SMALL.fullmatch(spelling) and spelling not in self._pieces:
            return
        for at in occurrences(self._text, spelling):
            end = at + len(spelling)
            if not (self._text[at - 1 : at].isalpha() or self._text[end : end + 1].isalpha()):
                yield at, end
