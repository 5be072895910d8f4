"""The number of an article: every way of writing it, and the one form that documents and questions share.

"L. 1232‑1", "L1232-1", "l.1232-1" and "L 1232 1" are `L1232-1`; "1er" and "premier" are `1`. A list lends its prefix
("L. 311-1 et 311-2"), a range lends its stem ("L. 1232-1 à -5"), and a short range is spelt out.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile

GAP = r"[^\S\n]*\n?[^\S\n]*"  # blanks, no-break ones included, and at most one end of line
DASH = "[-‑–−]"
LATIN = (
    "bis|ter|quater|quinquies|sexies|septies|octies|nonies|decies|undecies|duodecies|terdecies|quaterdecies|"
    "quindecies|sexdecies|septdecies|octodecies|novodecies|vicies|unvicies|duovicies|tervicies|tricies"
)
# In small letters, as questions are typed, only before what can be nothing else: "il y a 10-12 ans", "l'article a 3 …".
_SMALL = r"(?:(?:l\.?o|[lrd])\.?[^\S\n]?\*?[^\S\n]?(?=\d{1,4}-\d|\d{3})|a\.?(?=\d{1,4}-\d))"
PREFIX = rf"(?:(?:L\.?{GAP}O|[LRDA])(?:{GAP}\*|\.){{0,2}}{GAP}|{_SMALL})"
# A letter after the number ("44 quindecies A", "1649 A bis") is part of it unless a sentence goes on: "5 A défaut".
_AFTER_LETTERS = (
    rf"[^\S\n]*(?:[,;.:)\]/»]|$|\n|(?:{LATIN}|du|de|des|et|ou|à|al|[Cc]ode|C[A-Z]{{0,5}}|cgi|LPF|lpf|livre)\b)"
)
_LETTERS = rf"{GAP}(?!C\.|C[CPT]\b|[LD]\.[^\S\n]?n)(?:[A-Z]{{1,2}})(?![\w’'])(?={_AFTER_LETTERS})"
_SUFFIX = rf"(?:{GAP}(?:{LATIN})\b|{DASH}\d{{1,3}}|{_LETTERS})"
# The dash that was left out: "L 1232 1".
_SPACED = rf"{PREFIX}\d{{3,4}}[^\S\n]\d{{1,2}}(?![\w°.,/-]|[^\S\n](?:\d|€|%|euros?\b|alin))(?:{DASH}\d{{1,3}})*"
_PLAIN = (
    rf"(?:{PREFIX}(?=\d+[^\S\n]?-[^\S\n]?\d)\d{{1,4}}[^\S\n]?-[^\S\n]?|(?:{PREFIX})?)"
    rf"\d{{1,5}}(?:{DASH}\d{{1,4}}|\.\d{{1,3}}(?!\d)){{0,4}}(?:[^\S\n]?er|ère|re|ᵉʳ|ᵉ)?"
    rf"(?![\w°])(?:{_SUFFIX}){{0,3}}"
)
WORDS = r"(?i:premier|première|liminaire|préliminaire|unique|Ier)\b|[IVX]{1,6}(?!\w)"
NUMBER = rf"(?:{_SPACED}|{_PLAIN}|{WORDS})"  # an article's number as it is written
TAIL = re.compile(rf"{DASH}\d{{1,3}}(?![\w-])")  # "L. 1232-1 à -5", "R. 57-6-1 et -2": the stem is the one before
_MAX_RANGE = 40  # "articles 1 à 2534" names a code, not 2,534 references
NO_QUANTITY = 3  # digits: nobody counts witnesses in hundreds


def normalised(raw: list[tuple[str, bool]]) -> list[str]:
    """Numbers in one form; a list's prefix is inherited ("L. 311-1 et 311-2"), a short range is spelt out."""
    if len(raw) == 1 and len(ends := _ends(raw[0][0])) == 1:
        return [_prefixed(ends[0], [])]
    numbers: list[str] = []
    for written, ranged in raw:
        first, *end = _ends(written)
        for number, is_end in ((first, ranged), *((it, True) for it in end)):
            whole = _prefixed(number, numbers)
            if is_end and numbers:
                numbers += _between(numbers[-1], whole)
            numbers.append(whole)
    return list(dict.fromkeys(numbers))


@lru_cache(maxsize=4096)
def normalised_alone(written: str) -> tuple[str, ...]:
    """The same of one number, in which most citations consist. Remembered: an act cites the same ones again."""
    return tuple(normalised([(written, False)]))


def _prefixed(number: str, before: list[str]) -> str:
    if number[0] == "-":
        return f"{before[-1].rpartition('-')[0]}{number}" if before and "-" in before[-1] else number[1:]
    if not (before and number[0].isdigit() and "-" in number and before[-1][0].isalpha()):
        return number
    return "".join(takewhile(str.isupper, before[-1])) + number


def _normal(written: str) -> str:
    """ "L. 311‑1 bis" → "L311-1bis", "R*. 132-4" → "R132-4", "1er" and "premier" → "1", "L.411.1" → "L411-1"."""
    number = re.sub(r"(?<=\d)\s(?=\d)", "-", re.sub(DASH, "-", written))
    number = re.sub(r"[\s*]", "", number)
    if number.lower() in ("premier", "première", "ier"):
        return "1"
    if prefixed := re.match(r"(L\.?O|[LRDA])\.*(?=\d)", number, re.IGNORECASE):
        return prefixed[1].replace(".", "").upper() + number[prefixed.end() :].replace(".", "-")
    return re.sub(r"^(\d+)(?:er|ère|re|ᵉʳ|ᵉ)", r"\1", number)


@lru_cache(maxsize=4096)
def _ends(written: str) -> tuple[str, ...]:
    """The number, or both ends of "1101-1107": what follows the dash in a composed number is shorter, or less."""
    number = _normal(written)
    low, dash, high = number.partition("-")
    if dash and len(low) == len(high) >= NO_QUANTITY and low.isdigit() and high.isdigit() and low < high:
        return low, high
    return (number,)


def _between(first: str, last: str) -> Iterator[str]:
    """What lies strictly between two articles that differ in their last number only."""
    low, high = re.fullmatch(r"(.*?)(\d+)", first), re.fullmatch(r"(.*?)(\d+)", last)
    if low and high and low[1] == high[1] and int(high[2]) - int(low[2]) <= _MAX_RANGE:
        yield from (f"{low[1]}{n}" for n in range(int(low[2]) + 1, int(high[2])))
