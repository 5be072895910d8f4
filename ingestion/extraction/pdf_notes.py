"""The footnotes of a PDF's page: smaller lines at its foot, or at the foot of each column, from a mark on."""

import re
from collections.abc import Iterator, Sequence

from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_order import columns_of
from ingestion.extraction.pdf_page import Page

SMALL = 0.93  # of the body's size: footnotes are set at 0.8 to 0.9
LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_NOTE_MARK = re.compile(r"(?:\(?\d{1,3}\)?|\[\d{1,3}\]|[*†‡¹²³⁴-⁹]+)[\s.]?\s?(?=\S)")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?\d{1,4}\W*(?:(?:sur|/)?\s*\d{1,4})?\W*", re.IGNORECASE)
_RAISED = re.compile(r"\s?[⁰¹²³⁴-⁹]{1,3}")
_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_HIGHEST = 0.6  # of the page's height: no note begins above
_INDENT = 12.0  # points from the notes' margin to a mark, at most


def split_notes(page: Page, body: float) -> tuple[list[Line], list[Line]]:
    """The page's text and its footnotes. `body`: the size in which most of the document is set, in points."""
    lines = list(page.lines)
    limit = body * SMALL
    small = [0 < line.height < limit for line in lines]
    if True not in small or False not in small:
        return lines, []
    notes: set[int] = set()
    for column in columns_of(lines, page.width):
        run = _run_at_foot(column, lines, small)
        if run and lines[run[-1]].top < page.height * _HIGHEST:
            notes.update(run)
    found = [lines[index] for index in sorted(notes)]
    return _unmarked([line for index, line in enumerate(lines) if index not in notes], found), found


def _run_at_foot(column: Sequence[int], lines: Sequence[Line], small: Sequence[bool]) -> list[int]:
    """The small lines at a column's foot, from below, up to the highest one that begins with a mark."""
    run: list[int] = []
    for index in sorted(column, key=lambda index: lines[index].y):
        if not run and _PAGE_NUMBER.fullmatch(lines[index].text):
            continue
        if not small[index]:
            break
        run.append(index)
    while run and not _NOTE_MARK.match(lines[run[-1]].text):
        run.pop()
    return run


def _unmarked(lines: list[Line], notes: list[Line]) -> list[Line]:
    """The lines without the raised marks of notes that stand on the same page; other superscripts stay."""
    marks = {match.group().strip() for note in notes if (match := _RAISED.match(note.text))}
    marks |= {match.group().translate(_RAISE) for note in notes if (match := re.match(r"\d{1,3}", note.text))}
    if not marks:
        return lines

    def without(match: re.Match[str]) -> str:
        return "" if match.group().strip() in marks else match.group()

    cleared = (
        line._replace(text=_RAISED.sub(without, line.text)) if any(mark in line.text for mark in marks) else line
        for line in lines
    )
    return [line for line in cleared if line.text.strip()]  # a mark may stand alone


def notes_apart(lines: Sequence[Line], page: Page) -> Iterator[tuple[Line, bool]]:
    """Each line of the notes, and whether a note begins there.

    A note begins at a mark that follows the one before: a line that begins with any other number runs on.
    """
    margin = min((line.x0 for line in lines), default=0.0)
    last, broken, number = "", False, ""
    for place, line in enumerate(lines):
        mark = _NOTE_MARK.match(line.text)
        number = "".join(filter(str.isdecimal, mark.group().translate(LOWER))) if mark else ""
        in_turn = not (last and number) or int(number) == int(last) + 1
        starts = mark and in_turn and (line.x0 - margin < _INDENT or page.width / 2 < line.x0)
        begins = place == 0 or bool(starts and not broken)
        if begins:
            last = number
        broken = line.broken
        yield line, begins
