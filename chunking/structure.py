"""What a line of a French legal document opens: a heading and its rank, a clause, or nothing.

Livre, Titre, Chapitre, Section, Article N, "Art. L. 311-1", the zones of a judgment (EXPOSÉ DU LITIGE, MOTIFS, SUR CE,
PAR CES MOTIFS), its moyens, annexes, signatures, numbered clauses, considérants. It reads lines only: where they
stand in a document, and what they govern, is `outline.py`'s.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from chunking.blocks import maker
from chunking.numbering import NUMBER


class Rank(IntEnum):
    """Headings from the outermost in. What is not legal (a title of a web page) has a level, and GENERIC here."""

    DOCUMENT = -1  # the title that the document gives itself: over all of it (`titles.py`)
    ANNEX = 0
    SIGNATURES = 1  # ends whatever was open, but an annex has its own
    PART = 2
    BOOK = 3
    TITLE = 4
    SUBTITLE = 5
    CHAPTER = 6
    SECTION = 7
    SUBSECTION = 8
    PARAGRAPH = 9
    ZONE = 10  # of a judgment
    PLEA = 11  # "Sur le premier moyen"
    ANSWER = 12  # "Énoncé du moyen", "Réponse de la Cour"
    ARTICLE = 13
    ROMAN = 15  # "II. – La prescription"
    CAPITAL = 16  # "A. Sur la recevabilité"
    NUMBER = 17  # "3. Durée"
    NUMBER_2 = 18  # "3.1 Durée initiale"
    NUMBER_3 = 19
    SMALL = 20  # "a. Sur la faute", "b) Les intérêts"
    GENERIC = 21
    CLAUSE = 22  # opens a unit, gives it no name: "a) …", "Attendu que …", "12. La société …"


class Mark(NamedTuple):
    """A line that opens something. `label` is what a heading path shows; "" for a mere clause."""

    rank: Rank
    label: str = ""
    leaf: bool = False  # nothing stands under it: "PRÉAMBULE", whatever its type size
    bare: bool = False  # a heading without words of its own: "ARTICLE 3", whose title is on the next line
    number: tuple[int, ...] = ()  # of a numbered title: (2,) for "II." and "B)", (1, 3) for "1.3"
    style: str = ""  # the sign after it, of which each level of a document has its own: "1." and "1)" are two


_new_mark = maker(Mark)

_B = r"[^\S\n]"  # a blank within a line
_SEPARATED = rf"(?={_B}*(?:$|[:.,–—\-(]|{_B}[A-ZÀ-Ü«\[]))"
_IN_WORDS = (
    "[Pp]remière|PREMI[EÈ]RE|[Dd]euxième|DEUXI[EÈ]ME|[Ss]econde?|SECONDE?|[Tt]roisième|TROISI[EÈ]ME|[Qq]uatrième"
    "|QUATRI[EÈ]ME|[Cc]inquième|CINQUI[EÈ]ME|[Ss]ixième|SIXI[EÈ]ME|[Ss]eptième|SEPTI[EÈ]ME|[Hh]uitième|HUITI[EÈ]ME"
    "|[Nn]euvième|NEUVI[EÈ]ME|[Dd]ixième|DIXI[EÈ]ME"
)
_ORDINAL = (
    r"(?:[IVXL]+(?:er)?|\d+(?:er)?|[A-Z]|[Pp]remi(?:er|ère)|PREMI(?:ER|[EÈ]RE)"
    rf"|[Uu]nique|UNIQUE|[Pp]réliminaire|PR[EÉ]LIMINAIRE|{_IN_WORDS})"
)
_RANK_OF = {
    "ANNEXE": Rank.ANNEX,
    "PARTIE": Rank.PART,
    "LIVRE": Rank.BOOK,
    "TITRE": Rank.TITLE,
    "SOUS-TITRE": Rank.SUBTITLE,
    "CHAPITRE": Rank.CHAPTER,
    "SECTION": Rank.SECTION,
    "SOUS-SECTION": Rank.SUBSECTION,
    "PARAGRAPHE": Rank.PARAGRAPH,
}
_NAMES = "|".join(f"{name}|{name.capitalize()}|{name.title()}" for name in _RANK_OF)
_ZONES = (
    r"EXPOS[EÉ]S? (?:DU LITIGE|DES FAITS|DES MOYENS|DES PR[EÉ]TENTIONS)"
    r"|FAITS,? PROC[EÉ]DURE,? (?:ET )?PR[EÉ]TENTIONS|FAITS?(?:,? (?:ET )?(?:LA )?PROC[EÉ]DURE)?|LES FAITS"
    r"|RAPPEL DES FAITS|PROC[EÉ]DURE|LE LITIGE|PR[EÉ]TENTIONS|MOYENS DES PARTIES|EXAMEN D(?:U|ES) MOYENS?"
    r"|MOYENS? (?:PRODUITS?|ANNEX[EÉ]S?)|MOTIFS?(?: DE LA D[EÉ]CISION| DE L['’]ARR[EÊ]T| DU JUGEMENT)?|MOTIVATION"
    r"|DISCUSSION|SUR CE|PAR CES MOTIFS|DISPOSITIF|D ?[EÉ] ?C ?I ?D ?E|A ?R ?R ?[EÊ] ?T ?E|O ?R ?D ?O ?N ?N ?E"
)
_ZONES_IN_LOWER_CASE = (  # only where they are the whole line
    "expos[eé] du litige|faits et proc[eé]dure|motifs de la d[eé]cision|par ces motifs|sur ce|discussion"
    "|examen d(?:u|es) moyens?"
)
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
_KINDS = {
    "article": rf"(?:Article|ARTICLE|Art\.|ART\.){_B}+{NUMBER}(?![\w°])",
    "division": rf"(?:{_NAMES})S?\b(?:{_B}+(?:n°{_B}?)?{_ORDINAL})?{_SEPARATED}",
    "part": rf"(?:{_IN_WORDS}){_B}(?:PARTIE|partie|Partie)\b",
    "zone": rf"(?:{_ZONES})(?={_B}*(?:$|[:,;.\-–—(]|ET\b|DES PARTIES|au présent|à l[ae] présente?\b))"
    rf"|(?i:(?:{_ZONES_IN_LOWER_CASE})(?={_B}*[:,]?(?:{_B}*l[ae] (?:cour|tribunal)[^\n]{{0,12}})?$))",
    "spaced": rf"(?:[A-ZÀ-Ü'’]{_B}){{4,}}[A-ZÀ-Ü](?={_B}*:?{_B}*$)",
    "resolution": rf"(?:{_IN_WORDS}){_B}(?:R[EÉ]SOLUTION|[Rr]ésolution)\b"
    rf"|(?:R[EÉ]SOLUTION|Résolution){_B}(?:[Nn]°{_B}?)?\d",
    "schedule": rf"(?:BORDEREAU|Bordereau|LISTE|Liste){_B}(?:DES|des|DE|de){_B}(?:PI[EÈ]CES|pièces)"
    rf"(?={_B}*(?:$|:|[A-Zc]))",
    "preamble": rf"(?:PR[EÉ]AMBULE|Préambule|EXPOS[EÉ]{_B}PR[EÉ]ALABLE|Exposé{_B}préalable)(?={_B}*:?{_B}*$)",
    "point": rf"En{_B}ce{_B}qui{_B}concerne\b",
    "answer": r"(?:[EÉ]noncé|[EÉ]NONC[EÉ]) (?:du|des|DU|DES) (?:moyens?|MOYENS?)\b"
    r"|R[eé]ponse de la [Cc]our|R[EÉ]PONSE DE LA COUR|Portée et conséquences de la cassation",
    "plea": rf"(?:(?:Mais|Et|MAIS|ET){_B}+)?(?:[Ss]ur|SUR) (?:l[ae]s?|L[AE]S?|l['’]|L['’])"
    rf"(?!{_B}*(?:fondement|rapport|requête|proposition|avis))",
    "signatures": rf"(?:Fait|FAIT){_B}+(?:à|À|A|en|EN)\b|SIGNATURES?\b|Signatures?(?={_B}*(?:$|:))"
    rf"|L[AE]{_B}+(?:GREFFI(?:ER|[EÈ]RE)|PR[EÉ]SIDENTE?)(?={_B}*(?:$|,|L[AE]{_B}))",
    "lettered": rf"(?:[A-H]|[IVX]{{1,5}})\.\d{{1,2}}(?:\.\d{{1,2}})?(?:[.)]|{_B}?[–—-]|(?<=\d))(?={_B})",
    "roman": rf"[IVX]{{1,5}}{_B}?(?:[.]?{_B}?[–—-]|[.)°/])(?={_B})",
    "capital": rf"[A-H](?:[.)/]|{_B}?[–—-])(?={_B})",
    "numbered": rf"\d{{1,3}}(?:\.\d{{1,2}}){{0,3}}(?:°?[.)]|{_B}?[–—/-]|(?<=\.\d)|(?<=\.\d\d))(?={_B})",
    "small": rf"[a-h][.)](?={_B}[A-ZÀ-Ü«])",
    "clause": rf"[a-z]\)|\([a-z0-9]{{1,3}}\)|\d{{1,2}}°|[–—•-](?={_B})"
    r"|(?:Considérant|CONSID[EÉ]RANT|Attendu|ATTENDU|Vu|VU|Que|QUE)\b",
}
# Most lines open nothing, and their first letters say so.
_OPENING = (
    rf"(?:A(?:[rR][tT]|[nN]{{2}}|[tT]{{2}}|RR|{_B}R)|C(?:[HO][AN]|[ho][an]|[iI][nN])|D(?:[eE][uU]|[iI][sSxX]|[EÉ]C|{_B}[EÉ])"
    rf"|[EÉ](?:xp|XP|xa|XA|n{_B}c|non|NON|[tT]{_B}+[sS])|F(?:ai|AI)|H[uU]|L(?:I[VS]|i[vs]|[AE]S?{_B}+[FLGP])|M(?:[oO]|[aA][iI][sS])"
    rf"|N[eE][uU]|O(?:RD|{_B}R)|P(?:A|a|[rR]|or)|Q[uU]|R(?:[eé][ps]|[EÉ][PS]|AP)|S(?:[eE][cCpP]|[oO][uU]|[uU][rR]|[iI][gGxX])"
    rf"|T(?:it|IT|ro|RO)|V[uU]|[A-HIVX]{{1,5}}{_B}?[.)°/–—-]|\d{{1,3}}(?:[.)°]|{_B}?[–—/-])|[a-z]\)|[a-h]\.|\(|[–—•-]"
    rf"|mot|par{_B}|sur|fai|exp|dis|exa|BOR|Bor|[A-ZÀ-Ü]{_B}[A-ZÀ-Ü]{_B}[A-ZÀ-Ü])"
)
_BEGIN = {  # the letters that a kind may begin with: a line is compared with the kinds of its own first letter only
    "article": "A",
    "division": "ACLPST",
    "part": "CcDdHhNnPpQqSsTt",
    "zone": "AaDdEeÉéFfLlMmOoPpRrSs",
    "spaced": "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜ'’",
    "resolution": "CcDdHhNnPpQqRSsTt",
    "schedule": "BL",
    "preamble": "EP",
    "point": "E",
    "answer": "EÉPR",
    "plea": "EMSs",
    "signatures": "FLS",
    "lettered": "ABCDEFGHIVX",
    "roman": "IVX",
    "capital": "ABCDEFGH",
    "numbered": "0123456789",
    "small": "abcdefgh",
    "clause": "abcdefghijklmnopqrstuvwxyz(0123456789–—•-ACVQ",
}
_LETTERS = frozenset(map(chr, (*range(0x20, 0x17F), *map(ord, "‘’“”–—•…"))))  # any other may begin all kinds


class _Lines(dict[str, re.Pattern[str]]):
    """The kinds that a letter may begin, as one pattern; compiled when a line first begins with it."""

    def __missing__(self, letter: str) -> re.Pattern[str]:
        kinds = [kind for kind in _KINDS if letter in _BEGIN[kind] or letter not in _LETTERS]
        self[letter] = re.compile("|".join(f"(?P<{kind}>{_KINDS[kind]})" for kind in kinds) or r"(?!)", re.MULTILINE)
        return self[letter]


_LINES = _Lines()
_PLAIN_ARTICLE = re.compile(r"(?:Article|ARTICLE|Art\.|ART\.) (?:[LRD]\.? ?)?\d{1,5}(?:-\d{1,3}){0,4}(?=\n|\Z)")
_opens = re.compile(_OPENING).match
_may_open = re.compile(rf"{_B}*{_OPENING}").match
_OPENS_NOTHING = frozenset("ijklnoqrtuvwyzàâçéêèîôûœJKUWYZÀÂÇ")  # unless it is "j) …"
LINE_START = re.compile(rf"^[^\S\n]*(?={_OPENING})", re.MULTILINE)
# "Article 1240 du code civil dispose …" cites an article, it does not open one.
_CITES = re.compile(
    rf"{_B}+(?:du|de|des|et|à|ou|al|précité|susvisé|ci-dessus|ci-après|est|ne|a|dispose|prévoit)\b"
    rf"|{_B}*,|{_B}+d['’]"
)
# "Article 7. Résiliation. Chacune des parties …": a title of a few words, closed by a point or a colon.
_RUN_IN = re.compile(
    rf"{_B}*[:.–—-]+{_B}*([A-ZÀ-Ü][^.:;,\n ]*(?:{_B}[^.:;,\n ]+){{0,4}}){_B}?[.:]{_B}*[–—-]?{_B}(?=[A-ZÀ-Ü])"
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


def may_open(lines: Sequence[str]) -> list[int]:
    """The indexes of the lines that may open something: the first letters of the others say that they do not."""
    return [
        index
        for index, line in enumerate(lines)
        if (line[0] not in _OPENS_NOTHING or line[1:2] == ")") and _may_open(line)
    ]


def mark_of(line: str) -> Mark | None:
    """What a line, or the first of several, opens after its indent."""
    return mark(line, indent(line)) if line[0].isspace() else mark(line)


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t\xa0\u202f"))


def mark(text: str, start: int = 0) -> Mark | None:
    """What the line of `text` that starts at `start` (after its indent) opens, if anything."""
    if not _opens(text, start):
        return None
    letter = text[start]
    if letter == "A" and (plain := _PLAIN_ARTICLE.match(text, start)):
        return _new_mark((Rank.ARTICLE, plain[0], False, True, (), ""))
    found = _LINES[letter].match(text, start)
    if not found:
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
    return next(rank for name, rank in _RANK_OF.items() if opening.upper().startswith(name))


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
