"""Lists of persons under one honorific: «MM. Esprabens, GUIPON et Florin», «Mme A et B». Reads normalised text."""

from collections.abc import Iterator

import regex

from redaction.lexicon import places
from redaction.name_runs import NAME, PIECES, Name, Pieces, built, is_initial, is_ordinary
from redaction.normalise import fold
from redaction.vocabulary import BRANDS, HONORIFICS, INSTITUTIONS, LEADING, NEVER, PLURAL, TITLES

_AND = regex.compile(
    r"(?: ?[,;]| ?/)?(?: ?(?:et|ou|ET|&))?[ \n](?:de (?!la )|d')?(?=\p{Lu}|\p{Ll}{1,3}[ '])|, ?(?=\p{Lu})"
)
_LISTED = regex.compile(r" ?(?:[,;)]| et |$)| (?:MM?\.|Mmes?|conseill|juges|avocats)")


def is_honorific(word: str) -> bool:
    return word.rstrip(". ") in HONORIFICS


def enumerated(text: str, at: int, honorific: str) -> Iterator[Name]:
    """«MM. Esprabens, GUIPON et Florin»: as long as what follows a comma can be a name. «Mme A et B»: one more."""
    plural = honorific in PLURAL
    while (link := _AND.match(text, at)) is not None:
        if not plural and link[0].strip() != "et":
            return
        match = NAME.match(text, link.end())
        pieces = list(PIECES.finditer(text, match.start(), match.end())) if match else []
        stop = next((at for at, piece in enumerate(pieces) if is_honorific(piece[0])), len(pieces))
        name = built(pieces[:stop], honorific, "honorific") if _may_follow(text, pieces[:stop], plural=plural) else None
        if name is None:
            return
        yield name
        if not plural:
            return
        at = name.end


def _may_follow(text: str, pieces: Pieces, *, plural: bool) -> bool:
    if not pieces:
        return False
    words = [piece[0].strip() for piece in pieces if piece[0][0].isupper()]
    if not words or (len(words) == 1 and fold(words[0]) in TITLES) or words[0] in HONORIFICS or fold(words[0]) in NEVER:
        return False
    if fold("".join(words)) in BRANDS:
        return False  # «Mme Poussard et la MAIF»
    if len(words) > 1 and fold(words[0]) in INSTITUTIONS:
        return False  # «Consorts Pagès / Entreprise Batisud»
    telling = [word for word in words if fold(word) not in LEADING and not is_initial(word)]
    if len(telling) == len(words) == 1 and fold(words[0]) == words[0].lower() and fold(words[0]) in places():
        return False  # «MM. Poulard, Rennes»; Mme Sommé is not the Somme
    if telling and not is_ordinary(telling[0]):
        return plural or len(telling[0]) > 3
    return plural and bool(telling) and len(telling[0]) > 3 and _LISTED.match(text, pieces[-1].end()) is not None
