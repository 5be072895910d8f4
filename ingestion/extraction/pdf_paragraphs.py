"""Which lines of a PDF make a paragraph: gaps, indents, short ends, marks, and sentences that run over a page's end."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise

from ingestion.extraction.french import heading_level, is_bullet, join_broken, list_level
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_notes import notes_apart, split_notes
from ingestion.extraction.pdf_order import by_rows, reading_order, same_row
from ingestion.extraction.pdf_page import Page, Rows

_SENTENCE_END = re.compile(r"[.!?:;»][)»\"”]?[¹²³⁴-⁹\d]{0,3}$")
_FULL = 250.0  # points: a line as wide as prose is, in one column
_WIDEST = 2.6  # of the size: double spacing
_STEPS = 3  # at least
_LABEL = 45  # characters: what names a value is no longer
_SAME_BASELINE = 0.15  # of the size
_LEFT_OF = 12.0  # points


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together, or a table, which has rows instead of text."""

    text: str
    page: int
    first: Line
    last: Line
    lines: int = 1
    hidden: str = ""
    note: bool = False
    table: Rows | None = None

    def grow(self, line: Line, vocabulary: AbstractSet[str]) -> None:
        if self.last.broken:
            self.text = join_broken(self.text, line.text, vocabulary)
        else:
            self.text = f"{self.text} {line.text}"
        self.last = line
        self.lines += 1


def paragraphs(pages: Sequence[Page], body: float, vocabulary: AbstractSet[str]) -> Iterator[Paragraph]:
    """Paragraphs in reading order; one that crosses a page's end is whole, and the page's footnotes follow it."""
    open_one: Paragraph | None = None
    waiting: list[Paragraph] = []
    stamped: set[str] = set()
    for whole in pages:
        page, stamps = _stamps_apart(whole, stamped)
        main, notes = split_notes(page, body)
        leading = _leading(by_rows(main) if page.sort else main)
        for item in _flow(page, main):
            if isinstance(item, Line) and open_one is not None and _continues(open_one, item, page, leading):
                open_one.grow(item, vocabulary)
                continue
            if open_one is not None:
                yield open_one
            yield from waiting
            waiting, open_one = [], None
            if isinstance(item, Line):
                open_one = Paragraph(item.text, page.number, item, item, hidden=item.hidden)
            else:
                yield item
        waiting += [*_notes(notes, page, vocabulary), *stamps]
    if open_one is not None:
        yield open_one
    yield from waiting


def _stamps_apart(page: Page, known: set[str]) -> tuple[Page, list[Paragraph]]:
    """The page without what stands askew on it, and that as paragraphs, so that no sentence is divided by a stamp.

    A watermark comes once in a document: `known` holds those that came.
    """
    if not any(line.tilted for line in page.lines):
        return page, []
    stamps = {line.text: line for line in page.lines if line.tilted and line.text not in known}
    known.update(stamps)
    rest = tuple(line for line in page.lines if not line.tilted)
    found = [Paragraph(line.text, page.number, line, line, hidden=line.hidden) for line in stamps.values()]
    return replace(page, lines=rest), found


def _flow(page: Page, lines: list[Line]) -> Iterator[Line | Paragraph]:
    """Lines in reading order with the page's tables in their places, by height."""
    tables = sorted(page.tables, key=lambda table: -table[0])
    for line in reading_order(lines, page):
        while tables and line.y < tables[0][0]:
            yield _table(tables.pop(0)[1], page, line)
        yield line
    for top, rows in tables:
        yield _table(rows, page, Line("", 0, 0, top, 0, bold=False))


def _table(rows: Rows, page: Page, line: Line) -> Paragraph:
    return Paragraph("", page.number, line, line, table=rows)


def _notes(lines: Sequence[Line], page: Page, vocabulary: AbstractSet[str]) -> list[Paragraph]:
    found: list[Paragraph] = []
    for line, begins in notes_apart(lines, page):
        if begins:
            found.append(Paragraph(line.text, page.number, line, line, hidden=line.hidden, note=True))
        else:
            found[-1].grow(line, vocabulary)
    return found


