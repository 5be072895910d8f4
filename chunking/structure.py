"""What a line of a French legal document opens: a heading and its rank, a clause, or nothing.

Livre, Titre, Chapitre, Section, Article N, "Art. L. 311-1", the zones of a judgment (EXPOSÉ DU LITIGE, MOTIFS, SUR CE,
PAR CES MOTIFS), its moyens, annexes, signatures, numbered clauses, considérants. It reads lines only: where they
stand in a document, and what they govern, is `outline.py`'s.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from chunking.references import NUMBER


class Rank(IntEnum):
    """Headings from the outermost in. What is not legal (a title of a web page) has a level, and GENERIC here."""

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
    GENERIC = 20
    CLAUSE = 21  # opens a unit, gives it no name: "a) …", "Attendu que …", "12. La société …"


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that opens something. `label` is what a heading path shows; "" for a mere clause."""

    rank: Rank
    label: str = ""
    bare: bool = False  # a heading without words of its own: "ARTICLE 3", whose title is on the next line


_SEPARATED = r"(?=[^\S\n]*(?:$|[:.,–—\-(]|[^\S\n][A-ZÀ-Ü«\[]))"
_ORDINAL = r"(?:[IVXL]+(?:er)?|\d+(?:er)?|[A-Z]|[Pp]remi(?:er|ère)|PREMI(?:ER|[EÈ]RE)|[Uu]nique|UNIQUE|[Pp]réliminaire|PR[EÉ]LIMINAIRE)"
_DIVISIONS: tuple[tuple[str, Rank], ...] = (
    ("ANNEXE", Rank.ANNEX),
    ("PARTIE", Rank.PART),
    ("LIVRE", Rank.BOOK),
    ("TITRE", Rank.TITLE),
    ("SOUS-TITRE", Rank.SUBTITLE),
    ("CHAPITRE", Rank.CHAPTER),
    ("SECTION", Rank.SECTION),
    ("SOUS-SECTION", Rank.SUBSECTION),
    ("PARAGRAPHE", Rank.PARAGRAPH),
)
_RANK_OF = dict(_DIVISIONS)
_NAMES = (
    "|".join(f"{name}|{name.capitalize()}" for name, _ in _DIVISIONS)
    .replace("Sous-t", "Sous-[Tt]")
    .replace("Sous-s", "Sous-[Ss]")
)
_ZONES = (
    r"EXPOS[EÉ]S? (?:DU LITIGE|DES FAITS|DES MOYENS|DES PR[EÉ]TENTIONS)|FAITS?(?:,? (?:ET )?(?:LA )?PROC[EÉ]DURE)?|PROC[EÉ]DURE"
    r"|FAITS,? PROC[EÉ]DURE,? (?:ET )?PR[EÉ]TENTIONS|RAPPEL DES FAITS|LES FAITS|LE LITIGE|PR[EÉ]TENTIONS|MOYENS DES PARTIES"
    r"|MOTIFS?(?: DE LA D[EÉ]CISION| DE L['’]ARR[EÊ]T| DU JUGEMENT)?|MOTIVATION|DISCUSSION|SUR CE|PAR CES MOTIFS|DISPOSITIF"
    r"|EXAMEN D(?:U|ES) MOYENS?|MOYENS? (?:PRODUITS?|ANNEX[EÉ]S?)"
)
_LINE = re.compile(
    r"(?P<article>(?:Article|ARTICLE|Art\.|ART\.)[^\S\n]+(?P<number>%s))(?![\w°])"
    rf"|(?P<division>{_NAMES})S?\b(?:[^\S\n]+(?:n°[^\S\n]?)?{_ORDINAL})?{_SEPARATED}"
    r"|(?P<ordinal_part>(?:PREMI[EÈ]RE|DEUXI[EÈ]ME|SECONDE|TROISI[EÈ]ME|QUATRI[EÈ]ME|Première|Deuxième|Seconde|Troisième|Quatrième)"
    r"[^\S\n](?:PARTIE|partie|Partie)\b)"
    rf"|(?P<zone>(?:{_ZONES})(?=[^\S\n]*(?:$|[:,;.\-–—(]|ET\b|ET LES|DES PARTIES))"
    r"|(?i:(?:expos[eé] du litige|faits et proc[eé]dure|motifs de la d[eé]cision|par ces motifs|sur ce|discussion|examen d(?:u|es) moyens?)"
    r"(?=[^\S\n]*[:,]?(?:[^\S\n]*l[ae] (?:cour|tribunal)[^\n]{0,12})?$)))"
    r"|(?P<answer>(?:[EÉ]noncé|ENONC[EÉ]|ÉNONC[EÉ]) (?:du|des|DU|DES) (?:moyens?|MOYENS?)\b|R[eé]ponse de la [Cc]our|R[EÉ]PONSE DE LA COUR)"
    r"|(?P<plea>(?:Sur|SUR) (?:l[ae]s?|L[AE]S?|l['’]|L['’])(?![^\S\n]*fondement))"
    r"|(?P<signatures>(?:Fait|FAIT)[^\S\n]+(?:à|À|A|en|EN)\b|SIGNATURES?\b|Signatures?(?=[^\S\n]*(?:$|:)))"
    r"|(?P<roman>[IVX]{1,5}[^\S\n]?(?:[.]?[^\S\n]?[–—-]|[.)°]))(?=[^\S\n])"
    r"|(?P<capital>[A-H](?:[.)]|[^\S\n]?[–—-]))(?=[^\S\n])"
    r"|(?P<numbered>\d{1,3}(?:\.\d{1,2}){0,3}(?:[.)]|[^\S\n]?[–—-]|(?<=\.\d)|(?<=\.\d\d)))(?=[^\S\n])"
    r"|(?P<clause>[a-z]\)|\([a-z0-9]{1,3}\)|\d{1,2}°|[–—•-](?=[^\S\n])"
    r"|(?:Considérant|CONSID[EÉ]RANT|Attendu|ATTENDU|Vu|VU|Que|QUE)\b|(?:Il|IL) (?:est|EST) (?:convenu|CONVENU))"
    % NUMBER,
    re.MULTILINE,
)
LINE_START = re.compile(r"^[^\S\n]*(?=[A-ZÉÈÀÔ\d(a-h–—•-])", re.MULTILINE)
# "Article 1240 du code civil dispose …" cites an article, it does not open one.
_CITES = re.compile(
    r"[^\S\n]+(?:du|de|des|et|à|ou|al|précité|susvisé|ci-dessus|ci-après|est|ne|a|dispose|prévoit)\b|[^\S\n]*,|[^\S\n]+d['’]"
)
# "Article 7. Résiliation. Chacune des parties …": a title of a few words, closed by a point or a colon.
_RUN_IN = re.compile(
    r"[^\S\n]*[:.–—-]+[^\S\n]*([A-ZÀ-Ü][^.:;,\n ]*(?:[^\S\n][^.:;,\n ]+){0,4})[^\S\n]?[.:][^\S\n]*[–—-]?[^\S\n](?=[A-ZÀ-Ü])"
)
MAX_HEADING = 160  # characters: a longer line is a paragraph that starts with its number
MAX_LABEL = 120


