"""Words of a PDF whose letters are set apart: "P A R   C E S   M O T I F S", as courts write their titles.

PDFium gives one space for each gap, wide or narrow, so that only the gaps tell where a word ends. Pure but for the
places of the letters.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from ingestion.extraction.french import ONE_WORD, SPACED_SIGNS, begins_apart, letters_apart
from ingestion.extraction.pdf_line import Line

Sides = tuple[float, float, float, float]
_CAPITALS = re.compile(r"[A-ZÀ-ÖØ-Þ](?: [A-ZÀ-ÖØ-Þ\d'’.-]){3,}(?: [:;,])?(?!\S)")
_ALL = re.compile(r"\S(?: \S)+")
_WORD_GAP = 0.17  # of the size, beyond the usual gap: a second space is 0.25 of it, letters' own margins differ by 0.08
_WIDEST = 1.5  # of the size: letters that stand further apart are columns


def together(line: Line, sides_at: Callable[[int], Sides | None]) -> Line:
    """The line with its first words put together where their letters are set apart; else the line itself.

    `sides_at` gives left, right, bottom and top of a character by its place in the page's text.
    """
    if not begins_apart(line.text):
        return line
    match = _ALL.fullmatch(line.text) or _CAPITALS.match(line.text)
    if match is None or not letters_apart(match.group()):
        return line
    letters = match.group()[::2]
    places = [sides_at(line.offset + 2 * at) for at in range(len(letters))]
    found = [place for place in places if place is not None]
    if len(found) < len(letters):
        return line
    gaps = [right[0] - left[1] for left, right in pairwise(found)]
    pitches = [right[0] - left[0] for left, right in pairwise(found)]
    apart = min(gaps, pitches, key=lambda distances: max(distances) - min(distances))  # or set in boxes of one width
    usual = sorted(apart)[len(apart) // 2]
    if sorted(gaps)[len(gaps) // 2] > _WIDEST * line.height:
        return line
    wide = [distance > usual + _WORD_GAP * line.height for distance in apart]
    if not any(wide) and len(letters) > ONE_WORD:
        return line  # several words, but who knows which
    signs = (letter in SPACED_SIGNS for letter in letters[1:])
    spaces = (" " if gap or sign else "" for gap, sign in zip(wide, signs, strict=True))
    word = letters[0] + "".join(space + letter for space, letter in zip(spaces, letters[1:], strict=True))
    return line._replace(text=word + line.text[match.end() :])
