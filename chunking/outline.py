"""A part as one text with its outline: where it may be cut, how gladly, and under which headings each place stands.

The text of a part is its blocks joined by an empty line, or by the end of a line inside a table, a list or an e-mail's
header. Pure; changes no character of a block.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, compress, count, islice, pairwise, zip_longest
from operator import add, lt
from typing import NamedTuple

from chunking.announcing import announcing
from chunking.blocks import Block, BlockKind, Part, maker
from chunking.boundaries import DEEPEST, Boundaries, Boundary, Strength, boundary_at, in_order
from chunking.headings import OpenHeadings, new_heading
from chunking.openings import LINE_START, may_open
from chunking.ranks import Rank
from chunking.structure import MAX_LABEL, Mark, heads_nothing, indent, is_shouted, label, mark, mark_of
from chunking.titles import OPENS_TEXT, title_at
from chunking.tokens import BLANKS

APART = "\n\n"  # between two blocks
_LISTED = frozenset({BlockKind.LIST_ITEM, BlockKind.MAIL_HEADER})
_NEEDS_PROSE = frozenset({Rank.ROMAN, Rank.CAPITAL, Rank.NUMBER, Rank.SMALL, Rank.PLEA})

_AMENDED = re.compile(r"(?:Modifié|Créé|Abrogé|Transféré|Version)", re.IGNORECASE)  # what a code says under a number


class Place(NamedTuple):
    """From `offset` on, the text stands under `path`; `article` is where the heading of its article starts, or -1."""

    offset: int
    path: tuple[str, ...]
    article: int = -1


new_place = maker(Place)


@dataclass(slots=True)
class Outline:
    text: str
    blocks: Sequence[Block]
    texts: list[str]  # of each block
    starts: list[int]  # of each block, in `text`
    kinds: frozenset[BlockKind]  # that occur
    has_tables: bool
    has_lines: bool  # inside a block
    boundaries: Boundaries = field(default_factory=lambda: Boundaries([], []))
    places: list[Place] = field(default_factory=lambda: [Place(0, ())])

    def blocks_in(self, start: int, end: int) -> range:
        """The indexes of the blocks that text[start:end] touches."""
        return range(max(bisect_right(self.starts, start) - 1, 0), bisect_right(self.starts, end - 1))


def text_of(part: Part) -> str:
    """The text that a part's chunks concatenate to."""
    return _joined(part.blocks).text


def outline_of(part: Part) -> Outline:
    outline = _joined(part.blocks)
    _Reader(outline).read()
    return outline


def _joined(blocks: Sequence[Block]) -> Outline:
    """The text of the blocks, and where each starts in it."""
    texts = [block.text for block in blocks]
    kinds = frozenset({block.kind for block in blocks})
    has_tables = not {block.table for block in blocks} <= {None}
    if has_tables or not kinds.isdisjoint(_LISTED):
        joints = ["\n" if _tight(block, following) else APART for block, following in pairwise(blocks)]
        text = "".join(chain.from_iterable(zip_longest(texts, joints, fillvalue="")))
        lengths = list(map(add, map(len, texts), map(len, joints)))
        newlines = sum(map(len, joints))
    else:
        text = APART.join(texts)
        lengths = [len(it) + len(APART) for it in texts]
        newlines = len(APART) * max(len(texts) - 1, 0)
    has_lines = text.count("\n") > newlines
    starts = list(islice(accumulate(lengths, initial=0), len(texts)))
    return Outline(text, blocks, texts, starts, kinds, has_tables, has_lines)


def _tight(block: Block, following: Block) -> bool:
    if block.table is not None or following.table is not None:
        return block.table == following.table
    return block.kind is following.kind and block.kind in _LISTED


