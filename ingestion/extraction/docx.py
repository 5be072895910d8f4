"""DOCX: a reader of our own, because no library shows what Word shows.

Promises: automatic numbers are rendered, tracked insertions kept and deletions dropped (flagged), content controls,
text boxes, footnotes, endnotes, headers, footers, comments, nested tables and field results read; hidden text comes
apart, marked. Macros are flagged and never run; nothing outside the file is opened.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.docx_numbering import Numbering, W
from ingestion.extraction.docx_styles import (
    NO_STYLE,
    Properties,
    Style,
    Styles,
    numbering_of,
    outline_level,
    properties_of,
    switched_on,
)
from ingestion.extraction.french import heading_level
from ingestion.extraction.limits import Limits
from ingestion.extraction.ooxml import Package
from ingestion.extraction.reading import Composer, Reading
from ingestion.extraction.xml import Element

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_VAL = f"{W}val"
_SHADE, _HIGHLIGHT = f"{W}shd", f"{W}highlight"
_P, _TBL, _R, _T, _TR, _TC = (f"{W}{name}" for name in ("p", "tbl", "r", "t", "tr", "tc"))
_INSERTED = {f"{W}ins", f"{W}moveTo"}
_DELETED = {f"{W}del", f"{W}moveFrom"}
_ALTERNATE = f"{_MC}AlternateContent"
_WRAPPED = {*_INSERTED, *_DELETED, _ALTERNATE}
_RPR, _MT = f"{W}rPr", f"{_M}t"
_SKIPPED = {f"{W}{name}" for name in ("pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sdtEndPr", "sectPr",
                                      "instrText", "delText", "rt")}  # fmt: skip
_AS_TEXT = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_SHORT_HEADING = 120  # characters: a bold line longer than this is a stressed paragraph
_WITHOUT_STYLE = 6  # the level of a heading that only its bold type shows
_TINY = 4  # half-points


@dataclass(slots=True)
class _Text:
    """What one paragraph holds, gathered run by run."""

    shown: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    bold: bool = True  # until a visible run is not


def read_docx(data: bytes, limits: Limits) -> Reading:
    """The document with all that belongs to it. Park(MALFORMED, ENCRYPTED, BOMB, TOO_LARGE, EMPTY)."""
    package = Package(data, limits)
    composer = Composer(limits)
    name = package.main()
    document = package.xml(name)
    body = document.find(f"{W}body") if document is not None else None
    if body is None:
        raise Park(ParkReason.MALFORMED)
    _Document(package, name, composer).write(body)
    for flag in package.flags():
        composer.flag(flag)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return replace(composer.reading(metadata=package.metadata()), attachments=package.embedded())


class _Document:
    def __init__(self, package: Package, name: str, composer: Composer) -> None:
        self._package = package
        self._composer = composer
        relations = package.relations(name)
        self._parts = {relation.kind: relation.target for relation in relations if not relation.external}
        self._headers = sorted({r.target for r in relations if r.kind == "header"})
        self._footers = sorted({r.target for r in relations if r.kind == "footer"})
        if any(r.external and r.kind in ("attachedTemplate", "oleObject", "frame", "subDocument") for r in relations):
            composer.flag("external_content")
        self._styles = Styles(self._part("styles"))
        self._numbering = Numbering(lambda: self._part("numbering"))
        self._notes = {kind: self._note_elements(kind) for kind in ("footnotes", "endnotes")}
        self._note_numbers = {"footnotes": 0, "endnotes": 0}
        self._notes_of_table: list[tuple[str, str]] = []

    def write(self, body: Element) -> None:
        self._margin(self._headers, "header")
        self._blocks(body, depth=0)
        self._margin(self._footers, "footer")
        self._comments()

    def _part(self, kind: str) -> Element | None:
        target = self._parts.get(kind)
        return self._package.xml(target) if target is not None else None

    def _note_elements(self, kind: str) -> dict[str, Element]:
        root = self._part(kind)
        return {} if root is None else {str(item.get(f"{W}id")): item for item in root if item.get(f"{W}type") is None}

    def _blocks(self, parent: Element, depth: int) -> None:
        """Block-level children, through content controls, tracked changes and compatibility wrappers."""
        for child in _content(parent, self._composer):
            if child.tag == _P:
                self._paragraph(child)
            elif child.tag == _TBL:
                self._table(child, depth)
            elif child.tag not in _SKIPPED:
                if child.tag == f"{W}altChunk":
                    self._composer.flag("embedded_objects")
                self._blocks(child, depth)

    def _paragraph(self, paragraph: Element) -> None:
        properties = properties_of(paragraph, "pPr")
        style_id = _child_value(properties, "pStyle")
        style = self._styles.get(style_id)
        text = self._text(paragraph, style, shaded=_shaded(properties))
        content = "".join(text.shown)
        if content and not content.isspace():
            number, depth = self._number(properties, style_id, style)
            shown = f"{number} {content}" if number else content
            kind, level = self._kind(shown, properties, style, text, bool(number))
            level = depth + 1 if kind is BlockKind.LIST_ITEM else level
            self._composer.add(kind, shown, level=level, style=style.name)
        if text.hidden:
            self._composer.paragraph("".join(text.hidden), hidden=True, style=style.name)
        for box in text.boxes:
            self._blocks(box, depth=1)
        for note, note_id in text.notes:
            self._note(note, note_id)

    def _text(self, paragraph: Element, style: Style, *, shaded: bool) -> _Text:
        text = _Text()
        for run in _runs(paragraph, self._composer):
            if run.tag == _R:
                self._run(run, text, style, shaded=shaded)
            else:
                text.shown.append(run.text or "")
        text.bold = text.bold and bool(text.shown)
        return text

    def _run(self, run: Element, text: _Text, style: Style, *, shaded: bool) -> None:
        properties = properties_of(run, "rPr")
        of_run = self._styles.get(_child_value(properties, "rStyle")) if properties else NO_STYLE
        hidden = _is_hidden(properties, style.hidden or of_run.hidden, shaded=shaded)
        into = text.hidden if hidden else text.shown
        before = len(into)
        for child in run:
            if child.tag == _T:
                into.append(child.text or "")
            elif child.tag != _RPR:
                _run_content(child, into, text)
        if text.bold and not hidden and len(into) > before:
            stated = switched_on(properties, "b")
            text.bold = stated if stated is not None else style.bold or of_run.bold

    def _number(self, properties: Properties, style_id: str | None, style: Style) -> tuple[str, int]:
        """The paragraph's number as displayed, "" without one, and its depth in its list."""
        own_id, own_depth = numbering_of(properties)
        num_id = own_id if own_id is not None else style.num_id
        if num_id is None or num_id == "0":
            return "", 0
        if own_depth is not None:
            depth = own_depth
        elif own_id is None and style.ilvl is None and style_id is not None:
            depth = self._numbering.level_of_style(style_id, num_id)
        else:
            depth = style.ilvl or 0
        return self._numbering.next(num_id, depth), depth

    def _kind(
        self, shown: str, properties: Properties, style: Style, text: _Text, numbered: bool
    ) -> tuple[BlockKind, int]:
        outline = outline_level(properties)
        level = style.level if outline is None else outline
        if level:
            return BlockKind.HEADING, level
        line = " ".join(shown.split())
        by_words = heading_level(line)
        stressed = text.bold and 3 < len(line) <= _SHORT_HEADING and line[-1] not in ".,;"
        if by_words and (text.bold or line.isupper() or len(line) <= 80):
            return BlockKind.HEADING, by_words
        if stressed and any(c.isalpha() for c in line):
            return BlockKind.HEADING, _WITHOUT_STYLE
        return (BlockKind.LIST_ITEM, 1) if numbered else (BlockKind.PARAGRAPH, 0)

    def _table(self, table: Element, depth: int) -> None:
        rows = [row for row in _descend(table, _TR, self._composer) if not _row_deleted(row, self._composer)]
        cells = [list(_descend(row, _TC, self._composer)) for row in rows]
        if sum(len(row) for row in cells) == 1:  # a box drawn with a table
            self._blocks(cells[0][0], depth + 1)
            return
        texts = [[self._cell(cell) for cell in row] for row in cells]
        self._composer.table(texts, header=len(texts) > 1 and _looks_like_header(rows[0], texts))
        for kind, number in self._notes_of_table:
            self._note(kind, number)
        self._notes_of_table.clear()

    def _cell(self, cell: Element) -> str:
        """All paragraphs of a cell, nested tables included, in one line; hidden text comes after the table."""
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        if merge is not None and merge.get(_VAL) != "restart":
            return ""
        shaded = _shaded(properties_of(cell, "tcPr"))
        pieces = []
        for paragraph in _cell_paragraphs(cell, self._composer):
            properties = properties_of(paragraph, "pPr")
            style_id = _child_value(properties, "pStyle")
            style = self._styles.get(style_id)
            text = self._text(paragraph, style, shaded=shaded or _shaded(properties))
            content = "".join(text.shown).strip()
            number = self._number(properties, style_id, style)[0] if content else ""
            pieces.append(f"{number} {content}".strip())
            pieces += ["".join(str(text) for text in box.itertext(_T)) for box in text.boxes]
            if text.hidden:
                self._composer.paragraph("".join(text.hidden), hidden=True)
            self._notes_of_table += text.notes
        return " ".join(piece for piece in pieces if piece)

    def _note(self, kind: str, note_id: str) -> None:
        """A note directly after the paragraph that refers to it, with its number as displayed."""
        element = self._notes[kind].get(note_id)
        if element is None:
            return
        self._note_numbers[kind] += 1
        texts = [self._text(item, NO_STYLE, shaded=False) for item in element.iter(_P)]
        shown = " ".join("".join(text.shown).strip() for text in texts)
        self._composer.add(BlockKind.FOOTNOTE, f"{self._note_numbers[kind]} {shown}" if shown.strip() else "")

    def _margin(self, names: list[str], style: str) -> None:
        """Headers or footers, each text once: sections repeat them."""
        seen = set()
        for name in names:
            root = self._package.xml(name)
            for paragraph in root.iter(_P) if root is not None else ():
                text = "".join(self._text(paragraph, NO_STYLE, shaded=True).shown).strip()
                if text and text not in seen and any(c.isalpha() for c in text):
                    seen.add(text)
                    self._composer.paragraph(text, style=style)

    def _comments(self) -> None:
        root = self._part("comments")
        for comment in root if root is not None else ():
            texts = ("".join(self._text(item, NO_STYLE, shaded=True).shown) for item in comment.iter(_P))
            self._composer.paragraph(" ".join(texts), style="comment")
            self._composer.flag("comments")


