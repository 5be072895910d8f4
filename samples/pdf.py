"""Sets pieces on A4 pages as a law firm's word processor would: running head, page numbers, footnotes.

The same pieces give the same bytes: no date, no random id, no compression.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path

import reportlab
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table, TableStyle
from reportlab.platypus.flowables import Flowable

from samples.text_blocks import CALL, Piece

LEFT, RIGHT, TOP, BOTTOM = 25 * mm, 25 * mm, 28 * mm, 25 * mm
WIDTH, HEIGHT = A4
MEASURE = WIDTH - LEFT - RIGHT
BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=11, leading=15.5, alignment=TA_JUSTIFY, spaceAfter=6)
STYLES = {
    "text": BODY,
    "title": BODY.clone("title", fontName="Times-Bold", fontSize=18, leading=24, alignment=TA_CENTER, spaceAfter=10),
    "centred": BODY.clone("centred", alignment=TA_CENTER),
    "heading": BODY.clone("heading", fontName="Times-Bold", fontSize=13, leading=18, spaceBefore=10, alignment=0),
    "clause": BODY.clone("clause", fontName="Times-BoldItalic", spaceBefore=4, alignment=0),
    "item": BODY.clone("item", leftIndent=14, bulletIndent=2),
    "note": BODY.clone("note", fontSize=9, leading=11.5, spaceAfter=2),
    "cell": BODY.clone("cell", fontSize=10, leading=13, spaceAfter=0, alignment=0),
}
LETTER_FONT = "Letter"


@dataclass(frozen=True, slots=True)
class Design:
    """What stands on each page around the text, and the file's own metadata."""

    title: str
    author: str
    head: str = ""  # the running head; none on the first page
    foot: str = ""  # with {page} and {pages}
    font: str = ""  # one embedded font for everything, instead of the Times that every viewer has


class Setter:
    """Fills one page after another. Footnotes stand on the page that calls them."""

    def __init__(self, canvas: Canvas, design: Design, pages: int) -> None:
        self.canvas, self.design, self.pages = canvas, design, pages
        self.page = 1
        self.y = HEIGHT - TOP
        self.notes: list[Flowable] = []

    @property
    def floor(self) -> float:
        return BOTTOM + sum(height(note) + 2 for note in self.notes) + (10 if self.notes else 0)

    def set(self, pieces: list[Piece]) -> int:
        for place, piece in enumerate(pieces):
            following = pieces[place + 1] if place + 1 < len(pieces) else None
            self.place(piece, keep_with_next=piece.kind in ("heading", "clause") and following is not None)
        self.end_page()
        return self.page

    def place(self, piece: Piece, *, keep_with_next: bool) -> None:
        if piece.kind == "break":
            self.new_page()
            return
        block, style = flowable(piece, self.design.font), STYLES.get(piece.kind, BODY)
        self.y -= style.spaceBefore
        notes = [
            Paragraph(f"<super>{number}</super> {marked(text)}", STYLES["note"]) for number, text in piece.notes.items()
        ]
        needed = sum(height(note) + 12 for note in notes) + (40 if keep_with_next else 0)
        if self.y - height(block) - needed < self.floor:
            block = self.overflow(block, whole=bool(notes) or keep_with_next or piece.kind == "table")
        self.notes += notes
        self.draw(block, style.spaceAfter)

    def overflow(self, block: Flowable, *, whole: bool) -> Flowable:
        """Draw what fits of the block, turn the page, and give back the rest."""
        parts = [] if whole else block.split(MEASURE, self.y - self.floor)
        if len(parts) == 2:
            self.draw(parts[0], 0)
        self.new_page()
        return parts[1] if len(parts) == 2 else block

    def draw(self, block: Flowable, after: float) -> None:
        self.y -= height(block)
        block.drawOn(self.canvas, LEFT, self.y)
        self.y -= after

    def new_page(self) -> None:
        self.end_page()
        self.page += 1
        self.y = HEIGHT - TOP

    def end_page(self) -> None:
        self.draw_notes()
        self.canvas.setFont(self.design.font or "Times-Italic", 9)
        if self.design.head and self.page > 1:
            self.canvas.drawString(LEFT, HEIGHT - 16 * mm, self.design.head)
        if self.design.foot:
            foot = self.design.foot.format(page=self.page, pages=self.pages)
            self.canvas.drawCentredString(WIDTH / 2, 14 * mm, foot)
        self.canvas.showPage()

    def draw_notes(self) -> None:
        if not self.notes:
            return
        y = self.floor - 6
        self.canvas.setLineWidth(0.5)
        self.canvas.line(LEFT, y, LEFT + 50 * mm, y)
        for note in self.notes:
            y -= height(note) + 2
            note.drawOn(self.canvas, LEFT, y)
        self.notes = []


def height(block: Flowable) -> float:
    return float(block.wrap(MEASURE, HEIGHT)[1])


def marked(text: str) -> str:
    """Our two marks as reportlab's."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return CALL.sub(r"<super>\1</super>", text)


def flowable(piece: Piece, font: str) -> Flowable:
    style = STYLES.get(piece.kind, BODY)
    if font:
        style = style.clone(
            f"{style.name}-letter", fontName=font, fontSize=9.5, leading=13.5, alignment=0, spaceAfter=3
        )
    if piece.kind == "table":
        return table(piece)
    return Paragraph(marked(piece.text), style, bulletText="–" if piece.kind == "item" else None)


def table(piece: Piece) -> Table:
    cells = [[Paragraph(marked(cell), STYLES["cell"]) for cell in row] for row in piece.rows]
    widest = [max(len(cell) for cell in column) + 4 for column in zip(*piece.rows, strict=True)]
    widths = [MEASURE * width / sum(widest) for width in widest]
    rules = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return Table(cells, colWidths=widths, style=rules, spaceAfter=8)


def register_letter_font() -> str:
    """An embedded font, so that a rendered page looks the same everywhere."""
    fonts = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(LETTER_FONT, fonts / "Vera.ttf"))
    pdfmetrics.registerFont(TTFont(LETTER_FONT + "-Bold", fonts / "VeraBd.ttf"))
    pdfmetrics.registerFontFamily(LETTER_FONT, normal=LETTER_FONT, bold=LETTER_FONT + "-Bold")
    return LETTER_FONT


def written(pieces: list[Piece], design: Design) -> bytes:
    """The document. Set twice, since a foot may name the number of pages."""
    first = set_once(pieces, design, pages=1)[1]
    return set_once(pieces, design, pages=first)[0]


def set_once(pieces: list[Piece], design: Design, pages: int) -> tuple[bytes, int]:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=0)
    canvas.setTitle(design.title)
    canvas.setAuthor(design.author)
    canvas.setSubject("Document fictif")
    count = Setter(canvas, design, pages).set(pieces)
    canvas.save()
    return buffer.getvalue(), count
