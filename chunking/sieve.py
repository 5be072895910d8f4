"""Which marks a text cannot hold, asked cheaply: a mark in capitals is looked for among the capitals and signs only.

Most texts hold none of the thirty marks of decisions and codes, and searching a long text for each costs as much as
counting its tokens. What is left when all but capitals, figures and a few signs is taken out is a tenth of it. The
answer "may" can be wrong (letters meet that did not touch); "may not" never is.
"""

from functools import cache

import regex

_KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/:."
_TAKEN_OUT = bytes(set(range(256)) - set(_KEPT))


class Sieve:
    def __init__(self, text: str) -> None:
        self._text = text
        self._signs = text.encode("utf-8", "surrogatepass").translate(None, _TAKEN_OUT)

    def may_hold(self, mark: str) -> bool:
        sieved = _sieved(mark)
        if sieved is not None:
            return sieved in self._signs
        return (mark[-1] in self._text) if not mark[-1].isascii() else _literal(mark).search(self._text) is not None


@cache
def _sieved(mark: str) -> bytes | None:
    """`mark` in bytes where all of it stays in the sieve."""
    whole = mark.encode()
    return whole if whole.translate(None, _TAKEN_OUT) == whole else None


@cache
def _literal(mark: str) -> regex.Pattern[str]:
    """What `mark in text` says, in half the time."""
    return regex.compile(regex.escape(mark))