def _run_content(child: Element, into: list[str], text: _Text) -> None:
    """What a run holds besides plain text."""
    tag = child.tag
    if tag in _AS_TEXT:
        into.append(_AS_TEXT[tag])
    elif tag == f"{W}sym":
        into.append(_symbol(child))
    elif tag in _NOTES:
        text.notes.append((_NOTES[tag], str(child.get(f"{W}id"))))
    elif tag not in _SKIPPED:
        text.boxes += _text_boxes(child)


def _content(parent: Element, composer: Composer) -> Iterator[Element]:
    """Children that count: deletions dropped, insertions entered, one branch of each alternative."""
    for child in parent:
        if child.tag in _WRAPPED:
            yield from _content_of(child, composer)
        else:
            yield child


def _content_of(wrapper: Element, composer: Composer) -> Iterator[Element]:
    tag = wrapper.tag
    if tag != _ALTERNATE:
        composer.flag("tracked_changes")
        if tag in _INSERTED:
            yield from _content(wrapper, composer)
        return
    branch = wrapper.find(f"{_MC}Choice")
    branch = branch if branch is not None else wrapper.find(f"{_MC}Fallback")
    if branch is not None:
        yield from _content(branch, composer)


def _runs(parent: Element, composer: Composer) -> Iterator[Element]:
    """The runs of a paragraph, and texts of formulas, in order, whatever wraps them."""
    for child in parent:
        tag = child.tag
        if tag in (_R, _MT):
            yield child
        elif tag in _WRAPPED:
            yield from _runs_of(_content_of(child, composer), composer)
        elif tag not in _SKIPPED and len(child):
            yield from _runs(child, composer)


