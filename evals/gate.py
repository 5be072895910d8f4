"""Has retrieval become worse? Each question's score against a committed baseline, by paired bootstrap.

A baseline is one JSON file per set: the SHA-256 of the set that it was measured on, and the score of each question.
Another content of the same name has no baseline. The gate fails when the questions' mean has fallen by more than
`TOLERANCE` and the bootstrap leaves at most one chance in twenty that this is luck. Resampling is seeded.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BASELINES = Path(__file__).with_name("baselines")
TOLERANCE = 0.002  # of nDCG: below it nobody would notice
CHANCE = 0.05
SAMPLES = 10_000
SEED = 20260401


class Regression(AssertionError):
    """Retrieval became worse than the baseline that is committed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Differences in points of a hundredth of nDCG."""

    change: float
    luck: float  # the share of resamplings in which the mean did not fall
    questions: int

    @property
    def passed(self) -> bool:
        return self.change >= -100 * TOLERANCE or self.luck > CHANCE


def verdict(before: Mapping[str, float], after: Mapping[str, float]) -> Verdict:
    """Over the questions that both know."""
    shared = sorted(set(before) & set(after))
    differences = np.array([after[it] - before[it] for it in shared]) if shared else np.zeros(1)
    draw = np.random.default_rng(SEED)
    means = np.array([draw.choice(differences, len(differences)).mean() for _ in range(SAMPLES)])
    return Verdict(100 * float(differences.mean()), float((means >= 0).mean()), len(shared))


def baseline(name: str, digest: str, folder: Path = BASELINES) -> Mapping[str, float] | None:
    """The scores of the questions of a set, or None where this content was never accepted."""
    file = folder / f"{name}.json"
    if not file.exists():
        return None
    kept = json.loads(file.read_text())
    scores: dict[str, float] = kept["ndcg"]
    return scores if kept["set"] == digest else None


def accept(name: str, digest: str, scores: Mapping[str, float], folder: Path = BASELINES) -> None:
    """From now on, this is what the set is measured against."""
    folder.mkdir(exist_ok=True)
    rounded = {it: round(score, 4) for it, score in sorted(scores.items())}
    body = json.dumps({"set": digest, "ndcg": rounded}, indent=0, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{body}\n", encoding="utf-8")
