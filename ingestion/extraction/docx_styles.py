"""Styles of a Word document, resolved through what they are based on: heading level, list, hidden, bold."""

import re
from dataclasses import dataclass

from ingestion.extraction.docx_numbering import W
from ingestion.extraction.xml import Element

_VAL = f"{W}val"
_NUM_PR, _OUTLINE_LVL = f"{W}numPr", f"{W}outlineLvl"
_HEADING_NAME = re.compile(r"(?:heading|titre|überschrift)\s*([1-9])", re.IGNORECASE)
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


def switched_on(properties: Properties, name: str) -> bool | None:
    """A toggle property: None where it is not set."""
    item = properties.get(W + name)
    return None if item is None else str(item.get(_VAL, "1")) not in ("0", "false", "off", "none")


class Styles:
    def __init__(self, root: Element | None) -> None:
        items = root.iterchildren(f"{W}style") if root is not None else ()
        self._items = {str(item.get(f"{W}styleId")): item for item in items}
        self._resolved: dict[str, Style] = {}

    def get(self, style_id: str | None) -> Style:
        if style_id is None or style_id not in self._items:
            return NO_STYLE
        known = self._resolved.get(style_id)
        if known is None:
            known = self._resolved[style_id] = self._resolve(style_id)
        return known

    def _resolve(self, style_id: str) -> Style:
        """The nearest definition wins; a style that only inherits a heading's level is a heading too."""
        name, level, num_id, ilvl = "", None, None, None
        hidden: bool | None = None
        bold: bool | None = None
        current: str | None = style_id
        for _ in range(_DEPTH):
            item = self._items.get(current or "")
            if item is None:
                break
            name = name or _text_of(item, "name")
            paragraph, run = properties_of(item, "pPr"), properties_of(item, "rPr")
            level = _outline(paragraph, _text_of(item, "name")) if level is None else level
            number, depth = numbering_of(paragraph)
            num_id = number if num_id is None else num_id
            ilvl = depth if ilvl is None else ilvl
            hidden = switched_on(run, "vanish") if hidden is None else hidden
            bold = switched_on(run, "b") if bold is None else bold
            current = _text_of(item, "basedOn")
        return Style(name, level or 0, num_id, ilvl, bool(hidden), bool(bold))


def numbering_of(properties: Properties) -> tuple[str | None, int | None]:
    """numId and ilvl of a paragraph's properties; "0" means that numbering is switched off."""
    item = properties.get(_NUM_PR)
    if item is None:
        return None, None
    number, level = item.find(f"{W}numId"), item.find(f"{W}ilvl")
    depth = str(level.get(_VAL, "")) if level is not None else ""
    return (
        str(number.get(_VAL)) if number is not None else None,
        int(depth) if depth.isdecimal() and len(depth) == 1 else None,
    )


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
