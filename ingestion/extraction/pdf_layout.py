"""From the lines of a PDF's pages to blocks in reading order: columns, footnotes, paragraphs, headings.

Pure: lines in, blocks out. The order of the content stream is kept unless the page shows two columns whose lines it
interleaves, or a form's values that it appends: guessing more breaks letters and tables that were right.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chunking.blocks import BlockKind
from ingestion.extraction.french import heading_level, is_bullet, join_broken, list_level, upper_case
from ingestion.extraction.pdf_edges import Where, running_lines, running_tables
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_rows import whole_lines
from ingestion.extraction.reading import Composer

_NOTE_MARK = re.compile(r"(?:\(?\d{1,3}\)?|\[\d{1,3}\]|[*†‡¹²³⁴-⁹]+)[\s.]?\s?(?=\S)")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?\d{1,4}\W*(?:(?:sur|/)?\s*\d{1,4})?\W*", re.IGNORECASE)
_RAISED = re.compile(r"\s?[⁰¹²³⁴-⁹]{1,3}")
_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_GLUED_MARK = re.compile(r"^(?:[⁰¹²³⁴-⁹]{1,3}\s?|\d{1,3}(?=[A-ZÀ-ÖØ-Þ«]))")
_LEADERS = re.compile(r"\s?(?:\.\s?){5,}")
_SENTENCE_END = re.compile(r"[.!?:;»][)»\"”]?[¹²³⁴-⁹\d]{0,3}$")
_AROUND_WORDS = '.,;:!?()[]«»"“”…'
_SMALL = 0.93  # of the body's size: footnotes are set at 0.8 to 0.9
_LARGE = 1.12  # of the body's size: a heading
OCR_STYLE, LOW_OCR_STYLE = "ocr", "ocr_low"  # of blocks, so that a page read badly can be read again
_FULL = 250.0  # points: a line as wide as prose is, in one column
_WIDEST = 2.6  # of the size: double spacing
_STEPS = 3  # at least
_SAME_ROW = 0.5  # of the size
_GUTTER = 8.0  # points between two columns, at least
_COLUMN_LINES = 5  # in each column, at least


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is laid out; `width` and `height` in points, as displayed."""

    number: int  # 1-based
    lines: tuple[Line, ...]
    width: float
    height: float
    sort: bool = False  # form values were drawn last: their place on the page says where they belong
    tables: tuple[tuple[float, tuple[tuple[str, ...], ...]], ...] = ()  # ruled tables: top edge, rows
    ocr: bool = False  # its lines were recognised in a picture
    doubtful: bool = False  # with low confidence


@dataclass(slots=True)
class _Paragraph:
    text: str
    page: int
    first: Line
    last: Line
    lines: int = 1
    hidden: str = ""
    note: bool = False
    table: tuple[tuple[str, ...], ...] | None = None


def compose(pages: Sequence[Page], composer: Composer) -> str:
    """Writes the blocks of all pages; returns the running head, which may be the only place of a case number."""
    heights = [page.height for page in pages]
    running = running_lines([page.lines for page in pages], heights)
    boxes = running_tables([page.tables for page in pages], heights)
    head = _running_head(pages, running)
    kept = [_whole(_without(page, index, running, boxes)) for index, page in enumerate(pages)]
    sizes = _body_sizes(kept)
    vocabulary = _vocabulary(kept)
    paragraphs = list(_paragraphs(kept, sizes, vocabulary))
    _write(paragraphs, sizes, composer, {page.number: _style(page) for page in pages if page.ocr})
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


def _paragraphs(pages: Sequence[Page], body: float, vocabulary: set[str]) -> Iterator[_Paragraph]:
    """Paragraphs in reading order; one that crosses a page's end is whole, and the page's footnotes follow it."""
    open_one: _Paragraph | None = None
    waiting: list[_Paragraph] = []
    for page in pages:
        main, notes = _split_notes(page, body)
        leading = _leading(main)
        for item in _flow(page, main):
            if isinstance(item, _Paragraph):
                starts_new = True
            else:
                starts_new = open_one is None or not _continues(open_one, item, page, leading)
            if starts_new:
                if open_one is not None:
                    yield open_one
                yield from waiting
                waiting = []
                if isinstance(item, _Paragraph):
                    yield item
                    open_one = None
                    continue
            if isinstance(item, Line):
                open_one = _grow(None if starts_new else open_one, item, page, vocabulary)
        waiting += _note_paragraphs(notes, page, vocabulary)
    if open_one is not None:
        yield open_one
    yield from waiting


def _flow(page: Page, lines: list[Line]) -> Iterator[Line | _Paragraph]:
    """Lines in reading order with the page's ruled tables in their places, by height."""
    tables = sorted(page.tables, key=lambda table: -table[0])
    for line in reading_order(lines, page):
        while tables and line.y < tables[0][0]:
            yield _table(tables.pop(0), page, line)
        yield line
    for table in tables:
        yield _table(table, page, Line("", 0, 0, table[0], 0, bold=False))


def _table(table: tuple[float, tuple[tuple[str, ...], ...]], page: Page, line: Line) -> _Paragraph:
    return _Paragraph("", page.number, line, line, table=table[1])


