"""Which part of a name is the surname: capitals mark it, the lexicon of first names does, or its place."""

from functools import lru_cache

from redaction.lexicon import first_names
from redaction.normalise import fold
from redaction.vocabulary import LEADING


@lru_cache(maxsize=50_000)  # a bound on memory, not a tuning
def is_given(word: str) -> bool:
    """Whether a word, or each half of a hyphenated one, is a first name."""
    word = word.rpartition("'")[2] if word[1:2] == "'" else word  # «d'Alice»; «L'an» is no Lan
    return fold(word) in first_names() or (
        "-" in word and all(fold(part) in first_names() for part in word.split("-") if part)
    )


def split_name(words: list[str]) -> tuple[str, str]:
    """(given names, surname): capitals mark a surname, the lexicon a first name, initials neither."""
    plain = [word.strip() for word in words]
    full = [word for word in plain if not word.endswith(".")]
    if not full:
        return "", " ".join(plain)
    upper = [_is_capitals(word) for word in full]
    if any(upper) and not all(up or word[0].islower() for up, word in zip(upper, full, strict=True)):
        return _by_capitals(full, upper)
    lead = 0
    while lead < len(full) - 1 and is_given(full[lead]) and fold(full[lead]) not in LEADING:
        lead += 1
    if lead == 0 and len(full) > 1 and is_given(full[-1]) and not is_given(full[0]) and all(upper):
        return full[-1], " ".join(full[:-1])
    if lead == 0 and len(full) > 1 and len(full) == len(plain) and fold(full[0]) not in LEADING and not all(upper):
        lead = 1  # «Galip Yalman»: an unknown first name
    if len(full) == 1 and is_given(full[0]) and len(plain) == 1:
        return "", full[0]
    return " ".join(full[:lead]), " ".join(full[lead:])


def _by_capitals(full: list[str], upper: list[bool]) -> tuple[str, str]:
    first = upper.index(True)
    while first and full[first - 1][0].islower():
        first -= 1
    last = len(upper) - 1 - upper[::-1].index(True)
    surname = " ".join(full[first : last + 1])
    given = full[:first] or full[last + 1 :]
    return " ".join(given), surname


@lru_cache(maxsize=50_000)
def _is_capitals(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    return len(letters) > 1 and (
        all(c.isupper() for c in letters)
        or (word[:2] in ("d'", "D'") and word[2:].isupper())
        or (word.startswith("Mac") and word[3:].isupper())
    )
