"""Persons by rules: where a name begins, how far it goes, which part is the surname. Reads normalised text.

Promises: no model, no network, linear time: one pass over the runs of capitalised words. A title or role word alone
is never a name; lower-case words are names only after an honorific. `propagation.py` then carries what is found here
through the whole document.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from redaction.lexicon import ordinary_words, places
from redaction.name_parts import is_given, split_name
from redaction.normalise import fold
from redaction.vocabulary import (
    CUES,
    HONORIFICS,
    LEADING,
    NEVER,
    OFFICES,
    OFFICES_OF_PEERS,
    PEERS,
    PHRASES,
    PLURAL,
    SELDOM,
    TITLES,
)

_PARTICLE = (
    r"(?:de la |de l'|de |du |des |d'|le |la |von |van |der |den |ten |ter |zu |di |da |dos |das |do |del "
    r"|della |dal |el |al |ben |bin |ibn |of |y |af |av )"
)
_INITIAL = r"(?:\p{Lu}(?:h|hr)?\.(?!\.))"
WORD = r"(?:\p{Lu}\p{L}*+(?:['\-]\p{L}++)*+(?![\p{N}_@]))"
_TITLE = r"(?:MM?|Mmes?|Mlles?|Mrs?|Mgr|Dr|Pr|Me) ?\."
_ELEMENT = rf"(?:{_TITLE}|{_INITIAL}|{WORD})"
# A surname in capitals may stand on the next line.
_LINK = rf"(?:(?<=\.)[ \-]?|[ ]|\n(?!\n)(?=\p{{Lu}}{{2}})){_PARTICLE}{{0,2}}"
_RUN = regex.compile(rf"(?=\p{{Lu}})(?<![\p{{L}}\p{{N}}_@]){_ELEMENT}(?:{_LINK}{_ELEMENT})*+")
_NAME = regex.compile(rf"{_PARTICLE}{{0,2}}{_ELEMENT}(?:{_LINK}{_ELEMENT}){{0,6}}")
_PIECES = regex.compile(rf"{_TITLE}|{_PARTICLE}|{_INITIAL}|\p{{L}}[\p{{L}}'\-]*+")
_PLACEHOLDER = regex.compile(r"[\[\"«(]? ?\p{Lu}{1,2}(?=\.\.\.)")
_OPENING = regex.compile(r"[ \n]?[\[\"«(]? ?")
_LOWER_NAME = regex.compile(r"\p{Ll}[\p{Ll}'\-]{2,}+(?![\p{N}@._])")
_GLUED = regex.compile(r"(Mme|Mlle|Mmes|Monsieur|Madame|Maître)(?=\p{Lu})")
_AND = regex.compile(
    r"(?: ?[,;]| ?/)?(?: ?(?:et|ou|ET|&))?[ \n](?:de (?!la )|d')?(?=\p{Lu}|\p{Ll}{1,3}[ '])|, ?(?=\p{Lu})"
)
_LISTED = regex.compile(r" ?(?:[,;)]| et |$)| (?:MM?\.|Mmes?|conseill|juges|avocats)")
_STREETS = regex.compile(
    r"(?i)(?:rue|avenue|av\.|boulevard|bd|place|quai|cours|square|impasse|all[ée]e|chemin|route|coll[èe]ge|lyc[ée]e"
    r"|[ée]cole|h[ôo]pital|universit[ée]|institut"
    r"|fondation|stade|pont|gare|a[ée]roport|centre|clinique|prix|loi|loi dite|arr[êe]ts?|jurisprudence"
    r"|soci[ée]t[ée]s?|association|h[ôo]tel|palais|mus[ée]e|maison|s[.a]?[.]?r?[.]?l?|sas|sci|cit[ée]|r[ée]sidence"
    r"|code|saint|commune|ville|cr[ée]dit|banque|groupe|syndicat|f[ée]d[ée]ration|cabinet|scp|selarl|selas|navire"
    r"|marque)(?: d[eu]s?| de la| l'| la| le)? $"
)


@dataclass(frozen=True, slots=True)
class Name:
    """One mention: where it stands, and its parts as written. The honorific is outside."""

    start: int
    end: int
    given: str  # "" when not known
    surname: str  # "" for a first name alone
    why: str
    honorific: str = ""
    strong: bool = True  # may be carried through the document
    bearer: str = ""  # of a first name alone: the surname that the document gives to it elsewhere


def find_names(text: str) -> list[Name]:
    """Names by honorific, cue and enumeration, by first name, and by the look of the words."""
    found: list[Name] = []
    for run in _RUN.finditer(text):
        word = run[0]
        if " " not in word and "." not in word and "\n" not in word:
            start = run.start()
            if (
                word in HONORIFICS
                or word[0] == "M"
                or (text[start - 1 : start] in _OPENERS and _introduced(text, start))
            ):
                found += _single(text, start, run.end(), word)
        else:
            found += _in_run(text, run)
    found += _after_lower_honorifics(text)
    return found


def _in_run(text: str, run: regex.Match[str]) -> Iterator[Name]:
    """The names in one run of capitalised words."""
    start, end = run.span()
    pieces = list(_PIECES.finditer(text, start, end))
    titled = [at for at, piece in enumerate(pieces) if _honorific(piece[0]) and not _initial_here(pieces, at)]
    if not titled or titled[0]:
        yield from _untitled(text, pieces[: titled[0] if titled else len(pieces)])
    for order, at in enumerate(titled):
        stop = titled[order + 1] if order + 1 < len(titled) else len(pieces)
        yield from _titled(text, pieces[at][0], pieces[at].end(), pieces[at + 1 : stop])


def _honorific(word: str) -> bool:
    return word.rstrip(". ") in HONORIFICS


def _initial_here(pieces: Sequence[regex.Match[str]], at: int) -> bool:
    """The M of «J. M. Morenilla» is no Monsieur."""
    return pieces[at][0] == "M." and at > 0 and _is_initial(pieces[at - 1][0]) and pieces[at - 1][0] != "M."


def _is_initial(word: str) -> bool:
    return word.endswith(".") and len(word) <= 4


def _single(text: str, start: int, end: int, word: str) -> Iterator[Name]:
    glued = _GLUED.match(word)
    if glued:
        yield Name(start + glued.end(), end, "", word[glued.end() :], "honorific", glued[1])
    elif word in HONORIFICS:
        yield from _titled(text, word, end, [])
    else:
        yield from _untitled(text, list(_PIECES.finditer(text, start, end)))


def _titled(text: str, title: str, end: int, pieces: list[regex.Match[str]]) -> Iterator[Name]:
    honorific = title.rstrip(". ")
    if not pieces:
        pieces, placeholder = _beyond(text, end)
        if placeholder is not None:
            yield Name(
                placeholder.end() - len(placeholder[0].strip(' ["«(')),
                placeholder.end(),
                "",
                placeholder[0].strip(' ["«('),
                "honorific",
                honorific,
                strong=False,
            )
            return
    name = _built(pieces, honorific, "honorific")
    if name is None:
        lower = _lower_case_name(text, end, honorific) if not pieces else None
        if lower:
            yield lower
        return
    yield name
    yield from _enumerated(text, name.end, honorific)


def _beyond(text: str, end: int) -> tuple[list[regex.Match[str]], regex.Match[str] | None]:
    """A name behind a bracket, a quotation mark or a line break; or a placeholder («X...») of two letters."""
    opening = _OPENING.match(text, end)
    at = opening.end() if opening else end
    placeholder = _PLACEHOLDER.match(text, at)
    if placeholder:
        return [], placeholder if len(placeholder[0].strip(' ["«(')) > 1 else None
    match = _NAME.match(text, at) if at > end else None
    return (list(_PIECES.finditer(text, match.start(), match.end())) if match else []), None


def _introduced(text: str, start: int) -> bool:
    """Whether a cue may stand before: looks at the last word only, most capitalised words stop here."""
    before = text[max(0, start - 26) : start]
    return _last_word(before) in _INTRODUCERS or before.endswith(PHRASES)


def _last_word(before: str) -> str:
    return before.rstrip(' \n["«(:').rpartition(" ")[2].rpartition("\n")[2].rpartition("'")[2]


def _untitled(text: str, pieces: list[regex.Match[str]]) -> Iterator[Name]:
    """What follows a cue in lower case, or looks like a first name and a surname."""
    before = text[max(0, pieces[0].start() - 26) : pieces[0].start()]
    word = _last_word(before) if before[-1:] in _OPENERS else ""
    name = None
    if word in HONORIFICS and word not in SELDOM:
        name = _built(pieces, word, "honorific")
    elif word == "affaire" and text.startswith((" c. ", " c/ "), pieces[-1].end()):
        name = _built(pieces, "", "case")
    elif (word in CUES and not before.endswith("loi dite ")) or before.endswith(PHRASES):
        name = _built(pieces, "", "cue")
    elif word in OFFICES and len(pieces[0][0]) > 2:
        name = _built(pieces, "", "office", ordinary_ends=True)
    if name is not None:
        yield name
        if word in HONORIFICS:
            yield from _enumerated(text, name.end, word)
    elif len(pieces) > 1:
        yield from _by_look(text, pieces)


_OPENERS = frozenset(" \n[\"«('")
_INTRODUCERS = HONORIFICS | CUES | OFFICES


def _built(pieces: list[regex.Match[str]], honorific: str, why: str, *, ordinary_ends: bool = False) -> Name | None:
    shouted = honorific.isupper() and len(honorific) > 2
    kept = pieces if honorific in PEERS else _trimmed(pieces, capitals=shouted, ordinary_ends=ordinary_ends)
    if not kept or (honorific in PEERS and not OFFICES_OF_PEERS.isdisjoint((fold(kept[0][0]), fold(kept[-1][0])))):
        return None
    first = _first_word(kept)
    if (
        why not in ("honorific", "case")
        and _ordinary(first)
        and not (len(kept) > 1 and (is_given(first) or fold(first) in LEADING))
    ):
        return None
    if len(kept) == 1 and len(first) == 1:
        return None
    given, surname = split_name([piece[0] for piece in kept])
    return Name(
        kept[0].start(), _end_of(kept[-1]), given, surname, why, honorific, len(surname) > 2 and why != "office"
    )


def _end_of(piece: regex.Match[str]) -> int:
    return piece.end() - (len(piece[0]) - len(piece[0].rstrip()))


def _enumerated(text: str, at: int, honorific: str) -> Iterator[Name]:
    """«MM. Esprabens, GUIPON et Florin»: as long as what follows a comma can be a name. «Mme A et B»: one more."""
    plural = honorific in PLURAL
    while (link := _AND.match(text, at)) is not None:
        if not plural and link[0].strip() != "et":
            return
        match = _NAME.match(text, link.end())
        pieces = list(_PIECES.finditer(text, match.start(), match.end())) if match else []
        stop = next((at for at, piece in enumerate(pieces) if _honorific(piece[0])), len(pieces))
        name = (
            _built(pieces[:stop], honorific, "honorific") if _may_follow(text, pieces[:stop], plural=plural) else None
        )
        if name is None:
            return
        yield name
        if not plural:
            return
        at = name.end


def _may_follow(text: str, pieces: list[regex.Match[str]], *, plural: bool) -> bool:
    if not pieces:
        return False
    words = [piece[0].strip() for piece in pieces if piece[0][0].isupper()]
    if not words or (len(words) == 1 and fold(words[0]) in TITLES) or words[0] in HONORIFICS or fold(words[0]) in NEVER:
        return False
    telling = [word for word in words if fold(word) not in LEADING and not _is_initial(word)]
    if len(telling) == len(words) == 1 and fold(words[0]) == words[0].lower() and fold(words[0]) in places():
        return False  # «MM. Poulard, Rennes»; Mme Sommé is not the Somme
    if telling and not _ordinary(telling[0]):
        return plural or len(telling[0]) > 3
    return plural and bool(telling) and len(telling[0]) > 3 and _LISTED.match(text, pieces[-1].end()) is not None


def _after_lower_honorifics(text: str) -> Iterator[Name]:
    """«bonjour mme lefèvre»: found by looking for the honorific, as the runs begin with capitals."""
    for honorific in ("mme", "mlle", "mr", "madame", "monsieur", "maître"):
        at = text.find(honorific + " ")
        while at >= 0:
            if not at or not text[at - 1].isalnum():
                name = _lower_case_name(text, at + len(honorific), honorific)
                if name:
                    yield name
            at = text.find(honorific + " ", at + 1)


def _lower_case_name(text: str, end: int, honorific: str) -> Name | None:
    """A word that French does not have, after an honorific."""
    if honorific[0] not in "Mm" or text[end : end + 1] not in (" ", ".") or honorific in ("M", "mes", "Mes"):
        return None
    match = _LOWER_NAME.match(text, end + 1)
    if match is None or fold(match[0]) in ordinary_words() or fold(match[0]) in TITLES:
        return None
    return Name(match.start(), match.end(), "", match[0], "honorific", honorific)


def _by_look(text: str, pieces: list[regex.Match[str]]) -> Iterator[Name]:
    at = _first_look(pieces)
    if at is None:
        return
    chosen = _trimmed(pieces[at:], capitals=False, ordinary_ends=True)
    if len(chosen) < 2 or _STREETS.search(text, max(0, chosen[0].start() - 20), chosen[0].start()):
        return
    given, surname = split_name([piece[0] for piece in chosen])
    if surname:
        strong = bool(given) and is_given(given.split(" ")[0])
        yield Name(chosen[0].start(), _end_of(chosen[-1]), given, surname, "look", strong=strong)


def _first_look(pieces: list[regex.Match[str]]) -> int | None:
    """Where in a run of capitalised words a name begins: at a first name, an initial, or «Xxx YYYY»."""
    for at, (one, two) in enumerate(itertools.pairwise(pieces)):
        if _looks_named(one[0], two[0]):
            return at
    return None


def _looks_named(one: str, two: str) -> bool:
    left, right = fold(one), fold(two)
    if right in TITLES or left in TITLES or _acronym(one) or _acronym(two):
        return False
    if one.endswith(". ") or one.endswith("."):
        return len(two) > 2 and not _ordinary(two) and not two.isupper()
    given = is_given(one)
    if given and (not _ordinary(two) or (two.isupper() and len(two) > 2 and not one.isupper())):
        return not (one.isupper() and not two.isupper() and _ordinary(one))
    if one.isupper() and len(one) > 2 and not two.isupper() and is_given(two):
        return not _ordinary(one) and right not in ordinary_words()
    return (
        two.isupper() and len(two) >= 5 and not one.isupper() and not _ordinary(one) and not _ordinary(two)
        and one[0].isupper() and len(one) > 2 and any(c in "aeiouy" for c in right)
    )  # fmt: skip


def _acronym(word: str) -> bool:
    return any(fold(part) in NEVER for part in word.split("-"))


def _ordinary(word: str) -> bool:
    folded = fold(word)
    return folded in ordinary_words() or folded in TITLES or folded in NEVER


def _first_word(pieces: list[regex.Match[str]]) -> str:
    return next((piece[0] for piece in pieces if piece[0][0].isupper()), pieces[0][0])


def _trimmed(pieces: list[regex.Match[str]], *, capitals: bool, ordinary_ends: bool = False) -> list[regex.Match[str]]:
    """Without leading titles, and cut where the sentence goes on (a title, an ordinary word in capitals)."""
    start = _past_titles(pieces)
    kept = pieces[start : start + 1]
    for piece in pieces[start + 1 :]:
        word = piece[0]
        if fold(word) in TITLES and fold(word) not in LEADING and not word.endswith((" ", "'", ".")):
            break
        if (
            (capitals or ordinary_ends)
            and _ordinary(word)
            and not is_given(word)
            and fold(word) not in LEADING
            and word[0].isupper()
        ):
            break
        kept.append(piece)
    while kept and (kept[-1][0][0].islower() or kept[-1][0].endswith(". ")) and len(kept) > 1:
        kept.pop()  # a particle or a blank left over
    return [] if not kept or (kept[0][0].strip().islower() and len(kept) == 1) else kept


def _past_titles(pieces: list[regex.Match[str]]) -> int:
    """«Monsieur le Conseiller Martin» begins at Martin; «Le Goff» at Le."""
    start = 0
    while start < len(pieces):
        words = [fold(piece[0]) for piece in pieces[start : start + 2]]
        if words[0] in TITLES and not pieces[start][0].endswith("."):
            start += 1
        elif len(words) == 2 and words[0] in ("le", "la", "les", "l") and words[1] in TITLES:
            start += 2
        else:
            break
    return start
