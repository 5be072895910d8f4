"""HTML and saved web pages by selectolax (lexbor): what a person reads, without scripts, navigation and furniture.

Headings, lists, tables and quotes keep their kind; hidden elements come marked. No script runs, nothing is fetched.
"""

import re
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.html_furniture import holds_the_title, is_furniture, leads_back, names_of
from ingestion.extraction.html_lists import ListCounts
from ingestion.extraction.html_look import Look
from ingestion.extraction.html_tables import rows_of
from ingestion.extraction.hygiene import one_line, raised_number
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
_CHARSET = re.compile(rb"<meta[^>]{0,300}charset\s*=\s*[\"']?([\w-]{3,20})", re.IGNORECASE)
_DEEPEST = 400  # elements in elements; deeper ones are read as one text
_HEADING = re.compile(r"h([1-6])$")
_NOTES = re.compile(r"\bfootnotes?\b|\bdoc-endnotes\b", re.IGNORECASE)
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
    _Writer(composer, Look(tree), page=page).write(root)


class _Writer:
    """Walks the tree; inline text gathers until a block element ends it."""

    def __init__(self, composer: Composer, look: Look, *, page: bool) -> None:
        self._composer = composer
        self._dropped = _DROPPED if page else _DROPPED - _KEPT_IN_MAIL
        self._page = page
        self._inline: list[str] = []
        self._hidden = 0
        self._quotes = 0
        self._notes = 0
        self._mark: tuple[str, int] | None = None  # of a list item whose first text is still to come, and its level
        self._counts = ListCounts()
        self._look = look

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
            elif tag == "header" and self._page and holds_the_title(child):
                self._children(child, depth + 1, items)
            elif tag in self._dropped or (self._page and is_furniture(child)) or leads_back(child):
                continue
            elif depth > _DEEPEST:
                self._inline.append(child.text() or "")
            elif tag in _BLOCKS or tag == "tr":
                self._flush()
                self._block(child, tag or "", depth + 1, items)
                self._flush()
            elif self._look.is_hidden(child):
                self._flush()
                self._hidden += 1
                self._children(child, depth + 1, items)
                self._flush()
                self._hidden -= 1
            else:
                self._children(child, depth + 1, items)

    def _block(self, node: LexborNode, tag: str, depth: int, items: int) -> None:
        hidden = self._look.is_hidden(node)
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
            notes = tag in ("section", "div", "aside", "ol") and bool(_NOTES.search(names_of(node)))
            self._quotes += tag == "blockquote"
            self._notes += notes
            self._children(node, depth, items + (tag in ("ul", "ol")))
            self._flush()
            self._quotes -= tag == "blockquote"
            self._notes -= notes
        self._hidden -= hidden

    def _item(self, node: LexborNode, depth: int, items: int) -> None:
        """Its mark stands before its first text, wherever that is: <li><p>…</p></li> is how most pages write it."""
        self._mark = (self._counts.mark(node), max(items, 1))
        self._children(node, depth, items)
        self._flush()
        self._mark = None

    def _taken_mark(self) -> tuple[str, int]:
        mark, self._mark = self._mark or ("", 0), None
        return mark

    def _table(self, node: LexborNode) -> None:
        hidden = self._look.outermost_hidden(node)
        texts = [_words(it) for it in hidden]
        for it in hidden:
            it.decompose()
        rows = rows_of(node, _words)
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
    shown = raised_number(text)
    return shown if shown != text else ""


def _is_data_table(node: LexborNode) -> bool:
    """A table of data, not one that lays a page or a mail out."""
    if node.attributes.get("role") == "presentation" or node.css_first("table table") is not None:
        return False
    rows = node.css("tr")
    return len(rows) > 1 and max((len(row.css("td, th")) for row in rows[:20]), default=0) > 1
