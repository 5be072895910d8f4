"""What a question cites, and how the index is asked for it: the text of an article first, then what cites it.

Analysed French finds "L. 1232-1" among its neighbours at best; an exact filter finds it and nothing else. A question
that is a look-up ("art. L. 1232-1 C. trav.", "que dit l'article 1240 ?") is answered by what the filter finds, then by
the ordinary hits. One that cites in passing gets the text of the article as one more list to be fused: what merely
cites the same article is no better an answer than any other hit (measured: it costs a point on sommaires). Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chunking.cases import case_refs, find_cases
from chunking.codes import name_at, name_in
from chunking.numbering import LATIN, NUMBER
from chunking.references import ArticleRef, find_articles

MAX_FORMS = 64  # of a filter: "articles 14 à 50" is a reader's question, not a list of filters
_LONGEST_LOOKUP = 100  # characters
_NUMBER_LAST = re.compile(rf"[^\d]*?[\s,:]({NUMBER})[\s?]*")
_NUMBER_FIRST = re.compile(rf"\s*(?:{NUMBER}),?\s+(?:du\s+|de\s+la\s+)?")
_GOES_ON = r"(?:du|de|et|ou|al|cc|cp|ct|la|le|au|ss?|en|un|er|re|ce|ca|ta|n)\b"
_NO_DASH = re.compile(r"\b(lo|[lrda])\.?\s?(\d{3,4})\s(\d{1,3})(?:\s(\d{1,2}))?\b", re.IGNORECASE)
# "l80 cb", "244 bis a": the letters after a number, but for what a question goes on with.
_LETTER_LAST = re.compile(
    rf"\b((?:[lrda]\.?\s?)?\d{{1,4}}(?:-\d{{1,3}})*)(\s?(?:{LATIN})\b)?(\s?(?!{_GOES_ON})[a-z]{{1,2}})\b"
)
_WORD = re.compile(r"[^\W_]+")
_FILLER = frozenset(
    """a actuel actuelle actuellement affiche afficher affichez ai alinéa alinéas ancien ancienne annexe applicable
    application arrêt arrêts art article articles articolo artikel arts artículo au aux b besoin c cherche cite
    citer citez code codice contenu copie cosa d dans de del der des devenu dice dispose disposition dispositions
    dit do does donne donner donnez du décision décisions définir définition e el en est et exact exactement faut
    find give i ici ii iii il in intégral intégralement intégralité is issu iv j je jugement l la law le lequel les
    ley libellé lire lis lisez loi me merci moi montre montrer montrez n no nos nouveau numéro of où par paragraphe
    paragraphes peut peux phrase plait plaît please point pourriez pourvoi pourvois pouvez premier précise prévoit
    qu que quel quelle quelles quels quoi qué rappeler rappelez rappelle read rg rédaction s sagt say says show sous
    ss stipule stp suivant suivants sur svp te teneur text texte texto the trouve trouver tu un under une v version
    veux vigueur voir voudrais vous was what which wording x y z énonce""".split()  # noqa: SIM905 - as words it can be read
)
# Around the number of a decision: the court that gave it, its chamber and its date.
_COURT = frozenset(
    """1re 2e 3e ass bull ca caa cass cassation cedh ce ch chambre chbre cjue civ civile com commerciale conseil cons
    const constitutionnel cour crim criminelle etat état mixte plén qpc req soc sociale sect ta tj janv janvier févr
    février mars avr avril mai juin juil juill juillet août sept septembre oct octobre nov novembre déc décembre
    aff affaire appel""".split()  # noqa: SIM905 - as words it can be read
)


@dataclass(frozen=True, slots=True)
class Cited:
    """The articles and decisions that a question names, in order."""

    articles: tuple[ArticleRef, ...]
    cases: tuple[str, ...]
    is_lookup: bool  # it asks for nothing else

    @property
    def forms(self) -> tuple[str, ...]:
        """Every form that the index may know it by, the precise ones first."""
        return tuple(dict.fromkeys((*(form for ref in self.articles for form in ref.forms), *self.cases)))

    @property
    def spellings(self) -> tuple[str, ...]:
        """What is searched with the question's words: each reference once, by its number.

        With its code as well, a chunk that merely cites the same article would count twice (measured: it costs a point
        on sommaires).
        """
        return tuple(dict.fromkeys((*(ref.number for ref in self.articles), *self.cases)))

    @property
    def filters(self) -> tuple[str, ...]:
        """To be tried in order: the first that finds anything is the look-up's answer."""
        articles = [form for ref in self.articles for form in ref.forms]
        own = " or ".join(_any_of("articles", articles))
        cited = [*_any_of("article_refs", articles), *_any_of("case_refs", self.cases)]
        if not self.is_lookup:
            cited = _any_of("case_refs", self.cases)
        return tuple(it for it in (own, " or ".join(cited)) if it)

    def remoteness(self, fields: Mapping[str, object]) -> int:
        """0 for what the question means, 1 for any other chunk that the filter finds.

        Meant is a chunk with one of the articles as precisely as it is named, and the decision itself before those
        that cite it: its number stands in its title, or where it begins.
        """
        known = {*_strings(fields.get("articles")), *_strings(fields.get("article_refs"))}
        if any(ref.forms[0] in known for ref in self.articles):
            return 0
        itself = fields.get("ordinal") == 0 or not set(self.cases).isdisjoint(case_refs(str(fields.get("title") or "")))
        return 0 if itself and not set(self.cases).isdisjoint(_strings(fields.get("case_refs"))) else 1


