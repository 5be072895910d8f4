"""Columns of tables that hold what identifies people: «Né le», «Adresse», «N° SS», whatever their cells look like.

A header says what its column holds, as a label does in a form; the labels are those of `forms.py`. Linear; a table
without such a header costs its rows once. Normalised text only.
"""

from collections.abc import Iterator

from redaction.forms import ADDRESSES, DATES, PAPERS, PHONES
from redaction.normalise import fold
from redaction.pseudonyms import TOKEN
from redaction.spans import Entity, Span
from redaction.tables import tables

_KINDS = (
    (DATES, Entity.BIRTH_DATE, 4),
    (ADDRESSES, Entity.ADDRESS, 0),
    (PHONES, Entity.PHONE, 8),
    (PAPERS, Entity.CONTRACT, 4),
)  # and how many digits a cell has at least


def find_in_columns(text: str) -> Iterator[Span]:
    for table in tables(text):
        kinds: list[tuple[Entity, int] | None] = []
        for row in table:
            if not any(kinds):
                kinds = [_kind(cell) for cell in row.cells]
            elif len(row.cells) == len(kinds):
                for (start, cell), kind in zip(row.placed(), kinds, strict=True):
                    if kind and _holds(cell, kind[1]):
                        yield Span(start, start + len(cell), kind[0], 0.85, f"{kind[0]}:column")


def _kind(cell: str) -> tuple[Entity, int] | None:
    label = fold(cell.strip(" .:"))
    return next(((entity, digits) for labels, entity, digits in _KINDS if label in labels), None)


def _holds(cell: str, digits: int) -> bool:
    """Whether something is left that an earlier redaction did not write."""
    left = "" if cell.startswith("[") else TOKEN.sub("", cell)
    return sum(c.isdigit() for c in left) >= digits and sum(c.isalnum() for c in left) > 2
