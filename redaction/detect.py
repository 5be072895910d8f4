"""Everything that identifies someone in one normalised text: identifiers, places, dates, persons, organisations.

Promises: deterministic, no network, no model. Findings may overlap; `policy.py` chooses, `spans.merged` settles.
"""

from collections.abc import Iterator, Sequence

import regex

from redaction.digest import digest
from redaction.letters import find_letters
from redaction.lexicon import ordinary_words
from redaction.names import Name, find_names
from redaction.normalise import fold
from redaction.patterns import find_identifiers
from redaction.places import find_organisations, find_places_and_dates
from redaction.propagation import canonical_surname, propagate
from redaction.roles import with_roles
from redaction.spans import Entity, Role, Span
from redaction.tables import find_in_tables

_SCORES = {"honorific": 0.95, "cue": 0.85, "enumeration": 0.9, "look": 0.75, "table": 0.9}
_URL = regex.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+")
_WORDS = regex.compile(r"\p{L}+")


def find_all(text: str) -> list[Span]:
    names = find_names(text)
    names += find_in_tables(text)
    names += find_letters(text)
    names += propagate(text, names)
    people = [_span(name, role) for name, role in with_roles(text, names)]
    parties = {
        canonical_surname(person.surname) for person in people if not person.role.professional and person.surname
    }
    around_digits = digest(text)
    found = find_identifiers(around_digits)
    found += find_places_and_dates(around_digits)
    found += people
    found += _named(find_organisations(text), text, parties)
    found += _urls(text, parties)
    return found


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


def _named(organisations: Iterator[Span], text: str, parties: set[str]) -> Iterator[Span]:
    """An organisation that bears a party's surname names that party (a «personne physico-morale»)."""
    for span in organisations:
        words = {fold(word) for word in _WORDS.findall(text[span.start : span.end])} - ordinary_words()
        if not span.role.professional and words & parties:
            yield Span(span.start, span.end, Entity.NAMED_ORGANISATION, 0.85, "organisation:surname")
        else:
            yield span


def _urls(text: str, parties: Sequence[str] | set[str]) -> Iterator[Span]:
    if "://" not in text and "www." not in text:
        return
    known = {party for party in parties if len(party) > 3}
    for match in _URL.finditer(text):
        folded = fold(match[0])
        if any(party in folded for party in known):
            yield Span(match.start(), match.end(), Entity.URL, 0.8, "url:surname")
