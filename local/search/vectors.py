"""Exact nearest neighbours: one float32 matrix per vector field, in memory, rebuilt from the store at start.

Every method may be called from any thread; a search holds the lock for one matrix product (20k × 1,024: about 10 ms).
"""

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Scores = NDArray[np.float64]
Matrix = NDArray[np.float32]
FIRST_CAPACITY = 256


class VectorColumn:
    def __init__(self, dimensions: int, metric: str) -> None:
        self._metric = metric
        self._lock = threading.Lock()
        self._matrix = np.empty((FIRST_CAPACITY, dimensions), dtype=np.float32)
        self._ids = np.empty(FIRST_CAPACITY, dtype=np.int64)
        self._rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self._rows) * self._matrix.shape[1] * 4

    def change(self, puts: Sequence[tuple[int, bytes]], drops: Iterable[int]) -> None:
        joined = np.frombuffer(b"".join(data for _, data in puts), dtype="<f4")
        rows = self._prepared(joined.reshape(len(puts), self._matrix.shape[1]))
        with self._lock:
            for number in drops:
                self._drop(number)
            for (number, _), row in zip(puts, rows, strict=True):
                self._put(number, row)

    def _put(self, number: int, vector: Matrix) -> None:
        row = self._rows.setdefault(number, len(self._rows))
        if row == len(self._ids):
            self._matrix = np.concatenate([self._matrix, np.empty_like(self._matrix)])
            self._ids = np.concatenate([self._ids, np.empty_like(self._ids)])
        self._matrix[row] = vector
        self._ids[row] = number

    def _drop(self, number: int) -> None:
        """The last row takes the place of the one that goes, and what it held is overwritten."""
        row = self._rows.pop(number, None)
        if row is None:
            return
        last = len(self._rows)
        if row != last:
            self._matrix[row] = self._matrix[last]
            self._ids[row] = self._ids[last]
            self._rows[int(self._ids[row])] = row
        self._matrix[last] = 0

    def _prepared(self, vectors: Matrix) -> Matrix:
        """Of length one where only the angle counts."""
        if self._metric != "cosine":
            return vectors
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)

    def nearest(self, query: bytes, count: int, allowed: Ids | None) -> tuple[Ids, Scores]:
        """The best `count` ids, best first, among `allowed` (sorted; None: all), scored as the service scores them."""
        with self._lock:
            used = len(self._rows)
            ids = self._ids[:used].copy()
            similarity = self._similarity(np.frombuffer(query, dtype="<f4"), used)
        if allowed is not None:
            kept = np.isin(ids, allowed)
            ids, similarity = ids[kept], similarity[kept]
        if count < len(ids):
            best = np.argpartition(-similarity, count)[:count]
            ids, similarity = ids[best], similarity[best]
        order = np.lexsort((ids, -similarity))
        return ids[order], self._scores(similarity[order])

    def _similarity(self, query: Matrix, used: int) -> Matrix:
        if self._metric == "euclidean":
            distance = np.linalg.norm(self._matrix[:used] - query, axis=1)
            return np.asarray(-distance, dtype=np.float32)
        return np.asarray(self._matrix[:used] @ self._prepared(query), dtype=np.float32)

    def _scores(self, similarity: Matrix) -> Scores:
        wide = similarity.astype(np.float64)
        if self._metric == "dotProduct":
            return wide
        distance = 1 - wide if self._metric == "cosine" else -wide
        return 1 / (1 + np.maximum(distance, 0))
