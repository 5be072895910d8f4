"""Text as a detector should see it, and the way back to the characters of the original.

Promises: one pass, linear; every span of the normalised text maps to the span of the original that produced it,
hidden characters inside it included. The original is never altered here.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u180e\u200e\u200f\u202a-\u202e\u2066-\u2069\u00ad"

# One character for one character: the map of offsets stays the identity.
_SPACES = dict.fromkeys("\u00a0\u202f\u2007\u2009\u2002\u2003\u2008\u200a\u205f\u3000\t\r\v\f", " ")
_MARKS = {"’": "'", "‘": "'", "ʼ": "'", "′": "'", "`": "'", "´": "'", "‑": "-", "‐": "-", "–": "-", "−": "-", "º": "°"}
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
# Letters of other scripts that a reader takes for Latin ones (Unicode TR39 confusables, the common part).
_LOOKALIKES = dict(
    zip(
        "АВСЕНІЈКМОРЅТХУаеіјорсухѕԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧονı",
        "ABCEHIJKMOPSTXYaeijopcyxsdABEZHIKMNOPTYXovi",
        strict=True,
    )
)
_ONE_TO_ONE = {
    **_SPACES,
    **_MARKS,
    **_FULL_WIDTH,
    **_LOOKALIKES,
}
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "ĳ": "ij"}

# Each alternative starts with its rare character, so that ordinary text is skipped fast.
_RARE = (
    rf"(?P<hidden>[{ZERO_WIDTH}]+)"
    r"|(?P<ligature>[ﬀﬁﬂﬃﬄﬅﬆĳ])"
    r"|(?P<softbreak>[\uFFFE¬][ \t]*\n?[ \t]*(?=\p{L}))"
    r"|(?P<wordbreak>-(?<=\p{Ll}-|\p{Lu}\p{Lu}-)[ \t]*\r?\n[ \t]*(?=\p{Ll}{2}|\p{Lu}\p{Lu}))"
    r"|(?P<hyphenbreak>-(?<=\p{L}-)[ \t]*\r?\n[ \t]*(?=\p{Lu}\p{Ll}))"
)
_CHANGES = regex.compile(_RARE)
_RARE_SIGN = re.compile(rf"[{ZERO_WIDTH}ﬀﬁﬂﬃﬄﬅﬆĳ\uFFFE¬]")  # with one of them a change begins, or with a hyphen:
_BROKEN_LINE = re.compile(r"-[ \t]*\r?\n")
_CHANGES_AND_ACCENTS = regex.compile(_RARE + r"|(?P<accent>\p{L}\p{Mn}+)")
_COMBINING = regex.compile(r"[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Normalised:
    text: str
    _at: tuple[int, ...]  # offsets in `text` where the distance to the original changes
    _original: tuple[int, ...]  # the original offset at each of them
    _widths: tuple[tuple[int, int], ...]  # (characters here, characters there) of each change

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The smallest original span that produced [start, end)."""
        low = self._before(start)
        return (low, self._after(end)) if end > start else (low, low)

    def _before(self, offset: int) -> int:
        index = bisect_right(self._at, offset) - 1
        if index < 0:
            return offset
        here, there = self._widths[index]
        inside = offset - self._at[index]
        if inside < here:
            return self._original[index]  # within a ligature: the whole of it
        return self._original[index] + there + inside - here

    def _after(self, offset: int) -> int:
        return self._before(offset - 1) + self._width_at(offset - 1) if offset else 0

    def _width_at(self, offset: int) -> int:
        index = bisect_right(self._at, offset) - 1
        if index >= 0 and offset - self._at[index] < self._widths[index][0]:
            return self._widths[index][1]
        return 1


def normalise(text: str) -> Normalised:
    """Spaces, quotes, look-alikes and accents made uniform; hidden characters and broken words closed up."""
    pieces: list[str] = []
    at: list[int] = []
    original: list[int] = []
    widths: list[tuple[int, int]] = []
    done, length = 0, 0
    signs = set(text)
    for change in _changes(text, signs):
        new = _replacement(change)
        if new == change[0]:
            continue
        pieces += (text[done : change.start()], new)
        length += change.start() - done
        at.append(length)
        original.append(change.start())
        widths.append((len(new), change.end() - change.start()))
        length += len(new)
        done = change.end()
    pieces.append(text[done:])
    return Normalised(_reread(_flattened("".join(pieces), signs)), tuple(at), tuple(original), tuple(widths))


def _changes(text: str, signs: set[str]) -> Iterable[regex.Match[str]]:
    """`signs`: its distinct characters, which tell of most texts that nothing is to be changed."""
    if _COMBINING.search(text):
        return _CHANGES_AND_ACCENTS.finditer(text)
    if _RARE_SIGN.search("".join(signs)) or _BROKEN_LINE.search(text):
        return _CHANGES.finditer(text)
    return ()


def _reread(text: str) -> str:
    """OCR's «JOUFFR0Y», «DIAKlTÉ», «lbrahima»: what no word of French has, read as the letter that it was."""
    if not any(sign.search(text) for sign in _MISREAD):
        return text
    return _BEGUN_WITH_L.sub("I", _IN_CAPITALS.sub(lambda word: word[0].replace("0", "O").replace("l", "I"), text))


_IN_CAPITALS = regex.compile(r"(?<![\p{L}\p{N}])\p{Lu}{2,}(?:[0l]\p{Lu}++)+(?![\p{L}\p{N}])")
_BEGUN_WITH_L = regex.compile(r"(?<![\p{L}\p{N}'])l(?=[bcdfgjkmnpqrstvxz]\p{Ll}{3})")
# Each begins with its rare letter: an eighth of the time of the patterns themselves.
_MISREAD = (
    re.compile(r"0(?<=[A-ZÀ-ÖØ-Þ]0)[A-ZÀ-ÖØ-Þ]"),
    re.compile(r"l(?<=[A-ZÀ-ÖØ-Þ]l)[A-ZÀ-ÖØ-Þ]"),
    re.compile(r"l(?<![\w']l)[bcdfgjkmnpqrstvxz]"),
)


def _flattened(text: str, signs: set[str]) -> str:
    """As `str.translate`, ten times faster where few of the characters occur; `signs`: all that may."""
    for character in signs.intersection(_ONE_TO_ONE):
        text = text.replace(character, _ONE_TO_ONE[character])
    return text


def _replacement(change: regex.Match[str]) -> str:
    match change.lastgroup:
        case "ligature":
            return _LIGATURES[change[0]]
        case "accent":
            return unicodedata.normalize("NFC", change[0])
        case "hyphenbreak":
            return "-"
        case _:
            return ""


@lru_cache(maxsize=50_000)  # a bound on memory, not a tuning: one long document has fewer
def fold(word: str) -> str:
    """Lower case, without accents, hyphens, apostrophes or spaces: what two spellings of a name share."""
    plain = unicodedata.normalize("NFKD", word).casefold().replace("œ", "oe").replace("æ", "ae")
    return "".join(filter(str.isalnum, plain))
