"""Everything that identifies someone in one normalised text: identifiers, places, dates, persons, organisations.

Promises: deterministic, no network, no model. Findings may overlap; `policy.py` chooses, `spans.merged` settles.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import regex

from redaction.correspondence import find_in_letters
from redaction.digest import digest
from redaction.forms import find_other_fields, find_people_in_forms
from redaction.letters import find_letters
from redaction.lexicon import known_given_names, known_surnames, ordinary_words
from redaction.lexicon import places as place_names
from redaction.name_parts import is_given
from redaction.name_runs import Name, is_ordinary
from redaction.names import find_names
from redaction.normalise import fold
from redaction.patterns import find_identifiers
from redaction.places import find_organisations, find_places_and_dates
from redaction.propagation import canonical_surname, propagate
from redaction.roles import with_roles
from redaction.sequence import (
    ANYWHERE,
    IN_A_SHORT_ACT,
    IN_LEGAL_WRITING,
    LONG,
    Model,
    find_again,
    find_by_model,
    is_legal,
)
from redaction.spans import Entity, Role, Span
from redaction.tables import find_in_tables
from redaction.vocabulary import BRANDS, INSTITUTIONS, LEADING, NEVER, NOT_GIVEN, TITLES

_SCORES = {
    "honorific": 0.95,
    "cue": 0.85,
    "enumeration": 0.9,
    "look": 0.75,
    "table": 0.9,
    "model": 0.6,
    "said": 0.9,
    "kin": 0.85,
    "greeting": 0.85,
    "signature": 0.85,
    "header": 0.9,
    "given": 0.65,
}
_URL = regex.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+")
_WORDS = regex.compile(r"\p{L}+")
_CAPITALISED = regex.compile(r"(?<!\p{L})\p{Lu}\p{L}+")


def find_all(text: str, *, by_rules_alone: bool = False) -> list[Span]:
    """Findings of all kinds. `by_rules_alone`: without the model, to measure what it adds."""
    around_digits = digest(text)
    places = find_places_and_dates(around_digits)
    organisations = list(find_organisations(text))
    seen, companies = _people_and_companies(text, [*places, *organisations], None, by_rules_alone)
    people = [_span(name, role) for name, role in seen]
    parties = {
        canonical_surname(person.surname)
        for person in people
        if person.surname and not person.role.professional and person.score > _SCORES["model"]
    }
    found = find_identifiers(around_digits)
    found += places
    found += find_other_fields(text)
    found += people
    found += _named([*organisations, *companies], text, parties)
    found += _urls(text, parties)
    return found


def find_people(text: str, by: Model | None = None) -> list[tuple[Name, Role]]:
    """Names by the rules and by the model."""
    others = [*find_places_and_dates(digest(text)), *find_organisations(text)]
    return _people_and_companies(text, others, by)[0]


def _people_and_companies(
    text: str, others: Sequence[Span], by: Model | None = None, by_rules_alone: bool = False
) -> tuple[list[tuple[Name, Role]], list[Span]]:
    """Names by the rules, then by the model. What it takes for a person and bears a company's name is that company."""
    names = find_names(text)
    names += find_in_tables(text)
    names += find_people_in_forms(text)
    legal = is_legal(text)
    if legal:  # elsewhere single letters are initials, notes of music, or what OCR left
        names += find_letters(text)
    names += find_in_letters(text)
    names = [it for it in names if it.why not in _MAY_BE_A_BRAND or fold(text[it.start : it.end]) not in BRANDS]
    names += propagate(text, names)
    if by_rules_alone:
        return with_roles(text, names), []
    covered = _mask(text, [*names, *(span for span in others if span.entity in _NO_PERSON)])
    known = {
        fold(word)
        for span in others
        if span.entity is Entity.ORGANISATION
        for word in _CAPITALISED.findall(text[span.start : span.end])
    }
    companies: list[Span] = []
    seen: list[Name] = []
    for found in find_by_model(text, _bonus(text, legal), by, covered):
        name = _with_surname(text, found)
        if not known.isdisjoint(map(fold, _CAPITALISED.findall(text[name.start : name.end]))):
            companies.append(Span(name.start, name.end, Entity.ORGANISATION, 0.6, "organisation:name"))
        elif _adds(text, name, covered) and not (_is_doubtful(text, name) or (legal and _is_seat(text, name))):
            seen.append(name)
    names += seen
    sure = [replace(name, strong=True) for name in seen if _is_full(name)]
    if sure:
        names += propagate(text, [*names, *sure])
    names += find_again(text, seen, _mask(text, [*names, *others]))
    return with_roles(text, names), companies


