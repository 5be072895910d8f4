"""HTML and saved web pages by selectolax (lexbor): what a person reads, without scripts, navigation and furniture.

Headings, lists, tables and quotes keep their kind; hidden elements come marked. No script runs, nothing is fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.docx_numbering import letters, roman
from ingestion.extraction.hygiene import one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.plain import decode, write_line
from ingestion.extraction.reading import Composer, Reading

_DROPPED_WORDS = (
    "script style noscript template nav header footer aside form svg math canvas iframe object embed "
    "button select option input textarea audio video map dialog menu head link meta title"
)
_DROPPED = frozenset(_DROPPED_WORDS.split())
_KEPT_IN_MAIL = frozenset({"header", "footer", "aside", "form"})
_BLOCKS_WORDS = (
    "address article blockquote body center dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table ul"
)
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_FURNITURE = re.compile(
    r"\b(?:cookie|consent|breadcrumb|navbar|menu|sidebar|share|social|skip-?link|banner|sr-only)\b", re.IGNORECASE
)
_CHARSET = re.compile(rb"<meta[^>]{0,300}charset\s*=\s*[\"']?([\w-]{3,20})", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:\.\d+)?\s*(?:px|pt|;|$)|"
    r"opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)",
    re.IGNORECASE,
)
_WHITE = re.compile(
    r"(?:^|;)\s*color\s*:\s*(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))", re.IGNORECASE
)
_GROUND = re.compile(
    r"background(?:-color|-image)?\s*:\s*(?!\s*(?:#fff(?:fff)?\b|white\b|none\b|transparent\b))", re.IGNORECASE
)
_DEEPEST = 400  # elements in elements; deeper ones are read as one text
_HEADING = re.compile(r"h([1-6])$")
_NOTES = re.compile(r"\bfootnotes?\b|\bdoc-endnotes\b", re.IGNORECASE)
_BACK = re.compile(r"footnote-back|doc-backlink", re.IGNORECASE)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LISTED = re.compile(
    r"list-style(?:-type)?\s*:[^;]*?\b(none|(?:lower|upper)-(?:alpha|latin|roman)|decimal)\b", re.IGNORECASE
)
_STYLES = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}  # of <ol type>
_BREAK = "\x1e"  # what <br> leaves in gathered text: a control character, which clean text never holds


def read_html(data: bytes, limits: Limits) -> Reading:
    """A web page. Park(EMPTY, TOO_LARGE)."""
    declared = _CHARSET.search(data[:4_096])
    text = decode(data, declared.group(1).decode("ascii") if declared else None)
    return read_html_text(text, limits)


def read_html_text(text: str, limits: Limits) -> Reading:
    """A web page that is decoded already. Park(EMPTY, TOO_LARGE)."""
    composer = Composer(limits)
    tree = LexborHTMLParser(text)
    write_tree(tree, composer, page=True)
    if not composer.blocks:
        write_tree(tree, composer, page=False)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    title = tree.css_first("title")
    reading = composer.reading(metadata={"title": one_line(title.text())[:500]} if title is not None else {})
    return replace(reading, pages=0)


def write_html(html: str, composer: Composer) -> None:
    """The HTML body of a mail: everything but scripts."""
    write_tree(LexborHTMLParser(html), composer, page=False)


def write_tree(tree: LexborHTMLParser, composer: Composer, *, page: bool) -> None:
    """`page`: leave the furniture of a web site out, and take its main part where it has one."""
    root = tree.body
    if root is None:
        return
    if page:
        mains = tree.css("main, [role=main], article")
        longest = max(mains, key=lambda node: len(node.text()), default=None)
        if longest is not None and len(longest.text()) > 0.35 * len(root.text()):
            root = longest
    _Writer(composer, page=page).write(root)


class _Writer:
    """Walks the tree; inline text gathers until a block element ends it."""

    def __init__(self, composer: Composer, *, page: bool) -> None:
        self._composer = composer
        self._dropped = _DROPPED if page else _DROPPED - _KEPT_IN_MAIL
        self._page = page
        self._inline: list[str] = []
        self._hidden = 0
        self._quotes = 0
        self._notes = 0
        self._mark: tuple[str, int] | None = None  # of a list item whose first text is still to come, and its level
        self._counts: dict[int, int] = {}  # of ordered lists: the last number

    def write(self, root: LexborNode) -> None:
        self._children(root, 0, 0)
        self._flush()

    def _children(self, node: LexborNode, depth: int, items: int) -> None:
        for child in node.iter(include_text=True, skip_empty=False):
            tag = child.tag
            if tag == "-text":
                self._inline.append((child.text_content or "").replace(_BREAK, ""))
            elif tag == "br":
                self._inline.append(_BREAK)
            elif tag == "sup" and (raised := _raised(child)):
                self._inline.append(raised)
            elif tag == "header" and self._page and _holds_the_title(child):
                self._children(child, depth + 1, items)
            elif tag in self._dropped or (self._page and _is_furniture(child)) or _leads_back(child):
                continue
            elif depth > _DEEPEST:
                self._inline.append(child.text() or "")
            elif tag in _BLOCKS or tag == "tr":
                self._flush()
                self._block(child, tag or "", depth + 1, items)
                self._flush()
            elif _is_hidden(child):
                self._flush()
                self._hidden += 1
                self._children(child, depth + 1, items)
                self._flush()
                self._hidden -= 1
            else:
                self._children(child, depth + 1, items)

    def _block(self, node: LexborNode, tag: str, depth: int, items: int) -> None:
        hidden = _is_hidden(node)
        self._hidden += hidden
        if heading := _HEADING.match(tag):
            self._composer.heading(f"{self._taken_mark()[0]}{_words(node)}", int(heading.group(1)))
        elif tag == "table" and _is_data_table(node):
            self._table(node)
        elif tag == "li":
            self._item(node, depth, items)
        elif tag == "pre":
            self._composer.paragraph(node.text(), hidden=bool(self._hidden))
        else:
            notes = tag in ("section", "div", "aside", "ol") and bool(_NOTES.search(_names(node)))
            self._quotes += tag == "blockquote"
            self._notes += notes
            self._children(node, depth, items + (tag in ("ul", "ol")))
            self._flush()
            self._quotes -= tag == "blockquote"
            self._notes -= notes
        self._hidden -= hidden

    def _item(self, node: LexborNode, depth: int, items: int) -> None:
        """Its mark stands before its first text, wherever that is: <li><p>…</p></li> is how most pages write it."""
        self._mark = (self._number(node), max(items, 1))
        self._children(node, depth, items)
        self._flush()
        self._mark = None

    def _number(self, node: LexborNode) -> str:
        """What a browser shows before a list item."""
        parent = node.parent
        if parent is None or parent.tag != "ol":
            return "" if parent is not None and _list_style(parent) == "none" else "• "
        last = self._counts.get(parent.mem_id)
        first = _whole(parent.attributes.get("start"), 1)
        number = _whole(node.attributes.get("value"), first if last is None else last + 1)
        self._counts[parent.mem_id] = number
        return _shown(number, _list_style(node) or _list_style(parent))

    def _taken_mark(self) -> tuple[str, int]:
        mark, self._mark = self._mark or ("", 0), None
        return mark

    def _table(self, node: LexborNode) -> None:
        hidden = _outermost_hidden(node)
        texts = [_words(it) for it in hidden]
        for it in hidden:
            it.decompose()
        rows = [[_words(cell) for cell in row.css("td, th")] for row in node.css("tr")]
        first = node.css_first("tr")
        header = len(rows) > 1 and first is not None and first.css_first("td") is None
        self._composer.table(rows, header=header, hidden=bool(self._hidden))
        for text in texts:
            self._composer.paragraph(text, hidden=True)

    def _flush(self) -> None:
        lines = [one_line(line) for line in "".join(self._inline).split(_BREAK)]
        self._inline.clear()
        text = " ".join(line for line in lines if line)
        if text in ("", "•", "-"):
            return
        hidden = bool(self._hidden)
        mark, level = ("", 0) if hidden else self._taken_mark()
        if self._notes and not hidden:
            self._composer.add(BlockKind.FOOTNOTE, f"{mark.replace('. ', ' ')}{text}")
        elif self._quotes:
            self._composer.add(BlockKind.QUOTE, mark + text, hidden=hidden)
        elif level:
            self._composer.add(BlockKind.LIST_ITEM, mark + text, level=level)
        elif hidden:
            self._composer.paragraph(text, hidden=True)
        else:
            for line in lines:
                write_line(line, self._composer)


def _words(node: LexborNode, depth: int = 0) -> str:
    """A heading's or a cell's text on one line: blocks and breaks part words, <b> in the middle of one does not."""
    pieces: list[str] = []
    for child in node.iter(include_text=True, skip_empty=False):
        tag = child.tag
        if tag == "-text":
            pieces.append(child.text_content or "")
        elif tag == "br":
            pieces.append(" ")
        elif tag == "sup" and (raised := _raised(child)):
            pieces.append(raised)
        elif tag not in ("script", "style"):
            text = _words(child, depth + 1) if depth < _DEEPEST else child.text() or ""
            pieces.append(f" {text} " if tag in _BLOCKS or tag in ("td", "th", "tr") else text)
    return "".join(pieces) if depth else one_line("".join(pieces))


def _raised(node: LexborNode) -> str:
    """A raised number as such: "annexe 1" with note 2 is not annexe 12. Empty for what is none."""
    text = (node.text() or "").strip().strip("[]()")
    return text.translate(_SUPERSCRIPTS) if text.isascii() and text.isdecimal() and len(text) <= 3 else ""


def _names(node: LexborNode) -> str:
    attributes = node.attributes
    return " ".join(attributes.get(name) or "" for name in ("class", "role", "id"))


def _holds_the_title(node: LexborNode) -> bool:
    """Whether a header is that of the text, not of the site: an <h1> that leads nowhere, and no navigation."""
    own = node.css_first("h1")
    return own is not None and own.css_first("a") is None and node.css_first("nav, ul") is None


def _leads_back(node: LexborNode) -> bool:
    """The arrow behind a note, back to its mark."""
    return node.tag == "a" and bool(_BACK.search(_names(node)))


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


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    style = attributes.get("style") or ""
    if "hidden" in attributes or _HIDDEN.search(style):
        return True
    white = bool(_WHITE.search(style)) or (attributes.get("color") or "").lower() in ("#fff", "#ffffff", "white")
    return white and not _has_ground(node)


def _outermost_hidden(node: LexborNode) -> list[LexborNode]:
    """Hidden elements below the node, without those within them: to take one away takes all of it."""
    found: dict[int, LexborNode] = {}
    for it in node.css("*"):
        if _is_hidden(it) and not any(around.mem_id in found for around in _around(it)):
            found[it.mem_id] = it
    return list(found.values())


def _around(node: LexborNode) -> Iterator[LexborNode]:
    around = node.parent
    for _ in range(_DEEPEST):
        if around is None:
            return
        yield around
        around = around.parent


def _has_ground(node: LexborNode) -> bool:
    """Whether something that is not white lies behind, as far as the page itself says."""
    return any(
        _GROUND.search(it.attributes.get("style") or "")
        or (it.attributes.get("bgcolor") or "white").lower() not in ("#ffffff", "#fff", "white")
        for it in (node, *_around(node))
    )


def _is_furniture(node: LexborNode) -> bool:
    attributes = node.attributes
    if attributes.get("role") in ("navigation", "banner", "contentinfo", "search", "complementary"):
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return len(names) > 1 and bool(_FURNITURE.search(names))


def _is_data_table(node: LexborNode) -> bool:
    """A table of data, not one that lays a page or a mail out."""
    if node.attributes.get("role") == "presentation" or node.css_first("table table") is not None:
        return False
    rows = node.css("tr")
    return len(rows) > 1 and max((len(row.css("td, th")) for row in rows[:20]), default=0) > 1
