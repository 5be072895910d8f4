"""The word lists that names are judged by: French first names, places, ordinary words.

Loaded once, on first use, in some 30 ms. Origin and licence: `data/README.md`.
"""

import gzip
from functools import cache
from importlib.resources import files

from redaction.normalise import fold


@cache
def first_names() -> frozenset[str]:
    """Folded first names, given in France today or borne by those who came."""
    return frozenset(map(fold, written_first_names()))


def written_first_names() -> list[str]:
    """The same as they are written."""
    text = (files("redaction") / "data" / "first_names.txt").read_text("utf-8")
    return [name for line in text.splitlines() if not line.startswith("#") for name in line.split()]


@cache
def known_given_names() -> frozenset[str]:
    """Folded first names of many countries, for the model: too many and too foreign for a rule to rely on."""
    return frozenset(_unpacked("given_names.txt.gz"))


@cache
def known_surnames() -> frozenset[str]:
    """Folded surnames of many countries, for the model: French has many of them as words."""
    return frozenset(_unpacked("surnames.txt.gz"))


@cache
def places() -> frozenset[str]:
    """Folded names of countries, regions and large towns, which stand where a person's name could."""
    text = (files("redaction") / "data" / "places.txt").read_text("utf-8")
    written = {name for line in text.splitlines() if not line.startswith("#") for name in line.split()}
    return frozenset(written | set(_unpacked("towns.txt.gz")))


@cache
def ordinary_words() -> frozenset[str]:
    """Folded common words: capitalised at the start of a sentence they are still no names."""
    return frozenset(_unpacked("ordinary_words.txt.gz"))


def _unpacked(name: str) -> list[str]:
    packed = (files("redaction") / "data" / name).read_bytes()
    return gzip.decompress(packed).decode("utf-8").split("\n")
