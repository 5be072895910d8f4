"""Numbers of decisions, in one form on both sides: pourvoi, RG, ECLI, Conseil d'État, Conseil constitutionnel, CJUE.

19-19.463          pourvoi (Cour de cassation), its letter dropped: "n° K 19-19.463", "19-19463"
RG 20/00804        register of a court: "N° RG 20/00804", "n° 20/00804", "RG 20/804", "RG : 2022 004346"
ECLI:FR:CCASS:…    in capitals
CE 428409          Conseil d'État; 19PA01234 an administrative court of appeal
TA 2012345         tribunal administratif
NOR JUSC1234567D   of an act of the State;  PORTALIS DBVX-V-B7F-OABC of the courts' register
2010-14 QPC        Conseil constitutionnel;  C-311/18 CJUE;  12345/06 CEDH ("requête n°", "CEDH")
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import regex

from chunking.sieve import Sieve

type _Match = re.Match[str] | regex.Match[str]

_N = r"n\s?[°ºo]s?\.?"


class _Kind(NamedTuple):
    """One way to write a number. It is looked for only where the sieve says that the text may hold it."""

    left: re.Pattern[bytes]  # what the sieve leaves of it, from a literal on: these are found fastest
    pattern: re.Pattern[str] | regex.Pattern[str]
    marks: tuple[str, ...] = ()  # one of them stands in the text


def _kind(left: str, pattern: str, *marks: str, ignore_case: bool = False) -> _Kind:
    return _Kind(re.compile(left.encode()), regex.compile(pattern, regex.IGNORECASE if ignore_case else 0), marks)


_AFTER_COURT = "|".join(rf"(?<=[CT-]\d{{{figures}}}/)" for figures in range(1, 5))
_KINDS: dict[str, _Kind] = {
    "ecli": _kind(
        r":[A-Z]{0,2}:[A-Z0-9]{0,7}:\d{4}:",
        *(r"ECLI:[A-Z]{2}:[A-Z0-9]{1,7}:\d{4}:([A-Z0-9.]{1,25})", "ECLI:", "ecli:"),
        ignore_case=True,
    ),
    "rg": _kind(
        r"R\.?G\.?:?N?O?S?\.?:?[A-Z]?\d\d(?:[/-]\d{3}|\d{8})",
        rf"(?:RG|R\.G\.?)[^\S\n]?:?[^\S\n]?(?i:{_N})?[^\S\n]?:?[^\S\n]?"
        r"((?:[A-Z][^\S\n]?)?\d{2}[/-]\d{3,6}|\d{4}[^\S\n]?\d{6})(?!\d)",
    ),
    "cjue": _kind(rf"/(?:{_AFTER_COURT})\d\d", r"([CT][-‑]\d{1,4}/\d{2})(?!\d)"),
    **{
        court: _kind(rf"{court}(?<=\d{court})", rf"(?<=(\d{{2,4}}[-‑]\d{{1,4}}(?:/\d+)*)[^\S\n]){court}\b")
        for court in ("QPC", "DC")
    },
    "ce": _kind(
        r"C.{0,64}?\d{6}",
        rf"(?:CE\b|Conseil d['’][EÉé]tat)(?:[^\n]{{0,60}}?{_N})?[^\S\n]?(\d{{6}})(?!\d)",
        *("CE", "Conseil d"),
    ),
    "ta": _kind(r"TA.{0,64}?\d{7}", rf"\bTA\b[^\n]{{0,60}}?{_N}[^\S\n]?(\d{{7}})(?!\d)"),
    "nor": _kind(r"NOR:?[A-Z]{3}[A-Z0-9]\d{7}[A-Z]", r"\bNOR[^\S\n]?:?[^\S\n]?([A-Z]{3}[A-Z0-9]\d{7}[A-Z])(?!\w)"),
    "portalis": _kind(
        r"P:?[0-9A-Z]{4}-[A-Z]-[0-9A-Z]{3}-[0-9A-Z]{3}",
        r"Portalis[^\S\n]?:?[^\S\n]?([0-9A-Z]{4}-[A-Z]-[0-9A-Z]{3}-[0-9A-Z]{3,6})(?!\w)",
    ),
    "cedh": _kind(r"CEDH.{0,64}?\d{3}/\d\d", r"CEDH\b[^\n]{0,60}?(?<![\d/])(\d{3,5}/\d{2})(?![\d/])"),
    **{
        word: _kind(r"/(?<=\d{3}/)\d\d", rf"{re.escape(word)}[^\S\n]{_N}[^\S\n]?(\d{{3,5}}/\d{{2}})(?!\d)")
        for word in ("requête", "Requête", "req.")
    },
}
_COURTS_OF_APPEAL = "(?:BX|DA|LY|MA|NC|NT|PA|TL|VE)0"
# "19-19.463" and "19PA01234": the year before is checked where the rest is found, for a search to start with a literal.
_AFTER_YEAR: dict[str, tuple[str, _Kind]] = {
    "-": ("{}-{}.{}", _kind(r"-(?<=\d\d-)\d\d\.?\d{3}", r"-(\d{2})[. ]?(\d{3})(?![\d\-/]|\.\d)")),
    # A dash that is not kept in the sieve: what it parts would meet other figures.
    "‑": ("{}-{}.{}", _kind(r"", r"‑(\d{2})[. ]?(\d{3})(?![\d\-/]|\.\d)", "‑")),
    "/": ("RG {}/{}", _kind(r"/(?<=\d\d/)\d{5}", r"/(\d{5})(?![\d/])")),
    "caa": ("{}{}{}", _kind(rf"0(?<=\d\d{_COURTS_OF_APPEAL})\d{{4}}", rf"({_COURTS_OF_APPEAL})(\d{{4}})(?!\d)")),
}


_MAY_CITE = re.compile(r"\d|Portalis")


def case_refs(text: str) -> tuple[str, ...]:
    """The decision numbers in `text`, in order, once."""
    return tuple(dict.fromkeys(number for number, _, _ in find_cases(text)))


def find_cases(text: str, sieve: Sieve | None = None) -> list[tuple[str, int, int]]:
    """Each decision number in one form, and the span that it is written in, in order. `sieve`: the text's own."""
    if not _MAY_CITE.search(text):
        return []
    return sorted(_all(text, sieve or Sieve(text)), key=lambda case: case[1:])


