"""The marks of HTML's lists as a browser shows them."""

import re

from selectolax.lexbor import LexborNode

from ingestion.extraction.docx_numbering import letters, roman

_LISTED = re.compile(
    r"list-style(?:-type)?\s*:[^;]*?\b(none|(?:lower|upper)-(?:alpha|latin|roman)|decimal)\b", re.IGNORECASE
)
_STYLES = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}  # of <ol type>


class ListCounts:
    """Of one page: how far each of its ordered lists has counted."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def mark(self, item: LexborNode) -> str:
        """What a browser shows before a list item."""
        parent = item.parent
        if parent is None or parent.tag != "ol":
            return "" if parent is not None and _list_style(parent) == "none" else "• "
        last = self._last.get(parent.mem_id)
        first = _whole(parent.attributes.get("start"), 1)
        number = _whole(item.attributes.get("value"), first if last is None else last + 1)
        self._last[parent.mem_id] = number
        return _shown(number, _list_style(item) or _list_style(parent))


def _list_style(node: LexborNode) -> str:
    found = _LISTED.search(node.attributes.get("style") or "")
    return found.group(1).lower() if found else _STYLES.get(node.attributes.get("type") or "", "")


def _whole(text: str | None, default: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else default


def _shown(number: int, style: str) -> str:
    if style == "none":
        return ""
    case, _, signs = style.partition("-")
    shown = str(number)
    if signs in ("alpha", "latin"):
        shown = letters(number)
    elif signs == "roman":
        shown = roman(number)
    return f"{shown.upper() if case == 'upper' else shown.lower()}. "
