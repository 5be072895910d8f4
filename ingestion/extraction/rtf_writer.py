"""What RTF's words have gathered, as blocks: paragraphs, rows of tables, and what hangs on them.

It must never look at a word of the file: that is `rtf.py`.
"""

from dataclasses import dataclass, field

from chunking.blocks import BlockKind
from ingestion.extraction.french import heading_level, list_level
from ingestion.extraction.reading import Composer

_SHORT_HEADING, _WITHOUT_STYLE = 120, 6


@dataclass(slots=True)
class Flow:
    """Text that is being gathered: the body, or a note, box, comment or margin beside it."""

    kind: str = "body"
    shown: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    beside: list["Flow"] = field(default_factory=list)  # what hangs on the paragraph, and comes after it
    done: list[str] = field(default_factory=list)  # the paragraphs of what is not the body
    bold: bool = True
    listed: bool = False


class Writer:
    """Writes the paragraphs of flows in their order; a table's rows are kept until it ends."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self.level = 0  # of the paragraph as a heading, from its style or itself
        self.in_table = False
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._notes = 0
        self._footers: dict[str, None] = {}
        self._headers: dict[str, None] = {}

    def end(self, flow: Flow) -> None:
        self.paragraph(flow)
        self._end_table(flow)
        for text in self._footers:
            self._composer.paragraph(text, style="footer")

    def close(self, flow: Flow, outer: Flow) -> None:
        """A flow that stands beside another has ended."""
        self.paragraph(flow)
        self._put_beside(flow, outer)

    def cell(self, flow: Flow) -> None:
        self._cells.append(_taken(flow).strip())

    def row(self) -> None:
        self._rows.append(self._cells)
        self._cells = []

    def paragraph(self, flow: Flow) -> None:
        if flow.kind != "body":
            text = _taken(flow).strip()
            flow.done += [text] if text else []
        elif self.in_table or self._cells:
            flow.shown.append(" ")  # another paragraph of the same cell
        else:
            self._body_paragraph(flow)
        self._composer.paragraph(_whole("".join(flow.hidden)), hidden=True)
        flow.hidden.clear()
        if not (self.in_table and flow.kind == "body"):
            beside, flow.beside = flow.beside, []
            for inner in beside:
                self._write_beside(inner)
        flow.bold, flow.listed = True, False

    def _body_paragraph(self, flow: Flow) -> None:
        text = " ".join(_taken(flow).split())
        if not text:
            return
        self._end_table(flow)
        level = self.level or (heading_level(text) if len(text) <= 80 or flow.bold else 0)
        if not level and flow.bold and 3 < len(text) <= _SHORT_HEADING and text[-1] not in ".,;":
            level = _WITHOUT_STYLE if any(c.isalpha() for c in text) else 0
        depth = list_level(text) or int(flow.listed)
        if level:
            self._composer.heading(text, level)
        elif depth:
            self._composer.add(BlockKind.LIST_ITEM, text, level=depth)
        else:
            self._composer.paragraph(text)

    def _end_table(self, flow: Flow) -> None:
        if self._cells:
            self.row()
        rows, self._rows = self._rows, []
        beside, flow.beside = flow.beside, []
        if rows:
            first = rows[0]
            header = len(rows) > 1 and len(first) > 1 and all(cell and len(cell) <= 60 for cell in first)
            self._composer.table(rows, header=header)
            for inner in beside:
                self._write_beside(inner)
        else:
            flow.beside = beside

    def _put_beside(self, flow: Flow, outer: Flow) -> None:
        """Margins at once, once each; what hangs on a paragraph when that is written."""
        if flow.kind not in ("header", "footer"):
            outer.beside.append(flow)
            return
        text, seen = " ".join(flow.done), self._headers if flow.kind == "header" else self._footers
        if any(c.isalpha() for c in text) and text not in seen:
            seen[text] = None
            if flow.kind == "header":
                self._composer.paragraph(text, style="header")

    def _write_beside(self, flow: Flow) -> None:
        text = " ".join(flow.done)
        match flow.kind:
            case "note":
                self._notes += 1
                self._composer.add(BlockKind.FOOTNOTE, f"{self._notes} {text}" if text else "")
            case "comment":
                self._composer.flag("comments")
                self._composer.paragraph(text, style="comment")
            case _:
                for line in flow.done:
                    self._composer.paragraph(line)


def _taken(flow: Flow) -> str:
    text = _whole("".join(flow.shown))
    flow.shown.clear()
    return text


def _whole(text: str) -> str:
    """Characters beyond the sixteen bits that \\u has come as two."""
    if text and max(text) >= "\ud800" and any("\ud800" <= letter <= "\udfff" for letter in text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
