"""How many terms each document has in one field: what BM25 weighs a word's frequency by. In memory, one number each.

Changed by the writer, read by anyone: a reader that meets a document in the very moment of its write may score it by
its former length.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from local.search.vectors import Ids

FIRST_CAPACITY = 256


class Lengths:
    def __init__(self, known: Iterable[tuple[int, int]]) -> None:
        self._lengths: NDArray[np.int64] = np.zeros(FIRST_CAPACITY, dtype=np.int64)  # by document id; 0: none
        self.documents = 0  # that have the field
        self._terms = 0
        for number, length in known:
            self.set(number, length)

    def set(self, number: int, length: int) -> None:
        while number >= len(self._lengths):
            self._lengths = np.concatenate([self._lengths, np.zeros_like(self._lengths)])
        before = int(self._lengths[number])
        self.documents += (length > 0) - (before > 0)
        self._terms += length - before
        self._lengths[number] = length

    @property
    def average(self) -> float:
        return self._terms / self.documents if self.documents else 1.0

    def of(self, ids: Ids) -> NDArray[np.int64]:
        return np.take(self._lengths, ids, mode="clip")
