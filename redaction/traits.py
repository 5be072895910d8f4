"""What the sequence model sees of a word: its letters, its shape, and the lists that it is on.

Pure and cached; the same code makes the features for training and for use. A feature says one thing about one place:
`+1w=dupont` is a word to the right. Changing a name here means training the model again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from redaction.lexicon import first_names, known_given_names, known_surnames, ordinary_words, places
from redaction.normalise import fold
from redaction.vocabulary import ACRONYMS, CUES, HONORIFICS, LEADING, OFFICES, STREETS, TITLES

Token = re.Match[str]  # a word or a single mark: what stands between two is blank
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Traits:
    low: str
    kind: str  # its shape and the lists that it is on
    own: tuple[str, ...]
    near: tuple[str, ...]  # what it tells its neighbours
    far: tuple[str, ...]  # and theirs


def tokens(text: str, start: int, end: int) -> list[Token]:
    return list(_TOKEN.finditer(text, start, end))


@lru_cache(maxsize=50_000)
def traits(word: str) -> Traits:
    low = fold(word) or word
    shape = _shape(word)
    kind = shape + (lists(word) or ("~" if _misread(low) else ""))
    own = (
        f"w={low}", f"k={kind}", f"h={shape}", f"2={low[-2:]}", f"3={low[-3:]}", f"4={low[-4:]}", f"a={low[:2]}",
        f"b={low[:3]}", f"n={min(len(low), 9)}", f"k2={kind}{low[-2:]}",
        *(f"g={low[at : at + 3]}" for at in range(1, len(low) - 3)),
    )  # fmt: skip
    return Traits(low, kind, own, (f"w={low}", f"k={kind}", f"3={low[-3:]}"), (f"w={low}", f"k={kind}"))


EDGE = Traits("", "|", ("w=|",), ("w=|",), ("w=|",))


def features(around: Sequence[Traits], at: int) -> list[str]:
    """All features of the token `at`, of which `around` holds two neighbours on either side from there on."""
    left2, left, here, right, right2 = around[at : at + 5]
    alone = [*here.own, *placed("-1", left.near), *placed("+1", right.near)]
    alone += [*placed("-2", left2.far), *placed("+2", right2.far)]
    return alone + joint(left2, left, here, right, right2)


def placed(place: str, said: Sequence[str]) -> list[str]:
    return [place + it for it in said]


def joint(left2: Traits, left: Traits, here: Traits, right: Traits, right2: Traits) -> list[str]:
    """What only words together say."""
    return [
        f"t={left.kind},{here.kind},{right.kind}",
        f"l={left2.kind},{left.kind},{here.kind}",
        f"r={here.kind},{right.kind},{right2.kind}",
        f"lw={left.low},{here.kind}",
        f"rw={here.kind},{right.low}",
    ]


def padded(words: Sequence[Token]) -> list[Traits]:
    """The traits of tokens, with two edges on either side: `features(padded(words), at)` is of `words[at]`."""
    return [EDGE, EDGE, *(traits(token[0]) for token in words), EDGE, EDGE]


def _shape(word: str) -> str:
    if not word[0].isalnum():
        return "."
    if any(c.isdigit() for c in word):
        return "9" if word.isdigit() else "M"
    if word.islower():
        return "x"
    if len(word) == 1:
        return "X"
    if word.isupper():
        return "XX"
    return "Xx" if word[0].isupper() and word[1:].islower() else "M"


@lru_cache(maxsize=50_000)
def lists(word: str) -> str:
    """A letter for each list that the word is on."""
    low = fold(word) or word
    on = {
        "h": word in HONORIFICS, "t": low in TITLES, "n": low in ACRONYMS, "s": word.lower() in STREETS,
        "p": low in LEADING, "c": word in CUES or word in OFFICES, "g": low in first_names(), "l": low in places(),
        "o": low in ordinary_words(), "G": low in known_given_names(), "u": low in known_surnames(),
    }  # fmt: skip
    return "".join(mark for mark, belongs in on.items() if belongs)


def _misread(low: str) -> bool:
    """Whether one letter read otherwise makes an ordinary word of it: OCR is more often at fault than a name is met."""
    if len(low) < 5:
        return False
    common = ordinary_words()
    sides = [(low[:at], low[at + 1 :]) for at in range(len(low))]
    return any(letter.join(side) in common for side in sides for letter in _LETTERS)


_LETTERS = "eaisnrtouldcmpvfbhgqyjxkzw"
