"""The shape of a Word table: its rows and cells through whatever wraps them, its deleted rows, its head."""

from collections.abc import Iterator

from ingestion.extraction.docx_numbering import W
from ingestion.extraction.docx_text import SKIPPED, content
from ingestion.extraction.reading import Composer, without_covered_end
from ingestion.extraction.xml import Element

P = f"{W}p"
_WIDTH_DIGITS = 3  # of the columns that a cell may span: Word has 63 at most


def descend(parent: Element, tag: str, composer: Composer) -> Iterator[Element]:
    """The nearest descendants of that tag, through content controls and wrappers."""
    for child in content(parent, composer):
        if child.tag == tag:
            yield child
        elif child.tag not in SKIPPED:
            yield from descend(child, tag, composer)


def cell_paragraphs(cell: Element, composer: Composer) -> Iterator[Element]:
    for child in content(cell, composer):
        if child.tag == P:
            yield child
        elif child.tag not in SKIPPED:
            yield from cell_paragraphs(child, composer)


def row_deleted(row: Element, composer: Composer) -> bool:
    properties = row.find(f"{W}trPr")
    deleted = properties is not None and properties.find(f"{W}del") is not None
    if deleted:
        composer.flag("tracked_changes")
    return deleted


def table_style(table: Element) -> str | None:
    style = table.find(f"{W}tblPr/{W}tblStyle")
    return str(style.get(f"{W}val")) if style is not None else None


def in_columns(cells: list[Element], texts: list[str]) -> list[str]:
    """The texts of a row's cells, each in its column: a cell that spans others leaves those empty, but at the end."""
    found: list[str] = []
    for cell, text in zip(cells, texts, strict=True):
        found.append(text)
        span = cell.find(f"{W}tcPr/{W}gridSpan")
        width = str(span.get(f"{W}val", "")) if span is not None else ""
        if width.isdecimal() and len(width) < _WIDTH_DIGITS:
            found += [""] * (int(width) - 1)
    return without_covered_end(found, len(texts))


def looks_like_header(row: Element, texts: list[list[str]]) -> bool:
    if row.find(f"{W}trPr/{W}tblHeader") is not None:
        return True
    return len(texts[0]) > 1 and all(cell and len(cell) <= 60 for cell in texts[0])
