"""Styles of a Word document, resolved through what they are based on: heading level, list, hidden, bold, shading.

Word writes hundreds of styles that no paragraph uses, and parsing them all costs more than the document itself: only
those that are asked for are cut out of the part and parsed. What cannot be cut safely is parsed whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.errors import Park
from ingestion.extraction.docx_numbering import W
from ingestion.extraction.xml import Element, parse_xml

_VAL = f"{W}val"
_NUM_PR, _OUTLINE_LVL = f"{W}numPr", f"{W}outlineLvl"
_NUM_ID, _ILVL = f"{W}numId", f"{W}ilvl"
_ROOT = re.compile(rb"<w:styles\b[^>]*>")
_STYLE = re.compile(rb"<w:style\s")
_MOST_SOUGHT = 200 << 20  # bytes looked through for the styles that a document names; beyond it the part is parsed
_STYLE_END = b"</w:style>"
_WHITE = ("FFFFFF", "FEFEFE", "FDFDFD")
_HEADING_NAME = re.compile(r"(?:heading|titre|überschrift)\s*([1-9])", re.IGNORECASE)
_CONTENTS = ("toc ", "table of ")
Properties = dict[str, Element]
_DEPTH = 12  # of styles based on styles: Word stops at 10, a cycle never would


@dataclass(frozen=True, slots=True)
class Style:
    name: str = ""
    level: int = 0  # as a heading, 1 to 9
    num_id: str | None = None
    ilvl: int | None = None
    hidden: bool = False
    bold: bool = False
    num_style: str | None = None  # the style, of those it is based on, that says which list: lists name levels by it
    white: bool = False  # its letters; hidden only where nothing lies behind them
    contents: bool = False  # of entries of a table of contents, which look like the headings that they repeat


NO_STYLE = Style()
_NONE: Properties = {}


def properties_of(parent: Element, name: str) -> Properties:
    """The children of a w:pPr, w:rPr or w:tcPr by tag, read once: they are asked for a dozen times."""
    wanted = W + name
    for item in parent:  # they come first, by the schema: `find` costs three times as much
        if item.tag == wanted:
            return {child.tag: child for child in item}
        break
    found = parent.find(wanted)
    return _NONE if found is None else {child.tag: child for child in found}


def properties_among(children: list[Element], wanted: str) -> Properties:
    """The same, of an element whose children are at hand."""
    for child in children:
        if child.tag == wanted:
            return {item.tag: item for item in child}
    return _NONE


def switched_on(properties: Properties, name: str) -> bool | None:
    """A toggle property: None where it is not set."""
    item = properties.get(W + name)
    return None if item is None else str(item.get(_VAL, "1")) not in ("0", "false", "off", "none")


class Styles:
    """Of one document, from the bytes of its part; None where it has none."""

    def __init__(self, data: bytes | None) -> None:
        self._data = b""
        self._left = _MOST_SOUGHT
        self._sought: set[str] = set()
        self._items: dict[str, Element] = {}
        self._head = b""
        self._resolved: dict[str, Style] = {}
        if data is not None and not self._can_cut(data):
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        self._items = {str(item.get(f"{W}styleId")): item for item in parse_xml(data).iterchildren(f"{W}style")}

    def _can_cut(self, data: bytes) -> bool:
        """Only where it is as Word writes it: the usual prefix, UTF-8, no comment, no DTD, no section of raw text."""
        root = _ROOT.search(data)
        usual = root is not None and f'xmlns:w="{W[1:-1]}"'.encode() in root.group()
        usual = usual and (b"!" not in data or b"<!" not in data)  # one byte is found twenty times as fast as two
        if root is None or not usual or not (b"encoding" not in data[:200] or b"UTF-8" in data[:200].upper()):
            return False
        self._head, self._data = root.group(), data
        return True

    def _item(self, style_id: str) -> Element | None:
        if self._data and style_id not in self._sought:
            self._sought.add(style_id)
            self._left -= len(self._data)
            if self._left < 0:
                self._parse(self._data)
                self._data = b""
            elif (found := self._cut(style_id)) is not None:
                self._items[style_id] = found
        return self._items.get(style_id)

    def _cut(self, style_id: str) -> Element | None:
        """None where it is not there; one broken style is a style without properties."""
        piece = self._piece(style_id.encode("utf-8", "replace"))
        try:
            return parse_xml(b"".join((self._head, piece, b"</w:styles>")))[0] if piece else None
        except (Park, IndexError):
            return None

    def _piece(self, style_id: bytes) -> bytes:
        """The last style of that name, as it is written; b"" where there is none."""
        at = self._data.rfind(b'w:styleId="%b"' % style_id)
        start = self._data.rfind(b"<", 0, max(at, 0))
        if at < 0 or not _STYLE.match(self._data, start):
            return b""
        return self._data[start : self._data.find(_STYLE_END, start) + len(_STYLE_END)]

    def get(self, style_id: str | None) -> Style:
        if style_id is None:
            return NO_STYLE
        known = self._resolved.get(style_id)
        if known is None:
            known = self._resolved[style_id] = self._resolve(style_id)
        return known

    def _chain(self, style_id: str) -> "Iterator[tuple[str, Element]]":
        """The style and what it is based on, nearest first."""
        current = style_id
        for _ in range(_DEPTH):
            item = self._item(current)
            if item is None:
                return
            yield current, item
            current = _text_of(item, "basedOn")

    def _resolve(self, style_id: str) -> Style:
        """The nearest definition wins; a style that only inherits a heading's level is a heading too."""
        name, level, num_id, ilvl, num_style = "", None, None, None, None
        hidden: bool | None = None
        bold: bool | None = None
        colour: str | None = None
        for current, item in self._chain(style_id):
            name = name or _text_of(item, "name")
            paragraph, run = properties_of(item, "pPr"), properties_of(item, "rPr")
            level = _outline(paragraph, _text_of(item, "name")) if level is None else level
            number, depth = numbering_of(paragraph)
            if num_id is None and number is not None:
                num_id, num_style = number, current
            ilvl = depth if ilvl is None else ilvl
            hidden = switched_on(run, "vanish") if hidden is None else hidden
            bold = switched_on(run, "b") if bold is None else bold
            colour = colour_of(run) if colour is None else colour
        return Style(
            name, level or 0, num_id, ilvl, bool(hidden), bool(bold), num_style, colour in _WHITE,
            contents=name.lower().startswith(_CONTENTS),
        )  # fmt: skip

    def shades(self, style_id: str | None) -> tuple[bool, bool]:
        """Whether a table's style paints its first row, and whether it paints any other of its cells."""
        first = others = False
        for _, item in self._chain(style_id or ""):
            for shade in item.iter(_SHADE):
                if not is_white(shade):
                    part = next(shade.iterancestors(f"{W}tblStylePr"), None)
                    of_first = part is not None and part.get(f"{W}type") in ("firstRow", "nwCell", "neCell")
                    first, others = first or of_first, others or not of_first
        return first, others


