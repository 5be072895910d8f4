"""Running heads and feet of a PDF: found by comparing pages, so that nothing else is taken away.

A line at a page's edge is a running one when the same line stands at the same height on enough pages. Digits may differ
only as page numbers do: by the distance of the pages. A footnote that repeats but for its numbers therefore stays.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from ingestion.extraction.pdf_line import Line

_NUMBER = re.compile(r"\d+")
_CANDIDATES = 4  # lines looked at, at either edge of a page
_EDGE = 0.16  # of the page's height: no running line was seen further in
_SAME_HEIGHT = 4.0  # points
_SHARE = 0.4  # of the pages: a head may alternate between odd and even pages, and spare first pages

Where = tuple[int, int]  # page, line
Rows = tuple[tuple[str, ...], ...]


def running_lines(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> set[Where]:
    """The places of all running lines. Nothing where there is one page only: there is nothing to compare."""
    if len(pages) < 2:
        return set()
    groups: dict[tuple[str, int], list[tuple[Where, tuple[int, ...]]]] = defaultdict(list)
    for number, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        for index in _edge_lines(lines, height):
            line = lines[index]
            skeleton = _NUMBER.sub("#", line.text)
            numbers = tuple(int(digits[:9]) for digits in _NUMBER.findall(line.text))
            key = round((line.y if line.y < height / 2 else line.y - height) / _SAME_HEIGHT)
            groups[skeleton, key].append(((number, index), numbers))
    needed = max(2, int(len(pages) * _SHARE))
    return {where for group in groups.values() for where in _running(group, needed)}


def _edge_lines(lines: Sequence[Line], height: float) -> set[int]:
    by_height = sorted(range(len(lines)), key=lambda index: lines[index].y)
    low = [index for index in by_height[:_CANDIDATES] if lines[index].y < height * _EDGE]
    high = [index for index in by_height[-_CANDIDATES:] if lines[index].top > height * (1 - _EDGE)]
    return {*low, *high}


def _running(group: list[tuple[Where, tuple[int, ...]]], needed: int) -> list[Where]:
    """Those of the group whose numbers are constant or count the pages."""
    by_numbers: dict[tuple[tuple[str, int], ...], list[Where]] = defaultdict(list)
    if len({where[0] for where, _ in group}) < needed:
        return []
    steady = [len({numbers[i] for _, numbers in group}) == 1 for i in range(len(group[0][1]))]
    for where, numbers in group:
        kind = tuple(
            ("same", value) if same else ("page", value - where[0])
            for value, same in zip(numbers, steady, strict=True)
        )  # fmt: skip
        by_numbers[kind].append(where)
    return [where for places in by_numbers.values() if len({page for page, _ in places}) >= needed for where in places]


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
