"""Names in tables and forms, where a column says «Nom» and no honorific stands before the cell.

Reads rows as extraction writes them: cells joined by « | », one row per line. Linear; a row without a header that
names a person is left to the other rules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from redaction.lexicon import places
from redaction.name_parts import is_given, split_name
from redaction.name_runs import Name, is_acronym, is_initial, is_ordinary
from redaction.normalise import fold
from redaction.vocabulary import BRANDS, LEADING

SURNAMES = frozenset(
    map(fold, ("nom", "nom de famille", "nom de naissance", "nom d'usage", "nom patronymique", "noms", "patronyme"))
)
GIVEN = frozenset(map(fold, ("prénom", "prénoms", "prénom(s)", "premier prénom")))
FULL = frozenset(map(fold, (
    "nom et prénom", "nom et prénoms", "nom prénom", "prénom nom", "nom / prénom", "prénom et nom", "salarié",
    "client", "locataire", "bailleur", "associé",
    "associés", "débiteur", "créancier", "bénéficiaire", "titulaire", "patient", "héritier", "indivisaire",
    "signataire", "interlocuteur", "contact", "souscripteur", "copropriétaire", "copropriétaires", "propriétaire",
    "participant", "participants", "présents", "membre", "membres", "actionnaire", "actionnaires", "assuré", "victime",
    "témoin", "témoins", "demandeur", "défendeur", "partie", "parties", "caution", "gérant", "personne", "ayant droit",
    "agent", "agents", "validé par", "établi par", "rédigé par", "signé par", "vérifié par", "suivi par", "chauffeur",
    "intérimaire", "salariés", "collaborateurs", "stagiaire", "technicien", "opérateur", "conducteur", "référent",
    "conjoint", "enfant", "enfants", "employé", "collaborateur", "candidat", "élève", "intervenant", "responsable",
)))  # fmt: skip
_NAME_CELL = regex.compile(r"\p{L}[\p{L}'\- .]{1,59}")
_HONORIFIC = regex.compile(r"(?:M\.|Mme|Mlle|Me|Monsieur|Madame|Maître) ")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of cells: where it begins in the text, its cells as written, how many characters stand between two."""

    start: int
    cells: list[str]
    gap: int

    def placed(self) -> Iterator[tuple[int, str]]:
        """(where it begins, the cell without blanks around it)"""
        at = self.start
        for cell in self.cells:
            yield at + len(cell) - len(cell.lstrip()), cell.strip()
            at += len(cell) + self.gap


def tables(text: str) -> Iterator[list[Row]]:
    """Rows that stand together: cells joined by « | » as extraction writes them, or by the marks of a CSV file."""
    if " | " not in text and (_TWO_MARKS.search(text) is None or _CSV.search(text) is None):
        return
    rows: list[Row] = []
    at = 0
    for line in text.split("\n"):
        mark = next((mark for mark, least in _SEPARATORS if line.count(mark) >= least), "")
        if mark:
            rows.append(Row(at, _cells(line, mark), len(mark)))
        elif line.strip() and rows:
            yield rows
            rows = []
        at += len(line) + 1
    if rows:
        yield rows


def _cells(line: str, mark: str) -> list[str]:
    """A line whose last cell is empty has lost the blank behind its last mark: «Ly Mai | signé |»."""
    if mark == " | " and line.endswith(" |"):
        return [*line[:-2].split(mark), ""]
    return line.split(mark)


_SEPARATORS = ((" | ", 1), (";", 2))  # and how many make a row
_TWO_MARKS = re.compile(r";[^\n; ][^\n;]{0,40};[^\n ]")  # of a line of CSV: sought first, as it begins with a mark
_CSV = re.compile(r"^[^\n;]{1,40};[^\n; ][^\n;]{0,40};[^\n ]", re.MULTILINE)


def find_in_tables(text: str) -> Iterator[Name]:
    for table in tables(text):
        roles: list[str] = []
        for row in table:
            header = [_role(cell) for cell in row.cells]
            if len(row.cells) == 2 and header[0] and not roles and looks_like_a_person(row.cells[1].split()):
                yield from _row(row, ["", header[0]])  # a form: label | value
            elif any(header) and not roles:
                roles = header
            elif len(row.cells) == len(roles):
                yield from _row(row, roles)  # «Roux Paul | Enfant»: a word of a header may stand in a row


def looks_like_a_person(words: list[str]) -> bool:
    """Columns of creditors, partners and clients hold companies as well."""
    if any(is_acronym(word) for word in words) or not 1 <= len(words) <= 6 or fold("".join(words)) in BRANDS:
        return False
    if any(is_given(word) and not is_ordinary(word) for word in words):
        return True
    if len(words) == 2 and is_given(words[1]) and not is_ordinary(words[0]) and fold(words[0]) not in places():
        return True  # «Nkunku Prudence»
    if len(words) == 1 and words[0].isupper() and len(words[0]) < 4:
        return False  # initials of who did the work
    telling = [word for word in words if fold(word) not in LEADING and not (len(words) > 1 and is_initial(word))]
    return not any(is_ordinary(word) or fold(word) in places() for word in telling)


def _role(cell: str) -> str:
    folded = fold(cell)
    return "surname" if folded in SURNAMES else "given" if folded in GIVEN else "full" if folded in FULL else ""


def _row(row: Row, roles: list[str]) -> Iterator[Name]:
    surname = next((cell.strip() for cell, role in zip(row.cells, roles, strict=True) if role == "surname"), "")
    for (start, word), role in zip(row.placed(), roles, strict=True):
        if not role or not _NAME_CELL.fullmatch(word) or not word[0].isupper():
            continue
        if role == "surname":
            yield Name(start, start + len(word), "", word, "table")
        elif role == "given":
            yield Name(start, start + len(word), word, "", "table", strong=False, bearer=surname)
        elif not _HONORIFIC.match(word) and looks_like_a_person(word.split()):
            first, last = split_name(word.split())
            yield Name(start, start + len(word), first, last, "table")
