"""Marks that are raised above a line of a PDF: "article 12³" is not article 123.

A note's mark is a number set small or high. Only digits that end a word or a number are asked about, and only in lines
that were drawn in several pieces, since what is raised is a piece of its own.
"""

import re
from typing import TYPE_CHECKING

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.pdf_look import baseline_at, height_at, sides_of

if TYPE_CHECKING:
    from ingestion.extraction.pdf_calls import Handle

LEADING_MARK = re.compile(r"\d{1,3}(?=[^\W\d_]{2})")
_DIGIT = re.compile("[0-9]")
_MARK = re.compile(r"\d(?:(?<=[^\W\d_]\d)|(?<=[.;,:»)\]’”\"]\d))\d{0,2}(?=[\s.,;:»)\]]|$)")
_NUMBER = re.compile(r"\d{2,}")  # may end in a mark that is raised
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALL = 0.8  # of the line's size: a raised mark is set at 0.6 to 0.75
_HIGH = 0.2  # of the line's size above its baseline: no digit that stands on it begins there
_LOWERED = 0.05  # of the line's size below its baseline: CO₂ is no CO²


def is_small(height: float, of: float) -> bool:
    """Whether a mark of this height is set smaller than its line."""
    return height < _SMALL * of


def raised(text: str) -> str:
    return text.translate(_SUPERSCRIPTS)


class Marks:
    """The raised marks of one line, which stands at `baseline` and begins at the character `first`."""

    def __init__(self, page: "Handle", first: int, height: float, baseline: float, *, turned: bool) -> None:
        self._page, self._first = page, first
        self._height, self._baseline, self._turned = height, baseline, turned

    def shown_in(self, text: str) -> str:
        """The line's text with its raised digits as superscripts."""
        if not _DIGIT.search(text):
            return text
        return _MARK.sub(self._after_a_word, _NUMBER.sub(self._after_a_number, text))

    def _after_a_word(self, match: re.Match[str]) -> str:
        index = self._first + match.start()
        beside = max(self._baseline, baseline_at(self._page, index - 1))  # the cells of a row may differ
        return raised(match.group()) if self._is_raised(index, beside) else match.group()

    def _after_a_number(self, match: re.Match[str]) -> str:
        """Digits of one text object are set alike, which is nearly every number."""
        start, end = self._first + match.start(), self._first + match.end() - 1
        number = match.group()
        if calls.text_object(self._page, start) == calls.text_object(self._page, end):
            return number
        index = end
        while index > max(start, end - 3) and self._is_raised(index, self._baseline):
            index -= 1
        mark = len(number) - (end - index)
        return number[:mark] + raised(number[mark:])

    def _is_raised(self, index: int, baseline: float) -> bool:
        if 0 < height_at(self._page, index) < _SMALL * self._height:
            return self._turned or baseline_at(self._page, index) > baseline - _LOWERED * self._height
        sides = None if self._turned else sides_of(self._page, index)
        return sides is not None and sides[2] > baseline + _HIGH * self._height
