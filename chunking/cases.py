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
from collections.abc import Iterator

import regex

from chunking.sieve import Sieve

_N = r"n\s?[°ºo]s?\.?"
# Each kind is looked for only where its own mark stands in the text: finding a substring costs next to nothing.
_KINDS: dict[str, tuple[tuple[str, ...], regex.Pattern[str]]] = {
    "ecli": (
        ("ECLI:", "ecli:"),
        regex.compile(r"ECLI:[A-Z]{2}:[A-Z0-9]{1,7}:\d{4}:([A-Z0-9.]{1,25})", regex.IGNORECASE),
    ),
    "rg": (
        ("RG", "R.G"),
        regex.compile(
            rf"(?:RG|R\.G\.?)[^\S\n]?:?[^\S\n]?(?i:{_N})?[^\S\n]?:?[^\S\n]?"
            r"((?:[A-Z][^\S\n]?)?\d{2}[/-]\d{3,6}|\d{4}[^\S\n]?\d{6})(?!\d)"
        ),
    ),
    "cjue": (("C-", "C‑", "T-", "T‑"), regex.compile(r"([CT][-‑]\d{1,4}/\d{2})(?!\d)")),
    **{
        court: ((court,), regex.compile(rf"(?<=(\d{{2,4}}[-‑]\d{{1,4}}(?:/\d+)*)[^\S\n]){court}\b"))
        for court in ("QPC", "DC")
    },
    "ce": (
        ("CE", "Conseil d"),
        regex.compile(rf"(?:CE\b|Conseil d['’][EÉé]tat)(?:[^\n]{{0,60}}?{_N})?[^\S\n]?(\d{{6}})(?!\d)"),
    ),
    "ta": (("TA",), regex.compile(rf"\bTA\b[^\n]{{0,60}}?{_N}[^\S\n]?(\d{{7}})(?!\d)")),
    "nor": (("NOR",), regex.compile(r"\bNOR[^\S\n]?:?[^\S\n]?([A-Z]{3}[A-Z0-9]\d{7}[A-Z])(?!\w)")),
    "portalis": (
        ("Portalis",),
        regex.compile(r"Portalis[^\S\n]?:?[^\S\n]?([0-9A-Z]{4}-[A-Z]-[0-9A-Z]{3}-[0-9A-Z]{3,6})(?!\w)"),
    ),
    "cedh": (("CEDH",), regex.compile(r"CEDH\b[^\n]{0,60}?(?<![\d/])(\d{3,5}/\d{2})(?![\d/])")),
    **{
        word: ((word,), regex.compile(rf"{re.escape(word)}[^\S\n]{_N}[^\S\n]?(\d{{3,5}}/\d{{2}})(?!\d)"))
        for word in ("requête", "Requête", "req.")
    },
}


# "19-19.463" and "19PA01234": the year before is checked where the rest is found, for a search to start with a literal.
_AFTER_YEAR: dict[str, tuple[str, re.Pattern[str] | regex.Pattern[str]]] = {
    **{dash: ("{}-{}.{}", re.compile(rf"{dash}(\d{{2}})[. ]?(\d{{3}})(?![\d\-/]|\.\d)")) for dash in "-‑"},
    "/": ("RG {}/{}", re.compile(r"/(\d{5})(?![\d/])")),
    **{
        f"{court}0": ("{}{}{}", regex.compile(rf"({court}0)(\d{{4}})(?!\d)"))
        for court in ("BX", "DA", "LY", "MA", "NC", "NT", "PA", "TL", "VE")
    },
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
    for mark, (form, pattern) in _AFTER_YEAR.items():
        for found in pattern.finditer(text) if sieve.may_hold(mark) else ():
            start = found.start() - 2
            if start >= 0 and text[start : start + 2].isdecimal() and _stands_alone(text, start):
                yield form.format(text[start : start + 2], *found.groups()), start, found.end()
    for kind, (marks, pattern) in _KINDS.items():
        if any(map(sieve.may_hold, marks)):
            for found in pattern.finditer(text):
                start = min(found.start(), found.start(1))  # a number may stand before what it is found by
                if _stands_alone(text, start):
                    yield _normal(kind, found), start, found.end()


def _stands_alone(text: str, at: int) -> bool:
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] in ".-‑/_")


def _normal(kind: str, found: regex.Match[str]) -> str:
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
