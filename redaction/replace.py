"""What stands in the place of a finding: tokens, and for the vault what each of them hides.

What was replaced before is not replaced again: tokens and labels are cut out of every finding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import regex

from redaction.name_parts import split_name
from redaction.normalise import normalise
from redaction.policy import LABELS
from redaction.pseudonyms import TOKEN, Pseudonyms, canonical_identifier, is_token
from redaction.spans import Entity, Span

Pair = tuple[str, str, str]  # token, kind, surface
_LABEL = regex.compile("|".join(sorted({regex.escape(label) for label in LABELS.values()})))


def outside_tokens(text: str, spans: Sequence[Span]) -> list[Span]:
    """The findings less the tokens and labels of an earlier redaction."""
    if not spans:
        return []
    written = [match.span() for match in TOKEN.finditer(text) if is_token(match[0])]
    written += [match.span() for match in _LABEL.finditer(text)]
    if not written:
        return list(spans)
    at = {offset: end for start, end in written for offset in range(start, end)}
    return [piece for span in spans for piece in _pieces(text, span, at)]


def _pieces(text: str, span: Span, at: dict[int, int]) -> Iterator[Span]:
    inside = [offset for offset in range(span.start, span.end) if offset in at]
    if not inside:
        yield span
        return
    start = span.start
    for offset in [*inside, span.end]:
        if offset < start:
            continue
        if any(character.isupper() or character.isdigit() for character in text[start:offset]):
            yield replace(span, start=start, end=offset, canonical="", given="", surname="")
        start = at.get(offset, span.end)


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
