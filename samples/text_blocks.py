"""The samples' text as blocks, read from `text/*.txt`: a few marks, explained by the table in `KINDS`.

`{name}` stands for an invented identifier. A footnote is marked `[^1]` where it is called and written on a line
`[^1]: …`. `**bold**` is the only mark within a line.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from samples.identifiers import IDENTIFIERS

TEXTS = Path(__file__).parent / "text"
KINDS = {"= ": "title", "> ": "centred", "# ": "heading", "## ": "clause", "- ": "item", "| ": "row"}
CALL = re.compile(r"\[\^(\d+)\]")
NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph or a table. `notes` are the footnotes that its text calls, by number."""

    kind: str  # a value of KINDS, "text", "table" or "break"
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


def raw(name: str) -> str:
    text = (TEXTS / f"{name}.txt").read_text("utf-8")
    for key, value in IDENTIFIERS.items():
        text = text.replace("{" + key + "}", value)
    return text


def pieces(name: str) -> list[Piece]:
    """The blocks of a text in order, with French typography."""
    lines = typeset(raw(name)).splitlines()
    notes = dict(re.findall(r"^\[\^(\d+)\]: (.+)$", "\n".join(lines), flags=re.MULTILINE))
    found: list[Piece] = []
    for line in lines:
        if not line or line.startswith("[^"):
            continue
        kind, text = kind_of(line)
        if kind == "row":
            cells = tuple(cell.strip() for cell in text.strip("|").split("|"))
            if found and found[-1].kind == "table":
                found[-1] = Piece("table", rows=(*found[-1].rows, cells))
            else:
                found.append(Piece("table", rows=(cells,)))
            continue
        found.append(Piece(kind, text, notes={number: notes[number] for number in CALL.findall(text)}))
    return found


def kind_of(line: str) -> tuple[str, str]:
    if line == "---":
        return "break", ""
    for mark, kind in KINDS.items():
        if line.startswith(mark):
            return kind, line[len(mark) :]
    return "text", line


def typeset(text: str) -> str:
    """Curly apostrophes, and the spaces that French typography does not break."""
    text = text.replace("'", "’")
    text = re.sub(r" ([;:!?»%€])", NBSP + r"\1", text)
    text = text.replace("« ", "«" + NBSP)
    return re.sub(r"(?<=\d) (?=\d{3}\b)", NBSP, text)
