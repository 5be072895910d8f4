"""Where sentences, phrases and words end, at places that are safe to cut at: after a newline, or before a blank.

Only what no structure divides is read here. A sentence does not end at an abbreviation (art., al., M., n°, cass. civ.)
nor at an initial; after a line of text a sentence may go on, so a mere newline counts as the end of a phrase.
"""

import re
from collections.abc import Iterator

from chunking.outline import BLANKS, Strength, boundary_at

_BLANK = "[" + re.escape("".join(sorted(BLANKS))) + "]"
_SENTENCE = re.compile(rf"[.!?…][»”\")\]]{{0,3}}(?={_BLANK}+(?P<next>[^a-zà-ÿ,;:.)]))")
_WORD = re.compile(rf"(?<=(?P<last>[^{_BLANK[1:-1]}])){_BLANK}+")
_ABBREVIATION = re.compile(
    r"(?:^|[\W_])(?:[A-Za-zÀ-Ü]|art|arts|al|MM|Mme|Mmes|Mlle|Me|Mes|St|Ste|Sté|cf|ex|etc|not|obs|spéc|préc|bull|civ|com|soc|crim|cass"
    r"|ass|plén|ch|mixte|req|préf|av|bd|p|pp|vol|éd|t|s|n°s?|nos?|dr|pr|tél|éts|env|min|max|réf|déc|janv|févr?|juill?|sept|oct|nov)\Z",
    re.IGNORECASE,
)


def sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Offsets inside text[start:end] between two sentences, in order."""
    for found in _SENTENCE.finditer(text, start, end):
        point = found.end()
        if text[found.start()] == "." and _ABBREVIATION.search(text, max(start, found.start() - 8), found.start()):
            continue
        if start < point < end and (offset := boundary_at(text, point)) is not None and offset < end:
            yield offset


def word_ends(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Offsets inside text[start:end] between two words, in order, with the strength of a sentence, phrase or word."""
    sentences = set(sentence_ends(text, start, end))
    for found in _WORD.finditer(text, start, end):
        offset = boundary_at(text, found.start())
        if offset is None or not start < offset < end:
            continue
        if offset in sentences:
            yield offset, Strength.SENTENCE
        elif found["last"] in ",;:|)" or offset != found.start():
            yield offset, Strength.PHRASE
        else:
            yield offset, Strength.WORD
