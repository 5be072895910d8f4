"""Numbers of lines in a page's margin, as pleadings and drafts have them: they count lines, and belong to no text.

Numbers of paragraphs and of rows stay: theirs do not count the lines of running prose. PDFium gives a number as a line
of its own or, where it stands near, at the beginning of the line that it counts.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingestion.extraction.pdf_line import Line

_LEAST = 5  # numbers on the first page that has them
_SAMPLE = 80  # of them are looked at: a page has fewer
_STEPS = (1, 2, 5, 10)
_BESIDE = 0.5  # of a line's size: how far its number may stand above or below its baseline
_RUNNING = 0.4  # of the lines that are counted begin in lower case where they are prose, none where they are rows
_ENDING = 0.3  # of them, at most, end a sentence: the items of a list do
_COVERED = 0.7  # of the page's lines, at least: a list within the page counts fewer
_NUMBER = re.compile(r"\d{1,5}(?= \S|$)")

Cut = Callable[[Line, int], Line]  # a line from a place in its text on


@dataclass(frozen=True, slots=True)
class _Number:
    line: Line
    value: int
    alone: bool


class LineNumbers:
    """Takes the numbers of lines off the pages of one document, in their order."""

    def __init__(self) -> None:
        self._found = False
        self._next: dict[int, int] = {}  # what the next page would begin with, by the step

    def off(self, lines: list[Line], cut: Cut) -> list[Line]:
        """The page's lines without the numbers that count them."""
        numbers = [number for line in lines if line.text[0].isdecimal() and (number := _number(line))]
        if len(numbers) < _LEAST and not self._found:
            return lines
        chain, step = _longest_chain(sorted(_in_margins(numbers, lines), key=lambda it: -it.line.y))
        if not chain or not (self._goes_on(chain, step) or _count_prose(chain, step, lines)):
            return lines
        self._found, self._next = True, {step: chain[-1].value + step}
        counting = {id(number.line): number for number in chain}
        kept = [line for line in lines if id(line) not in counting or not counting[id(line)].alone]
        return [cut(line, len(str(counting[id(line)].value)) + 1) if id(line) in counting else line for line in kept]

    def _goes_on(self, chain: Sequence[_Number], step: int) -> bool:
        """Whether the page counts on from the last one, or anew as that did."""
        return self._found and chain[0].value in (self._next.get(step), step) and (len(chain) > 1 or step == 1)


def _number(line: Line) -> _Number | None:
    match = _NUMBER.match(line.text)
    if match is None or match.group()[0] == "0":
        return None
    return _Number(line, int(match.group()), match.group() == line.text)


def _in_margins(numbers: Sequence[_Number], lines: Sequence[Line]) -> list[_Number]:
    """Those that stand left or right of the text, as far as they stand alone."""
    others = [line for line in lines if not line.text.isdecimal()]
    if not others:
        return []
    left = Counter(round(line.x0) for line in others).most_common(1)[0][0]
    right = max(line.x1 for line in others)
    return [it for it in numbers if not it.alone or it.line.x1 < left or it.line.x0 > right]


def _longest_chain(numbers: Sequence[_Number]) -> tuple[list[_Number], int]:
    """The numbers that count down the page by one step, and the step: the longest run of them."""
    best: list[_Number] = []
    best_step = 1
    for step in _STEPS:
        longest = _chain(numbers, step)
        if len(longest) > len(best):
            best, best_step = longest, step
    return best, best_step


def _chain(numbers: Sequence[_Number], step: int) -> list[_Number]:
    ends: dict[int, int] = {}  # by the value that a chain ends with, its last place
    before: list[int | None] = []
    lengths: list[int] = []
    for at, number in enumerate(numbers):
        last = ends.get(number.value - step)
        before.append(last)
        lengths.append(1 if last is None else lengths[last] + 1)
        ends[number.value] = at
    place = max(range(len(numbers)), key=lengths.__getitem__, default=None)
    found = []
    while place is not None:
        found.append(numbers[place])
        place = before[place]
    return found[::-1]


def _count_prose(chain: Sequence[_Number], step: int, lines: Sequence[Line]) -> bool:
    """Whether what is counted is running text, all of it: many of its lines begin and end within a sentence."""
    texts = sum(1 for line in lines if not line.text.isdecimal())
    if len(chain) < _LEAST or len(chain) * step < _COVERED * texts:
        return False
    sample = chain[:_SAMPLE]
    counted = [_beside(number.line, lines) if number.alone else number.line.text for number in sample]
    found = [text for text in (text.lstrip("0123456789 ") for text in counted) if text]
    begin = sum(1 for text in found if text[0].islower())
    end = sum(1 for text in found if text[-1] in ".;:")
    return len(found) >= 0.8 * len(sample) and begin >= _RUNNING * len(found) and end <= _ENDING * len(found)


def _beside(number: Line, lines: Sequence[Line]) -> str:
    """The text of the line that a number stands beside."""
    near = (line for line in lines if line is not number and abs(line.y - number.y) < _BESIDE * line.height)
    return next((line.text for line in near), "")
