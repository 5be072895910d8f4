"""Where a citation of an article may start: at "article 5", at "L. 1232-1", and at the number in "700 CPC".

Each pattern begins with literal letters, which the engine finds at the speed of memory; what must stand before them is
checked where they are found. One wide alternation would take twenty times longer. What is rare is looked for by
`regex`, which skims a text in half the time, and only if the sieve holds its capitals; what is frequent by `re`, which
starts a match in half the time.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from operator import methodcaller

import regex

from chunking.numbering import GAP, LATIN, PREFIX, WORDS
from chunking.sieve import Sieve

type _Pattern = re.Pattern[str] | regex.Pattern[str]

_NUMBER_AHEAD = rf"{GAP}(?:n[°º]{GAP})?(?=(?:{PREFIX})?\d|{WORDS})"
# The number, if it is all that its line holds: in a code, one citation in two is a heading.
_ALONE = r"(?:(\d{1,5}(?:-\d{1,2}){0,4})(?=\n\n))?"
_WORD: dict[str, _Pattern] = {
    "": re.compile(rf"rt(?:icles?|s?\b\.?){_NUMBER_AHEAD}{_ALONE}"),
    "RT": regex.compile(rf"RT(?:ICLES?|S?\b\.?){_NUMBER_AHEAD}{_ALONE}"),
}
# Without the word "article": a prefix and a composed number (L. 1232-1), or a point and a long one (R. 311).
# Not a pourvoi (21-12.345), nor a date (12-05-2020).
_COMPOSED = {dash: re.compile(rf"{dash}(?!\d\d[. ]?\d{{3}}(?!\d)|\d\d?-(?:19|20)\d\d(?!\d))\d") for dash in "-‑–−"}
_BEFORE_DASH = re.compile(
    rf"(?<![\w.’'/-])(?:{PREFIX}\d{{1,4}}|(?:lo|[lrd])(?:\.?[^\S\n]?\*?[^\S\n]?\d{{3,4}}|\.?\*?\d{{1,2}}))\Z"
)
_POINTED = {
    f"{letter}.": regex.compile(rf"{letter}\.{GAP}\*?{GAP}(?:\d{{3}}|(?!19|20)\d{{4}})(?![\d/])") for letter in "LR"
}
_LEFT_OF_POINTED = re.compile(rb"\.(?<=[LR]\.)\d{3}")
# Without either, the code after the number says it: "1240 code civil", "700 CPC", "700 cpc". One pattern for all that
# begins with the same letter: `re` goes from one to the next as fast as a word is searched for.
_ACRONYMS = {
    acronym: regex.compile(rf"{acronym}\b")
    for acronym in """
    CPC NCPC CPP CGI LPF CRPA CJA CESEDA TFUE TUE RGPD CPCE
    CASF CMF CIBS CCH CRPM CGCT CGPPP CG3P CGFP COJ CJPM DDHC""".split()  # noqa: SIM905 - as they are read
}
_LEFT_OF_ACRONYMS = re.compile("|".join(_ACRONYMS).encode())
_CODE = r"ode[^\S\n]|\.[^\S\n]?[a-zé]"
_CODED: dict[str, _Pattern] = {
    "": re.compile(rf"c(?={_CODE}|(?:p[cp]|gi|rpa|civ)\b)"),
    "C": re.compile(rf"C(?={_CODE})"),
    "lpf": regex.compile(r"lpf\b"),
}
_CODED_NUMBER = (
    rf"(?:(?:{PREFIX})?\d{{1,4}}(?:er|-\d{{1,3}}){{0,3}}(?:[^\S\n](?:(?:{LATIN})(?:-\d)?|[A-Z]{{1,2}})){{0,3}})"
)
_BEFORE_CODE = re.compile(
    rf"(?<![\w.,/°-]){_CODED_NUMBER}(?:(?:,|[^\S\n](?:et|ou|à))[^\S\n]{_CODED_NUMBER}){{0,3}}"
    r",?[^\S\n](?:du[^\S\n]|de[^\S\n]la[^\S\n])?(?:nouveau[^\S\n])?\Z"
)
_FIGURE = re.compile(r"\d")
_FIGURES = "0123456789"
_ENDS_PREFIX = "LRDAOlrdao.*"
_LONGEST_PREFIX = 8  # characters: "L. O. *", before the blanks that part it from its number
_APART = frozenset(" \n'’(")  # what most often stands before "article"
_WINDOW = 48  # characters before a code, or before a dash, in which the number stands

start_of = methodcaller("start")

type Mention = tuple[int, int, int]
"""Where it starts; where its first number does; and where that ends, if it is all that its line holds, else 0."""


def mentions(text: str, sieve: Sieve) -> list[Mention]:
    """Where a citation may start, in order."""
    found = [mention for pattern in _held(_WORD, sieve) for mention in _after_letter(text, pattern)]
    if sieve.may_leave(_LEFT_OF_POINTED):
        pointed = (at for pattern in _held(_POINTED, sieve) for at in map(start_of, pattern.finditer(text)))
        found += [(at, at, 0) for at in pointed if opens(text, at)]
    more = set()
    numbers: list[int] = []
    for pattern, at in (*_dashes(text), *_codes(text, sieve)):
        numbers = numbers or sorted([number for _, number, _ in found])
        if (number := _number_before(text, at, pattern, numbers)) is not None:
            more.add((number, number, 0))
    return sorted(more.union(found) if more else found)


def _held(patterns: Mapping[str, _Pattern], sieve: Sieve) -> list[_Pattern]:
    """Those whose mark the text may hold."""
    return [pattern for mark, pattern in patterns.items() if sieve.may_hold(mark)]


def _after_letter(text: str, pattern: _Pattern) -> Iterator[Mention]:
    """For "rticle…" and the like: the A before them, and the number after."""
    for found in pattern.finditer(text):
        start = found.start() - 1
        if start >= 0 and text[start] in "Aa" and (start == 0 or text[start - 1] in _APART or opens(text, start)):
            yield (start, *found.span(1)) if found.lastindex else (start, found.end(), 0)


def _dashes(text: str) -> Iterator[tuple[re.Pattern[str], int]]:
    """The dashes of composed numbers: a figure before them, and a letter, a point or an asterisk before that."""
    for dash, pattern in _COMPOSED.items():
        for at in map(start_of, pattern.finditer(text)) if dash in text else ():
            if not text[at - 1 : at].isdecimal():
                continue
            before = text[max(0, at - _WINDOW) : at].rstrip(_FIGURES)
            if before.rstrip()[-1:] in _ENDS_PREFIX:
                yield _BEFORE_DASH, at


def _codes(text: str, sieve: Sieve) -> Iterator[tuple[re.Pattern[str], int]]:
    """The names of codes that stand after a blank."""
    acronyms = _held(_ACRONYMS, sieve) if sieve.may_leave(_LEFT_OF_ACRONYMS) else []
    for mark in (*_held(_CODED, sieve), *acronyms):
        for at in map(start_of, mark.finditer(text)):
            if text[at - 1 : at].isspace():
                yield _BEFORE_CODE, at


def _number_before(text: str, at: int, number: re.Pattern[str], known: list[int]) -> int | None:
    """Where the number starts that ends at `at`, unless it is `known`. Most often none does: no figure is near."""
    nearest = bisect_left(known, at) - 1
    if nearest >= 0 and at - known[nearest] <= _WINDOW and number.match(text, known[nearest], at):
        return None
    window = text[max(0, at - _WINDOW) : at]
    if not (figure := _FIGURE.search(window)):
        return None
    found = number.search(window, max(0, len(window[: figure.start()].rstrip()) - _LONGEST_PREFIX))
    return found and at - len(window) + found.start()


def opens(text: str, at: int) -> bool:
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_")