class _Reader:
    """Walks the blocks that may open something; what runs on between them is a paragraph of prose, or a line of it."""

    def __init__(self, outline: Outline) -> None:
        self.outline, self.blocks = outline, outline.blocks
        self.open = OpenHeadings()
        self.strengths: list[int] = [Strength.PARAGRAPH] * (len(outline.blocks) + 1)  # of the boundary before a block
        self.entitling = title_at(outline.blocks)  # the block that is the title of the whole, or -1
        self.titled = -1  # a block that was taken as the title of the heading before it
        self.headed = -1  # the last block that was taken as a heading
        self.lines: list[Boundary] = []  # inside blocks

    def read(self) -> None:
        starts = self.outline.starts
        for index, found in self._openings():
            block = self.blocks[index]
            if index != self.titled:
                self._enter(index, block, starts[index], found)
            if self.outline.has_lines and "\n" in block.text:
                self._read_lines(block, starts[index])
        self.outline.boundaries = self._boundaries()

    def _openings(self) -> Iterator[tuple[int, Mark | None]]:
        """The blocks to look at, and what they open: most are prose, and their first letters say that it is nothing."""
        blocks, texts, strengths = self.blocks, self.outline.texts, self.strengths
        loose, paragraph = Strength.LOOSE.value, Strength.PARAGRAPH.value
        strengths[1:] = [loose if text[-1] == ":" else paragraph for text in texts]
        for index in announcing(blocks, texts):
            strengths[index + 1] = loose
        looked_at = set(compress(count(), map(str.isupper, texts))) | self._no_plain_lines()
        for index in sorted(looked_at.union(may_open(texts))):
            found = mark_of(texts[index])
            if found or index in looked_at:
                yield index, found

    def _no_plain_lines(self) -> set[int]:
        """The blocks that are more than a paragraph of one line, and the title of the whole."""
        special = {self.entitling} if self.entitling >= 0 else set()
        if self.outline.has_tables or self.outline.kinds != {BlockKind.PARAGRAPH}:
            plain = BlockKind.PARAGRAPH
            special |= {i for i, it in enumerate(self.blocks) if it.kind is not plain or it.table is not None}
        if self.outline.has_lines:
            special |= {i for i, text in enumerate(self.outline.texts) if "\n" in text}
        return special

    def _boundaries(self) -> Boundaries:
        """One at each place; a block that starts with blanks begins where a cut is safe."""
        texts, offsets, strengths = self.outline.texts[1:], self.outline.starts[1:], self.strengths[1:-1]
        for i in [i for i, text in enumerate(texts) if text[0] in BLANKS]:
            safe = boundary_at(self.outline.text, offsets[i])
            offsets[i] = -1 if safe is None else safe
        if self.lines or not all(map(lt, (0, *offsets), offsets)):
            return in_order((*zip(offsets, strengths, strict=True), *self.lines))
        return Boundaries(offsets, strengths)

    def _enter(self, index: int, block: Block, start: int, opened: Mark | None) -> None:
        """Say how gladly we cut before this block and after it, once its heading, if it is one, is open."""
        found = self._mark(index, block, opened)
        strengths = self.strengths
        if found and found.label:
            level = block.level if block.kind is BlockKind.HEADING and not found.leaf else 0
            depth = self._open(found, level, start, self._title(index) if found.bare else "")
            self.headed = index
            strengths[index] = min(depth, DEEPEST)
            if self.titled == index + 1:
                strengths[index + 1] = strengths[index + 2] = Strength.LOOSE
            elif len(block.text) <= 200 and "\n" not in block.text:
                strengths[index + 1] = Strength.LOOSE
            return
        if strengths[index] == Strength.LOOSE:
            pass
        elif found:
            strengths[index] = Strength.CLAUSE
        elif index and _tight(self.blocks[index - 1], block):
            strengths[index] = Strength.ROW
        if block.kind is BlockKind.TABLE_HEADER:
            strengths[index + 1] = Strength.LOOSE

    def _mark(self, index: int, block: Block, found: Mark | None) -> Mark | None:
        """What the block opens where it stands, whose first line opens what was `found`."""
        kind = block.kind
        if kind is not BlockKind.PARAGRAPH and kind is not BlockKind.LIST_ITEM and kind is not BlockKind.HEADING:
            return None
        if index == self.entitling:
            return Mark(Rank.DOCUMENT, label(block.text))
        if kind is BlockKind.HEADING and not heads_nothing(block.text):
            return found if found and found.label else Mark(Rank.GENERIC, label(block.text))
        if found and found.rank >= Rank.ROMAN and not (found.label and self._entitles(index, block, found)):
            return Mark(Rank.CLAUSE)
        if (
            not found
            and is_shouted(block.text.strip())
            and not heads_nothing(block.text)
            and self._entitles(index, block)
        ):
            return Mark(Rank.GENERIC, label(block.text))
        return found

    def _entitles(self, index: int, block: Block, found: Mark | None = None) -> bool:
        """Whether a numbered or shouted line heads what follows: prose, or a heading below; not its like in a list."""
        before = self.blocks[index - 1].kind if index else None
        following = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
        if following is None or "\n" in block.text:
            return False
        if following.kind is BlockKind.LIST_ITEM:
            return found is not None and self._leads_to_prose(index + 1, found)
        if following.kind not in (BlockKind.PARAGRAPH, BlockKind.HEADING):
            return False
        if "bold" in block.style:
            return True
        if block.kind is BlockKind.LIST_ITEM and before is BlockKind.LIST_ITEM and self.headed != index - 1:
            return False
        if found and self.open.counts_on(found):
            return True
        if found and found.rank is Rank.SMALL and found.number != (1,):
            return False
        return self._is_prose(index + 1) or (found is not None and _may_stand_below(mark_of(following.text), found))

    def _leads_to_prose(self, index: int, above: Mark, depth: int = 3) -> bool:
        """The first of another series than `above`, over a paragraph: "A. Sur la faute", "1. En droit", the text."""
        found = mark_of(self.blocks[index].text)
        following = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
        if found is None or following is None or not _may_stand_below(found, above):
            return False
        if following.kind is BlockKind.LIST_ITEM:
            return depth > 0 and self._leads_to_prose(index + 1, found, depth - 1)
        return following.kind is BlockKind.PARAGRAPH and self._is_prose(index + 1)

    def _is_prose(self, index: int) -> bool:
        """A paragraph, or a line of one: the next line goes on with it."""
        text = self.blocks[index].text
        if len(text) >= OPENS_TEXT:
            return True
        return len(text) >= 40 and index + 1 < len(self.blocks) and self.blocks[index + 1].text[0].islower()

    def _title(self, index: int) -> str:
        """The title of a bare heading ("ARTICLE 3"), where it is the next short block; that block is then its own."""
        texts = self.outline.texts
        if index + 2 >= len(texts) or len(title := texts[index + 1]) > 100:
            return ""
        kind = self.blocks[index + 1].kind
        if kind is not BlockKind.HEADING and (kind is not BlockKind.PARAGRAPH or len(texts[index + 2]) <= len(title)):
            return ""
        if title.rstrip().endswith((".", ";", ",", ":")) or mark_of(title) or _AMENDED.match(title):
            return ""
        self.titled = index + 1
        return f" – {label(title)}"

    def _open(self, found: Mark, level: int, offset: int, title: str = "") -> int:
        """How many headings stand over it."""
        named = found.label + title
        if title and (len(named) > MAX_LABEL or named[-1] == " "):
            named = label(named)
        text, places, headings = self.outline.text, self.outline.places, self.open
        at = offset + indent(text[offset : offset + 80]) if text[offset].isspace() else offset
        depth = headings.open(new_heading((named, found, level, at)))
        if places[-1][0] == offset:
            places.pop()
        places.append(new_place((offset, headings.path, headings.article)))
        return depth

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
            strength: int = Strength.CLAUSE
            if found.label and found.rank not in _NEEDS_PROSE:
                strength = min(self._open(found, 0, line.end()), DEEPEST)
            self.lines.append((offset, strength))


def _may_stand_below(found: Mark | None, heading: Mark) -> bool:
    """The first of another series, or "Sur …": what a title without a text of its own is followed by."""
    if found is None or not found.label:
        return False
    if found.rank is Rank.PLEA:
        return True
    return found.rank >= Rank.ROMAN and found.number[-1:] == (1,) and found.rank is not heading.rank