def cited_in(question: str) -> Cited:
    """What `question` cites: as it is written or, if it is short, in the first other spelling that makes it a look-up.

    People type "l80 cb", "9 cc" and "L 1232 1". Such spellings are read where nothing else is asked, and only there.
    """
    as_written = _read(question)
    if len(question) > _LONGEST_LOOKUP:
        return as_written
    typed = _NO_DASH.sub(_dashed, _LETTER_LAST.sub(_in_capitals, question))
    if typed == question and as_written.is_lookup:
        return as_written
    spelt = (_read(it) for it in _spellings(question, typed) if it != question)
    return next((it for it in spelt if it.is_lookup), as_written)


def _read(question: str) -> Cited:
    articles, cases = find_articles(question), find_cases(question)
    spans = [*((ref.start, ref.end) for ref in articles), *((start, end) for _, start, end in cases)]
    others = [word.lower() for word in _WORD.findall(_without(question, spans))]
    said = (_FILLER | _COURT) if cases else _FILLER
    is_lookup = bool(spans) and all(it in said or (bool(cases) and it.isdecimal()) for it in others)
    return Cited(tuple(articles), tuple(dict.fromkeys(number for number, _, _ in cases)), is_lookup)


def _spellings(question: str, typed: str) -> Iterator[str]:
    """The letters of a number in capitals and its dash put in; a code and a number, in either order, as an article."""
    for spelt in (typed, question):
        yield from (spelt, _code_last(spelt), _code_first(spelt))
    if typed != question:
        yield f"article {typed}"


def _in_capitals(found: re.Match[str]) -> str:
    return f"{found[1].upper()}{found[2] or ''}{found[3].upper()}"


def _dashed(found: re.Match[str]) -> str:
    prefix, *numbers = (it for it in found.groups() if it)
    return prefix.upper() + "-".join(numbers)


def _code_last(question: str) -> str:
    """ "code civil 1240" as "article 1240 du code civil"."""
    code = name_in(question)
    number = _NUMBER_LAST.fullmatch(question) if code else None
    return f"article {number[1]} du {code}" if number else question


def _code_first(question: str) -> str:
    """ "9 cc", "121-3 CP" as "article 9 cc": a number and an abbreviation are all there is."""
    number = _NUMBER_FIRST.match(question)
    named = name_at(question, number.end()) if number else None
    whole = named is not None and not question[named[1] :].strip(" .?!")
    return f"article {question.strip()}" if whole else question


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    kept = list(text)
    for start, end in spans:
        kept[start:end] = " " * (end - start)
    return "".join(kept)


def _any_of(field: str, values: Iterable[str]) -> list[str]:
    """An OData condition, or none. A name of a code may hold an apostrophe; none holds a bar."""
    listed = "|".join(list(dict.fromkeys(values))[:MAX_FORMS]).replace("'", "''")
    return [f"{field}/any(it: search.in(it, '{listed}', '|'))"] if listed else []


def _strings(value: object) -> list[str]:
    return [str(it) for it in value] if isinstance(value, list | tuple) else []
