"""Organisations by their legal form: «la SCI des Tilleuls», «Brumaire, SARL». Reads normalised text."""

from collections.abc import Iterator

import regex

from redaction.anchors import Anchored, anchors
from redaction.pseudonyms import UNWRITTEN
from redaction.spans import Entity, Role, Span, matched

_FORMS = anchors(
    "ociété", "OCIÉTÉ", "ssociation", "SSOCIATION", "yndicat", "YNDICAT", "ondation", "abinet", "ABINET",
    "tablissements", "Ets", "linique", "SARL", "SAS",
    "S.A", "SA ", "SCI", "S.C.", "EURL", "E.U.R.L", "SNC", "S.N.C", "SCP", "SELARL", "SELAS", "SELURL", "SEL ", "SCM",
    "GIE", "GAEC", "EARL", "AARPI", "tude ",
)  # fmt: skip
_FORM = (
    r"(?:[Ss]ociétés?(?: civile immobilière| par actions simplifiée| anonyme| à responsabilité limitée| civile)?"
    r"|SOCIÉTÉ|[Aa]ssociation|ASSOCIATION|[Ss]yndicat(?: des copropriétaires)?|SYNDICAT"
    r"|[Ff]ondation|[Cc]abinet|CABINET|[ÉEé]tude|[ÉEé]tablissements|ÉTABLISSEMENTS|Ets|[Cc]linique|SARL|S\.A\.R\.L\."
    r"|SASU?|S\.A\.S\.U?\.?|SA|S\.A\.|SCI|S\.C\.I\.|EURL|E\.U\.R\.L\.|SNC|S\.N\.C\.|SCP|S\.C\.P\.|SELARL|SELAS"
    r"|SELURL|SEL|SCM|GIE|GAEC|EARL|AARPI)"
)
_CAPITAL = (
    r"(?:(?!(?:MM?\.|Mmes?|Mlles?|Me|Monsieur|Madame|Maître"  # «la SCI Dol et M. Roux»
    r"|SIREN|SIRET|RCS|SARL|SASU?|SA|AU|DONT)(?!\p{L}))"
    + UNWRITTEN
    + r"(?:[dl]')?\p{Lu}(?:[\p{L}\p{N}'&+\-]|\.(?=[\p{L}\p{N}]))*+)"
)
_CHAIN = rf"{_CAPITAL}(?:(?:,? (?:et |& |de la |de l'|de |du |des |d'|en |pour |le |la |les ){{0,2}}){_CAPITAL}){{0,7}}"
_NAMED_FORM = regex.compile(rf"{_FORM} (?:dite )?(?:« ?|\" ?)?({_CHAIN})")
_SHORT_FORM = regex.compile(r"(?<![\p{L}.])(?:SARL|SASU?|SA|SCI|EURL|SNC|S\.A\.R\.L\.|S\.A\.S\.|S\.A\.)(?![\p{L}])")
_BEFORE_FORM = regex.compile(
    rf"(?r)(?<![\p{{L}}\p{{N}}])({_CAPITAL}(?: (?:et |& |de |du |des )?{_CAPITAL}){{0,4}}),? $"
)
_COUNSEL = regex.compile(r"(?i)avocat|plaidant|postulant|barreau|au conseil d'[ée]tat")


def find_organisations(whole: Anchored) -> Iterator[Span]:
    """Organisations by their legal form. A law firm has the role of a lawyer when counsel is named close by."""
    text, done = whole.text, -1
    for at in sorted(set(whole.places(_FORMS))):
        start = at if text[at].isupper() and (not at or not text[at - 1].isalpha()) else at - 1
        if start < done or (start > 0 and text[start - 1].isalnum()):
            continue
        match = _NAMED_FORM.match(text, start)
        if match:
            done = match.end()
            firm = match[0].startswith(("SELARL", "SCP", "SELAS", "AARPI", "S.C.P")) or (
                match[0][0] in "cC" and _COUNSEL.search(text, match.end(), match.end() + 80)
            )
            yield matched(
                match, 1, Entity.ORGANISATION, "organisation:form", 0.7, Role.LAWYER if firm else Role.UNKNOWN
            )
        elif text[start] in "SE" and _SHORT_FORM.match(text, start):
            before = _BEFORE_FORM.search(text[max(0, start - 80) : start])
            if before:
                base = max(0, start - 80)
                yield Span(base + before.start(1), base + before.end(1), Entity.ORGANISATION, 0.7, "organisation:form")
