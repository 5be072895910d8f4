"""Legal references: every way of writing an article or a case number, brought to one form on both sides.

"art. L. 311-1", "L311-1" and "articles L.311‑1 et s." all give `L311-1`; where the code is named, and "C. trav.",
"code du travail" or "même code" all name it, `L311-1 code du travail` as well. Documents and questions go through
the same functions, so they meet. Pure, linear in the text; it reads, and never changes a character.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

import regex

from chunking.codes import code_before, name_at
from chunking.sieve import Sieve

GAP = r"[^\S\n]*\n?[^\S\n]*"  # blanks, no-break ones included, and at most one end of line
_DASH = "[-‑–−]"
_LATIN = (
    "bis|ter|quater|quinquies|sexies|septies|octies|nonies|decies|undecies|duodecies|terdecies|quaterdecies|"
    "quindecies|sexdecies|septdecies|octodecies|novodecies|vicies|unvicies|duovicies|tervicies|tricies"
)
# In small letters, as questions are typed, only before what can be nothing else: "il y a 10-12 ans", "l'article a 3 …".
_SMALL = r"(?:(?:l\.?o|[lrd])\.?[^\S\n]?\*?[^\S\n]?(?=\d{1,4}-\d|\d{3})|a\.?(?=\d{1,4}-\d))"
_PREFIX = rf"(?:(?:L\.?{GAP}O|[LRDA])(?:{GAP}\*|\.){{0,2}}{GAP}|{_SMALL})"
# A letter after the number ("44 quindecies A", "1649 A bis") is part of it unless a sentence goes on: "5 A défaut".
_AFTER_LETTERS = (
    rf"[^\S\n]*(?:[,;.:)\]/»]|$|\n|(?:{_LATIN}|du|de|des|et|ou|à|al|[Cc]ode|C[A-Z]{{0,5}}|cgi|LPF|lpf|livre)\b)"
)
_LETTERS = rf"{GAP}(?!C\.|C[CPT]\b)(?:[A-Z]{{1,2}})(?![\w’'])(?={_AFTER_LETTERS})"
_SUFFIX = rf"(?:{GAP}(?:{_LATIN})\b|{_DASH}\d{{1,3}}|{_LETTERS})"
_PLAIN = (
    rf"(?:{_PREFIX}(?=\d+[^\S\n]?-[^\S\n]?\d)\d{{1,4}}[^\S\n]?-[^\S\n]?|(?:{_PREFIX})?)"
    rf"\d{{1,5}}(?:{_DASH}\d{{1,4}}|\.\d{{1,3}}(?!\d)){{0,4}}(?:[^\S\n]?er|ère|re|ᵉʳ|ᵉ)?"
    rf"(?![\w°])(?:{_SUFFIX}){{0,3}}"
)
_WORDS = r"(?i:premier|première|liminaire|préliminaire|unique|Ier)\b|[IVX]{1,6}(?!\w)"
NUMBER = rf"(?:{_PLAIN}|{_WORDS})"  # an article's number as it is written
_NUMBER = re.compile(NUMBER)

# What may start a citation. Each pattern begins with literal letters, which the engine finds at the speed of memory;
# what must stand before them is checked where they are found. One wide alternation would take twenty times longer.
_NUMBER_AHEAD = rf"{GAP}(?=(?:{_PREFIX})?\d|{_WORDS})"
_WORD = [regex.compile(form + _NUMBER_AHEAD) for form in (r"rticles?", r"RTICLES?", r"rts?\b\.?", r"RTS?\b\.?")]
# Without the word "article": a prefix and a composed number (L. 1232-1), or a point and a long one (R. 311).
_COMPOSED = {dash: regex.compile(rf"{dash}\d") for dash in "-‑–−"}
_BEFORE_DASH = re.compile(
    rf"(?<![\w.’'/-])(?:{_PREFIX}\d{{1,4}}|(?:lo|[lrd])(?:\.?[^\S\n]?\*?[^\S\n]?\d{{3,4}}|\.?\*?\d{{1,2}}))\Z"
)
_POINTED = [regex.compile(rf"{letter}\.{GAP}\*?{GAP}(?:\d{{3}}|(?!19|20)\d{{4}})(?![\d/])") for letter in ("L", "R")]
# Without either, the code after the number says it: "1240 code civil", "700 CPC".
_ACRONYMS = {
    acronym: regex.compile(rf"{acronym}\b")
    for acronym in "CPC NCPC CPP CGI LPF CRPA CJA CESEDA TFUE RGPD cpc ncpc cpp cgi lpf crpa cciv".split()  # noqa: SIM905
}
_CODED = [regex.compile(form) for form in (r"code[^\S\n]", r"Code[^\S\n]", r"C\.[^\S\n]?[a-zé]", r"c\.[^\S\n]?[a-zé]")]
_CODED_NUMBER = (
    rf"(?:(?:{_PREFIX})?\d{{1,4}}(?:er|-\d{{1,3}}){{0,3}}(?:[^\S\n](?:(?:{_LATIN})(?:-\d)?|[A-Z]{{1,2}})){{0,3}})"
)
_BEFORE_CODE = re.compile(
    rf"(?<![\w.,/°-]){_CODED_NUMBER}(?:(?:,|[^\S\n](?:et|ou|à))[^\S\n]{_CODED_NUMBER}){{0,3}}"
    r",?[^\S\n](?:du[^\S\n]|de[^\S\n]la[^\S\n])?(?:nouveau[^\S\n])?\Z"
)
_WINDOW = 48  # characters before a code, or before a dash, in which the number stands

_JOIN = re.compile(
    rf"{GAP}(?:[,(]?{GAP}(?:devenu|anciennement)e?s?|,|;|&|et/ou|et|ou|à|ainsi{GAP}que)(?:{GAP}(?:et|ou))?{GAP}(?:(?:de{GAP})?(?:l['’]|les{GAP}|des{GAP}|aux{GAP})?"
    rf"(?:articles?|arts?\.?){GAP})?(?:suivants\b)?"
)
_SAYS_ARTICLE = re.compile(r"art|devenu|ancien", re.IGNORECASE)  # of what joins two numbers: the second is one, too
_DETAIL = re.compile(
    rf"{GAP},?{GAP}(?:al(?:inéas?|\.)?{GAP}(?:\d+(?:er|ère|e)?|premier)|\d+(?:er|e|ème)?{GAP}al(?:inéas?|\.)|§+{GAP}\d+"
    rf"|(?:premier|deuxième|second|troisième|quatrième|dernier){GAP}alinéa|in{GAP}fine|et{GAP}s(?:uiv)?\.|et{GAP}suivants\b"
    rf"|\(?(?:nouveau|ancien)\b\)?|\d{{1,2}}°|[IVX]+(?:{_DASH}\d+)?(?={GAP}(?:[,;.)]|du\b|de\b|al|\d{{1,2}}°|$))"
    rf"|[a-z]\)|\(\d\))"
)
_OF = re.compile(
    rf"\)?{GAP},?{GAP}(?:\(|-{GAP})?(?:(?:du|de{GAP}la|de{GAP}l['’]|des|de|d['’]|dudit|de{GAP}ce){GAP}(?:présent{GAP}|(?=même))?)?"
    rf"(?:(?:nouveau|ancien){GAP}(?!code{GAP}de{GAP}procédure))?"
)
_SAME = re.compile(rf"{GAP},?{GAP}(?:du{GAP}(?:même|présent)|dudit|de{GAP}ce){GAP}code(?!\w)")
_ROMAN = re.compile(r"[IVX]+")
_MAX_RANGE = 40  # "articles 1 à 2534" names a code, not 2,534 references
_MAX_LIST = 60
_NO_QUANTITY = 3  # digits: nobody counts witnesses in hundreds


class ArticleRef(NamedTuple):
    """One article cited. `start` and `end` span the whole citation that it belongs to, code included."""

    number: str  # normalised: "L1232-1", "1240", "44quindeciesA", "1"
    code: str  # canonical name, or ""
    start: int
    end: int

    @property
    def forms(self) -> tuple[str, ...]:
        """From the most precise to the least: with its code when one is known, and the number alone."""
        return (f"{self.number} {self.code}", self.number) if self.code else (self.number,)


def article_refs(text: str, code: str = "") -> tuple[str, ...]:
    """Every form of every article cited in `text`, in order, once. `code` is what "du présent code" means."""
    return unique_forms(find_articles(text, code))


def unique_forms(refs: list[ArticleRef]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for ref in refs for form in ref.forms))


def find_articles(text: str, code: str = "") -> list[ArticleRef]:
    """The articles cited in `text`, in order. `code`, if given, owns those whose code is not named."""
    found: list[ArticleRef] = []
    last, done = code, 0
    for start, numbers_at in _triggers(text):
        if start < done:
            continue
        citation = _Citation(text, start, numbers_at, last)
        before, named_at = code_before(text, start, done) or ("", start)
        groups = []
        while citation.read_group():
            last = citation.code or before or last
            groups.append((citation.numbers, citation.code or before, citation.end))
        found += [ArticleRef(n, of or code, named_at, end) for numbers, of, end in _owned(groups) for n in numbers]
        done = citation.end
    return found


type _Group = tuple[list[str], str, int]  # numbers, their code or "", where they end


def _owned(groups: list[_Group]) -> Iterator[_Group]:
    """A code owns the numbers of its kind that were joined to its own: "article 5, et article 9 du code civil"."""
    for (numbers, code, end), following in zip(groups, [*groups[1:], None], strict=False):
        if not code and following and numbers[-1][0].isalpha() == following[0][0][0].isalpha():
            yield numbers, following[1], end
        else:
            yield numbers, code, end


def _triggers(text: str) -> list[tuple[int, int]]:
    """Where a citation may start, and where its first number does, in order."""
    words = (at for pattern in _WORD for at in _after_letter(text, pattern))
    pointed = ((m.start(), m.start()) for p in _POINTED for m in p.finditer(text) if _opens(text, m.start()))
    return sorted({*words, *pointed, *_composed(text), *_coded(text)})


def _after_letter(text: str, pattern: regex.Pattern[str]) -> Iterator[tuple[int, int]]:
    """For "rticle…" and the like: the A before them, and the number after."""
    for found in pattern.finditer(text):
        start = found.start() - 1
        if start >= 0 and text[start] in "Aa" and _opens(text, start):
            yield start, found.end()


def _composed(text: str) -> Iterator[tuple[int, int]]:
    dashes = [pattern for dash, pattern in _COMPOSED.items() if dash in text]
    return _numbers_before(text, dashes, _BEFORE_DASH)


def _coded(text: str) -> Iterator[tuple[int, int]]:
    sieve = Sieve(text)
    acronyms = [pattern for acronym, pattern in _ACRONYMS.items() if sieve.may_hold(acronym)]
    return _numbers_before(text, [*_CODED, *acronyms], _BEFORE_CODE)


def _numbers_before(text: str, marks: list[regex.Pattern[str]], number: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where the number starts that ends where one of `marks` is found."""
    for mark in marks:
        for found in mark.finditer(text):
            window = max(0, found.start() - _WINDOW)
            if before := number.search(text[window : found.start()]):
                yield window + before.start(), window + before.start()


