"""Persons known by what is said around them: «Lilou, née le…», «mon collègue Dimitri», «sa sœur, Anaïs,».

Reads normalised text, run by run as `names.py` does; promises to say nothing of a word that French, a place or an
institution has for its own.
"""

from collections.abc import Iterator

import regex

from redaction.anchors import Anchored, anchors
from redaction.lexicon import places
from redaction.name_parts import is_given, split_name
from redaction.name_runs import Name, Pieces, built, end_of, is_acronym, is_initial, is_ordinary, is_place, trimmed
from redaction.normalise import fold
from redaction.vocabulary import HONORIFICS, INSTITUTIONS, KIN, LEADING, PAPERS, TITLES

# What is said of a person right after the name. Its first characters, to look before the pattern is tried.
TELLING = (
    ", n",
    ",\nn",
    " né",
    " Né",
    " NÉ",
    ", N",
    ", d",
    ",\nd",
    ", D",
    ", c",
    ", m",
    ", â",
    ", v",
    ", r",
    ", s",
    ", l",
    ", t",
    " (né",
    " fils",
    " père",
    " juni",
    " ép",
    " ÉP",
    " veuve ",
    " VEUVE ",
)
_SAID_AFTER = regex.compile(
    r"(?i)(?:,[ \n]| \(?)(?:née?s? (?:le |à |en \d|au |aux |vers |l[ae] )|né\(e\) (?:le|à))"
    r"|,[ \n](?:demeurante?s? |domiciliée?s? |de nationalité |célibataire\b|majeure?s?\b|mineure?s?\b|âgée?s? de \d"
    r"|mariée?s? (?:à|avec|sous|sans)|vei?u(?:f|ve) (?:de|non)|divorcée? (?:de|non)|retraitée?s?\b|salariée?s?\b"
    r"|sans profession\b|ès qualités?\b|séparée? de)| (?:fils|père|junior)(?=[ ,;.)\n])"
    r"| (?:ép\.|épouse|veuve) (?-i:(?=\p{Lu}))"
)
_KIN_SAID = regex.compile(r",[ \n](?:l[ea] |[mts]on |[mts]a |leur |[nv]otre )(?P<kin>\p{Ll}++)")
_APPOSITION = regex.compile(r"(?: ?,| :| ?«)[ \n]?$")
_KIN_AFTER = ("fils", "père", "junior")
_ENDS_APPOSITION = regex.compile(r" ?[,;)».\"\n]| (?:et|qui|a|est|était|avait|lui|lui-même)\b")


def by_what_follows(text: str, pieces: Pieces) -> Iterator[Name]:
    """«NOM Prénom, né le», «Prénom Nom, demeurant»: whoever was born or dwells somewhere is a person."""
    said = _SAID_AFTER.match(text, end_of(pieces[-1])) or _kin_said(text, end_of(pieces[-1]))
    if said is None:
        return
    before = text[max(0, pieces[0].start() - 4) : pieces[0].start()]
    if pieces[0][0] in ("À", "A", "AU", "AUX", "EN"):
        return  # «NÉ À CONAKRY, DE NATIONALITÉ»
    kept = _without_lead(pieces) or _of_ordinary_words(pieces, said[0])
    if (
        not kept
        or end_of(kept[-1]) - kept[0].start() == 1
        or (  # «en 4e C, née le»
            len(kept) == 1 and said[0][1:] not in _KIN_AFTER and before.endswith((" à ", "À ", "lle ", "nt à ", "aux "))
        )
    ):
        return
    words = [piece[0] for piece in kept]
    sure = _is_birth(said[0]) or any(not is_ordinary(word) for word in words) or (len(words) > 1 and is_given(words[0]))
    if sure and not (len(words) == 1 and fold(words[0]) in places()):
        yield _name(kept, "said", strong=len(words) > 1)


def _kin_said(text: str, end: int) -> regex.Match[str] | None:
    """«Lopez, le cousin», «Anaïs, sa sœur»."""
    said = _KIN_SAID.match(text, end)
    return said if said and said["kin"] in KIN else None


def by_kin(text: str, pieces: Pieces, word: str) -> Name | None:
    """«mon collègue Dimitri», «votre voisin, Godefroy,», «l'attestation Mebarki». `word` stands before the name."""
    apposed = word not in KIN and word not in PAPERS
    if apposed and not _kin_before(text, pieces[0].start()):
        return None
    whose = _WHOSE.search(text, max(0, pieces[0].start() - 40), pieces[0].start()) is not None
    name = built(pieces, "", "kin", ordinary_ends=True, ordinary=whose and pieces[0][0].istitle())
    if name is None or is_acronym(pieces[0][0]) or is_place(pieces):
        return None
    return None if apposed and not _ENDS_APPOSITION.match(text, name.end) else name


