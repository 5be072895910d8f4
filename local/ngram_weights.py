"""How rare each feature of `hashed_ngrams` is in ordinary French: a frozen table, made once and committed.

`ngram_weights.z` was made by `ngram_training.py`, which says from what. A feature that the press does not know counts
as the rarest. The table never follows what is embedded: the same text, the same vector.
"""

import zlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.uint64]

TABLE = Path(__file__).with_name("ngram_weights.z")
CELLS = 1 << 18  # features share them by hash; 2^16 costs 0.1 to 0.2 nDCG points
LEVELS = 15  # of a weight: four bits are as good as eight
_SHIFT = np.uint64(20)  # bits that neither choose the vector's cell nor its sign


def weights(features: Features) -> NDArray[np.float64]:
    """A factor per feature, from 1/15 (in every text) to 1 (never seen)."""
    return np.asarray(_table()[cells(features)], dtype=np.float64)


def cells(features: Features) -> NDArray[np.int64]:
    """Where the table holds each feature."""
    return ((features >> _SHIFT) & np.uint64(CELLS - 1)).astype(np.int64)


@cache
def _table() -> NDArray[np.float32]:
    levels = np.frombuffer(zlib.decompress(TABLE.read_bytes()), dtype=np.uint8)
    return np.asarray(levels / LEVELS, dtype=np.float32)
