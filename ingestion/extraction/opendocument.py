"""ODT (and ODP): paragraphs, headings, lists with their numbers, tables, footnotes, comments, tracked changes.

Deletions live apart in the file and are dropped (flagged); insertions stand in the text. Entities are not expanded and
scripts never run.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.french import heading_level
from ingestion.extraction.hygiene import raised_number
from ingestion.extraction.limits import Limits
from ingestion.extraction.opendocument_styles import DRAW, OFFICE, TABLE, TEXT, OdfStyles, margins
from ingestion.extraction.reading import Attachment, Composer, Reading, without_covered_end
from ingestion.extraction.xml import Element, parse_xml
from ingestion.extraction.zipped import Zipped

_DC = "{http://purl.org/dc/elements/1.1/}"
_META = {f"{_DC}creator": "author", f"{_DC}title": "title", f"{_DC}subject": "subject", f"{_DC}date": "modified"}
_CELL = f"{TABLE}table-cell"
_LINES = {f"{TEXT}tab", f"{TEXT}line-break", f"{TEXT}soft-page-break"}
_LEFT_OUT = {f"{OFFICE}forms", f"{TEXT}sequence-decls"}
_MAX_SPACES = 1_000  # of one text:s, whose count a file may say as it likes


def read_opendocument(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, ENCRYPTED, BOMB, TOO_LARGE, EMPTY)."""
    zipped = Zipped(data, limits)
    manifest = zipped.get("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise Park(ParkReason.ENCRYPTED)
    root = parse_xml(zipped.read("content.xml"))
    body = root.find(f"{OFFICE}body")
    if body is None:
        raise Park(ParkReason.MALFORMED)
    composer = Composer(limits)
    styles = zipped.get("styles.xml")
    _Document(root, parse_xml(styles) if styles else None, composer).write(body)
    if any(name.startswith(("Basic/", "Scripts/")) for name in zipped.names()):
        composer.flag("macros")
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return replace(composer.reading(metadata=_metadata(zipped)), attachments=_objects(zipped))


def _metadata(zipped: Zipped) -> dict[str, str]:
    data = zipped.get("meta.xml")
    items = parse_xml(data).iter() if data else ()
    return {_META[item.tag]: (item.text or "")[:500] for item in items if item.tag in _META and item.text}


def _objects(zipped: Zipped) -> tuple[Attachment, ...]:
    names = [
        name for name in zipped.names() if name.startswith("ObjectReplacements/") is False and "/content.xml" in name
    ]
    return tuple(Attachment(posixpath.dirname(name), b"", ParkReason.UNSUPPORTED) for name in names)


class _Document:
    def __init__(self, root: Element, styles: Element | None, composer: Composer) -> None:
        self._composer = composer
        self._named = styles
        self._styles = OdfStyles.of([root] if styles is None else [styles, root])
        self._notes: list[Element] = []
        self._boxes: list[Element] = []
        self._hidden: list[str] = []  # of the paragraph that is being read
        self._painted = False  # white letters can be read: the cell around them has a ground

    def write(self, body: Element) -> None:
        self._margins("header")
        self._blocks(body)
        self._margins("footer")

    def _margins(self, kind: str) -> None:
        found = margins(self._named, kind) if self._named is not None else ()
        for text in dict.fromkeys(self._inline(item).strip() for item in found):
            if any(c.isalpha() for c in text):
                self._composer.paragraph(text, style=kind)

    def _blocks(self, parent: Element) -> None:
        for child in parent:
            self._block(child)

    def _block(self, element: Element) -> None:
        tag = element.tag
        if tag == f"{TEXT}h":
            self._heading(element)
        elif tag == f"{TEXT}p":
            self._paragraph(element)
        elif tag == f"{TEXT}list":
            self._list(element, 0, "")
        elif tag == f"{TABLE}table":
            self._table(element)
        elif tag == f"{TEXT}tracked-changes":
            self._composer.flag("tracked_changes")
        elif tag == f"{OFFICE}annotation":
            self._comment(element)
        elif isinstance(tag, str) and tag not in _LEFT_OUT:
            self._blocks(element)

    def _heading(self, element: Element) -> None:
        outline = str(element.get(f"{TEXT}outline-level", "1"))
        level = int(outline) if outline.isdecimal() and 0 < len(outline) < 3 else 1
        counted = element.get(f"{TEXT}is-list-header") != "true"
        number = self._styles.heading_number(level - 1) if counted else ""
        self._emit(BlockKind.HEADING, self._inline(element), level, number)

    def _paragraph(self, element: Element) -> None:
        text = self._inline(element)
        if self._is_hidden(element):
            self._composer.paragraph(text, hidden=True)
            self._flush()
            return
        level = heading_level(" ".join(text.split())) or self._styles.is_title(
            str(element.get(f"{TEXT}style-name", ""))
        )
        self._emit(BlockKind.HEADING if level else BlockKind.PARAGRAPH, text, level)

    def _is_hidden(self, element: Element) -> bool:
        style = str(element.get(f"{TEXT}style-name", ""))
        return style in self._styles.hidden or (style in self._styles.white and not self._painted)

    def _emit(self, kind: BlockKind, text: str, level: int, number: str = "") -> None:
        shown = f"{number} {text}" if number and text.strip() else text
        self._composer.add(kind, shown, level=min(level, 9))
        self._flush()

    def _flush(self) -> None:
        """What hangs on the paragraph that was written: hidden words, boxes, notes."""
        hidden, self._hidden = self._hidden, []
        self._composer.paragraph(" ".join(hidden), hidden=True)
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._blocks(box)
        notes, self._notes = self._notes, []
        for note in notes:
            citation, body = note.find(f"{TEXT}note-citation"), note.find(f"{TEXT}note-body")
            text = " ".join(self._inline(item) for item in body) if body is not None else ""
            number = (citation.text or "") if citation is not None else ""
            self._composer.add(BlockKind.FOOTNOTE, f"{number} {text}" if text.strip() else "")

    def _list(self, element: Element, depth: int, style: str) -> None:
        """A list without a style of its own has that of the list around it, or of its first paragraph."""
        style = str(element.get(f"{TEXT}style-name", style)) or self._style_of_paragraphs(element)
        continued = element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list")
        if depth == 0 and not continued:
            self._styles.restart(style)
        for item in element:
            first = item.tag == f"{TEXT}list-item"
            for child in item:
                if child.tag == f"{TEXT}list":
                    self._list(child, depth + 1, style)
                elif child.tag in (f"{TEXT}p", f"{TEXT}h"):
                    start = item.get(f"{TEXT}start-value")
                    number = self._styles.list_number(style, depth, str(start) if start else None) if first else ""
                    first = False
                    kind = BlockKind.HEADING if child.tag == f"{TEXT}h" else BlockKind.LIST_ITEM
                    self._emit(kind, self._inline(child), depth + 1, number)
                else:
                    self._block(child)

    def _style_of_paragraphs(self, element: Element) -> str:
        first = next(element.iter(f"{TEXT}p", f"{TEXT}h"), None)
        name = str(first.get(f"{TEXT}style-name", "")) if first is not None else ""
        return self._styles.of_paragraphs.get(name, "")

    def _table(self, element: Element) -> None:
        rows = [self._row(row) for row in _nearest(element, f"{TABLE}table-row")]
        self._composer.table(rows, header=len(rows) > 1)
        self._flush()

    def _row(self, row: Element) -> list[str]:
        """Its cells; those that another one reaches over are empty."""
        cells = list(row.iterchildren(_CELL, f"{TABLE}covered-table-cell"))
        own = sum(1 for cell in cells if cell.tag == _CELL)
        return without_covered_end([self._cell(cell) if cell.tag == _CELL else "" for cell in cells], own)

    def _cell(self, cell: Element) -> str:
        """All paragraphs of a cell in one line, nested tables and lists included."""
        before, self._painted = self._painted, str(cell.get(f"{TABLE}style-name", "")) in self._styles.painted
        texts: list[str] = []
        for item in cell.iter(f"{TEXT}p", f"{TEXT}h"):
            text = self._inline(item)
            (self._hidden if self._is_hidden(item) else texts).append(text)
        self._painted = before
        return " ".join(texts)

    def _comment(self, element: Element) -> None:
        self._composer.flag("comments")
        self._composer.paragraph(" ".join(self._inline(p) for p in element.iter(f"{TEXT}p")), style="comment")

    def _inline(self, element: Element) -> str:
        """The text of a paragraph; notes, boxes and hidden words are put aside, comments written apart."""
        pieces = [element.text or ""]
        for child in element:
            tag = child.tag
            if tag == f"{TEXT}note":
                self._notes.append(child)
            elif tag == f"{DRAW}text-box":
                self._boxes.append(child)
            elif tag == f"{TEXT}s":
                count = str(child.get(f"{TEXT}c", "1"))
                pieces.append(" " * min(int(count) if count.isdecimal() and len(count) < 6 else 1, _MAX_SPACES))
            elif tag in _LINES:
                pieces.append(" ")
            elif tag == f"{OFFICE}annotation":
                self._comment(child)
            elif tag == f"{TEXT}span" and self._is_hidden(child):
                self._hidden.append(self._inline(child))
            elif tag == f"{TEXT}span" and str(child.get(f"{TEXT}style-name", "")) in self._styles.raised:
                pieces.append(raised_number(self._inline(child)))
            elif isinstance(tag, str):
                pieces.append(self._inline(child))
            pieces.append(child.tail or "")
        return "".join(pieces)


def _nearest(parent: Element, tag: str) -> Iterator[Element]:
    """The nearest descendants of that tag: not those of what is nested in them."""
    for child in parent:
        if child.tag == tag:
            yield child
        else:
            yield from _nearest(child, tag)
