"""What a line of a French legal document opens: a heading and its rank, a clause, or nothing.

Livre, Titre, Chapitre, Section, Article N, "Art. L. 311-1", the zones of a judgment (EXPOSÉ DU LITIGE, MOTIFS, SUR CE,
PAR CES MOTIFS), its moyens, annexes, signatures, numbered clauses, considérants. It reads lines only: where they
stand in a document, and what they govern, is `outline.py`'s.
"""

import re
from typing import NamedTuple

from chunking.blocks import maker
from chunking.openings import BLANK, BY_LETTER, opens
from chunking.ranks import DIVISIONS, Rank


class Mark(NamedTuple):
    """A line that opens something. `label` is what a heading path shows; "" for a mere clause."""

    rank: Rank
    label: str = ""
    leaf: bool = False  # nothing stands under it: "PRÉAMBULE", whatever its type size
    bare: bool = False  # a heading without words of its own: "ARTICLE 3", whose title is on the next line
    number: tuple[int, ...] = ()  # of a numbered title: (2,) for "II." and "B)", (1, 3) for "1.3"
    style: str = ""  # the sign after it, of which each level of a document has its own: "1." and "1)" are two


_new_mark = maker(Mark)

_SPACED = {  # "M O T I F S", as typists set them: by their letters alone
    zone.replace(" ", "").replace("É", "E"): zone
    for zone in (
        *(
            "EXPOSÉ DU LITIGE",
            "EXPOSÉ DES FAITS",
            "LES FAITS",
            "FAITS",
            "FAITS ET PROCÉDURE",
            "PROCÉDURE",
            "DISCUSSION",
        ),
        *("PRÉTENTIONS", "MOTIFS", "MOTIFS DE LA DÉCISION", "SUR CE", "PAR CES MOTIFS", "DISPOSITIF"),
    )
}
_PLAIN_ARTICLE = re.compile(r"(?:Article|ARTICLE|Art\.|ART\.) (?:[LRD]\.? ?)?\d{1,5}(?:-\d{1,3}){0,4}(?=\n|\Z)")
# "Article 1240 du code civil dispose …" cites an article, it does not open one.
_CITES = re.compile(
    rf"{BLANK}+(?:du|de|des|et|à|ou|al|précité|susvisé|ci-dessus|ci-après|est|ne|a|dispose|prévoit)\b"
    rf"|{BLANK}*,|{BLANK}+d['’]"
)
# "Article 7. Résiliation. Chacune des parties …": a title of a few words, closed by a point or a colon.
_RUN_IN = re.compile(
    rf"{BLANK}*[:.–—-]+{BLANK}*([A-ZÀ-Ü][^.:;,\n ]*(?:{BLANK}[^.:;,\n ]+){{0,4}}){BLANK}?[.:]{BLANK}*[–—-]?{BLANK}"
    r"(?=[A-ZÀ-Ü])"
)
_NUMBERED = {
    "roman": Rank.ROMAN,
    "capital": Rank.CAPITAL,
    "lettered": Rank.NUMBER,
    "numbered": Rank.NUMBER,
    "small": Rank.SMALL,
}
_DIGITS = {"I": 1, "V": 5, "X": 10}
_LEADERS = re.compile(
    r"(?:\.{4,}|…{2,}|_{4,}|(?:\.\s){4,})[\s.…]*\d*$"
)  # "II. Loyer ....... 4", in a table of contents
_RANKS = {
    "schedule": Rank.ANNEX,
    "part": Rank.PART,
    "zone": Rank.ZONE,
    "answer": Rank.ANSWER,
    "resolution": Rank.ARTICLE,
}
_REFERENCE = re.compile(r"(?:NOR|ECLI|N[°O]|RG|R\.G\.|R[ÉE]F|SIREN|SIRET|RCS|TVA|DOSSIER)(?!\w)[^\n]{0,40}\d")
_FORMULA = re.compile(
    "R[EÉ]PUBLIQUE FRAN[CÇ]AISE|AU NOM DU PEUPLE FRAN[CÇ]AIS|COPIE|EXTRAIT|PROJET|PLAISE|IL A [EÉ]T[EÉ]|D['’]UNE PART"
    "|D['’]AUTRE PART|ENTRE LES SOUSSIGN|SOUS TOUTES R[EÉ]SERVES",
    re.IGNORECASE,
)
_AFTER_NUMBER = ".)°/–—- \xa0\u202f\t"
MAX_HEADING = 160  # characters: a longer line is a paragraph that starts with its number
MAX_LABEL = 120


