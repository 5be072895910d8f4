"""Persons that a document calls by a letter: «un témoin, W.», «poursuivis par "K"».

A letter is a person when it stands where persons stand (after de, à, par, que…) at least twice, and never behind a
word that letters number (annexe B, point C, hépatite C). Linear: single capitals are rare.
"""

from collections import defaultdict
from collections.abc import Iterator

import regex

from redaction.name_runs import Name

_LETTER = regex.compile(
    r"(?!M\.)\p{Lu}(?![\p{L}\p{N}'&/_\-])(?<![\p{L}\p{N}.'&/§_\-].)(?<![AÀÔÉ])(?:\.(?! \p{Lu}| ?\d))?(?: ?[\"»\])])?"
    r"(?! (?:h\b|prix|francs?|fr\b))(?![\p{L}\p{N}'&/_\-.]|\.\p{L}| ?\d| \p{Lu}[\p{L}.]| ?[°)]| ?\(n)"
)
_PERSONAL = regex.compile(
    r"(?r)(?:(?<!\p{L})(?:d[eu]|à|par|que|et|avec|contre|chez|envers|selon|pour|entre|à l'égard de|alors que|témoin,"
    r"|un certain|nommée?|dénommée?|appelée?|que|lorsque|puis|ni|où) ?[\"«\[]? ?|, ?)$"
)
_VERB = regex.compile(
    r"\.?(?: ?[\"»\]])? (?:a|avait|ait|aurait|est|était|soit|fut|fût|n'|ne|s'|se|lui|déclar\w+|prétend\w*|refus\w+"
    r"|soutient|soutenait|affirm\w+|témoign\w+|vivait|habit\w+|travaill\w+)\b"
)
_NUMBERED = regex.compile(
    r"(?ri)(?:annexe|article|art\.|section|point|lettre|alinéa|pièce|lot|bâtiment|bât\.|escalier|classe|catégorie"
    r"|groupe|plan|vitamine|hépatite|type|niveau|zone|partie|titre|livre|tableau|phase|série"
    r"|option|variante|hypothèse|régime|permis|rubrique|chapitre|paragraphe|par\.|§|protocole|appartement|porte|hall"
    r"|aile|quai|ligne|colonne|case|figure|liste|formulaire|cote|plan|actions?|parts?|société|secteur|indice|facteur"
    r"|virus|influenza) ?[\"«]? ?$"
)


def find_letters(text: str) -> Iterator[Name]:
    met: dict[str, list[int]] = defaultdict(list)
    for match in _LETTER.finditer(text):
        met[text[match.start()]].append(match.start())
    for letter, places in met.items():
        if len(places) < _LEAST or any(_is_numbering(text, at) for at in places):
            continue
        personal = [_is_personal(text, at) for at in places]
        if sum(personal) >= _LEAST:
            for at, known in zip(places, personal, strict=True):
                if known or len(places) > _LEAST:
                    yield Name(at, at + 1, "", letter, "letter", strong=False)


_LEAST = 2  # places where a letter stands as a person does


def _is_numbering(text: str, at: int) -> bool:
    return _NUMBERED.search(text, max(0, at - _BEFORE), at) is not None


def _is_personal(text: str, at: int) -> bool:
    return _PERSONAL.search(text, max(0, at - _BEFORE), at) is not None or _VERB.match(text, at + 1) is not None


_BEFORE = 22  # characters in which a word stands that tells
