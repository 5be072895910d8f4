"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS): each sheet a heading and a table, values as calamine reads them.

Promises: a sheet's dimension is checked before its cells are materialised, because one cell in the far corner of a
1.5 kB file would otherwise cost gigabytes. Formulas show their stored results; macros are flagged and never run.
"""

import datetime
import io
import re
from dataclasses import replace

import python_calamine as calamine

from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits
from ingestion.extraction.ooxml import Package
from ingestion.extraction.reading import Composer, Reading
from ingestion.extraction.sheet_formats import Percentages, Place, column
from ingestion.extraction.text_layout import titles_above
from ingestion.extraction.xml import parse_xml
from ingestion.extraction.zipped import Zipped

Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta
_REFERENCE = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_REPEATED = re.compile(rb'number-(?:columns|rows)-repeated="(\d+)"')
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_BESIDE = re.compile(r"xl/(?:(drawings)/drawing\d+|comments/?(?:comment)?\d*)\.xml")
_HIDDEN = (calamine.SheetVisibleEnum.Hidden, calamine.SheetVisibleEnum.VeryHidden)  # not hashable


def read_sheets(data: bytes, limits: Limits) -> Reading:
    """Every sheet, hidden ones marked. Park(MALFORMED, ENCRYPTED, TOO_LARGE, BOMB, EMPTY)."""
    composer = Composer(limits)
    metadata: dict[str, str] = {}
    beside: list[tuple[str, str]] = []
    package = Package(data, limits) if data[:2] == b"PK" else None
    percentages = Percentages(package)
    if package is not None:
        metadata, beside = _check_package(data, package, percentages, limits, composer)
    book = _opened(data)
    for sheet in book.sheets_metadata:
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
            hidden = sheet.visible in _HIDDEN
            _write(book, sheet.name, percentages.of(sheet.name), composer, limits, hidden=hidden)
    for text, style in beside:
        composer.paragraph(text, style=style)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return replace(composer.reading(metadata=metadata), pages=0)


def _opened(data: bytes) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        raise Park(ParkReason.ENCRYPTED) from None
    except (calamine.CalamineError, OSError, ValueError):
        raise Park(ParkReason.MALFORMED) from None


def _write(
    book: calamine.CalamineWorkbook, name: str, percentages: frozenset[Place], composer: Composer, limits: Limits, *,
    hidden: bool,
) -> None:  # fmt: skip
    try:
        sheet = book.get_sheet_by_name(name)
        if sheet.height * sheet.width > limits.cells:
            raise Park(ParkReason.TOO_LARGE)
        values = sheet.to_python(skip_empty_area=True)
    except calamine.PasswordError:
        raise Park(ParkReason.ENCRYPTED) from None
    except (calamine.CalamineError, OSError, ValueError):
        raise Park(ParkReason.MALFORMED) from None
    top, left = sheet.start or (0, 0)
    shown = [
        [
            _percentage(cell) if percentages and (y, x) in percentages else _shown(cell)
            for x, cell in enumerate(row, left)
        ]
        for y, row in enumerate(values, top)
    ]
    rows = [_trimmed(row) for row in shown if any(row)]
    if not rows:
        return
    composer.heading(name, 1)
    titles = titles_above(rows)
    titles = titles if _is_header(rows[titles:]) else 0
    for row in rows[:titles]:
        composer.paragraph(" ".join(row), hidden=hidden)
    composer.table(rows[titles:], header=_is_header(rows[titles:]), hidden=hidden)


def _shown(cell: Cell) -> str:
    match cell:
        case bool():
            return "VRAI" if cell else "FAUX"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else _figures(cell)
        case datetime.datetime():
            midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
            return cell.strftime("%d/%m/%Y" if midnight else "%d/%m/%Y %H:%M")
        case datetime.date():
            return cell.strftime("%d/%m/%Y")
        case datetime.timedelta():  # as spreadsheets show what is longer than a day
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        case _:
            return str(cell).strip()


def _figures(number: float) -> str:
    """The fifteen figures that spreadsheets show of what they store in binary: 0.1 + 0.2 is 0,3."""
    return format(number, ".15g").replace(".", ",")


def _percentage(cell: Cell) -> str:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return _shown(cell)
    return f"{_figures(cell * 100)}\xa0%"


def _trimmed(row: list[str]) -> list[str]:
    while len(row) > 1 and not row[-1]:
        row = row[:-1]
    return row


def _is_header(rows: list[list[str]]) -> bool:
    """The first row names the columns when it is text throughout and as wide as the others."""
    first, widest = rows[0], max(map(len, rows[:50]))
    return len(rows) > 1 and len(first) >= max(2, widest - 1) and all(cell and not cell[0].isdigit() for cell in first)


def _check_package(
    data: bytes, package: Package, percentages: Percentages, limits: Limits, composer: Composer
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Counts cells by their addresses and unpacks everything once within the limits: calamine does neither.

    Gives the metadata, and the texts that stand beside the cells: text boxes and comments.
    """
    beside: list[tuple[str, str]] = []
    zipped = Zipped(data, limits)
    for name in zipped.names():
        content = zipped.read(name)
        if _SHEET.fullmatch(name):
            if _extent(content) > limits.cells * 4:
                raise Park(ParkReason.BOMB)
            percentages.note(name, content)
        if name == "content.xml" and _repeats(content) > limits.cells * 4:
            raise Park(ParkReason.BOMB)
        if match := _BESIDE.fullmatch(name):
            style = "text_box" if match.group(1) == "drawings" else "comment"
            beside += [(text, style) for text in _texts(content)]
    for flag in package.flags():
        composer.flag(flag)
    if any(style == "comment" for _, style in beside):
        composer.flag("comments")
    return package.metadata(), beside


def _texts(content: bytes) -> list[str]:
    """One text per paragraph of a drawing, or per comment."""
    root = parse_xml(content)
    holders = [item for item in root.iter() if str(item.tag).endswith(("}comment", "drawingml/2006/main}p"))]
    return ["".join(t.text or "" for t in item.iter() if str(t.tag).endswith("}t")) for item in holders]


def _extent(content: bytes) -> int:
    """Rows times columns of the range that holds all cells of a sheet."""
    columns: set[bytes] = set()
    low, high = 1 << 30, 0
    for letters, row in _REFERENCE.findall(content):
        columns.add(letters)
        low, high = min(low, int(row)), max(high, int(row))
    numbers = [column(letters) for letters in columns]
    return (high - low + 1) * (max(numbers) - min(numbers) + 1) if numbers else 0


def _repeats(content: bytes) -> int:
    """The largest block of repeated cells that an ODS announces, its usual empty tail of rows aside."""
    counts = sorted((int(count[:9]) for count in _REPEATED.findall(content)), reverse=True)
    inner = [count for count in counts if count not in (16_384, 1_024) and count < 1_000_000]
    return inner[0] * inner[1] if len(inner) > 1 else 0
