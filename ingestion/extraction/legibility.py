"""Whether a page's text is writing at all: a font that does not say which letters it draws gives signs without sense.

Such a page looks right and reads as `$WWHQGX TXH` or `!" #" $#`; only its picture can be read. Judged by the letters of
its words, conservatively: tables of codes and figures are legible, and other alphabets.
"""

import re
from collections.abc import Sequence

from ingestion.extraction.pdf_line import Line

_SAMPLE = 2_000  # characters of a page that are looked at
_LEAST = 100  # of them, to tell by
_VOWELS = "aeiouyéèàêâîôû"
_IN_BYTES = (_VOWELS + _VOWELS.upper()).encode("latin-1")
_USUAL = 0.22  # of all characters are vowels, blanks counted; prose has 0.35
_WORD = re.compile(r"[a-zà-öø-ÿœ]{4,}")
_RARE = "qwxkzvjhy"  # 5 % of French letters, 13 of English, 21 of Polish ones
_RARE_SHARE = 0.3  # 45 % of French where a font's own numbers pass for letters, 29 places off
_SPELLED = re.compile(f"[{_VOWELS}œäëïöüåæøùûãõ]")
_WORDS = 10
_WITHOUT_VOWELS = 0.6  # of the words, at least
_SIGNS = 0.4  # of the characters are letters or figures, at least, leaders and rules aside
_LEADERS = re.compile(r"[\s._…·•—–-]+")


def is_legible(lines: Sequence[Line]) -> bool:
    """Whether the lines of a page are writing; too few characters are taken for it."""
    text = " ".join([line.text for line in lines])[:_SAMPLE]
    if len(text) < _LEAST or _vowels(text) >= _USUAL * len(text):
        return True
    text = text.lower()
    words = _WORD.findall(text)
    if len(words) >= _WORDS and not _are_words(words):
        return False
    signs = _LEADERS.sub("", text)
    return len(signs) < _LEAST or sum(map(str.isalnum, signs)) >= _SIGNS * len(signs)


def _vowels(text: str) -> int:
    letters = text.encode("latin-1", "ignore")  # bytes are counted together: every page is asked
    return len(letters) - len(letters.translate(None, _IN_BYTES))


def _are_words(words: Sequence[str]) -> bool:
    letters = "".join(words)
    unspelled = sum(1 for it in words if not _SPELLED.search(it))
    return unspelled < _WITHOUT_VOWELS * len(words) and sum(map(letters.count, _RARE)) < _RARE_SHARE * len(letters)
