"""Invented acts with what identifies people marked, `[[P Odile Vanneste]]`: of kinds that the corpus lacks.

Marks: P a person, L a lawyer, a judge or a clerk, A an address, D a date of someone's life, I an identifier, O what may
be hidden or not (a company's address, an officer). `acts` were looked at while rules were written. Each of the others
was measured before anybody looked at what was missed in it, and looked at since, for the causes: what the first look
gave stands in `docs/redaction.md`. What is missed in `acts_round_10_held_out` has not been looked at by those who write
rules: only its figures are read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
_ROUNDS = tuple(f"acts_round_{number}" for number in range(1, 11))
SETS = ("acts", "acts_held_out", "acts_unseen", *_ROUNDS, "acts_round_10_held_out")
_MARK = re.compile(r"\[\[([PLADIO]) (.+?)\]\]", re.DOTALL)

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Act:
    """A text and its marks, by their letter."""

    name: str
    text: str
    marks: dict[str, list[Range]]


def acts(folder: Path) -> Iterator[Act]:
    for path in sorted(folder.glob("*.txt")):
        yield parsed(path.stem, path.read_text("utf-8").rstrip("\n"))


def parsed(name: str, marked: str) -> Act:
    marks: dict[str, list[Range]] = {}
    pieces: list[str] = []
    done, length = 0, 0
    for mark in _MARK.finditer(marked):
        before = marked[done : mark.start()]
        start = length + len(before)
        marks.setdefault(mark[1], []).append((start, start + len(mark[2])))
        pieces += (before, mark[2])
        done, length = mark.end(), start + len(mark[2])
    return Act(name, "".join([*pieces, marked[done:]]), marks)
