"""Where sentences, phrases and words end, at places that are safe to cut at: after a newline, or before a blank.

Only what no structure divides is read here. A sentence does not end at an abbreviation (art., al., M., n°, cass. civ.)
nor at an initial; after a line of text a sentence may go on, so a mere newline counts as the end of a phrase.
"""

import re
from collections.abc import Iterator

from chunking.boundaries import Boundary, Strength
from chunking.tokens import BLANKS

_BLANK = "[" + re.escape("".join(sorted(BLANKS))) + "]"
_CLOSING = '»”")]'
_PHRASE = re.compile(rf"(?:[.!?…,;:|»”\")\]]|(?=[\r\n]))(?P<run>{_BLANK}++)(?!\Z)")
_WORD = re.compile(rf"[^{_BLANK[1:]}(?P<run>{_BLANK}++)(?!\Z)")
_ABBREVIATION = re.compile(
    r"(?:^|[\W_])(?:[A-Za-zÀ-Ü]|art|arts|al|MM|Mme|Mmes|Mlle|Me|Mes|St|Ste|Sté|cf|ex|etc|not|obs|spéc|préc|bull|civ|com"
    r"|soc|crim|cass|ass|plén|ch|mixte|req|préf|av|bd|p|pp|vol|éd|t|s|n°s?|nos?|dr|pr|tél|éts|env|min|max|réf|déc|janv"
    r"|févr?|juill?|sept|oct|nov)\Z",
    re.IGNORECASE,
)


def phrase_ends(text: str, start: int, end: int) -> Iterator[Boundary]:
    """Inside text[start:end], in order, where sentences end, and phrases (at a comma, a line, a cell of a table …)."""
    return (boundary for boundary in _ends(_PHRASE, text, start, end) if boundary[1] < Strength.WORD)


def word_ends(text: str, start: int, end: int) -> Iterator[Boundary]:
    """The same, and where words end."""
    return _ends(_WORD, text, start, end)


def _ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[Boundary]:
    """Where a cut is safe in each run of blanks that the pattern finds: after its last newline, or before it."""
    for found in pattern.finditer(text, start, end):
        first, last = found.span("run")
        newline = max(text.rfind("\n", first, last), text.rfind("\r", first, last)) + 1
        if start < (newline or first) < end and last < len(text):
            yield newline or first, _strength(text, start, first, last, ends_line=newline > 0)


def _strength(text: str, start: int, first: int, last: int, *, ends_line: bool) -> Strength:
    """What ends before text[first:last], a run of blanks."""
    at = first - 1
    while at > start and text[at] in _CLOSING:
        at -= 1
    closed = text[at] in "!?…" or (text[at] == "." and not _ABBREVIATION.search(text, max(start, at - 8), at))
    if closed and not (text[last].islower() or text[last] in ",;:.)"):
        return Strength.SENTENCE
    return Strength.PHRASE if ends_line or text[first - 1] in ",;:|)" else Strength.WORD
