"""Full-text search: each word of a query is one FTS5 match per field; the tree of the query is composed in numpy.

Scores are Lucene's BM25, per field and then added, as the real service adds them. A word's frequencies come from FTS5's
own index and are weighed in numpy: three times as fast as FTS5's bm25(), which also scores a word of half the documents
as nothing. Phrases are rarer: theirs are counted by bm25() and put right.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from local.search import analysis
from local.search.lengths import Lengths
from local.search.query_syntax import Boosted, Group, Phrase, Prefix, Query, Scoped, Without, Word
from local.search.schema import Field, Schema
from local.search.store import Store, Written
from local.search.vectors import Ids, Scores

K1, B = 1.2, 0.75  # the service's defaults, and those of bm25()
LEAST_IDF = 1e-6  # what FTS5's bm25() puts in the place of an idf that is not positive
CACHED_ROWS = 2_000_000  # 32 MB


@dataclass(frozen=True, slots=True)
class Scored:
    ids: Ids  # ascending, distinct
    scores: Scores


NOTHING = Scored(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64))


def added(found: Sequence[Scored]) -> Scored:
    """The union; a document's scores add up."""
    if not found:
        return NOTHING
    if len(found) == 1:
        return found[0]
    ids, places = np.unique(np.concatenate([part.ids for part in found]), return_inverse=True)
    weights = np.concatenate([part.scores for part in found])
    return Scored(ids, np.bincount(places, weights=weights, minlength=len(ids)).astype(np.float64))


def common(first: Scored, second: Scored) -> Scored:
    ids, one, two = np.intersect1d(first.ids, second.ids, assume_unique=True, return_indices=True)
    return Scored(ids, first.scores[one] + second.scores[two])


def kept(found: Scored, allowed: Ids) -> Scored:
    inside = np.isin(found.ids, allowed, assume_unique=True)
    return Scored(found.ids[inside], found.scores[inside])


def without(found: Scored, ids: Ids) -> Scored:
    outside = np.isin(found.ids, ids, assume_unique=True, invert=True)
    return Scored(found.ids[outside], found.scores[outside])