_SHADE = f"{W}shd"


def is_white(shade: Element) -> bool:
    """Whether a w:shd leaves the paper as it is."""
    return str(shade.get(f"{W}fill", "")).upper() in ("", "AUTO", "FFFFFF")


def colour_of(properties: Properties) -> str | None:
    """The letters' colour as hexadecimal, in capitals; None where it is not set."""
    item = properties.get(f"{W}color")
    return None if item is None else str(item.get(_VAL, "")).upper()


def is_white_letter(colour: str | None) -> bool:
    return colour in _WHITE


def numbering_of(properties: Properties) -> tuple[str | None, int | None]:
    """numId and ilvl of a paragraph's properties; "0" means that numbering is switched off."""
    item = properties.get(_NUM_PR)
    if item is None:
        return None, None
    number: str | None = None
    depth = ""
    for child in item:  # `find` costs ten times as much
        tag = child.tag
        if tag == _NUM_ID:
            number = str(child.get(_VAL))
        elif tag == _ILVL:
            depth = str(child.get(_VAL, ""))
    return number, int(depth) if depth.isdecimal() and len(depth) == 1 else None


def outline_level(properties: Properties) -> int | None:
    """1 to 9, 0 for body text, None where it is not set."""
    item = properties.get(_OUTLINE_LVL)
    value = str(item.get(_VAL, "")) if item is not None else ""
    if not (value.isdecimal() and len(value) == 1):
        return None
    return 0 if value == "9" else int(value) + 1


def _outline(properties: Properties, name: str) -> int | None:
    level = outline_level(properties)
    if level is not None:
        return level
    if match := _HEADING_NAME.fullmatch(name.strip()):
        return int(match.group(1))
    return 1 if name.lower() in ("title", "titre") else None


def _text_of(item: Element, name: str) -> str:
    child = item.find(f"{W}{name}")
    return str(child.get(_VAL, "")) if child is not None else ""
