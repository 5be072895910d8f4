"""Legal references: every way of writing an article, brought to one form on both sides.

"art. L. 311-1", "L311-1" and "articles L.311‑1 et s." all give `L311-1`; where the code is named, and "C. trav.",
"code du travail" or "même code" all name it, `L311-1 code du travail` as well. Documents and questions go through
the same functions, so they meet. Pure, linear in the text; it reads, and never changes a character.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from chunking.blocks import maker
from chunking.codes import code_at, code_before, name_at
from chunking.mentions import mentions
from chunking.numbering import DASH, GAP, NO_QUANTITY, NUMBER, TAIL, normalised, normalised_alone
from chunking.sieve import Sieve

_NUMBER = re.compile(NUMBER)
_OF_CODE = re.compile(r"(?:[LRDA]\. ?)?\d{1,4}(?:-\d{1,3}){0,3}( (?:du|de la) )")  # as most often
_ENDS = re.compile(
    r" ?(?:[^\s,;&(eoàad]|\((?![\sda]))|\Z"
)  # what nothing but the next word or sign follows: no `_JOIN`
_JOIN = re.compile(
    rf"{GAP}(?:[,(]?{GAP}(?:devenu|anciennement)e?s?|,|;|&|et/ou|et|ou|à|ainsi{GAP}que)(?:{GAP}(?:et|ou))?{GAP}(?:(?:de{GAP})?(?:l['’]|les{GAP}|des{GAP}|aux{GAP})?"
    rf"(?:articles?|arts?\.?){GAP})?(?:suivants\b)?"
)
_SAYS_ARTICLE = re.compile(r"art|devenu|ancien", re.IGNORECASE)  # of what joins two numbers: the second is one, too
_DETAIL = re.compile(
    rf"{GAP},?{GAP}(?:al(?:inéas?|\.)?{GAP}(?:\d+(?:er|ère|e)?|premier)(?:{GAP}(?:et|à|,){GAP}\d+(?={GAP}(?:,|du\b|de\b)))?"
    rf"|\d+(?:er|e|ème)?{GAP}al(?:inéas?|\.)|§+{GAP}\d+(?:\.\d)?|par(?:agraphes?|\.){GAP}\d+|(?:sous|point|let(?:tre|\.)){GAP}[a-z]\)?(?!\w)"
    rf"|(?:premier|première|deuxième|second|seconde|troisième|quatrième|dernier|dernière){GAP}(?:alinéa|phrase)|in{GAP}fine"
    rf"|(?:et{GAP})?(?:ss|s|suiv)\b\.?(?!['’\w])|et{GAP}suivants?\b"
    rf"|\(?(?:nouveau|ancien)(?:ne)?s?\b\)?|\d{{1,2}}°|[IVX]+(?:{DASH}\d+)?(?={GAP}(?:[,;.)]|du\b|de\b|al|\d{{1,2}}°|$))"
    rf"|[a-z]\)|\(\d\))"
)
_OF = re.compile(
    rf"\)?{GAP},?{GAP}(?:\(|-{GAP})?(?:(?:of{GAP}the|del|du|de{GAP}la|de{GAP}l['’]|des|de|d['’]|dudit|de{GAP}ce){GAP}(?:présent{GAP}|(?=même))?)?"
    rf"(?:(?:nouveau|ancien)(?!{GAP}code{GAP}de{GAP}procédure){GAP})?"
)
_SAME = re.compile(rf"{GAP},?{GAP}(?:du{GAP}(?:même|présent)|dudit|de{GAP}ce){GAP}code(?!\w)")
_ROMAN = re.compile(r"[IVX]+")
# "un article 3 pièces": a figure that counts what follows. Not "l'article 3 alors", nor "article 3 alinéas 1 et 2".
_COUNTED = re.compile(r"[^\S\n](?:([a-zà-öø-ÿœ]{3,}[sx])|mois|fois|ans|jours)\b(?!['’])")
_COUNTS_NOTHING = frozenset(
    """ainsi alinéas alors anciens après aux avis ces dans depuis des dessus deux dès eux hors ils jamais lors leurs les
    mais mis moins nouveaux nous paragraphes phrases plus points précédents pris puis requis sans ses six dix sous
    suivants toujours tirets très vers visas vous certes parfois sinon tous toutes ceux elles celles telles tels quels
    quelles lesquels lesquelles auxquels auxquelles desquels desquelles voies versus hormis dehors""".split()  # noqa: SIM905
)
_HAS_STEM = re.compile(rf"(?:\d|^){DASH}\d")
_MAX_LIST = 60
_ENDS_LIST = (".", ":", ")")  # and is not worth a look at what might join two numbers
_CODE_FOLLOWS = (" du ", " de la ")  # as it does most often: then no detail and no other number comes before it
_MAY_CITE = re.compile(r"\d|[Aa]rt|ART")


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


_new_ref = maker(ArticleRef)


def article_refs(text: str, code: str = "") -> tuple[str, ...]:
    """Every form of every article cited in `text`, in order, once. `code` is what "du présent code" means."""
    return unique_forms(find_articles(text, code))


def unique_forms(refs: list[ArticleRef]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for ref in refs for form in ref.forms))


def find_articles(text: str, code: str = "", sieve: Sieve | None = None) -> list[ArticleRef]:
    """The articles cited in `text`, in order. `code`, if given, owns those whose code is not named.

    `sieve` is the text's own, where one was made already.
    """
    found: list[ArticleRef] = []
    if not _MAY_CITE.search(text):
        return found
    last, done = code, 0
    for start, numbers_at, alone in mentions(text, sieve or Sieve(text)):
        if start < done:
            continue
        if alone and (start == 0 or text[start - 1] == "\n") and text[alone + 2 : alone + 3].isupper():
            found.append(_new_ref((text[numbers_at:alone], code, start, alone)))  # "Article 3", over its text
            done = alone
            continue
        before, named_at = code_before(text, start, done) or ("", start)
        if plain := _plain(text, numbers_at):
            number, last, done = plain
            found += [_new_ref((n, last, named_at, done)) for n in normalised_alone(number)]
            continue
        citation = _Citation(text, start, numbers_at, last)
        groups = []
        while citation.read_group():
            last = citation.code or before or last
            groups.append((citation.numbers, citation.code or before, citation.end))
        found += [_new_ref((n, of or code, named_at, end)) for numbers, of, end in _owned(groups) for n in numbers]
        done = citation.end
    return found


def _plain(text: str, at: int) -> tuple[str, str, int] | None:
    """One number, its code, and where that ends, if no more can follow: the citation that needs no further reading."""
    number = _OF_CODE.match(text, at)
    if not number:
        return None
    named = code_at(text, number.end(1))
    return (number[0].removesuffix(number[1]), *named) if named and _ENDS.match(text, named[1]) else None


def _stops(text: str, at: int) -> bool:
    """An empty line before a capital ends a citation: "Article 3" above its text needs no further look."""
    return text.startswith("\n\n", at) and text[at + 2 : at + 3].isupper()


type _Group = tuple[list[str], str, int]  # numbers, their code or "", where they end


def _owned(groups: list[_Group]) -> Iterator[_Group]:
    """A code owns the numbers of its kind that were joined to its own: "article 5, et article 9 du code civil"."""
    if len(groups) == 1:
        yield groups[0]
        return
    for (numbers, code, end), following in zip(groups, [*groups[1:], None], strict=False):
        if not code and following and numbers[-1][0].isalpha() == following[0][0][0].isalpha():
            yield numbers, following[1], end
        else:
            yield numbers, code, end


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
        if not self._first and _stops(self.text, self.end):
            return False
        at = self.end if self._first else self._after_join(self.end)
        raw, end = self._read_numbers(at) if at >= 0 else ([], at)
        code, code_end = self._read_code(end) if raw else ("", end)
        if not raw or (not code and (not self._first or not self._says_article(raw) or self._counts(raw, end))):
            return False
        if not self._first and _ROMAN.fullmatch(raw[0][0]):
            return False  # "L. 442-1, I, du code de commerce": a part of the article, not another
        self.numbers, self.code, self.end, self._first = normalised(raw), code, max(end, code_end), False
        self.last = code or self.last
        return True

    def _counts(self, raw: list[tuple[str, bool]], end: int) -> bool:
        """Whether the one figure after "article" counts what follows it: "article 3 pièces" is of no code."""
        if self._word != "article" or len(raw) > 1 or not raw[0][0].isdecimal() or len(raw[0][0]) >= NO_QUANTITY:
            return False
        found = _COUNTED.match(self.text, end)
        if not found or self.text[self.start - 1 : self.start] in ("'", "’"):
            return False
        noun = found[1] or ""
        return noun not in _COUNTS_NOTHING and not noun.endswith(("és", "ées", "ants", "is", "us"))

    def _says_article(self, raw: list[tuple[str, bool]]) -> bool:
        return bool(self._word) or raw[0][0][0].isalpha()

    def _read_numbers(self, at: int) -> tuple[list[tuple[str, bool]], int]:
        """The numbers of a list, each with whether "à" stands before it, and where the list ends."""
        raw: list[tuple[str, bool]] = []
        end, ranged = at, False
        while len(raw) < _MAX_LIST and (number := self._number(at, raw)):
            raw.append((number[0], ranged))
            end = number.end()
            if _stops(self.text, end) or self.text.startswith(_CODE_FOLLOWS, end):
                return raw, end
            end = self._skip_details(end)
            joined = _JOIN.match(self.text, end)
            if not joined or not self._goes_on(joined, raw):
                break
            at, ranged = joined.end(), "à" in joined[0]
        return raw, end

    def _number(self, at: int, before: list[tuple[str, bool]]) -> re.Match[str] | None:
        if before and _HAS_STEM.search(before[-1][0]) and (tail := TAIL.match(self.text, at)):
            return tail
        found = _NUMBER.match(self.text, at)
        return found if found and found[0] else None

    def _goes_on(self, joined: re.Match[str], before: list[tuple[str, bool]]) -> bool:
        """A plural goes on with any number; a singular only with one that cannot be a quantity ("et 3 témoins")."""
        number = self._number(joined.end(), before)
        if not number or not any(c.isdigit() for c in number[0]):
            return False
        if self._word == "art" and "," not in joined[0] and len(number[0]) >= NO_QUANTITY:
            return True  # "art. 700 et 696 CPC": short for the plural as well
        return self._plural or not number[0].isdigit() or bool(_SAYS_ARTICLE.search(joined[0]))

    def _skip_details(self, at: int) -> int:
        """Past "al. 2", "§ 1", "in fine", "et s.": the article is what we index."""
        while detail := _DETAIL.match(self.text, at):
            at = detail.end()
        return at

    def _read_code(self, at: int) -> tuple[str, int]:
        if _stops(self.text, at):
            return "", at
        for of in _CODE_FOLLOWS:
            if self.text.startswith(of, at) and (followed := code_at(self.text, at + len(of))):
                return followed
        if self.last and (repeated := _SAME.match(self.text, at)):
            return self.last, repeated.end()
        owned = _OF.match(self.text, at)
        named = name_at(self.text, owned.end(), self.last) if owned else None
        return named or ("", at)

    def _after_join(self, at: int) -> int:
        if self.text.startswith(_ENDS_LIST, at):
            return -1
        joined = _JOIN.match(self.text, at)
        return joined.end() if joined else -1