_WHOSE = regex.compile(
    r"(?<!\p{L})(?:[MmTtSs](?:on|a|es)|[NnVv](?:otre|os)|[Ll]eurs?)"
    r"(?:(?: [\p{Ll}\-]+){1,2}(?: ?,)?|(?: [\p{Ll}\-']+){1,4} ?«) $"
)


def _kin_before(text: str, start: int) -> bool:
    """«ma sœur cadette, », «le chef de service : »: one of the three words before a comma or a colon."""
    before = text[max(0, start - 60) : start]
    mark = _APPOSITION.search(before)
    if mark is None:
        return False
    said, near = before[: mark.start()].replace("'", " "), 3
    if said.endswith(",") and "«" in mark[0]:  # «d'un frère parti en Suisse, « Rico »,»
        said, near = _SENTENCE.split(said)[-1], 8
    return not KIN.isdisjoint(said.split()[-near:])


_SENTENCE = regex.compile(r"[.;:\n]")


def _of_ordinary_words(pieces: Pieces, said: str) -> Pieces:
    """«Merveille Samba, née le 7 mai 1991»: who was born is somebody, whatever French has the words for."""
    words = [piece[0] for piece in pieces]
    if len(words) != 2 or not _is_birth(said) or not all(word.istitle() for word in words):
        return []
    return [] if {fold(word) for word in words} & (TITLES | LEADING | INSTITUTIONS) else pieces


def _is_birth(said: str) -> bool:
    return said.lstrip(" ,\n(").lower().startswith("né")


def _without_lead(pieces: Pieces) -> Pieces:
    """Without «Monsieur», «Le», titles and ordinary words in front that begin a sentence."""
    at = 0
    while at < len(pieces) and (
        pieces[at][0].rstrip(". ") in HONORIFICS
        or (fold(pieces[at][0]) in TITLES and not is_initial(pieces[at][0]))
        or (is_ordinary(pieces[at][0]) and not is_given(pieces[at][0]) and fold(pieces[at][0]) not in LEADING)
    ):
        at += 1
    left = pieces[at:] or [it for it in pieces[-1:] if not is_ordinary(it[0])]
    return trimmed(left, capitals=False) if left else []


def _name(kept: Pieces, why: str, *, strong: bool) -> Name:
    given, surname = split_name([piece[0] for piece in kept])
    return Name(kept[0].start(), end_of(kept[-1]), given, surname, why, strong=strong and len(surname) > 2)


_NICKNAME = regex.compile(
    r"(?:(?<=\p{Lu}[\p{L}'\-]* )(?:dite?|alias)|surnommée?s?|sous le (?:surnom|pseudonyme|sobriquet)(?: de)?)"
    r" ?[\"«] ?"
    r"(?:l[ea] |les |l')?(?P<who>\p{Lu}[\p{L}'\-]*+(?: [\p{L}'\-]++){0,2}+) ?[\"»]"
)
_QUOTING = anchors(' "', " «")


def by_nickname(whole: Anchored) -> Iterator[Name]:
    """«BAYRAK Emre dit "le Coiffeur"»: what somebody is called in quotation marks, be it words of French."""
    text = whole.text
    for at in whole.places(_QUOTING):
        match = _NICKNAME.search(text, max(0, at - 30), at + 60) if text.endswith(_CALLS, 0, at) else None
        if match and not _LAW_BEFORE.search(text, max(0, match.start() - 24), match.start()):
            yield Name(*match.span("who"), "", match["who"], "said", strong=True)


_CALLS = (" dit", " dite", " alias", "nommé", "nommée", "nommés", "om de", "rnom", "yme de", "onyme", "et de", "iquet")
_LAW_BEFORE = regex.compile(
    r"(?i)(?<!\p{L})(?:lois?|contrat|dispositif|clause|bail|procédure|taxe|article)(?!\p{L})[^.;\n]*$"
)

_BIRTH_NAME = regex.compile(
    r"(?<=\p{L} )\((?i:née?|ép\.?|épouse|vve|veuve)\.? \p{Lu}[\p{L}'\- ]{1,30}\) "
    r"(?P<given>\p{Lu}\p{L}++(?:-\p{Lu}\p{L}++)?)"
    r"(?![\p{L}'@])"
)


_BRACKETS = anchors("(n", "(N", "(é", "(É", "(E", "(v", "(V")


def after_birth_names(whole: Anchored) -> Iterator[Name]:
    """«DELMAS (née VIDALIE) Corinne»: a first name behind the bracket."""
    for at in whole.places(_BRACKETS):
        match = _BIRTH_NAME.match(whole.text, at)
        if match and not is_ordinary(match["given"]):
            yield Name(*match.span("given"), match["given"], "", "said", strong=False)
