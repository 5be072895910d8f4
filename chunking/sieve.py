"""Which marks a text cannot hold, asked cheaply: a mark in capitals is looked for among the capitals and signs only.

Most texts hold none of the thirty marks of decisions and codes, and searching a long text for each costs as much as
counting its tokens. What is left when small letters and blanks are taken out is a tenth of it. The answer "may" can be
wrong (letters meet that did not touch); "may not" never is.
"""

from functools import cache

_TAKEN_OUT = b"abcdefghijklmnopqrstuvwxyz \n\t"


class Sieve:
    def __init__(self, text: str) -> None:
        self._text = text
        self._signs = text.encode("utf-8", "surrogatepass").translate(None, _TAKEN_OUT)

    def may_hold(self, mark: str) -> bool:
        sieved = _sieved(mark)
        return sieved in self._signs if sieved else mark in self._text


@cache
def _sieved(mark: str) -> bytes:
    """`mark` in bytes where all of it stays in the sieve, else nothing."""
    whole = mark.encode()
    return whole if whole.translate(None, _TAKEN_OUT) == whole else b""