def _adds(text: str, name: Name, covered: bytearray) -> bool:
    """Whether the model says more than the rules did; a word of French before a name that is known is no part of it."""
    new = [match for match in _LETTERS.finditer(text, name.start, name.end) if not covered[match.start()]]
    if len(new) == 1 and 1 in covered[name.start : name.end]:
        return is_given(new[0][0]) or not is_ordinary(new[0][0])
    return bool(new)


_LETTERS = regex.compile(r"\p{L}++")


def _is_full(name: Name) -> bool:
    """A first name and a surname that French has for nothing else: carried through the document."""
    first, surname = name.given.split(" ")[0], name.surname.split(" ")[-1]
    if first and len(surname) > 3 and fold(first) in known_given_names():
        return True  # «Ghyslain Portefaix»
    return (
        bool(first)
        and (len(surname) > 3 or is_given(first))
        and not is_ordinary(surname)
        and fold(surname) not in place_names()
    )


def _with_surname(text: str, name: Name) -> Name:
    """«Ghyslain», where «Portefaix» follows: after a first name, a word of French may be a surname."""
    word = text[name.start : name.end]
    if not (is_given(word) or fold(word) in known_given_names()):
        return name
    after = _SURNAME_AFTER.match(text, name.end)
    if after is None or fold(after[1]) in TITLES | NEVER | INSTITUTIONS or fold(after[1]) in place_names():
        return name
    return replace(name, end=after.end(), given=word, surname=after[1])


_SURNAME_AFTER = regex.compile(r" (\p{Lu}\p{L}{2,}+(?:-\p{Lu}\p{L}++)?)(?![\p{L}'.])")


def _is_doubtful(text: str, name: Name) -> bool:
    """A company that everyone knows; a word that is an institution's letters, a place, or begins a sentence."""
    word = text[name.start : name.end]
    if (
        word.lower() in NOT_GIVEN
        or text.startswith(" en ", name.start - 4)
        or _THING.search(text, max(0, name.start - 24), name.start)
    ):
        return True  # «en Floride», «l'API Légifrance»
    if text.startswith(("(e)", "(s)", " and ", " of ", " for "), name.end):
        return True  # «Marié(e)», «Foreign and Commonwealth»
    if len(word) <= 4 and not is_given(word) and _IN_BRACKETS.search(text[name.start - 3 : name.end + 1]):
        return True  # «livret d'épargne (Rice)»
    if not is_given(word) and _ARTICLE.search(text, max(0, name.start - 10), name.start):
        return True  # «une Dreal»
    if word.isalpha() and len(word) <= 8 and _is_defined(text, word):
        return True
    words = [it for it in word.split() if fold(it) not in LEADING]
    if fold("".join(words)) in BRANDS:
        return True  # «Le Bureau Veritas»
    if all(fold(it) in TITLES or (it.isupper() and len(it) <= 4 and not is_given(it)) for it in words):
        return True  # «Lord Advocate», «Le PTZ»
    if not word.isalpha():
        return fold(word) in place_names()
    if (word.isupper() and len(word) <= 4 and not is_given(word)) or fold(word) in place_names():
        return True
    if word.isupper() and is_ordinary(word) and fold(word) not in known_surnames() and not text.isupper():
        return True  # «PISTE»
    return is_ordinary(word) and _BEGINS.search(text, max(0, name.start - 3), name.start) is not None


# What bears a name and is nobody, where the name follows at once.
_THING = regex.compile(
    r"(?i)(?<!\p{L})(?:logiciels?|applications?|sites?|portails?|apis?|plateformes?|marques?|projets?|programmes?"
    r"|navires?|paquebots?|cargos?|chalutiers?|groupes?|mod[èe]les?|m[ée]dicaments?|produits?|formules?|label|r[ée]seaux?"
    r"|cha[îi]nes?|journal|magazine|revue|hebdomadaire|quotidien|op[ée]ration|dispositif|syndrome|traitement"
    r"|lyc[ée]e|coll[èe]ge|[ée]cole|h[ôo]pital|clinique|stade|pont|universit[ée]|rue|avenue|boulevard|place|quai|square) [\"«]? ?$"
)
_BEGINS = regex.compile(r"(?:^|[.!?:;»\n•|\d]|- ?| {3})\s*$")
_IN_BRACKETS = regex.compile(r"^\p{Ll} \(\p{L}+\)$")
_ARTICLE = regex.compile(r"(?i)(?<!\p{L})(?:l'|(?:une?|cette|cet|chaque|aucune?|leurs?) )$")


def _is_defined(text: str, word: str) -> bool:
    """«l'environnement, l'aménagement et le logement (Dreal)»: the letters begin the words before the bracket."""
    at = text.find(f"({word})")
    if at < 0:
        return False
    initials = [fold(it[0])[:1] for it in _INITIALS.findall(text, max(0, at - 160), at)]
    letters = list(fold(word))
    for initial in reversed(initials):
        if letters and initial == letters[-1]:
            letters.pop()
            if not letters:
                return True
    return False


