"""Names that nothing announces, by the look of the words: a first name and a surname, «Xxx YYYY», an initial.

Pure functions of a run of capitalised words in normalised text.
"""

import itertools
from collections.abc import Iterator
from functools import lru_cache

import regex

from redaction.lexicon import ordinary_words, places
from redaction.name_parts import is_given, split_name
from redaction.name_runs import REMEMBERED, Name, Pieces, end_of, is_acronym, is_ordinary, trimmed
from redaction.normalise import fold
from redaction.vocabulary import BRANDS, LEADING, TITLES

# What stands before the name of a street, a school, a law or a firm: no person's.
NOT_A_PERSON = regex.compile(
    r"(?ri)(?<!\p{L})(?:rue|avenue|av\.|boulevard|bd|place|quai|cours|square|impasse|all[ée]e|chemin|route|coll[èe]ge|lyc[ée]e"
    r"|[ée]cole|h[ôo]pital|universit[ée]|institut"
    r"|fondation|stade|pont|gare|a[ée]roport|centre|clinique|prix|loi|loi dite|arr[êe]ts?|jurisprudence"
    r"|soci[ée]t[ée]s?|association|h[ôo]tel|palais|mus[ée]e|maison|s[.a]?[.]?r?[.]?l?|sas|sci|cit[ée]|r[ée]sidence"
    r"|code|saint|commune|ville|cr[ée]dit|banque|groupe|syndicat|f[ée]d[ée]ration|cabinet|scp|selarl|selas|navire"
    r"|marque|mutuelle|enseigne|restaurant|magasin|logiciel|barrage"
    r"|c[ée]page|ouragan|temp[êe]te|op[ée]ration)(?: d[eu]s?| de la| l'| la| le)? $"
)


def by_look(text: str, pieces: Pieces) -> Iterator[Name]:
    at = _first_look(pieces)
    if at is None:
        return
    while at and pieces[at][0].isupper() and pieces[at - 1][0].isupper() and not is_ordinary(pieces[at - 1][0]):
        at -= 1  # «DA COSTA FERREIRA Manuel»
    if at and pieces[at][0].isupper() and pieces[at - 1][0] in _PARTICLES and not is_given(pieces[at][0]):
        at -= 1  # «DE OLIVEIRA Joaquim»
    chosen = trimmed(pieces[at:], capitals=False, ordinary_ends=True)
    if fold("".join(piece[0] for piece in chosen)) in places():
        return  # «VIET NAM»
    if len(chosen) < 2 or NOT_A_PERSON.search(text, max(0, chosen[0].start() - 20), chosen[0].start()):
        return
    given, surname = split_name([piece[0] for piece in chosen])
    if surname:
        strong = bool(given) and is_given(given.split(" ")[0])
        yield Name(chosen[0].start(), end_of(chosen[-1]), given, surname, "look", strong=strong)


_PARTICLES = frozenset(("DE", "DU", "DES", "DA", "DO", "DOS", "DI", "VAN", "VON", "DER"))


def _first_look(pieces: Pieces) -> int | None:
    """Where in a run of capitalised words a name begins: at a first name, an initial, or «Xxx YYYY»."""
    for at, (one, two) in enumerate(itertools.pairwise(pieces)):
        if _looks_named(one[0], two[0]) or _has_particle(pieces, at):
            return at
    return None


def _has_particle(pieces: Pieces, at: int) -> bool:
    """«Éléonore de La Tour-Fondue»: a first name that is nothing else, a particle, and a capital that is no town."""
    first = pieces[at][0]
    if not is_given(first) or is_ordinary(first):
        return False
    after = [piece[0] for piece in pieces[at + 1 :]]
    particles = list(itertools.takewhile(lambda word: fold(word) in LEADING or word[0].islower(), after))
    if not particles or len(particles) == len(after):
        return False
    word = after[len(particles)]
    return fold(word) not in places() and fold(word) not in TITLES and not is_acronym(word)


@lru_cache(maxsize=REMEMBERED)
def _looks_named(one: str, two: str) -> bool:
    left, right = fold(one), fold(two)
    if right in TITLES or left in TITLES or is_acronym(one) or is_acronym(two):
        return False
    if one.endswith(". ") or one.endswith("."):
        return len(two) > 2 and not is_ordinary(two) and not two.isupper()
    given = is_given(one)
    if given and two.istitle() and not is_ordinary(one) and left not in places() and right not in places():
        return True  # «Nadège Ferré»
    if _unknown_before_given(one, two):
        return True
    if given and (not is_ordinary(two) or (two.isupper() and len(two) > 2 and not one.isupper())):
        return not (one.isupper() and not two.isupper() and is_ordinary(one))
    if one.isupper() and len(one) > 2 and not two.isupper() and is_given(two):
        return not is_ordinary(one) and right not in ordinary_words()
    if one.isupper() == two.isupper() or is_ordinary(one) or is_ordinary(two):
        return False
    if two.isupper():
        return len(two) >= 5 and one[0].isupper() and len(one) > 2 and _is_pronounced(right)
    return len(one) >= 5 and two.istitle() and len(two) > 2 and _is_pronounced(left) and _could_be_called(left, right)


def _is_pronounced(word: str) -> bool:
    return any(c in "aeiouy" for c in word)


def _could_be_called(left: str, right: str) -> bool:
    """Of «IRIGOYEN Xan», where no list has either: a place or a maker («RENAULT Megane») is no person."""
    return left not in BRANDS and left not in places() and right not in places()


def _unknown_before_given(one: str, two: str) -> bool:
    """«Coulibaly Bakary», «Hadj Ali»: a word that French does not have, then a first name."""
    if not (one.istitle() and two.istitle() and len(one) > 2 and is_given(two)):
        return False
    return not any(is_ordinary(word) or fold(word) in places() for word in (one, two))