def _all(text: str, sieve: Sieve) -> Iterator[tuple[str, int, int]]:
    for form, kind in _AFTER_YEAR.values():
        for found in _found(kind, text, sieve):
            start = found.start() - 2
            if start >= 0 and text[start : start + 2].isdecimal() and _stands_alone(text, start):
                yield form.format(text[start : start + 2], *found.groups()), start, found.end()
    for name, kind in _KINDS.items():
        for found in _found(kind, text, sieve):
            start = min(found.start(), found.start(1))  # a number may stand before what it is found by
            if _stands_alone(text, start):
                yield _normal(name, found), start, found.end()


def _found(kind: _Kind, text: str, sieve: Sieve) -> Iterable[_Match]:
    if not sieve.may_leave(kind.left) or (kind.marks and not any(map(sieve.may_hold, kind.marks))):
        return ()
    return kind.pattern.finditer(text)


def _stands_alone(text: str, at: int) -> bool:
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] in ".-‑/_")


def _normal(kind: str, found: _Match) -> str:
    value = re.sub(r"\s", "", found[1]).replace("‑", "-")
    match kind:
        case "ecli":
            return found[0].rstrip(".").upper()
        case "rg":
            year, slash, number = value.partition("/")
            return f"RG {year}/{number:0>5}" if slash else f"RG {value}"
        case "ce" | "ta" | "nor" | "portalis":
            return f"{kind.upper()} {value}"
        case "QPC" | "DC":
            return f"{value} {kind}"
        case _:
            return value