def _runs_of(children: Iterable[Element], composer: Composer) -> Iterator[Element]:
    for child in children:
        if child.tag in (_R, _MT):
            yield child
        elif child.tag not in _SKIPPED:
            yield from _runs(child, composer)


def _descend(parent: Element, tag: str, composer: Composer) -> Iterator[Element]:
    """The nearest descendants of that tag, through content controls and wrappers."""
    for child in _content(parent, composer):
        if child.tag == tag:
            yield child
        elif child.tag not in _SKIPPED:
            yield from _descend(child, tag, composer)


def _cell_paragraphs(cell: Element, composer: Composer) -> Iterator[Element]:
    for child in _content(cell, composer):
        if child.tag == _P:
            yield child
        elif child.tag not in _SKIPPED:
            yield from _cell_paragraphs(child, composer)


def _text_boxes(element: Element) -> list[Element]:
    """The contents of text boxes below a drawing or picture, the modern branch where there are two."""
    if element.tag == _ALTERNATE:
        choice = element.find(f"{_MC}Choice")
        element = choice if choice is not None else element
    return [box for box in element.iter(f"{W}txbxContent") if not _inside_box(box, element)]


def _inside_box(box: Element, top: Element) -> bool:
    parent = box.getparent()
    while parent is not None and parent is not top:
        if parent.tag == f"{W}txbxContent":
            return True
        parent = parent.getparent()
    return False


