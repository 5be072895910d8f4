"""What a reader of one format gives, and the composer that all of them write blocks with.

A reader is a pure function `(data, Limits) -> Reading`. It raises `Park` for what it cannot read, opens no file and no
connection, and never recurses: attachments are handed back, and the tree reads them within the document's limits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from chunking.blocks import Block, BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.french import begins_apart, put_together
from ingestion.extraction.hygiene import one_line
from ingestion.extraction.limits import Limits


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file within a file. `name` is content; `refused` says why its bytes could not be had."""

    name: str
    data: bytes
    refused: ParkReason | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    blocks: tuple[Block, ...]
    pages: int = 0
    title: str = ""  # only where the format has one of its own that can be trusted: a mail's subject
    metadata: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


WITHOUT_TEXT = "page_without_text"  # the flag of a part some of whose pages are pictures that nobody could read
Reader = Callable[[bytes, Limits], Reading]


def without_covered_end(row: list[str], cells: int) -> list[str]:
    """A row of a table, of which so many cells are its own, without those at its end that a cell reaches over."""
    end = len(row)
    while end > cells and not row[end - 1]:
        end -= 1
    return row[:end]


class Composer:
    """Collects blocks in reading order, cleans their text, drops empty ones and holds the limit on characters."""

    def __init__(self, limits: Limits) -> None:
        self._left = limits.characters
        self._cells_left = limits.cells
        self._tables = 0
        self._blocks: list[Block] = []
        self._flags: dict[str, None] = {}

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        page: int | None = None,
        table: int | None = None,
        hidden: bool = False,
        style: str = "",
        position: tuple[float, float] | None = None,
    ) -> None:
        if position is None and begins_apart(text):  # where there is geometry, it has told
            text = put_together(text)
        text = one_line(text)
        if not text:
            return
        self._left -= len(text)
        if self._left < 0:
            raise Park(ParkReason.TOO_LARGE)
        if hidden:
            self.flag("hidden_text")
        self._blocks.append(Block(kind, text, level, page, table, hidden, style, position))

    def paragraph(self, text: str, *, page: int | None = None, hidden: bool = False, style: str = "") -> None:
        self.add(BlockKind.PARAGRAPH, text, page=page, hidden=hidden, style=style)

    def heading(self, text: str, level: int, *, page: int | None = None, style: str = "") -> None:
        self.add(BlockKind.HEADING, text, level=min(max(level, 1), 9), page=page, style=style)

    def table(
        self, rows: list[list[str]], *, header: bool = False, page: int | None = None, hidden: bool = False
    ) -> None:
        """Rows of one table; `header` says that the first of them names the columns."""
        self._tables += 1
        for index, row in enumerate(rows):
            self.row(row, self._tables, header=header and index == 0, page=page, hidden=hidden)

    def new_table(self) -> int:
        self._tables += 1
        return self._tables

    def row(
        self, cells: list[str], table: int, *, header: bool = False, page: int | None = None, hidden: bool = False
    ) -> None:
        self._cells_left -= len(cells)
        if self._cells_left < 0:
            raise Park(ParkReason.TOO_LARGE)
        texts = [one_line(cell) for cell in cells]
        if any(texts):
            kind = BlockKind.TABLE_HEADER if header else BlockKind.TABLE_ROW
            self.add(kind, " | ".join(texts), page=page, table=table, hidden=hidden)

    def retype(self, start: int, end: int, kind: BlockKind) -> None:
        """Gives the text blocks from `start` up to `end` another kind; rows of tables stay rows."""
        for index in range(start, end):
            block = self._blocks[index]
            if block.table is None:
                self._blocks[index] = replace(block, kind=kind, level=0)

    def flag(self, flag: str) -> None:
        self._flags[flag] = None

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(self._blocks)

    @property
    def flags(self) -> tuple[str, ...]:
        return tuple(self._flags)

    def reading(self, *, pages: int = 0, metadata: Mapping[str, str] | None = None) -> Reading:
        return Reading(self.blocks, pages, "", metadata or {}, self.flags)