def _opens(text: str, at: int) -> bool:
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_")


class _Citation:
    """Reads one citation: groups of numbers, each with its code: "1240 et 1241 du code civil et 700 du CPC"."""

    def __init__(self, text: str, start: int, numbers_at: int, last: str) -> None:
        self.text, self.start, self.end, self.last = text, start, numbers_at, last
        self.numbers: list[str] = []
        self.code = ""
        self._word = text[start:numbers_at].strip().lower().rstrip(".")
        # A number that only the code after it makes an article stands in a list of such: "1240 et 1241 c. civ."
        self._plural = self._word in ("articles", "arts") or (not self._word and text[start].isdigit())
        self._first = True

    def read_group(self) -> bool:
        """Read the next group of numbers and its code; False when the citation is over."""
        if not self._first and self._stops(self.end):
            return False
        at = self.end if self._first else self._after_join(self.end)
        raw, end = self._read_numbers(at) if at >= 0 else ([], at)
        code, code_end = self._read_code(end) if raw else ("", end)
        if not raw or (not code and (not self._first or not self._says_article(raw))):
            return False
        if not self._first and _ROMAN.fullmatch(raw[0][0]):
            return False  # "L. 442-1, I, du code de commerce": a part of the article, not another
        self.numbers, self.code, self.end, self._first = normalised(raw), code, max(end, code_end), False
        self.last = code or self.last
        return True

    def _says_article(self, raw: list[tuple[str, bool]]) -> bool:
        return bool(self._word) or raw[0][0][0].isalpha()

    def _read_numbers(self, at: int) -> tuple[list[tuple[str, bool]], int]:
        """The numbers of a list, each with whether "à" stands before it, and where the list ends."""
        raw: list[tuple[str, bool]] = []
        end, ranged = at, False
        while len(raw) < _MAX_LIST and (number := self._number(end if not raw else at)):
            raw.append((number[0], ranged))
            if self._stops(number[1]):
                return raw, number[1]
            end = self._skip_details(number[1])
            joined = _JOIN.match(self.text, end)
            if not joined or not self._goes_on(joined):
                break
            at, ranged = joined.end(), "à" in joined[0]
        return raw, end

    def _number(self, at: int) -> tuple[str, int] | None:
        found = _NUMBER.match(self.text, at)
        return (found[0], found.end()) if found and found[0] else None

    def _goes_on(self, joined: re.Match[str]) -> bool:
        """A plural goes on with any number; a singular only with one that cannot be a quantity ("et 3 témoins")."""
        number = _NUMBER.match(self.text, joined.end())
        if not number or not any(c.isdigit() for c in number[0]):
            return False
        if self._word == "art" and "," not in joined[0] and len(number[0]) >= _NO_QUANTITY:
            return True  # "art. 700 et 696 CPC": short for the plural as well
        return self._plural or not number[0].isdigit() or bool(_SAYS_ARTICLE.search(joined[0]))

    def _skip_details(self, at: int) -> int:
        """Past "al. 2", "§ 1", "in fine", "et s.": the article is what we index."""
        while detail := _DETAIL.match(self.text, at):
            at = detail.end()
        return at

    def _stops(self, at: int) -> bool:
        """An empty line before a capital ends a citation: "Article 3" above its text needs no further look."""
        return self.text.startswith("\n\n", at) and self.text[at + 2 : at + 3].isupper()

    def _read_code(self, at: int) -> tuple[str, int]:
        if self._stops(at):
            return "", at
        if self.last and (same := _SAME.match(self.text, at)):
            return self.last, same.end()
        of = _OF.match(self.text, at)
        named = name_at(self.text, of.end(), self.last) if of else None
        return named or ("", at)

    def _after_join(self, at: int) -> int:
        joined = _JOIN.match(self.text, at)
        return joined.end() if joined else -1


