"""How rare each feature of `hashed_ngrams` is in ordinary French: a frozen table, made once and committed.

    python -m local.ngram_weights PRESS.bio

made `ngram_weights.z` from the French newspapers of Europeana Newspapers (Bibliothèque nationale de France, 206,000
words, CC0): texts of the years around 1900, read by OCR, none of them about what is indexed here. A feature that the
press does not know counts as the rarest. The table never follows what is embedded: the same text, the same vector.
"""

import math
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.uint64]

TABLE = Path(__file__).with_name("ngram_weights.z")
CELLS = 1 << 18  # features share them by hash; 2^16 costs 0.1 to 0.2 nDCG points
LEVELS = 15  # of a weight: four bits are as good as eight
PASSAGE = 120  # words: what counts as one text
_SHIFT = np.uint64(20)  # bits that neither choose the vector's cell nor its sign


def weights(features: Features) -> NDArray[np.float64]:
    """A factor per feature, from 1/15 (in every text) to 1 (never seen)."""
    return np.asarray(_table()[_cells(features)], dtype=np.float64)


def build(texts: list[str], features: Callable[[str], Features]) -> bytes:
    """The table over `texts`: log((N + 1) / (n + 1)) + 1, as a share of its greatest value, compressed."""
    seen = np.zeros(CELLS)
    for text in texts:
        seen[np.unique(_cells(features(text)))] += 1
    rarity = np.log((len(texts) + 1) / (seen + 1)) + 1
    levels = np.rint(LEVELS * rarity / (math.log(len(texts) + 1) + 1)).astype(np.uint8)
    return zlib.compress(levels.tobytes(), 9)


def _cells(features: Features) -> NDArray[np.int64]:
    return ((features >> _SHIFT) & np.uint64(CELLS - 1)).astype(np.int64)


@cache
def _table() -> NDArray[np.float32]:
    levels = np.frombuffer(zlib.decompress(TABLE.read_bytes()), dtype=np.uint8)
    return np.asarray(levels / LEVELS, dtype=np.float32)


def _passages(press: Path) -> Iterator[str]:
    """Runs of words of a file in CoNLL's format: a word and its tag a line."""
    words = [line.split()[0] for line in press.read_text(encoding="utf-8").splitlines() if line.strip()]
    for at in range(0, len(words), PASSAGE):
        yield " ".join(words[at : at + PASSAGE])


def main() -> None:
    from local.hashed_ngrams import features

    TABLE.write_bytes(build(list(_passages(Path(sys.argv[1]))), lambda text: features(text)[0]))


if __name__ == "__main__":
    main()
