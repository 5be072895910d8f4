"""Running heads and feet of a PDF: found by comparing pages, so that nothing else is taken away.

A line at a page's edge is a running one when the same line stands at the same height on enough pages. Digits may differ
only as page numbers do: by the distance of the pages. A footnote that repeats but for its numbers therefore stays.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ingestion.extraction.pdf_line import Line

_NUMBER = re.compile(r"\d+")
_CANDIDATES = 4  # lines looked at, at either edge of a page
_EDGE = 0.16  # of the page's height: no running line was seen further in
_SAME_HEIGHT = 4.0  # points
_SHARE = 0.4  # of the pages: a head may alternate between odd and even pages, and spare first pages

_IN_A_ROW = 3  # pages

Where = tuple[int, int]  # page, line
_Place = tuple[Where, tuple[int, ...]]  # of a line, and the numbers in it
Rows = tuple[tuple[str, ...], ...]


def running_lines(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> set[Where]:
    """The places of all running lines. Nothing where there is one page only: there is nothing to compare."""
    if len(pages) < 2:
        return set()
    groups: dict[tuple[str, int], list[_Place]] = defaultdict(list)
    for number, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        for index in _edge_lines(lines, height):
            line = lines[index]
            skeleton = _NUMBER.sub("#", line.text)
            numbers = tuple(int(digits[:9]) for digits in _NUMBER.findall(line.text))
            key = round((line.y if line.y < height / 2 else line.y - height) / _SAME_HEIGHT)
            groups[skeleton, key].append(((number, index), numbers))
    needed = max(2, int(len(pages) * _SHARE))
    running = {where for group in groups.values() for where in _running(group, needed)}
    return running | _of_chapters(groups, needed)


def _edge_lines(lines: Sequence[Line], height: float) -> set[int]:
    by_height = sorted(range(len(lines)), key=lambda index: lines[index].y)
    low = [index for index in by_height[:_CANDIDATES] if lines[index].y < height * _EDGE]
    high = [index for index in by_height[-_CANDIDATES:] if lines[index].top > height * (1 - _EDGE)]
    return {*low, *high}


def _running(group: list[_Place], needed: int) -> list[Where]:
    """Those of the group whose numbers are constant or count the pages."""
    if len(group) < min(needed, _IN_A_ROW):
        return []
    return [where for places in _alike(group) if _is_enough(places, needed) for where in places]


def _alike(group: list[_Place]) -> Iterable[list[Where]]:
    """The places of a group by what their numbers do: stay as they are, or count the pages."""
    by_numbers: dict[tuple[tuple[str, int], ...], list[Where]] = defaultdict(list)
    steady = [len({numbers[i] for _, numbers in group}) == 1 for i in range(len(group[0][1]))]
    for where, numbers in group:
        kind = tuple(
            ("same", value) if same else ("page", value - where[0])
            for value, same in zip(numbers, steady, strict=True)
        )  # fmt: skip
        by_numbers[kind].append(where)
    return by_numbers.values()


def _is_enough(places: list[Where], needed: int) -> bool:
    """Many of the document's pages; or, of a chapter, three in a row, or four where left and right pages differ."""
    pages = sorted({page for page, _ in places})
    row, left_or_right = zip(pages, pages[2:], strict=False), zip(pages, pages[3:], strict=False)
    in_a_row = any(last - first == 2 for first, last in row) or any(last - first == 6 for first, last in left_or_right)
    return len(pages) >= needed or in_a_row


def _of_chapters(groups: Mapping[tuple[str, int], list[_Place]], needed: int) -> set[Where]:
    """Lines that hold the page's number at one height, where most of them repeat: a head that names its chapter."""
    repeated = {
        where
        for group in groups.values() if len(group) > 1
        for places in _alike(group) if len({page for page, _ in places}) > 1
        for where in places
    }  # fmt: skip
    counting: dict[tuple[int, int], set[Where]] = defaultdict(set)
    for (_, key), group in groups.items():
        for where, numbers in group:
            for number in {*numbers[:1], *numbers[-1:]}:
                counting[number - where[0], key].add(where)
    found: set[Where] = set()
    for places in counting.values():
        pages = {page for page, _ in places}
        if len(pages) >= max(needed, _IN_A_ROW) and 2 * len(places & repeated) >= len(places):
            found |= places
    return found


def running_tables(pages: Sequence[Sequence[tuple[float, Rows]]], heights: Sequence[float]) -> set[Where]:
    """The places of tables that stand at the same edge of enough pages: letterheads and reference boxes."""
    groups: dict[tuple[str, int], set[Where]] = defaultdict(set)
    for number, (tables, height) in enumerate(zip(pages, heights, strict=True)):
        for index, (top, rows) in enumerate(tables):
            if top < height * _EDGE or top > height * (1 - _EDGE):
                skeleton = _NUMBER.sub("#", "\n".join("|".join(row) for row in rows))
                groups[skeleton, round(top / _SAME_HEIGHT)].add((number, index))
    needed = max(3, int(len(pages) * _SHARE))
    return {where for group in groups.values() if len({page for page, _ in group}) >= needed for where in group}
