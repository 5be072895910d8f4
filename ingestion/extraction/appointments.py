"""Invitations and address cards (iCalendar, RFC 5545; vCard, RFC 6350 and 2426): what a calendar would show of them.

Time zones, alarms, identifiers and pictures are left out. Nothing nests deeper than a component within a calendar, and
the order of properties is the file's, but for the title, which comes first.
"""

import quopri
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits
from ingestion.extraction.plain import decode
from ingestion.extraction.reading import Composer, Reading

_FOLD = re.compile(r"\r?\n[ \t]")
_PARAMETERS = 200  # characters of a line: what says how its value is written stands within
_PROPERTY = re.compile(r"(?:[\w-]+\.)?([\w-]{1,60})((?:;[^:;\"]*(?:\"[^\"]*\"[^:;\"]*)*)*):(.*)", re.DOTALL)
_COMMON_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_CHARSET = re.compile(r";CHARSET=([\w-]{1,40})", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_SHOWN = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VCARD"))
_TITLES = frozenset(("SUMMARY", "FN"))
_TEXTS = frozenset(("DESCRIPTION", "NOTE", "COMMENT"))
_LABELS = {
    "DTSTART": "Début", "DTEND": "Fin", "DUE": "Échéance", "DURATION": "Durée", "RRULE": "Récurrence",
    "LOCATION": "Lieu", "ORGANIZER": "Organisateur", "ATTENDEE": "Participant", "CATEGORIES": "Catégories",
    "URL": "Adresse", "ORG": "Organisation", "TITLE": "Fonction", "ROLE": "Rôle", "TEL": "Téléphone",
    "EMAIL": "Courriel", "ADR": "Adresse", "BDAY": "Naissance",
}  # fmt: skip
_CANCELLED = "Annulé"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class _Property(NamedTuple):
    name: str
    parameters: str
    value: str


def read_appointments(data: bytes, limits: Limits) -> Reading:
    """Every appointment, task or card: its title as a heading and what is said of it. Park(EMPTY, TOO_LARGE)."""
    composer = Composer(limits)
    for component in _components(decode(data), composer):
        _write(component, composer)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return composer.reading(pages=0)


def _components(text: str, composer: Composer) -> Iterator[list[_Property]]:
    """The properties of each component that is shown, those of what lies within it (alarms, time zones) left out."""
    within: list[str] = []
    found: list[_Property] = []
    for line in _lines(text):
        match = _PROPERTY.fullmatch(line)
        if match is None:
            continue
        name, value = match.group(1).upper(), match.group(3)
        kind = value.strip().upper()
        if name == "BEGIN":
            found = [] if kind in _SHOWN else found
            within.append(kind)
        elif name == "END":
            if kind in _SHOWN and within[-1:] == [kind]:
                yield found
            within = within[:-1]
        elif name == "METHOD" and kind == "CANCEL":
            composer.paragraph(_CANCELLED)
        elif within and within[-1] in _SHOWN:
            found.append(_Property(name, match.group(2), value))


def _lines(text: str) -> Iterator[str]:
    """The file's lines, unfolded: by a blank, or of a vCard 2.1 in the manner of mails, by "=" at the end."""
    begun = ""
    for line in _FOLD.sub("", text).split("\n"):
        whole = begun + line.rstrip("\r")
        goes_on = whole.endswith("=") and "QUOTED-PRINTABLE" in whole[:_PARAMETERS].upper()
        begun = whole[:-1] if goes_on else ""
        if not goes_on:
            yield whole
    if begun:
        yield begun


def _write(properties: Sequence[_Property], composer: Composer) -> None:
    title = next((it for it in properties if it.name in _TITLES), None)
    if title is not None:
        composer.heading(_text(title), 1)
    for item in properties:
        if item.name == "STATUS" and item.value.strip().upper() == "CANCELLED":
            composer.paragraph(_CANCELLED)
        elif item.name in _TEXTS:
            for paragraph in _text(item).split("\n"):
                composer.paragraph(paragraph)
        elif item.name in _LABELS and (shown := _shown(item)):
            composer.add(BlockKind.PARAGRAPH, f"{_LABELS[item.name]} : {shown}")


def _shown(item: _Property) -> str:
    if item.name in ("ORGANIZER", "ATTENDEE"):
        return _person(item)
    if moment := _TIME.fullmatch(item.value.strip()):
        year, month, day, hour, minute, universal = moment.groups()
        clock = f" {hour}:{minute}{' UTC' if universal else ''}" if hour else ""
        return f"{day}/{month}/{year}{clock}"
    text = _text(item).replace("\n", " ")
    return ", ".join(filter(None, map(str.strip, text.split(";")))) if item.name in ("ADR", "ORG") else text


def _person(item: _Property) -> str:
    name = _COMMON_NAME.search(item.parameters)
    address = re.sub(r"^mailto:", "", item.value.strip(), flags=re.IGNORECASE)
    called = (name.group(1) or name.group(2) or "") if name else ""
    return f"{called} <{address}>" if called and address != called else address


def _text(item: _Property) -> str:
    value = item.value
    if "QUOTED-PRINTABLE" in item.parameters.upper():
        charset = _CHARSET.search(item.parameters)
        raw = quopri.decodestring(value.encode("utf-8"))
        value = decode(raw, charset.group(1) if charset else None)
    return _ESCAPED.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), value).strip()
