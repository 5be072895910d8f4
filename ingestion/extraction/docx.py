"""DOCX: a reader of our own, because no library shows what Word shows.

Promises: automatic numbers are rendered, tracked insertions kept and deletions dropped (flagged), content controls,
text boxes, footnotes, endnotes, headers, footers, comments, nested tables and field results read; hidden text comes
apart, marked. Macros are flagged and never run; nothing outside the file is opened.
"""

from collections.abc import Iterator
from dataclasses import replace

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.docx_numbering import Numbering, W, formatted
from ingestion.extraction.docx_styles import (
    NO_STYLE,
    Properties,
    Style,
    Styles,
    numbering_of,
    outline_level,
    properties_of,
)
from ingestion.extraction.docx_tables import (
    cell_paragraphs,
    descend,
    in_columns,
    looks_like_header,
    row_deleted,
    table_style,
)
from ingestion.extraction.docx_text import (
    SKIPPED,
    NoteReference,
    ParagraphText,
    T,
    content,
    is_drop_cap,
    is_filled,
    is_shaded,
    mark_deleted,
    paragraph_text,
    value_of,
)
from ingestion.extraction.french import heading_level
from ingestion.extraction.limits import Limits
from ingestion.extraction.ooxml import Package
from ingestion.extraction.reading import Attachment, Composer, Reading
from ingestion.extraction.xml import Element

_VAL = f"{W}val"
_P, _TBL, _TR, _TC = (f"{W}{name}" for name in ("p", "tbl", "tr", "tc"))
_SHORT_HEADING = 120  # characters: a bold line longer than this is a stressed paragraph
_WITHOUT_STYLE = 6  # the level of a heading that only its bold type shows


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
    attachments = (*package.embedded(), *_chunks(package, name))
    return replace(composer.reading(metadata=package.metadata()), attachments=attachments)


