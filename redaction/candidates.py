"""Where a name that no rule announces may stand: windows of words around capitals, for the model to read.

Promises: linear; whether a name may begin at a word is found out once per process.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from redaction.pseudonyms import is_token
from redaction.traits import Token, lists, tokens

REACH = 3  # tokens on either side of a candidate that are labelled with it
_MARGIN = 60  # characters that hold as many tokens, and two more to look at
CAPITAL = re.compile(r"[A-ZÀ-ÖØ-ÞŒŠŽ](?<![^\W_].)[^\W_]+")  # the capital first: it is what a search skips to


class Window(NamedTuple):
    """A stretch of text around candidates: which runs [from, to) of its tokens are to be labelled."""

    tokens: list[Token]
    words: list[str]  # of the tokens
    runs: list[tuple[int, int]]


def windows(text: str, covered: bytes | bytearray = b"") -> Iterator[Window]:
    """The windows of a text, in order.

    `covered` has a byte for each character: not 0 where something was found already, and no candidate stands.
    """
    covered = covered or bytes(len(text))
    for start, end in _stretches(text, covered):
        found = tokens(text, start, end)
        words = [token[0] for token in found]
        openings = list(map(opening, words))
        runs: list[tuple[int, int]] = []
        for at, kind in enumerate(openings):
            if not kind or covered[found[at].start()]:
                continue
            if kind == _IF_FOLLOWED and not (at + 1 < len(found) and openings[at + 1]):
                continue
            low, high = max(0, at - REACH), min(len(found), at + REACH + 1)
            if runs and low <= runs[-1][1]:
                runs[-1] = (runs[-1][0], high)
            else:
                runs.append((low, high))
        if runs:
            yield Window(found, words, runs)


_NEVER, CANDIDATE, _IF_FOLLOWED, _ANNOUNCES = 0, 1, 2, 3


@lru_cache(maxsize=50_000)
def opening(word: str) -> int:
    """Whether a name may begin at a word: rare and with a capital, or common and followed by another capital."""
    if not is_capital(word) or is_token(word):  # what an earlier redaction wrote opens no window on its neighbours
        return _NEVER
    on = lists(word)
    if "g" in on or {"o", "t", "n", "h"}.isdisjoint(on):
        return CANDIDATE
    return _IF_FOLLOWED if {"t", "n", "h"}.isdisjoint(on) else _ANNOUNCES


def is_capital(word: str) -> bool:
    return len(word) > 1 and word[0].isupper()


def _stretches(text: str, covered: bytes | bytearray) -> Iterator[tuple[int, int]]:
    low = high = -1
    last, until, begun = _NEVER, -_MARGIN, 0
    for match in CAPITAL.finditer(text):
        at = match.start()
        near = at - until <= 3  # «Pierre BLANC»
        kind = opening(match[0])
        if covered[at] or not (kind == CANDIDATE or (near and last in (CANDIDATE, _IF_FOLLOWED))):
            last, until, begun = kind, match.end(), at
            continue
        start, end = (begun if near else at) - _MARGIN, match.end() + _MARGIN
        last, until, begun = kind, match.end(), at
        if start > high:
            if high >= 0:
                yield _whole_words(text, low, high)
            low = start
        high = end
    if high >= 0:
        yield _whole_words(text, low, high)


def _whole_words(text: str, low: int, high: int) -> tuple[int, int]:
    low, high = max(0, low), min(len(text), high)
    while low and text[low - 1].isalnum():
        low -= 1
    while high < len(text) and text[high].isalnum():
        high += 1
    return low, high
