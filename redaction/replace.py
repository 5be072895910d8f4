"""What stands in the place of a finding: tokens, and for the vault what each of them hides."""

from redaction.names import split_name
from redaction.normalise import normalise
from redaction.pseudonyms import Pseudonyms, canonical_identifier
from redaction.spans import Entity, Span

Pair = tuple[str, str, str]  # token, kind, surface


def replacement(pseudonyms: Pseudonyms, span: Span, surface: str) -> list[Pair]:
    """The tokens in the order in which they are written; never empty."""
    if span.entity is Entity.PERSON:
        return _person(pseudonyms, span, surface)
    canonical = span.canonical or canonical_identifier(span.entity, normalise(surface).text)
    if span.entity is Entity.PHONE:
        canonical = canonical_identifier(span.entity, canonical)
    return [(pseudonyms.identifier(span.entity, canonical), str(span.entity), surface)]


def _person(pseudonyms: Pseudonyms, span: Span, surface: str) -> list[Pair]:
    given, surname = span.given, span.surname
    if not given and not surname:
        given, surname = split_name(normalise(surface).text.split())
    if not surname:
        return [(pseudonyms.person(given, span.bearer), "GIVEN", surface)]
    if not given:
        return [(pseudonyms.surname(surname), "SURNAME", surface)]
    return [(pseudonyms.person(given, surname), "GIVEN", given), (pseudonyms.surname(surname), "SURNAME", surname)]