def _chunks(package: Package, name: str) -> Iterator[Attachment]:
    """Documents that Word would merge in when it opens the file (w:altChunk): children, as they are files."""
    for relation in package.relations(name):
        if relation.kind == "aFChunk" and not relation.external:
            data = package.bytes(relation.target)
            yield Attachment(relation.target.rpartition("/")[2], data or b"")


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
        self._styles = Styles(self._package.bytes(self._parts.get("styles", "")))
        self._numbering = Numbering(lambda: self._part("numbering"))
        self._notes = {kind: self._note_elements(kind) for kind in ("footnotes", "endnotes")}
        self._note_numbers = {"footnotes": 0, "endnotes": 0}
        self._notes_of_table: list[NoteReference] = []
        self._note_formats: dict[str, str] = {}
        self._body: Element | None = None
        self._carried: list[str] = []  # of paragraphs whose mark is deleted: it runs on into the next one
        self._shaded = False  # the paper is not white: the page's colour, or the shape that is being read

    def write(self, body: Element) -> None:
        self._body = body
        document = body.getparent()
        background = document.find(f"{W}background") if document is not None else None
        self._shaded = background is not None and str(background.get(f"{W}color", "")).upper() not in ("", "FFFFFF")
        self._margin(self._headers, "header")
        self._blocks(body, depth=0)
        self._flush()
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
        for child in content(parent, self._composer):
            if child.tag == _P:
                self._paragraph(child)
            elif child.tag == _TBL:
                self._table(child, depth)
            elif child.tag not in SKIPPED:
                if child.tag == f"{W}altChunk":
                    self._composer.flag("embedded_objects")
                self._blocks(child, depth)

    def _paragraph(self, paragraph: Element) -> None:
        properties = properties_of(paragraph, "pPr")
        style_id = value_of(properties, "pStyle")
        style = self._styles.get(style_id)
        text = self._text(paragraph, style, shaded=is_shaded(properties))
        if mark_deleted(properties):
            self._composer.flag("tracked_changes")
            self._carried += text.shown
        elif is_drop_cap(properties):
            self._carried += text.shown
        else:
            self._shown("".join([*self._carried, *text.shown]), text, properties, style_id, style)
            self._carried.clear()
        if text.hidden or text.boxes or text.notes:
            self._beside(text, style.name)

    def _shown(
        self, content: str, text: ParagraphText, properties: Properties, style_id: str | None, style: Style
    ) -> None:
        blank = not content or content.isspace()
        if blank and text.hidden:
            return
        number, depth = self._number(properties, style_id, style)  # an empty paragraph of a list counts in it
        if blank:
            return
        shown = f"{number} {content}" if number else content
        kind, level = self._kind(shown, properties, style, text, bool(number))
        level = depth + 1 if kind is BlockKind.LIST_ITEM else level
        self._composer.add(kind, shown, level=level, style=style.name)

    def _beside(self, text: ParagraphText, style: str) -> None:
        """What hangs on a paragraph: hidden runs, text boxes, notes."""
        if text.hidden:
            self._composer.paragraph("".join(text.hidden), hidden=True, style=style)
        for box in text.boxes:
            before, self._shaded = self._shaded, self._shaded or is_filled(box)
            self._blocks(box, depth=1)
            self._shaded = before
        for note in text.notes:
            self._note(note)

    def _flush(self) -> None:
        carried, self._carried = self._carried, []
        self._composer.paragraph("".join(carried))

    def _text(self, paragraph: Element, style: Style, *, shaded: bool) -> ParagraphText:
        return paragraph_text(paragraph, style, self._styles, self._composer, shaded or self._shaded)

    def _number(self, properties: Properties, style_id: str | None, style: Style) -> tuple[str, int]:
        """The paragraph's number as displayed, "" without one, and its depth in its list."""
        own_id, own_depth = numbering_of(properties)
        num_id = own_id if own_id is not None else style.num_id
        if num_id is None or num_id == "0":
            return "", 0
        if own_depth is not None:
            depth = own_depth
        elif own_id is None and style.ilvl is None and style_id is not None:
            depth = self._numbering.level_of_style(num_id, style_id, style.num_style)
        else:
            depth = style.ilvl or 0
        return self._numbering.next(num_id, depth), depth

    def _kind(
        self, shown: str, properties: Properties, style: Style, text: ParagraphText, numbered: bool
    ) -> tuple[BlockKind, int]:
        if style.contents:
            return BlockKind.PARAGRAPH, 0
        outline = outline_level(properties) if properties else None
        level = style.level if outline is None else outline
        if level:
            return BlockKind.HEADING, level
        line = " ".join(shown.split())
        by_words = heading_level(line)
        if by_words and (text.bold or len(line) <= 80 or line.isupper()):
            return BlockKind.HEADING, by_words
        stressed = text.bold and 3 < len(line) <= _SHORT_HEADING and line[-1] not in ".,;"
        if stressed and any(map(str.isalpha, line)):
            return BlockKind.HEADING, _WITHOUT_STYLE
        return (BlockKind.LIST_ITEM, 1) if numbered else (BlockKind.PARAGRAPH, 0)

    def _table(self, table: Element, depth: int) -> None:
        self._flush()
        rows = [row for row in descend(table, _TR, self._composer) if not row_deleted(row, self._composer)]
        cells = [list(descend(row, _TC, self._composer)) for row in rows]
        if sum(len(row) for row in cells) == 1:  # a box drawn with a table
            self._blocks(cells[0][0], depth + 1)
            return
        first, others = self._styles.shades(table_style(table))
        texts = [[self._cell(cell, painted=others or (first and not i)) for cell in row] for i, row in enumerate(cells)]
        header = len(texts) > 1 and looks_like_header(rows[0], texts)
        self._composer.table([in_columns(*row) for row in zip(cells, texts, strict=True)], header=header)
        for note in self._notes_of_table:
            self._note(note)
        self._notes_of_table.clear()

    def _cell(self, cell: Element, *, painted: bool) -> str:
        """All paragraphs of a cell, nested tables included, in one line; hidden text comes after the table."""
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        if merge is not None and merge.get(_VAL) != "restart":
            return ""
        shaded = painted or is_shaded(properties_of(cell, "tcPr"))
        pieces = []
        for paragraph in cell_paragraphs(cell, self._composer):
            properties = properties_of(paragraph, "pPr")
            style_id = value_of(properties, "pStyle")
            style = self._styles.get(style_id)
            text = self._text(paragraph, style, shaded=shaded or is_shaded(properties))
            shown = "".join(text.shown).strip()
            gone = not shown and (text.hidden or mark_deleted(properties))
            number = "" if gone else self._number(properties, style_id, style)[0]
            pieces.append(f"{number} {shown}".strip())
            pieces += ["".join(str(text) for text in box.itertext(T)) for box in text.boxes]
            if text.hidden:
                self._composer.paragraph("".join(text.hidden), hidden=True)
            self._notes_of_table += text.notes
        return " ".join(piece for piece in pieces if piece)

    def _note(self, reference: NoteReference) -> None:
        """A note directly after the paragraph that refers to it, with its number as displayed."""
        kind = reference.kind
        element = self._notes[kind].get(reference.id)
        if element is None:
            return
        number = ""
        if not reference.own_mark:
            self._note_numbers[kind] += 1
            number = formatted(self._note_numbers[kind], self._note_format(kind))
        texts = [self._text(item, NO_STYLE, shaded=False) for item in element.iter(_P)]
        shown = " ".join("".join(text.shown).strip() for text in texts)
        self._composer.add(BlockKind.FOOTNOTE, f"{number} {shown}" if shown.strip() else "")
        for text in texts:
            self._composer.paragraph("".join(text.hidden), hidden=True)

    def _note_format(self, kind: str) -> str:
        """Of the numbers of notes: as the section says, else the settings, else Word's own default."""
        if kind not in self._note_formats:
            place = f"{W}{kind[:-1]}Pr/{W}numFmt"
            settings = self._part("settings")
            found = self._body.find(f"{W}sectPr/{place}") if self._body is not None else None
            found = settings.find(place) if found is None and settings is not None else found
            usual = "lowerRoman" if kind == "endnotes" else "decimal"
            self._note_formats[kind] = str(found.get(_VAL, usual)) if found is not None else usual
        return self._note_formats[kind]

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
