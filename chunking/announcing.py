"""Lines that belong with the next one: a title without any mark of one, and the fields over a quoted mail."""

import re
from collections.abc import Sequence

from chunking.blocks import Block, BlockKind
from chunking.titles import OPENS_TEXT

_LONGEST_TITLE = 60  # characters
_ENDS_SENTENCE = frozenset(".;:!?…»,)")
_FIELD = re.compile(  # of the header of a mail that is quoted in a text
    r">?[^\S\n]?(?:(?:De|Envoyé|Date|À|A|Cc|Objet|From|Sent|To|Subject)[^\S\n]?:[^\S\n]|-{3,}[^\S\n]?(?:Message|Original))"
)


def announcing(blocks: Sequence[Block], texts: Sequence[str]) -> list[int]:
    """The indexes of the blocks after which a cut would part a title, or a field, from its text; last first.

    `texts` are the blocks' own.
    """
    found: list[int] = []
    short = [i for i, text in enumerate(texts[:-1]) if len(text) <= _LONGEST_TITLE and not text[0].islower()]
    for index in reversed(short):
        text, announces = texts[index], False
        if _may_entitle(text):
            before, following = texts[index - 1] if index else ".", texts[index + 1]
            if before[-1] in _ENDS_SENTENCE or (len(before) <= _LONGEST_TITLE and _may_entitle(before)):
                listed = blocks[index + 1].kind is BlockKind.LIST_ITEM
                announces = listed or _follows_a_title(following, text) or found[-1:] == [index + 1]
        if not announces and (":" in text[:10] or text[0] == "-"):
            announces = _FIELD.match(text) is not None
        if announces and _is_plain(blocks[index], blocks[index + 1]):
            found.append(index)
    return found


def _may_entitle(line: str) -> bool:
    return line[-1] not in _ENDS_SENTENCE and line[0].isupper()


def _follows_a_title(line: str, title: str) -> bool:
    """A line of prose, or a whole sentence that is longer than its title."""
    return len(line) > OPENS_TEXT or (len(line) > len(title) and line.rstrip()[-1:] in ".:")


def _is_plain(block: Block, following: Block) -> bool:
    """A paragraph over another or a list: what extraction knew to be more needs no guess."""
    return block.kind is BlockKind.PARAGRAPH and following.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
