"""Where sentences, phrases and words end, at places that are safe to cut at: after a newline, or before a blank.

Only what no structure divides is read here. A sentence does not end at an abbreviation (art., al., M., n°, cass. civ.)
nor at an initial; after a line of text a sentence may go on, so a mere newline counts as the end of a phrase.
"""

import re
from collections.abc import Iterator

from chunking.outline import BLANKS, Boundary, Strength

_BLANK = "[" + re.escape("".join(sorted(BLANKS))) + "]"
_NOT_BLANK = "[^" + _BLANK[1:]
_SENTENCE = re.compile(rf"[.!?…][»”\")\]]{{0,3}}(?P<run>{_BLANK}++)(?![a-zà-ÿ,;:.)]|\Z)")
_PHRASE = re.compile(rf"[,;:|)](?P<run>{_BLANK}++)(?!\Z)")
_WORD = re.compile(rf"{_NOT_BLANK}(?P<run>{_BLANK}++)(?!\Z)")
_LINE = re.compile(rf"(?P<run>[\r\n]{_BLANK}*+)(?!\Z)")
_ABBREVIATION = re.compile(
    r"(?:^|[\W_])(?:[A-Za-zÀ-Ü]|art|arts|al|MM|Mme|Mmes|Mlle|Me|Mes|St|Ste|Sté|cf|ex|etc|not|obs|spéc|préc|bull|civ|com"
    r"|soc|crim|cass|ass|plén|ch|mixte|req|préf|av|bd|p|pp|vol|éd|t|s|n°s?|nos?|dr|pr|tél|éts|env|min|max|réf|déc|janv"
    r"|févr?|juill?|sept|oct|nov)\Z",
    re.IGNORECASE,
)


def sentence_ends(text: str, start: int, end: int) -> list[Boundary]:
    """Inside text[start:end], where sentences end, and lines (which may end in the middle of one), in order."""
    found = dict.fromkeys(_ends(_LINE, text, start, end), Strength.PHRASE)
    found |= dict.fromkeys(_ends(_SENTENCE, text, start, end), Strength.SENTENCE)
    return _sorted(found)


def phrase_ends(text: str, start: int, end: int) -> list[Boundary]:
    """The same, and where phrases end: at a comma, a semicolon, a colon, a bracket, a cell of a table."""
    found = dict.fromkeys(_ends(_PHRASE, text, start, end), Strength.PHRASE)
    return _sorted(found | {known.offset: Strength(known.strength) for known in sentence_ends(text, start, end)})


def word_ends(text: str, start: int, end: int) -> list[Boundary]:
    """The same, and where words end."""
    found = dict.fromkeys(_ends(_WORD, text, start, end), Strength.WORD)
    return _sorted(found | {known.offset: Strength(known.strength) for known in phrase_ends(text, start, end)})


def _sorted(found: dict[int, Strength]) -> list[Boundary]:
    return [Boundary(offset, found[offset]) for offset in sorted(found)]


def _ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[int]:
    """Where a cut is safe in each run of blanks that the pattern finds: after its last newline, or before it."""
    for found in pattern.finditer(text, start, end):
        first, last = found.span("run")
        if last == len(text) or (pattern is _SENTENCE and _abbreviated(text, start, found.start())):
            continue
        newline = max(text.rfind("\n", first, last), text.rfind("\r", first, last))
        offset = newline + 1 if newline >= 0 else first
        if start < offset < end:
            yield offset


def _abbreviated(text: str, start: int, stop: int) -> bool:
    return text[stop] == "." and _ABBREVIATION.search(text, max(start, stop - 8), stop) is not None