def _row_deleted(row: Element, composer: Composer) -> bool:
    properties = row.find(f"{W}trPr")
    deleted = properties is not None and properties.find(f"{W}del") is not None
    if deleted:
        composer.flag("tracked_changes")
    return deleted


def _looks_like_header(row: Element, texts: list[list[str]]) -> bool:
    if row.find(f"{W}trPr/{W}tblHeader") is not None:
        return True
    return len(texts[0]) > 1 and all(cell and len(cell) <= 60 for cell in texts[0])


def _is_hidden(properties: Properties, inherited: bool, *, shaded: bool) -> bool:
    """Vanished, or set in white on nothing, or too small to be read."""
    vanish = switched_on(properties, "vanish")
    if vanish is not None or not properties:
        return inherited if vanish is None else vanish
    white = (_child_value(properties, "color") or "").upper() in ("FFFFFF", "FEFEFE", "FDFDFD")
    size = _child_value(properties, "sz") or ""
    tiny = size.isdecimal() and len(size) < 5 and int(size) <= _TINY
    return inherited or tiny or (white and not shaded and not _shaded(properties))


def _shaded(properties: Properties) -> bool:
    """Whether the background is anything but white."""
    shade = properties.get(_SHADE)
    fill = str(shade.get(f"{W}fill", "")).upper() if shade is not None else ""
    return _HIGHLIGHT in properties or fill not in ("", "AUTO", "FFFFFF")


def _symbol(element: Element) -> str:
    code = str(element.get(f"{W}char", ""))
    return (
        chr(int(code, 16)) if len(code) <= 4 and code.isalnum() and set(code) <= set("0123456789abcdefABCDEF") else ""
    )


def _child_value(properties: Properties, name: str) -> str | None:
    child = properties.get(W + name)
    return str(child.get(_VAL)) if child is not None else None
