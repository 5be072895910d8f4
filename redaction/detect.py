"""Everything that identifies someone in one normalised text: identifiers, places, dates, persons, organisations.

Promises: deterministic, no network, no model. Findings may overlap; `policy.py` chooses, `spans.merged` settles.
"""

from collections.abc import Iterable, Iterator, Sequence

import regex

from redaction.correspondence import find_in_letters
from redaction.digest import digest
from redaction.letters import find_letters
from redaction.lexicon import ordinary_words
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
    legal = is_legal(text)
    names += find_letters(text)
    names += find_in_letters(text)
    names += propagate(text, names)
    if by_rules_alone:
        return with_roles(text, names), []
    covered = _mask(text, [*names, *(span for span in others if span.entity in _NO_PERSON)])
    known = {
        word
        for span in others
        if span.entity is Entity.ORGANISATION
        for word in _CAPITALISED.findall(text[span.start : span.end])
    }
    companies: list[Span] = []
    seen: list[Name] = []
    for name in find_by_model(text, _bonus(text, legal), by, covered):
        if not known.isdisjoint(_CAPITALISED.findall(text[name.start : name.end])):
            companies.append(Span(name.start, name.end, Entity.ORGANISATION, 0.6, "organisation:name"))
        elif 0 in covered[name.start : name.end] and not (_is_doubtful(text, name) or (legal and _is_seat(text, name))):
            seen.append(name)
    names += seen
    names += find_again(text, seen, _mask(text, [*names, *others]))
    return with_roles(text, names), companies


def _is_doubtful(text: str, name: Name) -> bool:
    """One word that is an institution's letters («PDF»), a place, or that French begins a sentence with."""
    word = text[name.start : name.end]
    if not word.isalpha():
        return fold(word) in place_names()
    if (word.isupper() and len(word) <= 4 and not is_given(word)) or fold(word) in place_names():
        return True
    return is_ordinary(word) and _BEGINS.search(text, max(0, name.start - 3), name.start) is not None


_BEGINS = regex.compile(r"(?:^|[.!?:;»\n•|]|- ?)\s*$")


def _bonus(text: str, legal: bool) -> float:
    if not legal:
        return ANYWHERE
    return IN_LEGAL_WRITING if len(text) > LONG else IN_A_SHORT_ACT


def _is_seat(text: str, name: Name) -> bool:
    """«le magasin de Noyelle-Vion», «du Foreign Office»: where something is, or what it is; not who."""
    if is_given(name.given.split(" ")[0]):
        return False
    return text.startswith(" du ", name.start - 4) or bool(_SEAT.search(text, max(0, name.start - 50), name.start))


_SEAT = regex.compile(
    r"(?i)(?<!\p{L})(?:magasins?|sites?|[ée]tablissements?|agences?|usines?|villes?|communes?|cantons?|gares?|ports?|centres?"
    r"|tribuna(?:l|ux)|cours?|mairies?|d[ée]p[ôo]ts?|entrep[ôo]ts?|ateliers?|h[ôo]pita(?:l|ux)|eaux|barreaux?|secteurs?"
    r"|lieu-?dit|hameau|for[êe]t|lac|parc|r[ée]gion|pr[ée]fecture|d[ée]partement|arrondissement|domaine|commissariat)"
    r"(?: [\p{Ll}']+)? (?:de |d'|du |des )$"
)


def _mask(text: str, found: Iterable[Name | Span]) -> bytearray:
    """A byte for each character, not 0 where something was found."""
    mask = bytearray(len(text))
    for it in found:
        mask[it.start : it.end] = b"\1" * (it.end - it.start)
    return mask


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
