"""Everything that identifies someone in one normalised text: identifiers, places, dates, persons, organisations.

Promises: deterministic, no network, no model. Findings may overlap; `policy.py` chooses, `spans.merged` settles.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import regex

from redaction.anchors import Anchored
from redaction.columns import find_in_columns
from redaction.correspondence import find_in_letters
from redaction.digest import digest
from redaction.doubts import acronyms_of, is_doubtful, is_seat
from redaction.forms import find_other_fields, find_people_in_forms
from redaction.letters import find_letters
from redaction.lexicon import known_given_names, ordinary_words
from redaction.lexicon import places as place_names
from redaction.lower_case import LowerCase
from redaction.name_parts import is_given
from redaction.name_runs import Name, is_ordinary
from redaction.names import find_names
from redaction.normalise import fold
from redaction.organisations import find_organisations
from redaction.patterns import find_identifiers
from redaction.places import find_places_and_dates
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
from redaction.spans import Entity, Role, Span, mask
from redaction.surroundings import after_birth_names
from redaction.tables import find_in_tables
from redaction.unannounced import Unannounced
from redaction.vocabulary import BRANDS, INSTITUTIONS, NEVER, TITLES

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
    whole = Anchored(text)
    around_digits = digest(whole)
    places = find_places_and_dates(around_digits)
    organisations = list(find_organisations(whole))
    seen, companies = _people_and_companies(whole, [*places, *organisations], None, by_rules_alone)
    people = [_span(name, role) for name, role in seen]
    parties = {
        canonical_surname(person.surname)
        for person in people
        if person.surname and not person.role.professional and person.score > _SCORES["model"]
    }
    found = find_identifiers(around_digits)
    found += places
    found += find_other_fields(whole)
    found += find_in_columns(text)
    found += people
    found += _named([*organisations, *companies], text, parties)
    found += _urls(text, parties)
    return [_to_the_end_of_its_word(text, span) for span in found]


def _to_the_end_of_its_word(text: str, span: Span) -> Span:
    """No finding stops inside a word («69002 FR76»): the rest would stick to the token, which nobody could read."""
    end = span.end
    if not text[end : end + 1].isalnum():
        return span
    while end < min(len(text), span.end + _REST) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return span if end == span.end else replace(span, end=end)


_REST = 40  # characters of a word, at most


def find_people(text: str, by: Model | None = None) -> list[tuple[Name, Role]]:
    """Names by the rules and by the model."""
    whole = Anchored(text)
    others = [*find_places_and_dates(digest(whole)), *find_organisations(whole)]
    return _people_and_companies(whole, others, by)[0]


def _people_and_companies(
    whole: Anchored, others: Sequence[Span], by: Model | None = None, by_rules_alone: bool = False
) -> tuple[list[tuple[Name, Role]], list[Span]]:
    """Names by the rules, then by the model. What it takes for a person and bears a company's name is that company."""
    text = whole.text
    names = find_names(whole)
    names += find_in_tables(text)
    names += find_people_in_forms(text)
    legal = is_legal(text)
    if legal:  # elsewhere single letters are initials, notes of music, or what OCR left
        names += find_letters(text)
    names += find_in_letters(whole)
    names = [it for it in names if it.why not in _MAY_BE_A_BRAND or fold(text[it.start : it.end]) not in BRANDS]
    names += after_birth_names(whole)
    articled = legal or len(text) < LONG  # telegrams and headlines of the press leave articles out
    lower = LowerCase(whole)
    unannounced = Unannounced(text, lower) if articled else None
    names += unannounced.beside(names) if unannounced else []
    names += propagate(text, names, lower)
    if by_rules_alone:
        return with_roles(text, names), []
    covered = mask(text, [*names, *(span for span in others if span.entity in _NO_PERSON)])
    known = {
        fold(word)
        for span in others
        if span.entity is Entity.ORGANISATION
        for word in _CAPITALISED.findall(text[span.start : span.end])
    }
    acronyms = acronyms_of(text)
    companies: list[Span] = []
    seen: list[Name] = []
    for found in find_by_model(text, _bonus(text, legal), by, covered):
        name = _with_surname(text, found)
        if not known.isdisjoint(map(fold, _CAPITALISED.findall(text[name.start : name.end]))):
            companies.append(Span(name.start, name.end, Entity.ORGANISATION, 0.6, "organisation:name"))
        elif _adds(text, name, covered) and not (is_doubtful(text, name, acronyms) or (legal and is_seat(text, name))):
            seen.append(name)
    names += seen
    beside = unannounced.beside(names) if seen and unannounced else []
    sure = [replace(name, strong=True) for name in seen if _is_full(name)] + beside
    names += beside
    if sure:
        names += propagate(text, [*names, *sure], lower, sure)
    names += find_again(text, seen, mask(text, [*names, *others]))
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


def _bonus(text: str, legal: bool) -> float:
    if not legal:
        return ANYWHERE
    return IN_LEGAL_WRITING if len(text) > LONG else IN_A_SHORT_ACT


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