_INITIALS = regex.compile(r"\p{L}++")


def _bonus(text: str, legal: bool) -> float:
    if not legal:
        return ANYWHERE
    return IN_LEGAL_WRITING if len(text) > LONG else IN_A_SHORT_ACT


def _is_seat(text: str, name: Name) -> bool:
    """«le magasin de Noyelle-Vion», «du Foreign Office»: where something is, or what it is; not who."""
    if is_given(name.given.split(" ")[0]):
        return False
    if name.start > 1 and text[name.start - 1] == "-" and text[name.start - 2].isalpha():
        return True  # the end of «Saint-Amans-Valtoret»
    if text.startswith(" du ", name.start - 4) or _DWELLS.search(text, max(0, name.start - 24), name.start):
        return True
    return _SEAT.search(text, max(0, name.start - 50), name.start) is not None


_DWELLS = regex.compile(
    r"(?i)(?<!\p{L})(?:vit|viv\p{L}+|habit\p{L}+|r[ée]sid\p{L}+|demeur\p{L}+|n[ée]e?s?|situ[ée]\p{L}*|sise?s?|scolaris\p{L}+"
    r"|hospitalis\p{L}+|install\p{L}+|arriv\p{L}+|voyag\p{L}+|d[ée]c[ée]d[ée]e?s?|bas[ée]e?s?|incarc[ée]r\p{L}+|d[ée]tenue?s?"
    r"|emprisonn\p{L}+|d[ée]livr[ée]e?s?|poste|si[èe]ge|s[ée]jour\p{L}*|rend\p{L}*|partie?s?) à $"
)
_SEAT = regex.compile(
    r"(?i)(?<!\p{L})(?:magasins?|sites?|[ée]tablissements?|agences?|usines?|villes?|communes?|cantons?|gares?|ports?|centres?"
    r"|tribuna(?:l|ux)|cours?|mairies?|d[ée]p[ôo]ts?|entrep[ôo]ts?|ateliers?|h[ôo]pita(?:l|ux)|eaux|barreaux?|secteurs?"
    r"|lieu-?dit|hameau|for[êe]t|lac|parc|r[ée]gion|(?:sous-)?pr[ée]fecture|d[ée]partement|arrondissement|domaine"
    r"|commissariat|prisons?|maison d'arr[êe]t|p[ée]nitencier|direction|s[ûu]ret[ée]|s[ée]curit[ée]|acad[ée]mie"
    r"|premi[èe]re instance|universit[ée]|facult[ée]|province|comt[ée]|district|court|council|board"
    r"|justiciary|a[ée]roport"
    r"|ambassade|consulat|rectorat|trait[ée]|accord|bataille|diocèse|paroisse|abbaye|golfe|vall[ée]e|rivi[èe]re|massif)"
    r"(?: [\p{Ll}']+)? (?:de |d'|du |des )$"
)


def _mask(text: str, found: Iterable[Name | Span]) -> bytearray:
    """A byte for each character, not 0 where something was found."""
    mask = bytearray(len(text))
    for it in found:
        mask[it.start : it.end] = b"\1" * (it.end - it.start)
    return mask


_MAY_BE_A_BRAND = frozenset(("look", "kin", "office", "cue", "header"))
_NO_PERSON = (Entity.ORGANISATION, Entity.ADDRESS, Entity.PLACE)


def _span(name: Name, role: Role) -> Span:
    score = _SCORES.get(name.why, 0.7)
    return Span(
        name.start,
        name.end,
        Entity.PERSON,
        score,
        f"person:{name.why}",
        role,
        "",
        name.given,
        name.surname,
        name.bearer,
    )


def _named(organisations: Iterable[Span], text: str, parties: set[str]) -> Iterator[Span]:
    """An organisation that bears a party's surname names that party (a «personne physico-morale»)."""
    for span in organisations:
        words = {fold(word) for word in _WORDS.findall(text[span.start : span.end])} - ordinary_words()
        if not span.role.professional and words & parties:
            yield Span(span.start, span.end, Entity.NAMED_ORGANISATION, 0.85, "organisation:surname")
        else:
            yield span


def _urls(text: str, parties: set[str]) -> Iterator[Span]:
    if "://" not in text and "www." not in text:
        return
    for match in _URL.finditer(text):
        words = {fold(word) for word in _WORDS.findall(match[0])}
        if any(party in words or (len(party) > 5 and any(party in word for word in words)) for party in parties):
            yield Span(match.start(), match.end(), Entity.URL, 0.8, "url:surname")