def mark(text: str, start: int = 0) -> Mark | None:
    """What the line of `text` that starts at `start` (after its indent) opens, if anything."""
    found = _LINE.match(text, start)
    if not found:
        return None
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)].rstrip()
    kind, rest = found.lastgroup or "", line[found.end() - start :]
    match "article" if found["article"] else kind:
        case "article":
            return None if _CITES.match(rest) else _heading(Rank.ARTICLE, line, found[0], rest)
        case "division":
            name = found["division"].upper()
            return _heading(_RANK_OF[name], line, found[0], rest)
        case "ordinal_part":
            return _heading(Rank.PART, line, found[0], rest)
        case "zone":
            return _heading(Rank.ZONE, line, found[0], rest)
        case "answer":
            return _heading(Rank.ANSWER, line, found[0], rest)
        case "plea":
            return Mark(Rank.PLEA, label(line)) if _names(line) else None
        case "signatures":
            return Mark(Rank.SIGNATURES, "Signatures") if len(line) <= MAX_HEADING else None
        case "roman" | "capital" | "numbered":
            return _numbered(kind, found[0], line, rest)
        case _:
            return Mark(Rank.CLAUSE)


def is_shouted(line: str) -> bool:
    """A short line in capitals: "PRÉAMBULE", "DURÉE DU CONTRAT"; not a name or a date among figures."""
    letters = sum(character.isalpha() for character in line)
    return 5 <= letters <= 80 and letters >= 0.7 * len(line) and line.isupper() and _names(line)


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


def _numbered(kind: str, opening: str, line: str, rest: str) -> Mark:
    """A numbered line is a heading where it is short and ends like a title; else a clause."""
    if len(line) > 100 or not _names(line) or not rest.strip()[:1].isupper():
        return Mark(Rank.CLAUSE)
    if kind == "numbered":
        depth = min(opening.strip(".)–—- ").count("."), 2)
        return Mark(Rank(Rank.NUMBER + depth), label(line))
    return Mark(Rank.ROMAN if kind == "roman" else Rank.CAPITAL, label(line))


def _names(line: str) -> bool:
    return len(line) <= MAX_HEADING and not line.endswith((".", ";", ",", "!", "?"))
