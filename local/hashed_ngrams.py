"""The embedded default embedding: hashed character n-grams. Deterministic, no model, nothing to download.

A text becomes the 4- and 5-grams within its words plus its whole stemmed words, without the words that say nothing;
each feature counts 1 + log(occurrences), times its rarity in ordinary French (`ngram_weights.py`), falls into one of
`dimensions` cells with a sign (feature hashing, Weinberger et al. 2009), and the vector is scaled to length 1. Accents,
case, elision and typography do not matter, and a misspelt or inflected word stays close to itself. Same text, same
vector, on every machine: it must never depend on Python's own hash, on the platform's byte order or on what was
embedded before.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b
from threading import Lock

import numpy as np
import Stemmer
from numpy.typing import NDArray

from local import ngram_weights
from local.ngram_weights import Features

NAME = "greffe-hashed-ngrams"
DIMENSIONS = 1024
LEAST_DIMENSIONS = 64  # fewer cells, and everything collides with everything
MOST_DIMENSIONS = 4096
SHORTEST, LONGEST = 4, 5  # characters of an n-gram, the marks of the word's ends included
WHOLE_WORD = 2.0  # a word says more than one of its n-grams
LONGEST_WORD = 40  # characters; beyond it is a blob, not a word
CACHED_WORDS = 100_000  # about 25 MB

Weights = Callable[[Features], NDArray[np.float64]]  # a factor per feature

_WHOLE = 1 << 62  # this bit of a feature says: a whole word
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_STEMMING = Lock()  # a Stemmer is not thread-safe
_stem = Stemmer.Stemmer("french").stemWord
_SILENT = frozenset(
    """a à ai ainsi alors après au aucun aucune aussi autre autres aux avait avant avec avoir ayant c ça car ce ceci
    cela celle celles celui ces cet cette ceux chaque chez ci comme comment contre d dans de depuis des donc dont du
    durant elle elles en encore entre es est et était étaient été être eu eux fait faire font fut furent hors il ils j
    je jusqu jusque l la laquelle le lequel les lesquelles lesquels leur leurs lors lorsqu lorsque lui m ma mais me
    même mêmes mes moi moins mon n ne ni non nos notre nous on ont ou où par parce parmi pas pendant peu peut peuvent
    plus pour pourquoi puis puisqu puisque qu quand que quel quelle quelles quels qui quoi s sa sans se selon sera
    seront ses si sien soit son sont sous sur t ta te tel telle telles tels tes toi ton tous tout toute toutes très tu
    un une vers vos votre vous y""".split()  # noqa: SIM905 - as words it can be read
)


def embed(
    texts: Sequence[str], dimensions: int = DIMENSIONS, weights: Weights = ngram_weights.weights
) -> NDArray[np.float32]:
    """One row per text, of length 1; a text without a single telling word gives a row of zeros but for its first."""
    return np.stack([_vector(text, dimensions, weights) for text in texts]).astype("<f4")


def _vector(text: str, dimensions: int, weights: Weights) -> NDArray[np.float64]:
    found, values = features(text)
    values = values * weights(found)
    cells = (found % np.uint64(dimensions)).astype(np.int64)
    signs = (found >> np.uint64(63)).astype(np.float64) * 2 - 1  # the top bit; the cell comes from the low ones
    vector = np.bincount(cells, weights=values * signs, minlength=dimensions)
    length = float(np.linalg.norm(vector))
    if length == 0:  # cosine needs a direction; all empty texts share this one
        vector[0] = length = 1.0
    return vector / length


def features(text: str) -> tuple[Features, NDArray[np.float64]]:
    """Each feature of the text once, in order, with 1 + log of how often it occurs."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    known = [_word_features(word) for word in words if word not in _SILENT]
    if not known:
        return np.empty(0, np.uint64), np.empty(0)
    every = np.sort(np.concatenate(known))  # sorting all occurrences is faster than counting the words first
    first = np.flatnonzero(np.concatenate(([True], every[1:] != every[:-1])))
    unique, times = every[first], np.diff(first, append=len(every))
    return unique, np.where(unique & np.uint64(_WHOLE), WHOLE_WORD, 1.0) * (1 + np.log(times))


@lru_cache(CACHED_WORDS)
def _word_features(word: str) -> Features:
    word = word[:LONGEST_WORD]
    marked = f"<{_folded(word)}>"
    sizes = range(SHORTEST, LONGEST + 1)
    grams = [_hash(marked[i : i + size]) & ~_WHOLE for size in sizes for i in range(len(marked) - size + 1)]
    with _STEMMING:
        stem = _stem(word)
    return np.array([_hash(_folded(stem)) | _WHOLE, *grams], dtype=np.uint64)


def _folded(word: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKD", word.translate(_LETTERS)))


def _hash(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "little")
