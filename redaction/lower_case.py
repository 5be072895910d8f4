"""The words of one text as it writes them, and where it has a word in lower case.

Three rules ask («does the document ever write it small?», «where does dupont stand?»), of dozens of words each. All
words are taken once, in one pass; only a word that is there is then sought. Promises: linear, whole words only.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

_WORD = re.compile(r"[^\W\d_]+")


class LowerCase:
    """Made for a text, asked by its rules, gone with it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __contains__(self, word: str) -> bool:
        """Whether a word, whatever its own capitals, stands in lower case by itself."""
        small = word.lower()
        return small in self._words if small.isalpha() else next(self._places(small), None) is not None

    def places_of(self, spellings: Iterable[str]) -> Iterator[tuple[int, int]]:
        """From where to where each of the spellings stands, spelling by spelling."""
        for spelling in sorted(spellings):
            if spelling in self._words or not spelling.isalpha():
                yield from self._places(spelling)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self._text))

    def _places(self, spelling: str) -> Iterator[tuple[int, int]]:
        at = self._text.find(spelling)
        while at >= 0:
            end = at + len(spelling)
            if not (self._text[at - 1 : at].isalpha() or self._text[end : end + 1].isalpha()):
                yield at, end
            at = self._text.find(spelling, end)
