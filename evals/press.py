"""Press with persons marked, in CoNLL-like columns (HIPE-2022, Europeana): read into documents as text with spans.

`documents` keeps the documents of a file apart, so that each can be held out of training; a file without marks between
documents is cut into pieces of equal length.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Range = tuple[int, int]
PIECE = 4_000  # tokens of a file that marks no documents
PARTS = 5  # each document belongs to one of so many parts; each part is held out of training in turn


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the persons in it."""

    name: str
    text: str
    persons: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Row:
    word: str
    person: bool
    begins: bool
    glued: bool  # no blank follows
    last: bool  # of its line


def documents(path: Path, *, spaced: bool = True) -> Iterator[Marked]:
    """`spaced`: words joined by blanks, as the sets are often given; else as they were printed."""
    for index, rows in enumerate(_pieces(path)):
        yield _rendered(f"{path.stem}-{index}", rows, spaced=spaced)


def part(marked: Marked) -> int:
    return int(marked.name.rpartition("-")[2]) % PARTS


def _pieces(path: Path) -> Iterator[list[Row]]:
    rows: list[Row] = []
    for line in path.read_text("utf-8").split("\n"):
        if "document_id" in line and line.startswith("#") and rows:
            yield rows
            rows = []
        cells = line.replace("\t", " ").split(" ")
        if line.startswith(("#", "TOKEN")) or len(cells) < 2 or not cells[0]:
            continue
        if len(rows) >= PIECE and len(cells) == 2 and not _is_person(cells[1]):
            yield rows
            rows = []
        rows.append(
            Row(cells[0], _is_person(cells[1]), cells[1].startswith("B"), "NoSpaceAfter" in cells[-1],
                "EndOfLine" in cells[-1])
        )  # fmt: skip
    if rows:
        yield rows


def _is_person(tag: str) -> bool:
    return tag[2:].lower().startswith("per")


def _rendered(name: str, rows: list[Row], *, spaced: bool) -> Marked:
    pieces: list[str] = []
    persons: list[Range] = []
    at, inside = 0, False
    for row in rows:
        if row.person and inside and not row.begins:
            persons[-1] = (persons[-1][0], at + len(row.word))
        elif row.person:
            persons.append((at, at + len(row.word)))
        inside = row.person
        gap = " " if spaced or not row.glued else ""
        gap = gap if spaced or not row.last else "\n"
        pieces += (row.word, gap)
        at += len(row.word) + len(gap)
    return Marked(name, "".join(pieces), tuple(persons))