class FullText:
    """Over one store. Any thread; what was read before a write is forgotten."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self._store = store
        self._schema = schema
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, Scored] = OrderedDict()
        self._cached_rows = 0
        similarity = schema.body.part("similarity")
        self._k1, self._b = similarity.number("k1", K1), similarity.number("b", B)  # phrases keep the defaults
        self._lengths = {field.path: Lengths(store.text_lengths(field.path)) for field in schema.texts}
        self._generation = -1

    def change(self, written: Written) -> None:
        """Keep up with a write of the store."""
        for path, lengths in self._lengths.items():
            for number in written.dropped:
                lengths.set(number, 0)
            for number, put in written.put:
                lengths.set(number, len(put.texts.get(path, "").split()))

    def search(self, query: Query, weights: Mapping[str, float]) -> Scored:
        """Documents that match, in the fields that `weights` names."""
        self._forget_stale()
        fields = [(self._schema.by_path[path], weight) for path, weight in weights.items()]
        return self._found(query, fields) or NOTHING

    def _found(self, query: Query, fields: list[tuple[Field, float]]) -> Scored | None:
        """None where the query asks for nothing that can be looked for, such as a stop word."""
        match query:
            case Word(text):
                return self._word(text, fields)
            case Phrase(text):
                return self._phrase(text, fields)
            case Prefix(text):
                return self._prefix(text, fields)
            case Without(inner):
                excluded = self._found(inner, fields)
                return None if excluded is None else without(self._everything(), excluded.ids)
            case Scoped(path, inner):
                return self._found(inner, [(self._schema.by_path[path], 1.0)])
            case Boosted(inner, factor):
                found = self._found(inner, fields)
                return None if found is None else Scored(found.ids, found.scores * factor)
            case Group(every, parts):
                return self._all(parts, fields) if every else self._any(parts, fields)

    def _any(self, parts: Sequence[Query], fields: list[tuple[Field, float]]) -> Scored | None:
        found = [part for part in (self._found(part, fields) for part in parts) if part is not None]
        return added(found) if found else None

    def _all(self, parts: Sequence[Query], fields: list[tuple[Field, float]]) -> Scored | None:
        wanted = [self._found(part, fields) for part in parts if not isinstance(part, Without)]
        demanded = [part for part in wanted if part is not None]
        excluded = [self._found(part.inner, fields) for part in parts if isinstance(part, Without)]
        if not demanded and not excluded:
            return None
        found = reduce(common, demanded) if demanded else self._everything()
        return reduce(lambda left, part: without(left, part.ids), (part for part in excluded if part), found)

    def _everything(self) -> Scored:
        ids = np.array([row[0] for row in self._store.rows("select id from documents order by id")], dtype=np.int64)
        return Scored(ids, np.ones(len(ids)))

    # Leaves

    def _word(self, text: str, fields: list[tuple[Field, float]]) -> Scored | None:
        if any(analysis.is_stop_word(field.search_analyzer, text) for field, _ in fields):
            return None
        found = []
        for field, weight in fields:
            words = dict.fromkeys(token.term for token in analysis.tokens(field.search_analyzer, text))
            found += [self._posting(field, analysis.stored(word), weight, self._read_word) for word in words]
        return added(found)

    def _phrase(self, text: str, fields: list[tuple[Field, float]]) -> Scored | None:
        found, asked = [], False
        for field, weight in fields:
            placed: dict[int, str] = {}
            for token in analysis.tokens(field.search_analyzer, text):
                placed.setdefault(token.position, analysis.stored(token.term))
            if placed:
                asked = True
                found.append(self._posting(field, _quoted(" ".join(placed.values())), weight, self._read_match))
        return added(found) if asked else None

    def _prefix(self, text: str, fields: list[tuple[Field, float]]) -> Scored | None:
        """Every match scores the same, as a rewritten prefix query does."""
        found = []
        for field, weight in fields:
            plain = text.lower() if analysis.is_plain(field.search_analyzer) else analysis.folded(text.lower())
            part = self._posting(field, f"{_quoted(analysis.stored(plain))} *", 1.0, self._read_match)
            found.append(Scored(part.ids, np.full(len(part.ids), weight)))
        return added(found)

    def _posting(self, field: Field, asked: str, weight: float, read: Callable[[str, str], Scored]) -> Scored:
        name = f"{field.path} {asked}"
        with self._lock:
            found = self._cache.get(name)
            generation = self._generation
        if found is None:
            found = read(field.path, asked)
            self._remember(name, found, generation)
        return found if weight == 1 else Scored(found.ids, found.scores * weight)

    def _read_word(self, path: str, word: str) -> Scored:
        """One term, by the list of its occurrences: one row each, in the order of the documents."""
        sql = f"select doc from {self._store.table(path)}_words where term = ?"  # noqa: S608 - our own name
        rows = self._store.rows(sql, (word.lower(),))
        if not rows:
            return NOTHING
        ids, counts = np.unique(np.array(rows, dtype=np.int64), return_counts=True)
        lengths = self._lengths[path]
        weighed = self._k1 * (1 - self._b + self._b * lengths.of(ids) / lengths.average)
        return Scored(ids, np.log1p(self._odds(path, len(ids))) * counts * (self._k1 + 1) / (counts + weighed))

    def _read_match(self, path: str, match: str) -> Scored:
        """A phrase or a prefix, by FTS5's own score, with Lucene's rarity in the place of FTS5's."""
        table = self._store.table(path)
        sql = f"select rowid, bm25({table}) from {table} where {table} match ? order by rowid"  # noqa: S608 - our own name
        rows = self._store.rows(sql, (match,))
        if not rows:
            return NOTHING
        values = np.array(rows, dtype=np.float64)
        odds = self._odds(path, len(rows))
        theirs = np.log(odds) if odds > 1 else LEAST_IDF
        return Scored(values[:, 0].astype(np.int64), -values[:, 1] / theirs * np.log1p(odds))

    def _odds(self, path: str, matching: int) -> float:
        """Against meeting the word in a document that has the field."""
        return (max(self._lengths[path].documents - matching, 0) + 0.5) / (matching + 0.5)

    # What was read before stays true until the next write

    def _forget_stale(self) -> None:
        with self._lock:
            if self._generation != self._store.generation:
                self._generation = self._store.generation
                self._cache.clear()
                self._cached_rows = 0

    def _remember(self, name: str, found: Scored, generation: int) -> None:
        with self._lock:
            if generation != self._store.generation or name in self._cache:
                return
            self._cache[name] = found
            self._cached_rows += len(found.ids)
            while self._cached_rows > CACHED_ROWS:
                _, oldest = self._cache.popitem(last=False)
                self._cached_rows -= len(oldest.ids)


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
