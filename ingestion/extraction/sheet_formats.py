"""Which cells of an XLSX show their number as a percentage: 0.055 is "5,5 %" to whoever reads the sheet.

calamine gives the number that is stored. Other formats leave the figures as they are, so that nothing else is asked.
"""

import re
from collections.abc import Iterable

from ingestion.extraction.ooxml import Package
from ingestion.extraction.xml import Element

Place = tuple[int, int]  # row and column, from 0
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BUILT_IN = frozenset(("9", "10"))  # 0% and 0.00% (ECMA-376 part 1, 18.8.30)
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_CELL = re.compile(rb'<(?:\w+:)?c\b(?=[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})")[^>]{0,200}?\bs="(\d{1,5})"')


class Percentages:
    """The cells of one workbook that show percentages, by sheet; members are handed in as they are unpacked."""

    def __init__(self, package: Package | None) -> None:
        """None for a workbook that is no package: nothing is known of its formats."""
        self._styles = frozenset() if package is None else _styles(package.xml("xl/styles.xml"))
        self._sheets = _sheets(package) if package is not None and self._styles else {}  # by their names, their members
        self._places: dict[str, frozenset[Place]] = {}

    def note(self, member: str, content: bytes) -> None:
        if not self._styles:
            return
        found = (match.groups() for match in _CELL.finditer(content))
        places = frozenset((int(row) - 1, column(name) - 1) for name, row, style in found if style in self._styles)
        if places:
            self._places[member] = places

    def of(self, sheet: str) -> frozenset[Place]:
        return self._places.get(self._sheets.get(sheet, ""), frozenset())


def column(letters: bytes) -> int:
    """A column's number, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _styles(root: Element | None) -> frozenset[bytes]:
    """The numbers of the cell formats, as cells name them."""
    if root is None:
        return frozenset()
    own = {str(it.get("numFmtId")) for it in root.iter(f"{_MAIN}numFmt") if _is_percent(str(it.get("formatCode", "")))}
    formats: Iterable[Element] = root.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf")
    return frozenset(
        str(index).encode() for index, item in enumerate(formats) if str(item.get("numFmtId")) in _BUILT_IN | own
    )


def _is_percent(code: str) -> bool:
    return "%" in code and "%" in _LITERAL.sub("", code)


def _sheets(package: Package) -> dict[str, str]:
    book = next((relation.target for relation in package.relations("") if relation.kind == "officeDocument"), "")
    targets = {relation.id: relation.target for relation in package.relations(book)}
    root = package.xml(book)
    found = [] if root is None else root.iterfind(f"{_MAIN}sheets/{_MAIN}sheet")
    return {str(it.get("name")): targets.get(str(it.get(_ID)), "") for it in found}