def _leading(lines: Sequence[Line]) -> float:
    """From one full line of the page's prose to the next, where a sentence runs on; 0.0 where too few do to tell.

    Pleadings are set at one and a half lines: there a gap is wide that would part paragraphs elsewhere.
    """
    steps: Counter[float] = Counter()
    for above, line in pairwise(lines):
        step = above.y - line.y
        if line.text[0].islower() and above.x1 - above.x0 > _FULL and 0.9 < step / max(line.height, 1.0) < _WIDEST:
            steps[round(2 * step) / 2] += 1
    if not steps:
        return 0.0
    step, count = steps.most_common(1)[0]
    return step if count >= _STEPS and count >= 0.4 * steps.total() else 0.0


def _continues(open_one: Paragraph, line: Line, page: Page, leading: float) -> bool:
    """Whether the line belongs to the paragraph before it. `leading`: of the page's prose, 0.0 where it has none."""
    last, text = open_one.last, line.text
    if last.hidden != line.hidden:
        return False  # or what is hidden would taint what is not
    if page.sort and page.number == open_one.page and line.x0 >= last.x1 - 1 and same_row(last, line):
        return True  # a form's label and its value
    if last.broken:
        return True
    if page.number == open_one.page and not last.bold and _is_value_of(open_one, line):
        return True
    if line.bold != last.bold or abs(line.height - last.height) > 0.12 * max(line.height, 1.0) or is_bullet(text):
        return False
    if _is_below_a_value(open_one, line):
        return False
    moved = page.number != open_one.page or line.y >= last.y  # next page, or next column
    end = last.text[-1]  # most lines end in a letter or a comma: no sentence does
    ended = not end.isalpha() and end != "," and _SENTENCE_END.search(last.text, max(len(last.text) - 8, 0)) is not None
    if _starts_new(text) and (ended or moved or heading_level(last.text)):
        return False
    if moved:
        full = open_one.lines > 1 and last.x1 >= open_one.first.x1 - 12
        return not ended and (text[:1].islower() or (full and not line.bold))
    if last.y - line.y < 0.4 * line.height:
        return True  # the same row
    return not (_gap_opens(open_one, line, leading) or _ends_short(open_one, line, ended))


def _is_value_of(open_one: Paragraph, line: Line) -> bool:
    """Whether the line stands beside a short one that is all of the paragraph: what it names, and its value."""
    last = open_one.last
    beside = line.x0 > last.x1 and abs(line.y - last.y) < _SAME_BASELINE * line.height
    return beside and open_one.lines == 1 and len(last.text) <= _LABEL


def _is_below_a_value(open_one: Paragraph, line: Line) -> bool:
    """Whether the line begins to the left of a value: the next name does, and what goes on with the value does not."""
    first, last = open_one.first, open_one.last
    return last.x0 - first.x1 > 0 and line.x0 < last.x0 - _LEFT_OF and line.y < last.y


def _starts_new(text: str) -> bool:
    if text[0].islower() and text[1:3].isalpha():
        return False  # most lines: no heading and no list begins so
    return bool(list_level(text)) or bool(heading_level(text)) or text.startswith("« ")


def _gap_opens(open_one: Paragraph, line: Line, leading: float) -> bool:
    step = open_one.last.y - line.y
    usual = (open_one.first.y - open_one.last.y) / (open_one.lines - 1) if open_one.lines > 1 else 0.0
    if 0 < usual < 3 * line.height:
        return step > usual * 1.25
    if step <= line.height * 1.45:
        return False
    prose = open_one.last.x1 - open_one.last.x0 > _FULL and not _starts_new(line.text)
    return not prose or step > leading * 1.15


def _ends_short(open_one: Paragraph, line: Line, ended: bool) -> bool:
    """The last line stopped well before the measure, so that the next word would have fitted: it was an end."""
    last = open_one.last
    first_word = (line.x1 - line.x0) * (len(line.text.split(" ", 1)[0]) + 1) / max(len(line.text), 1)
    room = max(line.x1, open_one.first.x1) - last.x1
    if line.x0 - open_one.first.x0 > 9 and open_one.lines > 1 and ended:
        return True  # indented
    return room > first_word + 6 and (ended or line.text[:1].isupper() or room > 0.35 * (line.x1 - line.x0))
