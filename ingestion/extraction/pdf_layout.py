"""From the lines of a PDF's pages to blocks: running lines go, paragraphs are told apart, headings and lists are named.

Pure: lines in, blocks out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chunking.blocks import BlockKind
from ingestion.extraction.french import heading_level, is_bullet, list_level, upper_case
from ingestion.extraction.pdf_columns import are_names
from ingestion.extraction.pdf_edges import Where, running_lines, running_tables
from ingestion.extraction.pdf_notes import LOWER
from ingestion.extraction.pdf_page import Page
from ingestion.extraction.pdf_paragraphs import Paragraph, paragraphs
from ingestion.extraction.pdf_rows import whole_lines
from ingestion.extraction.reading import Composer

_GLUED_MARK = re.compile(r"^(?:[⁰¹²³⁴-⁹]{1,3}\s?|\d{1,3}(?=[A-ZÀ-ÖØ-Þ«]))")
_LEADERS = re.compile(r"\s?(?:(?:\.\s?){5,}|(?:_\s?){5,})")
_AROUND_WORDS = '.,;:!?()[]«»"“”…'
_LARGE = 1.12  # of the body's size: a heading
_LONGEST_HEAD = 200  # characters
_HEADS, _OF_ALL = 12, 0.2  # more paragraphs of one size than that, and more of all characters, are no headings
OCR_STYLE, LOW_OCR_STYLE = "ocr", "ocr_low"  # of blocks, so that a page read badly can be read again


def compose(pages: Sequence[Page], composer: Composer) -> str:
    """Writes the blocks of all pages; returns the running head, which may be the only place of a case number."""
    heights = [page.height for page in pages]
    running = running_lines([page.lines for page in pages], heights)
    boxes = running_tables([page.tables for page in pages], heights)
    head = _running_head(pages, running)
    kept = [_whole(_without(page, index, running, boxes)) for index, page in enumerate(pages)]
    sizes = _body_sizes(kept)
    vocabulary = _vocabulary(kept)
    found = list(paragraphs(kept, sizes, vocabulary))
    _write(found, sizes, composer, {page.number: _style(page) for page in pages if page.ocr})
    return head


def _whole(page: Page) -> Page:
    lines = whole_lines(page.lines)
    return page if len(lines) == len(page.lines) else replace(page, lines=lines)


def _style(page: Page) -> str:
    return LOW_OCR_STYLE if page.doubtful else OCR_STYLE


def _vocabulary(pages: Sequence[Page]) -> set[str]:
    """The document's words, where a broken line will ask for them."""
    if not any(line.broken for page in pages for line in page.lines):
        return set()
    words = set(" ".join([line.text for page in pages for line in page.lines]).lower().split())
    return {word.strip(_AROUND_WORDS) for word in words}


def _without(page: Page, index: int, running: set[Where], boxes: set[Where]) -> Page:
    if not running and not boxes:
        return page
    lines = tuple(line for i, line in enumerate(page.lines) if (index, i) not in running)
    return replace(page, lines=lines, tables=tuple(t for i, t in enumerate(page.tables) if (index, i) not in boxes))


def _running_head(pages: Sequence[Page], running: set[tuple[int, int]]) -> str:
    texts = (pages[page].lines[index] for page, index in sorted(running))
    return next((line.text for line in texts if re.search(r"[^\W\d]{3}", line.text)), "")


def _body_sizes(pages: Sequence[Page]) -> float:
    """The height in which most of the text is set."""
    counts: dict[float, int] = {}
    for page in pages:
        for line in page.lines:
            counts[line.height] = counts.get(line.height, 0) + len(line.text)
    rounded: Counter[float] = Counter()
    for height, characters in counts.items():
        rounded[round(height, 1)] += characters
    return rounded.most_common(1)[0][0] if rounded else 0.0


def _write(found: Sequence[Paragraph], body: float, composer: Composer, styles: Mapping[int, str]) -> None:
    ranks = _heading_ranks(found, body)
    lowest = min(len(set(ranks.values())) + 1, 7)  # of a heading that only its weight shows
    for paragraph in found:
        if paragraph.table is not None:
            rows = [list(row) for row in paragraph.table]
            composer.table(rows, header=_names_columns(rows), page=paragraph.page)
            continue
        kind, level = _kind(paragraph, ranks, lowest)
        first = paragraph.first
        style = paragraph.hidden or styles.get(paragraph.page) or ("bold" if first.bold else "")
        composer.add(
            kind, _text_of(paragraph), level=level, page=paragraph.page, hidden=bool(paragraph.hidden), style=style,
            position=(round(first.x0, 1), round(first.y, 1)),
        )  # fmt: skip


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a head: it is, but where it is like all others a name with its value."""
    if len(rows) < 2 or len(rows[0]) != 2 or not are_names([name for name, _ in rows]):
        return len(rows) > 1
    figures = [any(map(str.isdecimal, value)) for _, value in rows]
    return not figures[0] and all(figures[1:])


def _text_of(paragraph: Paragraph) -> str:
    text = f"{paragraph.text}-" if paragraph.last.broken else paragraph.text
    if paragraph.note:
        text = _GLUED_MARK.sub(lambda match: match.group().strip().translate(LOWER) + " ", text)
    if "....." in text or ". . . ." in text or "_____" in text or "_ _ _ _" in text:
        text = _LEADERS.sub(" … ", text)
    return text


def _heading_ranks(found: Iterable[Paragraph], body: float) -> dict[float, int]:
    """Levels by size. A size that much of the text is set in is text's: a form's, above the notes that outweigh it."""
    large, characters = body * _LARGE, 0
    sizes: dict[float, list[int]] = {}
    for paragraph in found:
        characters += len(paragraph.text)
        if paragraph.first.height > large and not paragraph.first.tilted:
            sizes.setdefault(round(paragraph.first.height, 1), []).append(len(paragraph.text))
    heads = [
        size for size, lengths in sizes.items()
        if min(lengths) <= _LONGEST_HEAD and not (len(lengths) > _HEADS and sum(lengths) > _OF_ALL * characters)
    ]  # fmt: skip
    return {size: min(rank, 6) for rank, size in enumerate(sorted(heads, reverse=True), start=1)}


def _kind(paragraph: Paragraph, ranks: Mapping[float, int], lowest: int) -> tuple[BlockKind, int]:
    """What a paragraph is and its level: a heading by its size, by its words, by its weight or its capitals."""
    text, first = paragraph.text, paragraph.first
    if paragraph.note:
        return BlockKind.FOOTNOTE, 0
    if first.tilted:
        return BlockKind.PARAGRAPH, 0
    by_words = heading_level(text) if paragraph.lines <= 3 else 0
    by_size = ranks.get(round(first.height, 1), 0) if ranks else 0
    loud = by_size or first.bold or (len(text) > 8 and upper_case(text))
    short = loud and paragraph.lines <= 4 and _may_head(text)
    if short and by_size and len(text) > 2:
        return BlockKind.HEADING, by_words or by_size
    if by_words:
        return BlockKind.HEADING, by_words
    if short and len(text) > 3 and (first.bold or upper_case(text)):
        return BlockKind.HEADING, lowest if first.bold else lowest + 1
    depth = list_level(text)
    return (BlockKind.LIST_ITEM, depth) if depth else (BlockKind.PARAGRAPH, 0)


def _may_head(text: str) -> bool:
    if sum(map(str.isdecimal, text)) > sum(map(str.isalpha, text)):
        return False  # an account, a register's number
    return len(text) <= _LONGEST_HEAD and text[-1] not in ".,;" and any(map(str.isalpha, text)) and not is_bullet(text)
