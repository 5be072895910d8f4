"""A part as one text with its outline: where it may be cut, how gladly, and under which headings each place stands.

The text of a part is its blocks joined by an empty line, or by the end of a line inside a table, a list or an e-mail's
header. Boundaries lie where a pre-token of cl100k_base starts whatever surrounds it (after the last newline of a run
of blanks), which is what makes token counts add up exactly. Pure; changes no character of a block.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from chunking.blocks import Block, BlockKind, Part
from chunking.structure import LINE_START, Mark, Rank, heads_nothing, is_shouted, label, mark, may_open
from chunking.titles import title_at
from chunking.tokens import BLANKS

_LISTED = frozenset({BlockKind.LIST_ITEM, BlockKind.MAIL_HEADER})


_AMENDED = re.compile(r"(?:Modifié|Créé|Abrogé|Transféré|Version)", re.IGNORECASE)  # what a code says under a number


class Strength(IntEnum):
    """How gladly a boundary is made, strongest first. Headings come before, by their depth: 0 to 8."""

    CLAUSE = 9
    PARAGRAPH = 10
    ROW = 11  # between two rows of a table, two items of a list, two lines of an e-mail's header
    LOOSE = 12  # after a heading, a table's header row or "… :", which belong with what follows
    SENTENCE = 13
    PHRASE = 14
    WORD = 15


STRENGTHS = range(max(Strength) + 1)
type Boundary = tuple[int, int]  # offset, strength; plain, because a long document has one for every line


class Place(NamedTuple):
    """From `offset` on, the text stands under `path`; `article` is where the heading of its article starts, or -1."""

    offset: int
    path: tuple[str, ...]
    article: int = -1


@dataclass(slots=True)
class Outline:
    text: str
    blocks: Sequence[Block]
    starts: list[int]  # of each block, in `text`
    boundaries: list[Boundary] = field(default_factory=list)
    places: list[Place] = field(default_factory=lambda: [Place(0, ())])

    def blocks_in(self, start: int, end: int) -> range:
        """The indexes of the blocks that text[start:end] touches."""
        return range(max(bisect_right(self.starts, start) - 1, 0), bisect_right(self.starts, end - 1))


def text_of(part: Part) -> str:
    """The text that a part's chunks concatenate to."""
    return _joined(part.blocks)[0]


def outline_of(part: Part) -> Outline:
    outline = Outline(*_joined(part.blocks))
    _Reader(outline).read()
    return outline


def _joined(blocks: Sequence[Block]) -> tuple[str, Sequence[Block], list[int]]:
    """The text, the blocks, and where each starts in it."""
    pieces: list[str] = []
    starts = [0] if blocks else []
    at = 0
    for block, following in pairwise(blocks):
        plain = block.kind is BlockKind.PARAGRAPH and block.table is None and following.table is None
        joint = "\n\n" if plain or not _tight(block, following) else "\n"
        pieces += (block.text, joint)
        at += len(block.text) + len(joint)
        starts.append(at)
    return "".join((*pieces, blocks[-1].text)) if blocks else "", blocks, starts


def _tight(block: Block, following: Block) -> bool:
    if block.table is not None or following.table is not None:
        return block.table == following.table
    return block.kind is following.kind and block.kind in _LISTED


def boundary_at(text: str, offset: int) -> int | None:
    """The place nearest to `offset`, at or after it, where a cut after a newline is safe. None: only blanks follow."""
    if offset < len(text) and text[offset] not in BLANKS:
        return offset
    end = offset
    while end < len(text) and text[end] in BLANKS:
        end += 1
    if end == len(text):
        return None
    newline = max(text.rfind("\n", offset, end), text.rfind("\r", offset, end))
    return newline + 1 if newline >= 0 else offset


class _Heading(NamedTuple):
    label: str
    rank: Rank
    level: int  # as extraction saw it, 1 to 9; 0 where it saw none
    offset: int

    def holds(self, other: "_Heading") -> bool:
        """Whether `other` may stand below this one."""
        if self.rank is Rank.DOCUMENT:
            return True
        if self.rank is not Rank.GENERIC and other.rank is not Rank.GENERIC:
            return self.rank < other.rank
        if self.level and other.level:
            return self.level < other.level
        return self.level > 0 if self.rank is Rank.GENERIC else True


