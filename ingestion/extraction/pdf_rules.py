"""The rules of a PDF page as edges, and the tables that they may make: edges that touch or cross belong together.

Pure geometry over what the page draws; what stands between the edges is not looked at here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ingestion.extraction.pdf_scenery import Scenery

THIN = 3.0  # points: a filled rectangle thinner than this is a rule, and edges so near are one
_TOUCH = 3.0  # points: edges this near touch
_MIN_LENGTH = 6.0  # points: shorter edges are glyphs and ticks
_MAX_RULES = 20_000  # looked at
_OUTSIDE = 8.0  # points: a rule that reaches further past the frame has a column of its own there


class Edge(NamedTuple):
    """A horizontal (`at` is y) or vertical (`at` is x) rule from `low` to `high`."""

    at: float
    low: float
    high: float


def edges(scenery: Scenery) -> tuple[list[Edge], list[Edge]]:
    across: list[Edge] = []
    down: list[Edge] = []
    for left, bottom, right, top in islice(scenery.rules(THIN), _MAX_RULES):
        high, wide = top - bottom, right - left
        if high < THIN and wide >= _MIN_LENGTH:
            across.append(Edge((top + bottom) / 2, left, right))
        elif wide < THIN and high >= _MIN_LENGTH:
            down.append(Edge((left + right) / 2, bottom, top))
    return across, down


def merged(edges: list[Edge]) -> list[Edge]:
    """Edges on one line that touch, as one."""
    merged: list[Edge] = []
    rows = sorted((round(at / THIN), low, at, high) for at, low, high in edges)
    last: Edge | None = None
    for _, low, at, high in rows:
        if last is not None and low <= last.high + _TOUCH and abs(at - last.at) < THIN:
            if high > last.high:
                last = merged[-1] = Edge(last.at, last.low, high)
        else:
            last = Edge(at, low, high)
            merged.append(last)
    return merged


def groups(across: list[Edge], down: list[Edge]) -> Iterator[tuple[list[Edge], list[Edge]]]:
    """Connected components: edges that cross or touch belong to one table."""
    down = sorted(down)
    places = [edge.at for edge in down]
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for i, h in enumerate(across):
        for j in range(bisect_left(places, h.low - _TOUCH), bisect_right(places, h.high + _TOUCH)):
            if down[j].low - _TOUCH <= h.at <= down[j].high + _TOUCH:
                parent[root(i)] = root(len(across) + j)
    groups: dict[int, tuple[list[Edge], list[Edge]]] = {}
    for i, h in enumerate(across):
        groups.setdefault(root(i), ([], []))[0].append(h)
    for j, v in enumerate(down):
        groups.setdefault(root(len(across) + j), ([], []))[1].append(v)
    yield from groups.values()


def positions(edges: list[Edge]) -> list[float]:
    positions: list[float] = []
    for at in sorted(edge.at for edge in edges):
        if not positions or at - positions[-1] > THIN:
            positions.append(at)
    return positions


def closed(across: list[Edge], down: list[Edge]) -> tuple[list[Edge], list[Edge]]:
    """The edges with those of the outer frame that nobody drew: rules that reach past the last one across them.

    Two rules at least must run each way, or three one way: a cross alone divides a page, not a table.
    """
    xs, ys = positions(down), positions(across)
    if not (len(xs) >= 2 and len(ys) >= 2) and not (len(xs) >= 1 and len(ys) >= 3):
        return across, down
    left, right = min(edge.low for edge in across), max(edge.high for edge in across)
    bottom, top = min(edge.low for edge in down), max(edge.high for edge in down)
    beside = [at for at, missing in ((left, xs[0] - left > _OUTSIDE), (right, right - xs[-1] > _OUTSIDE)) if missing]
    beyond = [at for at, missing in ((bottom, ys[0] - bottom > _OUTSIDE), (top, top - ys[-1] > _OUTSIDE)) if missing]
    low, high = min(bottom, ys[0]), max(top, ys[-1])
    across = across + [Edge(at, min(left, xs[0]), max(right, xs[-1])) for at in beyond]
    return across, down + [Edge(at, low, high) for at in beside]
