"""A run of capitalised words, and the name in it: where it begins, how far it goes, which part is the surname.

Pure functions of normalised text, shared by all the rules. A title or role word alone is never a name.
"""

from dataclasses import dataclass
from functools import lru_cache

import regex

from redaction.lexicon import ordinary_words, places
from redaction.name_parts import is_given, split_name
from redaction.normalise import fold
from redaction.vocabulary import LEADING, NEVER, OFFICES_OF_PEERS, PEERS, TITLES

Pieces = list[regex.Match[str]]
REMEMBERED = 50_000  # words: a bound on memory, not a tuning

_PARTICLE = (
    r"(?:de la |de l'|de |du |des |d'|le |la |von |van |der |den |ten |ter |zu |di |da |dos |das |do |del "
    r"|della |dal |el |al |ben |bin |ibn |of |y |af |av )"
)
_INITIAL = r"(?:\p{Lu}(?:h|hr)?\.(?!\.))"
WORD = r"(?:\p{Lu}\p{L}*+(?:['\-]\p{L}++)*+(?![\p{N}_@]))"
_TITLE = r"(?:MM?|Mmes?|Mlles?|Mrs?|Mgr|Dr|Pr|Me) ?\."
_ELEMENT = rf"(?:(?=[DMP]){_TITLE}|{_INITIAL}|{WORD})"
# A surname in capitals may stand on the next line.
_LINK = rf"(?:(?<=\.)[ \-]?|[ ]{{1,2}}|\n(?!\n)(?=\p{{Lu}}{{2}}))(?:(?=\p{{Ll}}){_PARTICLE}){{0,2}}"
RUN = regex.compile(rf"(?=\p{{Lu}})(?<![\p{{L}}\p{{N}}_@]){_ELEMENT}(?:{_LINK}{_ELEMENT})*+")
NAME = regex.compile(rf"{_PARTICLE}{{0,2}}{_ELEMENT}(?:{_LINK}{_ELEMENT}){{0,6}}")
PIECES = regex.compile(rf"(?=[DMP]){_TITLE}|(?=\p{{Ll}}){_PARTICLE}|{_INITIAL}|\p{{L}}[\p{{L}}'\-]*+")


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


def is_initial(word: str) -> bool:
    return word.endswith(".") and len(word) <= 4


def built(
    pieces: Pieces, honorific: str, why: str, *, ordinary_ends: bool = False, ordinary: bool = False
) -> Name | None:
    """`ordinary`: what stands before is so sure that a word of French is a name («son mari Lulu»)."""
    shouted = honorific.isupper() and len(honorific) > 2
    kept = pieces if honorific in PEERS else trimmed(pieces, capitals=shouted, ordinary_ends=ordinary_ends)
    if not kept or (honorific in PEERS and not OFFICES_OF_PEERS.isdisjoint((fold(kept[0][0]), fold(kept[-1][0])))):
        return None
    first = _first_word(kept)
    if (
        why not in ("honorific", "case", "marriage")
        and not (ordinary and fold(first) not in TITLES | NEVER)
        and is_ordinary(first)
        and not (len(kept) > 1 and (is_given(first) or fold(first) in LEADING))
    ):
        return None
    if len(kept) == 1 and len(first) == 1:
        return None
    given, surname = split_name([piece[0] for piece in kept])
    return Name(
        kept[0].start(), end_of(kept[-1]), given, surname, why, honorific, _can_be_carried(surname) and why != "office"
    )


def _can_be_carried(surname: str) -> bool:
    """Of two letters, only what French has not: «Ly», «Xu»."""
    return len(surname) > 2 or (len(surname) == 2 and surname.isalpha() and not is_ordinary(surname))


def end_of(piece: regex.Match[str]) -> int:
    return piece.start() + len(piece[0].rstrip())


@lru_cache(maxsize=REMEMBERED)
def is_acronym(word: str) -> bool:
    return any(fold(part) in NEVER for part in word.split("-"))


@lru_cache(maxsize=REMEMBERED)
def is_ordinary(word: str) -> bool:
    folded = fold(word[2:] if word[1:2] == "'" else word)  # «L'employeur»
    if folded in ordinary_words() or folded in TITLES or folded in NEVER:
        return True
    return "-" in word and all(fold(part) in ordinary_words() for part in word.split("-") if part)  # «Petit-enfant»


def is_place(pieces: Pieces) -> bool:
    """A country, a region or a town alone: «Lyon», «Île-de-France»."""
    return len(pieces) == 1 and fold(pieces[0][0]) in places()


def _first_word(pieces: Pieces) -> str:
    return next((piece[0] for piece in pieces if piece[0][0].isupper()), pieces[0][0])


def trimmed(pieces: Pieces, *, capitals: bool, ordinary_ends: bool = False) -> Pieces:
    """Without leading titles, and cut where the sentence goes on (a title, an ordinary word in capitals)."""
    start = _past_titles(pieces)
    if start and _names_the_office(pieces[start:]):
        return []
    kept = pieces[start : start + 1]
    for piece in pieces[start + 1 :]:
        word = piece[0]
        if "\n" in piece.string[kept[-1].end() : piece.start()] and is_ordinary(word):
            break
        if fold(word) in TITLES and fold(word) not in LEADING and not word.endswith((" ", "'", ".")):
            break
        if word.isupper() and _goes_on(piece.string, piece):
            break
        if (
            (capitals or ordinary_ends)
            and is_ordinary(word)
            and not is_given(word)
            and fold(word) not in LEADING
            and word[0].isupper()
            and not _surname_of(kept, word)
        ):
            break
        kept.append(piece)
    while kept and (kept[-1][0][0].islower() or kept[-1][0].endswith(". ")) and len(kept) > 1:
        kept.pop()  # a particle or a blank left over
    return [] if not kept or (kept[0][0].strip().islower() and len(kept) == 1) else kept


def _goes_on(text: str, piece: regex.Match[str]) -> bool:
    """«M. BAH EST FIXÉE À», «M. ROUX DÉCLARE AVOIR»: where all is in capitals, a verb or two words of French end it."""
    word = piece[0]
    if fold(word) in _VERBS:
        return True
    following = _NEXT_IN_CAPITALS.match(text, piece.end()) if len(word) > 1 else None
    return (
        following is not None
        and fold(word) not in LEADING
        and is_ordinary(word)
        and not is_given(word)
        and is_ordinary(following[1])
        and not is_given(following[1])
    )


_VERBS = frozenset((
    "est", "sont", "sera", "seront", "etait", "etaient", "avait", "avaient", "ont", "doit", "peut", "declare", "expose",
    "demeurant", "et", "ou", "qui",
))  # fmt: skip
_NEXT_IN_CAPITALS = regex.compile(r" (\p{Lu}++)(?![\p{L}.'\-])")


def _surname_of(kept: Pieces, word: str) -> bool:
    """«Nadège Ferré»: whoever has a first name that is nothing else may be called by a word of French."""
    first = kept[0][0]
    if any(fold(piece[0]) not in LEADING for piece in kept[1:]):  # «Morgane Le Bris», «Anne de La Tour»
        return False
    return is_given(first) and not is_ordinary(first) and fold(word) not in TITLES | NEVER


def _names_the_office(pieces: Pieces) -> bool:
    """«le Procureur de la République», «la Présidente de Lyon»: what follows the title belongs to it."""
    if len(pieces) < 2 or not pieces[0][0].islower():
        return False
    if pieces[0][0] in ("de la ", "du ", "des "):
        return True
    return is_ordinary(pieces[1][0]) or fold(pieces[1][0]) in places()


def _past_titles(pieces: Pieces) -> int:
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