def _split_notes(page: Page, body: float) -> tuple[list[Line], list[Line]]:
    """The page's text and its footnotes: the run of smaller lines at the foot of each column, from a mark on."""
    lines = list(page.lines)
    small = [0 < line.height < body * _SMALL for line in lines]
    if not any(small) or all(small):
        return lines, []
    notes: set[int] = set()
    for column in _columns_of(lines, page.width):
        order = sorted(column, key=lambda index: lines[index].y)
        run: list[int] = []
        for index in order:
            if not run and _PAGE_NUMBER.fullmatch(lines[index].text):
                continue
            if not small[index]:
                break
            run.append(index)
        while run and not _NOTE_MARK.match(lines[run[-1]].text):
            run.pop()
        if run and lines[run[-1]].top < page.height * 0.6:
            notes.update(run)
    found = [lines[index] for index in sorted(notes)]
    return _unmarked([line for index, line in enumerate(lines) if index not in notes], found), found


def _unmarked(lines: list[Line], notes: list[Line]) -> list[Line]:
    """The lines without the raised marks of notes that stand on the same page; other superscripts stay."""
    marks = {match.group().strip() for note in notes if (match := _RAISED.match(note.text))}
    marks |= {match.group().translate(_RAISE) for note in notes if (match := re.match(r"\d{1,3}", note.text))}
    if not marks:
        return lines
    return [
        line._replace(text=_RAISED.sub(lambda m: "" if m.group().strip() in marks else m.group(), line.text))
        if any(mark in line.text for mark in marks) else line
        for line in lines
    ]  # fmt: skip


def _columns_of(lines: Sequence[Line], width: float) -> list[list[int]]:
    gutter = _gutter(lines, width)
    if gutter is None:
        return [list(range(len(lines)))]
    left = [i for i, line in enumerate(lines) if line.x0 < gutter]
    right = [i for i, line in enumerate(lines) if line.x0 >= gutter]
    return [left, right]


def _note_paragraphs(notes: list[Line], page: Page, vocabulary: set[str]) -> list[_Paragraph]:
    """A note begins at a mark that follows the one before: a line that begins with any other number runs on."""
    found: list[_Paragraph] = []
    margin = min((line.x0 for line in notes), default=0.0)
    last = ""
    for line in notes:
        mark = _NOTE_MARK.match(line.text)
        number = "".join(filter(str.isdecimal, mark.group().translate(_LOWER))) if mark else ""
        in_turn = not (last and number) or int(number) == int(last) + 1
        starts = mark and in_turn and (line.x0 - margin < 12 or page.width / 2 < line.x0)
        if found and not (starts and not found[-1].last.broken):
            _grow(found[-1], line, page, vocabulary)
        else:
            found.append(_grow(None, line, page, vocabulary))
            found[-1].note = True
            last = number
    return found


def reading_order(lines: list[Line], page: Page) -> list[Line]:
    """Lines as a person reads them: column after column between full-width lines, else as the stream has them."""
    gutter = _gutter(lines, page.width)
    if gutter is not None:
        return lines if _in_column_order(lines, gutter) else list(_by_columns(lines, gutter))
    return _by_rows(lines) if page.sort else lines


def _by_rows(lines: Sequence[Line]) -> list[Line]:
    """Lines from the top down, those of one row from the left: a form's value after its label."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.y):
        if rows and rows[-1][0].y - line.y < _SAME_ROW * max(line.height, rows[-1][0].height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.x0)]


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """The middle of the white band between two columns, or None: few lines may cross it, many stand on each side."""
    if len(lines) < 2 * _COLUMN_LINES:
        return None
    starts = Counter(round(line.x0 / 4) * 4 for line in lines if line.x0 > width * 0.3)
    for start, count in starts.most_common(3):
        if count < _COLUMN_LINES:
            return None
        edge = start - 3.0
        left = [line for line in lines if line.x1 <= edge - _GUTTER + 3 and line.x0 < edge]
        right = [line for line in lines if line.x0 >= edge]
        crossing = len(lines) - len(left) - len(right)
        wide = (edge - min(line.x0 for line in left)) * 0.6 if left else 0.0
        full = sum(1 for line in left if line.x1 - line.x0 > wide)
        if full >= _COLUMN_LINES and len(right) >= _COLUMN_LINES and crossing <= len(lines) * 0.25:
            return edge
    return None


def _in_column_order(lines: Sequence[Line], gutter: float) -> bool:
    """Whether the stream already holds one column after the other: few changes of side."""
    sides = [line.x0 >= gutter for line in lines if line.x0 >= gutter or line.x1 <= gutter]
    return sum(1 for a, b in pairwise(sides) if a != b) <= 3


def _by_columns(lines: Sequence[Line], gutter: float) -> Iterator[Line]:
    left: list[Line] = []
    right: list[Line] = []
    for line in sorted(lines, key=lambda line: (-line.y, line.x0)):
        if line.x0 < gutter < line.x1:  # full width: what stands above it comes first
            yield from left + right
            left, right = [], []
            yield line
        else:
            (right if line.x0 >= gutter else left).append(line)
    yield from left + right


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


def _continues(open_one: _Paragraph, line: Line, page: Page, leading: float) -> bool:
    """Whether the line belongs to the paragraph before it. `leading`: of the page's prose, 0.0 where it has none."""
    last, text = open_one.last, line.text
    if last.hidden != line.hidden:
        return False  # or what is hidden would taint what is not
    if page.sort and page.number == open_one.page and line.x0 >= last.x1 - 1 and _same_row(last, line):
        return True  # a form's label and its value
    if last.broken:
        return True
    if line.bold != last.bold or abs(line.height - last.height) > 0.12 * max(line.height, 1.0) or is_bullet(text):
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


