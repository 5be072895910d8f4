"""The title that a document gives itself: the line that opens its text and stands over all of it.

It heads the path of every chunk, so that "Article 5" is embedded as article 5 of a commercial lease. A file's name is
none: it changes without the document. Where it is not plain that a line entitles the whole, there is no title: a wrong
one would stand over every chunk.
"""

import re
from collections.abc import Sequence

from chunking.blocks import Block, BlockKind
from chunking.structure import heads_nothing, is_shouted, mark

_LINES = (BlockKind.HEADING, BlockKind.PARAGRAPH)
_AMONG = 4  # blocks: a title comes after a letterhead or a formula, not after text
_LONGEST_BEFORE = 60  # characters of what may come before it
OPENS_TEXT = 80  # characters: a line above a paragraph of that length heads the paragraph, not the document
_WORDED = re.compile(r"[^\W\d_]{5}")  # "STATUTS", "ACTE DE CESSION"; not the initials of whoever typed it


_ACT = re.compile(
    r"(?:Arrêté|Code(?= \w)|Décret|Loi|Ordonnance|Circulaire|Délibération|Règlement|Avenant|Bail|Contrat|Convention"
    r"|Protocole|Accord|Acte|Compromis|Promesse|Pacte|Statuts|Procès[- ]verbal|Assignation|Conclusions|Requête"
    r"|Mise en demeure|Attestation|Rapport|Note|Mémoire|Consultation|Transaction|Testament|Donation|Jugement|Arrêt"
    r"|Cahier des charges|Conditions (?:générales|particulières))\b(?!.*[.;,:]$)",
    re.IGNORECASE,
)
_LONGEST_ACT = 200


def title_at(blocks: Sequence[Block]) -> int:
    """The index of the block that is the document's title, or -1."""
    for index, block in enumerate(blocks[:_AMONG]):
        if heads_nothing(block.text):
            continue
        if mark(block.text) or "\n" in block.text:
            return -1
        if len(block.text) <= _LONGEST_ACT and _ACT.match(block.text) and block.kind in _LINES:
            return index
        if block.kind is BlockKind.HEADING and _WORDED.search(block.text):
            return index if _stands_alone(blocks, block) or _is_followed_by_heading(blocks, index) else -1
        if block.kind is not BlockKind.PARAGRAPH:
            return -1
        if is_shouted(block.text) and _WORDED.search(block.text):
            return index if _is_followed_by_a_line(blocks, index) else -1
        if len(block.text) > _LONGEST_BEFORE:
            return -1
    return -1


def _stands_alone(blocks: Sequence[Block], heading: Block) -> bool:
    """No other heading is of its level or above it, but those that the law numbers: they stand below anyway."""
    levels = [
        it.level for it in blocks if it.kind is BlockKind.HEADING and not (mark(it.text) or heads_nothing(it.text))
    ]
    return heading.level == min(levels) and levels.count(heading.level) == 1


def _is_followed_by_heading(blocks: Sequence[Block], index: int) -> bool:
    """As a title in Word is, whose own level is that of the headings below it."""
    return index + 1 < len(blocks) and blocks[index + 1].kind is BlockKind.HEADING


def _is_followed_by_a_line(blocks: Sequence[Block], index: int) -> bool:
    return index + 2 < len(blocks) and len(blocks[index + 1].text) < OPENS_TEXT