def mark_of(line: str) -> Mark | None:
    """What a line, or the first of several, opens after its indent."""
    return mark(line, indent(line)) if line[0].isspace() else mark(line)


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t\xa0\u202f"))


def mark(text: str, start: int = 0) -> Mark | None:
    """What the line of `text` that starts at `start` (after its indent) opens, if anything."""
    if text.startswith("A", start) and (plain := _PLAIN_ARTICLE.match(text, start)):
        return _new_mark((Rank.ARTICLE, plain[0], False, True, (), ""))
    if not opens(text, start) or not (found := BY_LETTER[text[start]].match(text, start)):
        return None
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)].rstrip()
    kind, rest = found.lastgroup or "", line[found.end() - start :]
    if kind in _NUMBERED:
        return _numbered(_NUMBERED[kind], found[0], line, rest)
    match kind:
        case "article":
            return None if _CITES.match(rest) else _heading(Rank.ARTICLE, line, found[0], rest)
        case "division":
            return _heading(_rank_of(found[0]), line, found[0], rest)
        case "preamble":
            return Mark(Rank.GENERIC, label(line), leaf=True)
        case "part" | "zone" | "answer" | "resolution" | "schedule":
            return _heading(_RANKS[kind], line, found[0], rest)
        case "spaced":
            zone = _SPACED.get("".join(found[0].split()).replace("É", "E"))
            return Mark(Rank.ZONE, zone) if zone else None
        case "plea" | "point":
            return Mark(Rank.PLEA if kind == "plea" else Rank.ANSWER, label(line)) if _names(line) else None
        case "signatures":
            return Mark(Rank.SIGNATURES, "Signatures") if len(line) <= MAX_HEADING else None
        case _:
            return Mark(Rank.CLAUSE)


def is_shouted(line: str) -> bool:
    """A short line in capitals: "PRÉAMBULE", "DURÉE DU CONTRAT"; not a name or a date among figures."""
    if not 5 <= len(line) <= 100 or not line.isupper() or not _names(line):
        return False
    return sum(character.isalpha() for character in line) >= 0.7 * len(line)


def heads_nothing(line: str) -> bool:
    """A number to file under ("NOR : …", "RG n° …"), or a formula that every act of its kind has."""
    return _REFERENCE.match(line) is not None or _FORMULA.match(line) is not None


def label(line: str) -> str:
    """A heading as a path shows it: one line, no closing punctuation, cut at a word."""
    words = " ".join(line.split()).rstrip(" :;,.–—-")
    return words if len(words) <= MAX_LABEL else words[:MAX_LABEL].rsplit(" ", 1)[0] + "…"


def _heading(rank: Rank, line: str, opening: str, rest: str) -> Mark:
    """A heading by itself, or run into its paragraph: then only its opening is the label."""
    if len(line) <= MAX_HEADING and not rest.rstrip().endswith((".", ";")):
        return Mark(rank, label(line), bare=rank is not Rank.ZONE and not rest.strip(" :.–—-"))
    title = _RUN_IN.match(rest)
    return Mark(rank, label(f"{opening} – {title[1]}" if title else opening))


def _rank_of(opening: str) -> Rank:
    return next(rank for name, rank in DIVISIONS.items() if opening.upper().startswith(name))


def _numbered(rank: Rank, opening: str, line: str, rest: str) -> Mark:
    """A numbered line is a heading where it is short and ends like a title; else a clause."""
    if len(line) > 100 or not _names(line) or not rest.strip()[:1].isupper() or _LEADERS.search(line):
        return Mark(Rank.CLAUSE)
    number = tuple(map(_ordinal, opening.strip(_AFTER_NUMBER).split(".")))
    if rank is not Rank.NUMBER or len(number) == 1:
        return Mark(rank, label(line), number=number, style=_style(opening))
    return Mark(Rank(rank + min(len(number) - 1, 2)), label(line), number=number)


def _ordinal(written: str) -> int:
    """ "II" → 2, "B" and "b" → 2, "3" → 3."""
    if written.isdecimal():
        return int(written)
    if not set(written) <= set(_DIGITS):
        return ord(written.lower()) - ord("a") + 1
    values = [_DIGITS[digit] for digit in written]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _style(opening: str) -> str:
    sign = opening.rstrip()[-1]
    return "-" if sign in "–—" else sign


def _names(line: str) -> bool:
    return len(line) <= MAX_HEADING and not line.endswith((".", ";", ",", "!", "?"))