def normalised(raw: list[tuple[str, bool]]) -> list[str]:
    """Numbers in one form; a list's prefix is inherited ("L. 311-1 et 311-2"), a short range is spelt out."""
    numbers: list[str] = []
    for written, ranged in raw:
        first, *end = _ends(written)
        for number, is_end in ((first, ranged), *((it, True) for it in end)):
            whole = _prefixed(number, numbers)
            if is_end and numbers:
                numbers += _between(numbers[-1], whole)
            numbers.append(whole)
    return list(dict.fromkeys(numbers))


def _prefixed(number: str, before: list[str]) -> str:
    if not (before and number[0].isdigit() and "-" in number and before[-1][0].isalpha()):
        return number
    return "".join(takewhile(str.isupper, before[-1])) + number


@lru_cache(maxsize=4096)
def _normal(written: str) -> str:
    """ "L. 311‑1 bis" → "L311-1bis", "R*. 132-4" → "R132-4", "1er" and "premier" → "1", "L.411.1" → "L411-1"."""
    number = re.sub(r"[\s*]", "", re.sub(_DASH, "-", written))
    if number.lower() in ("premier", "première", "ier"):
        return "1"
    if prefixed := re.match(r"(L\.?O|[LRDA])\.*(?=\d)", number, re.IGNORECASE):
        return prefixed[1].replace(".", "").upper() + number[prefixed.end() :].replace(".", "-")
    return re.sub(r"^(\d+)(?:er|ère|re|ᵉʳ|ᵉ)", r"\1", number)


def _ends(written: str) -> tuple[str, ...]:
    """The number, or both ends of "1101-1107": what follows the dash in a composed number is shorter, or less."""
    number = _normal(written)
    low, dash, high = number.partition("-")
    if dash and len(low) == len(high) >= _NO_QUANTITY and low.isdigit() and high.isdigit() and low < high:
        return low, high
    return (number,)


def _between(first: str, last: str) -> Iterator[str]:
    """What lies strictly between two articles that differ in their last number only."""
    low, high = re.fullmatch(r"(.*?)(\d+)", first), re.fullmatch(r"(.*?)(\d+)", last)
    if low and high and low[1] == high[1] and int(high[2]) - int(low[2]) <= _MAX_RANGE:
        yield from (f"{low[1]}{n}" for n in range(int(low[2]) + 1, int(high[2])))
