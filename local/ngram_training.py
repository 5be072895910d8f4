"""Makes the table of `ngram_weights.py`, once, from a press corpus; nothing at run time imports this.

    python -m local.ngram_training PRESS.bio

The French newspapers of Europeana Newspapers (Bibliothèque nationale de France, 206,000 words, CC0): texts of the
years around 1900, read by OCR, none of them about what is indexed here.
"""

import math
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from local.hashed_ngrams import features
from local.ngram_weights import CELLS, LEVELS, TABLE, cells

PASSAGE = 120  # words: what counts as one text


def build(texts: list[str]) -> bytes:
    """The table over `texts`: log((N + 1) / (n + 1)) + 1, as a share of its greatest value, compressed."""
    seen = np.zeros(CELLS)
    for text in texts:
        seen[np.unique(cells(features(text)[0]))] += 1
    rarity = np.log((len(texts) + 1) / (seen + 1)) + 1
    levels = np.rint(LEVELS * rarity / (math.log(len(texts) + 1) + 1)).astype(np.uint8)
    return zlib.compress(levels.tobytes(), 9)


def passages(press: Path) -> Iterator[str]:
    """Runs of words of a file in CoNLL's format: a word and its tag a line."""
    words = [line.split()[0] for line in press.read_text(encoding="utf-8").splitlines() if line.strip()]
    for at in range(0, len(words), PASSAGE):
        yield " ".join(words[at : at + PASSAGE])


if __name__ == "__main__":
    TABLE.write_bytes(build(list(passages(Path(sys.argv[1])))))
