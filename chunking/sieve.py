"""What a text cannot hold, asked cheaply: of its capitals, figures and signs only, which are a tenth of it.

Most texts hold none of the thirty marks of decisions and codes, and searching a long text for each costs as much as
counting its tokens. So all but capitals, figures and a few signs is taken out once, and what is looked for is first
looked for in what is left: "requête n° 12345/06" leaves `12345/06`. The answer "may" can be wrong (letters meet that
did not touch); "may not" never is.
"""

import re
from functools import cache

import regex

_KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/:."
# What characters of the scripts begin with, in UTF-8, that have figures of their own: all but European ones and signs.
_OTHER_SCRIPTS = bytes((*range(0xD9, 0xE2), *range(0xE3, 0xF5)))
_TAKEN_OUT = bytes(set(range(256)) - set(_KEPT + _OTHER_SCRIPTS))


class Sieve:
    def __init__(self, text: str) -> None:
        self._text = text
        self._left = text.encode("utf-8", "surrogatepass").translate(None, _TAKEN_OUT)
        self._is_plain = self._left.isascii()

    def may_hold(self, mark: str) -> bool:
        sieved = _sieved(mark)
        if sieved is not None:
            return sieved in self._left
        return (mark[-1] in self._text) if not mark[-1].isascii() else _literal(mark).search(self._text) is not None

    def may_leave(self, left: re.Pattern[bytes]) -> bool:
        """Whether the text may hold what leaves `left` in the sieve, where figures are 0 to 9."""
        return not self._is_plain or left.search(self._left) is not None


@cache
def _sieved(mark: str) -> bytes | None:
    """`mark` in bytes where all of it stays in the sieve."""
    whole = mark.encode()
    return whole if whole.translate(None, _TAKEN_OUT) == whole else None


@cache
def _literal(mark: str) -> regex.Pattern[str]:
    """What `mark in text` says, in half the time."""
    return regex.compile(regex.escape(mark))