def _same_row(one: Line, other: Line) -> bool:
    return abs(one.y - other.y) < _SAME_ROW * max(one.height, other.height)


def _starts_new(text: str) -> bool:
    if text[0].islower() and text[1:3].isalpha():
        return False  # most lines: no heading and no list begins so
    return bool(list_level(text)) or bool(heading_level(text)) or text.startswith("« ")


def _gap_opens(open_one: _Paragraph, line: Line, leading: float) -> bool:
    step = open_one.last.y - line.y
    usual = (open_one.first.y - open_one.last.y) / (open_one.lines - 1) if open_one.lines > 1 else 0.0
    if 0 < usual < 3 * line.height:
        return step > usual * 1.25
    if step <= line.height * 1.45:
        return False
    prose = open_one.last.x1 - open_one.last.x0 > _FULL and not _starts_new(line.text)
    return not prose or step > leading * 1.15


def _ends_short(open_one: _Paragraph, line: Line, ended: bool) -> bool:
    """The last line stopped well before the measure, so that the next word would have fitted: it was an end."""
    last = open_one.last
    first_word = (line.x1 - line.x0) * (len(line.text.split(" ", 1)[0]) + 1) / max(len(line.text), 1)
    room = max(line.x1, open_one.first.x1) - last.x1
    if line.x0 - open_one.first.x0 > 9 and open_one.lines > 1 and ended:
        return True  # indented
    return room > first_word + 6 and (ended or line.text[:1].isupper() or room > 0.35 * (line.x1 - line.x0))


def _grow(open_one: _Paragraph | None, line: Line, page: Page, vocabulary: set[str]) -> _Paragraph:
    if open_one is None:
        return _Paragraph(line.text, page.number, line, line, hidden=line.hidden)
    if open_one.last.broken:
        open_one.text = join_broken(open_one.text, line.text, vocabulary)
    else:
        open_one.text = f"{open_one.text} {line.text}"
    open_one.last = line
    open_one.lines += 1
    return open_one


def _write(paragraphs: Sequence[_Paragraph], body: float, composer: Composer, styles: Mapping[int, str]) -> None:
    ranks = _heading_ranks(paragraphs, body)
    for paragraph in paragraphs:
        if paragraph.table is not None:
            composer.table([list(row) for row in paragraph.table], header=len(paragraph.table) > 1, page=paragraph.page)
            continue
        kind, level = _kind(paragraph, ranks)
        first = paragraph.first
        style = paragraph.hidden or styles.get(paragraph.page) or ("bold" if first.bold else "")
        text = paragraph.text + ("-" if paragraph.last.broken else "")
        if kind is BlockKind.FOOTNOTE:
            text = _GLUED_MARK.sub(lambda match: match.group().strip().translate(_LOWER) + " ", text)
        if "....." in text or ". . . ." in text:
            text = _LEADERS.sub(" … ", text)
        position = (round(first.x0, 1), round(first.y, 1))
        composer.add(
            kind, text, level=level, page=paragraph.page, hidden=bool(paragraph.hidden), style=style, position=position
        )


def _heading_ranks(paragraphs: Sequence[_Paragraph], body: float) -> dict[float, int]:
    sizes = {round(p.first.height, 1) for p in paragraphs if p.first.height > body * _LARGE and len(p.text) <= 200}
    return {size: min(rank, 6) for rank, size in enumerate(sorted(sizes, reverse=True), start=1)}


def _kind(paragraph: _Paragraph, ranks: dict[float, int]) -> tuple[BlockKind, int]:
    text, first = paragraph.text, paragraph.first
    if paragraph.note:
        return BlockKind.FOOTNOTE, 0
    by_words = heading_level(text) if paragraph.lines <= 3 else 0
    short = len(text) <= 200 and paragraph.lines <= 4 and text[-1] not in ".,;" and any(c.isalpha() for c in text)
    if short and round(first.height, 1) in ranks and len(text) > 2 and not is_bullet(text):
        return BlockKind.HEADING, by_words or ranks[round(first.height, 1)]
    if by_words:
        return BlockKind.HEADING, by_words
    level = min(len(set(ranks.values())) + 1, 7)
    if short and len(text) > 3 and (first.bold or (upper_case(text) and len(text) > 8)) and not is_bullet(text):
        return BlockKind.HEADING, level if first.bold else level + 1
    depth = list_level(text)
    return (BlockKind.LIST_ITEM, depth) if depth else (BlockKind.PARAGRAPH, 0)
