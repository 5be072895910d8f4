"""The rows of an HTML table, each cell in its column: a cell that spans others leaves those that it covers empty."""

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from ingestion.extraction.reading import without_covered_end

_WIDEST, _LONGEST = 30, 1_000  # columns and rows of one cell: more are a mistake, or meant to harm


def rows_of(table: LexborNode, words: Callable[[LexborNode], str]) -> list[list[str]]:
    covered: dict[int, int] = {}  # by column, how many of the next rows a cell above reaches into
    return [_row(row, covered, words) for row in table.css("tr")]


def _row(row: LexborNode, covered: dict[int, int], words: Callable[[LexborNode], str]) -> list[str]:
    texts: list[str] = []
    cells = row.css("td, th")
    for cell in cells:
        _pass_covered(texts, covered)
        down = _span(cell, "rowspan", _LONGEST)
        for place in range(_span(cell, "colspan", _WIDEST)):
            if down > 1:
                covered[len(texts)] = down - 1
            texts.append("" if place else words(cell))
    _pass_covered(texts, covered)
    return without_covered_end(texts, len(cells))


def _pass_covered(texts: list[str], covered: dict[int, int]) -> None:
    while covered.get(len(texts), 0):
        covered[len(texts)] -= 1
        texts.append("")


def _span(cell: LexborNode, name: str, most: int) -> int:
    value = (cell.attributes.get(name) or "").strip()
    return max(1, min(int(value), most)) if value.isdecimal() and len(value) < 6 else 1
