"""What the first words of a line may open, as patterns: which kinds there are, and which letters they begin with.

Most lines open nothing, and their first letters say so; the others are compared with what their first letter may begin,
and not with twenty kinds. What a line that matches means is `structure.py`'s.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import compress, count
from operator import itemgetter

import regex

from chunking.numbering import NUMBER
from chunking.ranks import DIVISIONS

BLANK = r"[^\S\n]"  # a blank within a line
_SEPARATED = rf"(?={BLANK}*(?:$|[:.,–—\-(]|{BLANK}[A-ZÀ-Ü«\[]))"
_IN_WORDS = (
    "[Pp]remière|PREMI[EÈ]RE|[Dd]euxième|DEUXI[EÈ]ME|[Ss]econde?|SECONDE?|[Tt]roisième|TROISI[EÈ]ME|[Qq]uatrième"
    "|QUATRI[EÈ]ME|[Cc]inquième|CINQUI[EÈ]ME|[Ss]ixième|SIXI[EÈ]ME|[Ss]eptième|SEPTI[EÈ]ME|[Hh]uitième|HUITI[EÈ]ME"
    "|[Nn]euvième|NEUVI[EÈ]ME|[Dd]ixième|DIXI[EÈ]ME"
)
_ORDINAL = (
    r"(?:[IVXL]+(?:er)?|\d+(?:er)?|[A-Z]|[Pp]remi(?:er|ère)|PREMI(?:ER|[EÈ]RE)"
    rf"|[Uu]nique|UNIQUE|[Pp]réliminaire|PR[EÉ]LIMINAIRE|{_IN_WORDS})"
)
_NAMES = "|".join(f"{name}|{name.capitalize()}|{name.title()}" for name in DIVISIONS)
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
KINDS = {
    "article": rf"(?:Article|ARTICLE|Art\.|ART\.){BLANK}+{NUMBER}(?![\w°])",
    "division": rf"(?:{_NAMES})S?\b(?:{BLANK}+(?:n°{BLANK}?)?{_ORDINAL})?{_SEPARATED}",
    "part": rf"(?:{_IN_WORDS}){BLANK}(?:PARTIE|partie|Partie)\b",
    "zone": rf"(?:{_ZONES})(?={BLANK}*(?:$|[:,;.\-–—(]|ET\b|DES PARTIES|au présent|à l[ae] présente?\b))"
    rf"|(?i:(?:{_ZONES_IN_LOWER_CASE})(?={BLANK}*[:,]?(?:{BLANK}*l[ae] (?:cour|tribunal)[^\n]{{0,12}})?$))",
    "spaced": rf"(?:[A-ZÀ-Ü'’]{BLANK}){{4,}}[A-ZÀ-Ü](?={BLANK}*:?{BLANK}*$)",
    "resolution": rf"(?:{_IN_WORDS}){BLANK}(?:R[EÉ]SOLUTION|[Rr]ésolution)\b"
    rf"|(?:R[EÉ]SOLUTION|Résolution){BLANK}(?:[Nn]°{BLANK}?)?\d",
    "schedule": rf"(?:BORDEREAU|Bordereau|LISTE|Liste){BLANK}(?:DES|des|DE|de){BLANK}(?:PI[EÈ]CES|pièces)"
    rf"(?={BLANK}*(?:$|:|[A-Zc]))",
    "preamble": rf"(?:PR[EÉ]AMBULE|Préambule|EXPOS[EÉ]{BLANK}PR[EÉ]ALABLE|Exposé{BLANK}préalable)"
    rf"(?={BLANK}*:?{BLANK}*$)",
    "point": rf"En{BLANK}ce{BLANK}qui{BLANK}concerne\b",
    "answer": r"(?:[EÉ]noncé|[EÉ]NONC[EÉ]) (?:du|des|DU|DES) (?:moyens?|MOYENS?)\b"
    r"|R[eé]ponse de la [Cc]our|R[EÉ]PONSE DE LA COUR|Portée et conséquences de la cassation",
    "plea": rf"(?:(?:Mais|Et|MAIS|ET){BLANK}+)?(?:[Ss]ur|SUR) (?:l[ae]s?|L[AE]S?|l['’]|L['’])"
    rf"(?!{BLANK}*(?:fondement|rapport|requête|proposition|avis))",
    "signatures": rf"(?:Fait|FAIT){BLANK}+(?:à|À|A|en|EN)\b|SIGNATURES?\b|Signatures?(?={BLANK}*(?:$|:))"
    rf"|L[AE]{BLANK}+(?:GREFFI(?:ER|[EÈ]RE)|PR[EÉ]SIDENTE?)(?={BLANK}*(?:$|,|L[AE]{BLANK}))",
    "lettered": rf"(?:[A-H]|[IVX]{{1,5}})\.\d{{1,2}}(?:\.\d{{1,2}})?(?:[.)]|{BLANK}?[–—-]|(?<=\d))(?={BLANK})",
    "roman": rf"[IVX]{{1,5}}{BLANK}?(?:[.]?{BLANK}?[–—-]|[.)°/])(?={BLANK})",
    "capital": rf"[A-H](?:[.)/]|{BLANK}?[–—-])(?={BLANK})",
    "numbered": rf"\d{{1,3}}(?:\.\d{{1,2}}){{0,3}}(?:°?[.)]|{BLANK}?[–—/-]|(?<=\.\d)|(?<=\.\d\d))(?={BLANK})",
    "small": rf"[a-h][.)](?={BLANK}[A-ZÀ-Ü«])",
    "clause": rf"[a-z]\)|\([a-z0-9]{{1,3}}\)|\d{{1,2}}°|[–—•-](?={BLANK})"
    r"|(?:Considérant|CONSID[EÉ]RANT|Attendu|ATTENDU|Vu|VU|Que|QUE)\b",
}
_OPENING = (
    rf"(?:A(?:[rR][tT]|[nN]{{2}}|[tT]{{2}}|RR|{BLANK}R)|C(?:[HO][AN]|[ho][an]|[iI][nN])|D(?:[eE][uU]|[iI][sSxX]|[EÉ]C|{BLANK}[EÉ])"
    rf"|[EÉ](?:xp|XP|xa|XA|n{BLANK}c|non|NON|[tT]{BLANK}+[sS])|F(?:ai|AI)|H[uU]|L(?:I[VS]|i[vs]|[AE]S?{BLANK}+[FLGP])|M(?:[oO]|[aA][iI][sS])"
    rf"|N[eE][uU]|O(?:RD|{BLANK}R)|P(?:A|a|[rR]|or)|Q[uU]|R(?:[eé][ps]|[EÉ][PS]|AP)|S(?:[eE][cCpP]|[oO][uU]|[uU][rR]|[iI][gGxX])"
    rf"|T(?:it|IT|ro|RO)|V[uU]|[A-HIVX]{{1,5}}{BLANK}?[.)°/–—-]|\d{{1,3}}(?:[.)°]|{BLANK}?[–—/-])|[a-z]\)|[a-h]\.|\(|[–—•-]"
    rf"|mot|par{BLANK}|sur|fai|exp|dis|exa|BOR|Bor|[A-ZÀ-Ü]{BLANK}[A-ZÀ-Ü]{BLANK}[A-ZÀ-Ü])"
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
        kinds = [kind for kind in KINDS if letter in _BEGIN[kind] or letter not in _LETTERS]
        self[letter] = re.compile("|".join(f"(?P<{kind}>{KINDS[kind]})" for kind in kinds) or r"(?!)", re.MULTILINE)
        return self[letter]


BY_LETTER = _Lines()
opens = re.compile(_OPENING).match
LINE_START = re.compile(rf"^[^\S\n]*(?={_OPENING})", re.MULTILINE)
_may_open = regex.compile(rf"{BLANK}*{_OPENING}").match
_LETTERS_READ = 3
_MOST_BEGINNINGS = 10_000  # about 1 MB; the lines of French documents begin in fewer ways


class _Beginnings(dict[str, bool]):
    """Whether a line that begins with these letters may open something. Threads may share it."""

    def __missing__(self, letters: str) -> bool:
        if len(self) >= _MOST_BEGINNINGS:
            forget()
        may = self[letters] = _may_open(letters, partial=True) is not None
        return may


_BEGINNINGS = _Beginnings()


def forget() -> None:
    """Drop what is known of beginnings met, as `tokens.forget` does of words."""
    _BEGINNINGS.clear()


def may_open(lines: Sequence[str]) -> Iterator[int]:
    """The indexes of the lines that may open something: the first letters of the others say that they do not."""
    beginnings = map(itemgetter(slice(_LETTERS_READ)), lines)
    return compress(count(), map(_BEGINNINGS.__getitem__, beginnings))
