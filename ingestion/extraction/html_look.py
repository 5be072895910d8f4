"""What of an HTML page its reader sees: elements that are hidden, letters that are white on nothing.

A page's own style sheets are asked for grounds only: what they hide may be opened by a click.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:\.\d+)?\s*(?:px|pt|;|$)|"
    r"opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)",
    re.IGNORECASE,
)
_WHITE = re.compile(
    r"(?:^|;)\s*color\s*:\s*(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))", re.IGNORECASE
)
_GROUND = re.compile(
    r"background(?:-color|-image)?\s*:\s*(?!\s*(?:#fff(?:fff)?\b|white\b|none\b|transparent\b|inherit\b|initial\b|unset\b))",
    re.IGNORECASE,
)
_BRACE = re.compile("([{}])")
_LAST_NAME = re.compile(r"([.#]?[\w-]+)$")
_DEEPEST = 400  # elements around an element
_LONGEST_NAME = 200  # characters
_LONGEST_SHEET = 200_000  # characters that are read of a page's style sheets


class Look:
    """Of one page; its style sheets say which classes, ids and elements have a ground that is not white."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        sheets = "".join(sheet.text() or "" for sheet in tree.css("style"))[:_LONGEST_SHEET]
        rules = _rules(sheets) if "background" in sheets else ()
        painted = (selector for selectors, style in rules if _GROUND.search(style) for selector in selectors.split(","))
        names = (_LAST_NAME.search(selector.strip()[-_LONGEST_NAME:]) for selector in painted)
        self._painted = {name[1] for name in names if name}

    def is_hidden(self, node: LexborNode) -> bool:
        attributes = node.attributes
        style = attributes.get("style") or ""
        if "hidden" in attributes or _HIDDEN.search(style):
            return True
        white = bool(_WHITE.search(style)) or (attributes.get("color") or "").lower() in ("#fff", "#ffffff", "white")
        return white and not self._has_ground(node)

    def outermost_hidden(self, node: LexborNode) -> list[LexborNode]:
        """Hidden elements below the node, without those within them: to take one away takes all of it."""
        found: dict[int, LexborNode] = {}
        for it in node.css("*"):
            if self.is_hidden(it) and not any(around.mem_id in found for around in _around(it)):
                found[it.mem_id] = it
        return list(found.values())

    def _has_ground(self, node: LexborNode) -> bool:
        """Whether something that is not white lies behind, as far as the page itself says."""
        return any(
            _GROUND.search(it.attributes.get("style") or "")
            or (it.attributes.get("bgcolor") or "white").lower() not in ("#ffffff", "#fff", "white")
            or (self._painted and not self._painted.isdisjoint(_selectors(it)))
            for it in (node, *_around(node))
        )


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and style of every rule that holds for any medium."""
    first, *others = sheet.split("/*")
    depth, selectors, before = 0, "", ""
    for piece in _BRACE.split(first + "".join(other.partition("*/")[2] for other in others)):
        if piece == "{":
            depth += 1
            selectors = before if depth == 1 else selectors
        elif piece == "}":
            if depth == 1:
                yield selectors, before
            depth = max(depth - 1, 0)
        else:
            before = piece


def _selectors(node: LexborNode) -> Iterator[str]:
    yield node.tag or ""
    yield f"#{node.attributes.get('id') or ''}"
    yield from (f".{name}" for name in (node.attributes.get("class") or "").split())


def _around(node: LexborNode) -> Iterator[LexborNode]:
    around = node.parent
    for _ in range(_DEEPEST):
        if around is None:
            return
        yield around
        around = around.parent
