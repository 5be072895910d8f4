"""Laws, decrees, regulations and directives that are cited by number or by date, each in one canonical form.

"loi n° 89-462 du 6 juillet 1989", "L. n° 89-462", "loi du 6 juillet 1989" → `loi 89-462`; "règlement (UE) 2016/679" and
"Règl. (UE) n° 2016/679" → `règlement 2016/679`. A date alone names the text that lawyers mean by it only where it is
listed below; any other keeps its date: `loi 2004-03-15`.
"""

import re

_MONTHS = [
    *("janv", "févr", "mars", "avr", "mai", "juin"),
    *("juil", "août", "sept", "oct", "nov", "déc"),
]
_KINDS = {"l": "loi", "d": "décret", "ord": "ordonnance", "arr": "arrêté", "dir": "directive", "règl": "règlement"}
_N = r"n\s?[°ºo]s?\.?\s?"
_DAY = r"(?P<{0}day>\d{{1,2}})(?:er)?\s+(?P<{0}month>[a-zéû]{{3,9}})\.?\s+(?P<{0}year>\d{{4}})"
_EU = r"(?:\s*\((?:UE|CE|CEE|Euratom)\))?"
_NUMBERED = re.compile(
    rf"(?:(?P<kind>loi|décret|decret|ordonnance|arrêté|règlement|directive)\b|(?P<short>décr|ord|arr|règl|dir)\.)"
    rf"(?:\s+(?:organique|modifiée?|délégué|d['’]exécution|de\s+l['’]Union))*{_EU}\s*"
    rf"(?:(?:{_N})?(?P<number>\d{{1,4}}[-‑–/]\d{{1,5}})(?!\d)(?:/(?:UE|CE|CEE))?(?:\s+modifiée?)?(?:,?\s+(?:du\s+)?{_DAY.format('n')})?"
    rf"|(?:du\s+)?{_DAY.format('')})"
    rf"|(?P<letter>[LD])\.\s?{_N}(?P<numbered>\d{{2,4}}[-‑–]\d{{1,5}})(?:,?\s+(?:du\s+)?{_DAY.format('l')})?",
    re.IGNORECASE,
)
# What lawyers mean by a date. Légifrance gives number and date of each.
_BY_DATE = {
    "loi 1965-07-10": "loi 65-557",  # copropriété
    "décret 1967-03-17": "décret 67-223",
    "loi 1970-01-02": "loi 70-9",  # Hoguet
    "décret 1972-07-20": "décret 72-678",
    "loi 1971-12-31": "loi 71-1130",  # professions judiciaires
    "décret 1991-11-27": "décret 91-1197",
    "décret 2005-07-12": "décret 2005-790",
    "loi 1975-12-31": "loi 75-1334",  # sous-traitance
    "loi 1978-01-06": "loi 78-17",  # informatique et libertés
    "loi 1983-07-13": "loi 83-634",
    "loi 1985-07-05": "loi 85-677",  # Badinter
    "loi 1989-07-06": "loi 89-462",  # baux d'habitation
    "loi 1991-07-10": "loi 91-647",  # aide juridique
    "loi 2002-03-04": "loi 2002-303",  # droits des malades
    "loi 2004-06-21": "loi 2004-575",  # confiance dans l'économie numérique
    "loi 2014-03-24": "loi 2014-366",  # ALUR
    "ordonnance 2016-02-10": "ordonnance 2016-131",  # droit des contrats
    "loi 2018-11-23": "loi 2018-1021",  # ELAN
    "loi 2019-03-23": "loi 2019-222",
    "décret 1953-09-30": "décret 53-960",  # baux commerciaux
    "décret 1955-01-04": "décret 55-22",  # publicité foncière
}


def law_at(text: str, position: int) -> tuple[str, int] | None:
    """The canonical name of the law that is written at `position`, and where it ends."""
    found = _NUMBERED.match(text, position)
    return (_canonical(found), found.end()) if found else None


def law_before(text: str, start: int, end: int) -> tuple[str, int] | None:
    """The law that is written in text[start:end] up to its very end, and where it starts."""
    for found in _NUMBERED.finditer(text, start, end):
        if found.end() == end and (found.start() == 0 or not text[found.start() - 1].isalnum()):
            return _canonical(found), found.start()
    return None


def _canonical(found: re.Match[str]) -> str:
    kind = (found["kind"] or found["short"] or found["letter"]).lower().replace("decret", "décret")
    kind = "décret" if kind == "décr" else _KINDS.get(kind, kind)
    if number := found["number"] or found["numbered"]:
        return f"{kind} {re.sub('[‑–]', '-', number)}"
    month = found["month"].lower()
    nth = next((i for i, name in enumerate(_MONTHS, 1) if month.startswith(name) or name.startswith(month)), 0)
    dated = f"{kind} {found['year']}-{nth:02d}-{int(found['day']):02d}"
    return _BY_DATE.get(dated, dated)