class _Reader:
    """Walks the blocks once, keeping the stack of headings that are open."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.open: list[_Heading] = []
        self.loose = False  # what came last belongs with what comes next
        self.entitling = title_at(outline.blocks)  # the block that is the title of the whole, or -1
        self.titled = -1  # a block that was taken as the title of the heading before it

    def read(self) -> None:
        blocks, starts, text = self.outline.blocks, self.outline.starts, self.outline.text
        bound, paragraph = self._bound, BlockKind.PARAGRAPH
        for index, block in enumerate(blocks):
            start, own = starts[index], block.text
            # Most blocks are paragraphs of prose, or lines of them: their first letters say that they open nothing.
            if block.kind is paragraph and not (may_open(own) or own.isupper()) and self._runs_on(index, block):
                strength: int = Strength.LOOSE if self.loose else Strength.PARAGRAPH
                self.loose = own.endswith(":")
            else:
                strength = self._enter(index, block, start)
            if index:
                bound(start if text[start] not in BLANKS else boundary_at(text, start), strength)
            if "\n" in own:
                self._read_lines(block, start)

    def _runs_on(self, index: int, block: Block) -> bool:
        return block.table is None and index not in (self.titled, self.entitling)

    def _enter(self, index: int, block: Block, start: int) -> int:
        """How gladly we cut before this block, once its heading, if it is one, is open."""
        if index == self.titled:
            self.loose = True
            return Strength.LOOSE
        found = self._mark(index, block)
        loose, self.loose = self.loose, block.kind is BlockKind.TABLE_HEADER or block.text.endswith(":")
        if found and found.label:
            level = block.level if block.kind is BlockKind.HEADING and not found.leaf else 0
            self._open(found, level, start, self._title(index, found))
            self.loose = "\n" not in block.text and len(block.text) <= 200
            return min(len(self.open) - 1, 8)
        if loose:
            return Strength.LOOSE
        if found:
            return Strength.CLAUSE
        return Strength.ROW if index and _tight(self.outline.blocks[index - 1], block) else Strength.PARAGRAPH

    def _mark(self, index: int, block: Block) -> Mark | None:
        kind = block.kind
        if kind is not BlockKind.PARAGRAPH and kind is not BlockKind.LIST_ITEM and kind is not BlockKind.HEADING:
            return None
        if index == self.entitling:
            return Mark(Rank.DOCUMENT, label(block.text))
        found = mark(block.text)
        if kind is BlockKind.HEADING and not heads_nothing(block.text):
            return found if found and found.label else Mark(Rank.GENERIC, label(block.text))
        if found and found.rank >= Rank.ROMAN and not self._entitles(index, block):
            return Mark(Rank.CLAUSE)
        if not found and is_shouted(block.text) and not heads_nothing(block.text) and self._entitles(index, block):
            return Mark(Rank.GENERIC, label(block.text))
        return found

    def _entitles(self, index: int, block: Block) -> bool:
        """Whether a numbered or shouted line heads what follows: a longer paragraph, not its like in a list."""
        before = self.outline.blocks[index - 1].kind if index else None
        following = self.outline.blocks[index + 1] if index + 1 < len(self.outline.blocks) else None
        if following is None or "\n" in block.text or following.kind is not BlockKind.PARAGRAPH:
            return False
        alone = block.kind is not BlockKind.LIST_ITEM or before is not BlockKind.LIST_ITEM
        return "bold" in block.style or (alone and len(following.text) >= 80)

    def _title(self, index: int, found: Mark) -> str:
        """The title of a bare heading ("ARTICLE 3"), where it is the next short block; that block is then its own."""
        blocks = self.outline.blocks
        if not found.bare or index + 2 >= len(blocks):
            return ""
        following = blocks[index + 1]
        heads = following.kind is BlockKind.HEADING or len(blocks[index + 2].text) > len(following.text)
        short = len(following.text) <= 100 and not following.text.rstrip().endswith((".", ";", ",", ":"))
        if (
            following.kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH)
            or not (heads and short)
            or mark(following.text)
            or _AMENDED.match(following.text)
        ):
            return ""
        self.titled = index + 1
        return f" – {label(following.text)}"

    def _open(self, found: Mark, level: int, offset: int, title: str = "") -> None:
        heading = _Heading(label(found.label + title) if title else found.label, found.rank, level, offset)
        keep = next((i for i in range(len(self.open), 0, -1) if self.open[i - 1].holds(heading)), 0)
        self.open[keep:] = [heading]
        path = tuple(above.label for above in self.open)
        article = next((above.offset for above in reversed(self.open) if above.rank is Rank.ARTICLE), -1)
        if self.outline.places[-1].offset == offset:
            self.outline.places.pop()
        self.outline.places.append(Place(offset, path, article))

    def _bound(self, offset: int | None, strength: int) -> None:
        known = self.outline.boundaries
        if offset is not None and (not known or known[-1][0] < offset):
            known.append((offset, strength))

    def _read_lines(self, block: Block, start: int) -> None:
        """The lines inside a block of several: text files and some PDFs keep much in one."""
        if block.kind in (BlockKind.TABLE_ROW, BlockKind.TABLE_HEADER):
            return
        text = self.outline.text
        for line in LINE_START.finditer(text, start + 1, start + len(block.text)):
            found = mark(text, line.end())
            offset = boundary_at(text, line.start())
            if not found or offset is None:
                continue
            names = found.label and found.rank not in (Rank.ROMAN, Rank.CAPITAL, Rank.NUMBER, Rank.PLEA)
            if names:
                self._open(found, 0, line.end())
            self._bound(offset, min(len(self.open) - 1, 8) if names else Strength.CLAUSE)
