"""How lists of hits become one order: reciprocal rank fusion, the sort, and a small semantic ranker. Pure.

Scores leave as float32, because the service's are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from local.search import analysis
from local.search.full_text import Scored
from local.search.vectors import Ids, Scores

RANK_CONSTANT = 60  # score = Σ weight / (60 + rank), rank from 0: seven recorded scores reproduce
TEXT_RECALL = 1000  # how deep the text list goes into a fusion
RERANKED = 50  # how many hits the semantic ranker sees
PROXIMITY = 12  # words: the window in which a question's words count as near each other


@dataclass(frozen=True, slots=True)
class Ranked:
    """Best first."""

    ids: Ids
    scores: Scores


def by_score(found: Scored) -> Ranked:
    """Ties in the order of insertion, so that paging is stable."""
    order = np.lexsort((found.ids, -found.scores))
    return Ranked(found.ids[order], found.scores[order])


def fused(lists: Sequence[tuple[Ranked, float]]) -> Ranked:
    """Each list with its weight."""
    totals: dict[int, float] = {}
    for ranked, weight in lists:
        for rank, number in enumerate(ranked.ids.tolist()):
            totals[number] = totals.get(number, 0.0) + weight / (RANK_CONSTANT + rank)
    ids = np.fromiter(totals, dtype=np.int64, count=len(totals))
    scores = np.fromiter(totals.values(), dtype=np.float64, count=len(totals))
    order = np.lexsort((ids, -scores.astype(np.float32)))
    return Ranked(ids[order], scores[order])


def wire_score(score: float, *, is_fused: bool) -> float:
    """As recorded: a fused score is the float32 widened, any other its shortest decimal."""
    narrow = np.float32(score)
    return float(narrow) if is_fused else float(str(narrow))


def ordered(ids: Ids, keys: Sequence[tuple[Mapping[int, int], bool]], scores: Scores) -> Ranked:
    """By several keys (rank of the value by id, descending?), nulls first when ascending, then by score."""
    columns = [ids, -scores]
    for ranks, descending in reversed(keys):
        column = np.array([ranks.get(number, -1) for number in ids.tolist()], dtype=np.int64)
        columns.append(-column if descending else column)
    order = np.lexsort(columns)
    return Ranked(ids[order], scores[order])


def semantic_score(question: str, texts: Sequence[str]) -> float:
    """0 to 4: how much of the question the text covers, and how near its words stand. Deterministic, no model."""
    asked = {token.term for token in analysis.tokens("fr.microsoft", question)}
    if not asked:
        return 0.0
    places: dict[str, list[int]] = {}
    for token in analysis.tokens("fr.microsoft", "\n".join(texts)):
        if token.term in asked:
            places.setdefault(token.term, []).append(token.position)
    coverage = len(places) / len(asked)
    return round(4 * coverage * (0.7 + 0.3 * _nearness(places)), 6)


def _nearness(places: Mapping[str, list[int]]) -> float:
    """The largest share of the found words that one window holds."""
    everywhere = sorted((place, word) for word, found in places.items() for place in found)
    best, first = 0, 0
    for last, (place, _) in enumerate(everywhere):
        while place - everywhere[first][0] > PROXIMITY:
            first += 1
        best = max(best, len({word for _, word in everywhere[first : last + 1]}))
    return best / len(places) if places else 0.0
