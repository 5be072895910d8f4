"""One page of a PDF as lines with their geometry, read through PDFium's text page.

A line is measured at its first and last character only: eight calls a line instead of eight a character is what keeps
geometry nearly free. Coordinates are points, origin bottom left, after the page's rotation was undone. It must never
decide what a line means: that is the layout's work.
"""

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2.raw as pdfium

HYPHEN_BREAK = "\ufffe"  # PDFium's mark for a hyphen at a line's end; it swallows the line break with it
_INVISIBLE_MODE = 3  # text rendering mode "neither fill nor stroke" (ISO 32000-1, table 106)
_FORCE_BOLD = 1 << 18  # font descriptor flag (ISO 32000-1, table 123)
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|,b", re.IGNORECASE)
_LINE = re.compile(f"[^\r\n{HYPHEN_BREAK}]*(?:{HYPHEN_BREAK}|\r\n|\r|\n|$)")
_LONG_LINE = 250.0  # points: half of an A4 page's measure and more
_GAP = 1.5  # of the line's size: justified lines stretch their spaces to 1.0 at most
_GUTTER_PLACE = 12.0  # points: gaps that end this near to each other are one gutter
_HYPHENS = "-\u2010\xad"
_MARK = re.compile(r"\d(?:(?<=[^\W\d_]\d)|(?<=[.;,:»)\]’”\"]\d))\d{0,2}(?=[\s.,;:»)\]]|$)")
_LEADING_MARK = re.compile(r"\d{1,3}(?=[^\W\d_]{2})")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED = 0.8  # of the line's size: a raised mark is set at 0.6 to 0.75
_WHITE = 250  # each channel at least: what nobody reads on white paper
_DESCENT = 0.22  # of the font size: what hangs below the baseline in common faces
_TINY = 2.0  # points: below this height nobody reads it either


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text on one baseline, as PDFium read it."""

    text: str
    x0: float
    x1: float
    y: float  # of the em box's bottom
    height: float  # the font size as it shows, also where a matrix scales it
    bold: bool
    broken: bool = False  # ends in a hyphen that the line break may have put there
    invisible: bool = False  # rendering mode 3: an OCR layer, or hidden
    white: bool = False
    hidden: bool = False  # what a reader of the page cannot see; judged with the whole page in view
    offset: int = 0  # of its first character in PDFium's text page

    @property
    def top(self) -> float:
        return self.y + self.height


class LineReader:
    """Reads the lines of text pages; keeps its C buffers and what it learned of the document's fonts."""

    def __init__(self) -> None:
        self._matrix = pdfium.FS_MATRIX()
        self._doubles = [ctypes.c_double() for _ in range(4)]
        self._colour = [ctypes.c_uint() for _ in range(4)]
        self._name = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()
        self._bold: dict[bytes, bool] = {}

    def lines(self, textpage: pdfium.FPDF_TEXTPAGE) -> list[Line]:
        """The page's lines in the order of its content stream, in the page's own coordinates."""
        lines = list(self._read(textpage))
        return list(self._split(textpage, lines)) if self._columns_run_together(textpage, lines) else lines

    def _columns_run_together(self, textpage: pdfium.FPDF_TEXTPAGE, lines: list[Line]) -> bool:
        """Whether PDFium read across a gutter, as it does where the file draws two columns row by row.

        Three long lines tell: where the first of them have no wide gap at one place, no page has been seen to run
        together, and nothing more is measured.
        """
        long = [line for line in lines if line.x1 - line.x0 > _LONG_LINE]
        sample = long[len(long) // 4 :: max(len(long) // 4, 1)][:3]
        gaps = [self._gaps(textpage, line) for line in sample]
        places = [{round(gap[2] / _GUTTER_PLACE) for gap in found} for found in gaps]
        return len(places) == 3 and bool(set.intersection(*places))

    def _gaps(self, textpage: pdfium.FPDF_TEXTPAGE, line: Line) -> list[tuple[int, float, float]]:
        """Wide gaps in a line: the place of the space that PDFium put there, and the gap's two sides."""
        left, bottom, right, top = self._doubles
        found = []
        for at, character in enumerate(line.text):
            if character != " " or not 0 < at < len(line.text) - 1:
                continue
            index = line.offset + at
            if pdfium.FPDFText_IsGenerated(textpage, index) != 1:
                continue
            pdfium.FPDFText_GetCharBox(textpage, index - 1, left, right, bottom, top)
            end = right.value
            pdfium.FPDFText_GetCharBox(textpage, index + 1, left, right, bottom, top)
            if left.value - end > _GAP * line.height:
                found.append((at, end, left.value))
        return found

    def _split(self, textpage: pdfium.FPDF_TEXTPAGE, lines: list[Line]) -> Iterator[Line]:
        for line in lines:
            start, x0 = 0, line.x0
            for at, end, begin in self._gaps(textpage, line):
                yield replace(line, text=line.text[start:at], x0=x0, x1=end, broken=False, offset=line.offset + start)
                start, x0 = at + 1, begin
            rest = line.text[start:]
            yield replace(line, text=rest, x0=x0, offset=line.offset + start) if start else line

    def _read(self, textpage: pdfium.FPDF_TEXTPAGE) -> Iterator[Line]:
        count = pdfium.FPDFText_CountChars(textpage)
        if count <= 0:
            return
        text = _text(textpage, count)
        exact = len(text) == count  # text and character indexes agree, which they do in nearly every page
        for match in _LINE.finditer(text):
            raw = match.group()
            content = raw.strip("\r\n\x00 \t" + HYPHEN_BREAK)
            if not content:
                continue
            start = match.start() + raw.index(content[0])
            first = start if exact else self._index(textpage, start)
            broken = raw.endswith(HYPHEN_BREAK)
            if not broken and (cut := self._hyphen(textpage, content, first)):
                broken, content = True, content[:-cut]
            yield self._line(textpage, content, first, broken)

    @staticmethod
    def _hyphen(textpage: pdfium.FPDF_TEXTPAGE, text: str, first: int) -> int:
        """How many characters at the end of a line are a hyphen that cuts a word, as far as it alone can tell."""
        if text[-1] not in _HYPHENS or len(text) < 3:
            return 0
        if text[-2].isalnum():
            return 1
        # A justified line may be stretched before its hyphen: then the space is PDFium's, not the author's.
        stretched = text[-2] == " " and text[-3].isalpha()
        return 2 if stretched and pdfium.FPDFText_IsGenerated(textpage, first + len(text) - 2) == 1 else 0

    @staticmethod
    def _index(textpage: pdfium.FPDF_TEXTPAGE, start: int) -> int:
        return int(pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, start))

    def _line(self, textpage: pdfium.FPDF_TEXTPAGE, text: str, first: int, broken: bool) -> Line:
        x, baseline, right, unused = self._doubles
        last = first + len(text) - 1
        mark = _LEADING_MARK.match(text) if text[0].isdecimal() else None
        body = first + mark.end() if mark else first  # a raised mark does not say how large the line is set
        pdfium.FPDFText_GetCharOrigin(textpage, first, x, baseline)
        if mark:
            pdfium.FPDFText_GetCharOrigin(textpage, body, unused, baseline)
        pdfium.FPDFText_GetCharBox(textpage, last, unused, right, unused, unused)
        height = self._height(textpage, body)
        red, green, blue, alpha = self._colour
        coloured = pdfium.FPDFText_GetFillColor(textpage, first, red, green, blue, alpha)
        white = bool(coloured) and (min(red.value, green.value, blue.value) >= _WHITE or alpha.value == 0)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(pdfium.FPDFText_GetTextObject(textpage, first))
        bold = self._is_bold(textpage, body) and self._is_bold(
            textpage, last
        )  # a defined term is bold at the start only
        left, y = x.value, baseline.value - _DESCENT * height
        if mark and self._height(textpage, first) < _RAISED * height:
            text = f"{mark.group().translate(_SUPERSCRIPTS)} {text[mark.end() :]}"
        elif _MARK.search(text):
            text = self._with_raised_marks(textpage, text, first, height)
        return Line(
            text, left, max(right.value, left), y, height, bold, broken, mode == _INVISIBLE_MODE, white, False, first
        )

    def _height(self, textpage: pdfium.FPDF_TEXTPAGE, index: int) -> float:
        """The font size as it shows."""
        pdfium.FPDFText_GetMatrix(textpage, index, self._matrix)
        return float(pdfium.FPDFText_GetFontSize(textpage, index)) * math.hypot(self._matrix.c, self._matrix.d)

    def _with_raised_marks(self, textpage: pdfium.FPDF_TEXTPAGE, text: str, first: int, height: float) -> str:
        """Digits set small at the end of a word become superscripts: "article 12³" is not article 123."""

        def raised(match: re.Match[str]) -> str:
            small = 0 < self._height(textpage, first + match.start()) < _RAISED * height
            return match.group().translate(_SUPERSCRIPTS) if small else match.group()

        return _MARK.sub(raised, text)

    def _is_bold(self, textpage: pdfium.FPDF_TEXTPAGE, index: int) -> bool:
        pdfium.FPDFText_GetFontInfo(textpage, index, self._name, 128, self._flags)
        name = self._name.value
        known = self._bold.get(name)
        if known is None:
            known = self._bold[name] = bool(_BOLD_NAME.search(name)) or bool(self._flags.value & _FORCE_BOLD)
        return known


def _text(textpage: pdfium.FPDF_TEXTPAGE, count: int) -> str:
    # A character may stand for several in the text (ligatures without a code of their own): leave room for it.
    room = pdfium.FPDFText_GetTextIndexFromCharIndex(textpage, count - 1)
    buffer = (ctypes.c_ushort * (max(count, room + 1) * 2 + 2))()
    written = pdfium.FPDFText_GetText(textpage, 0, count, buffer)
    return bytes(memoryview(buffer).cast("B")[: max(written - 1, 0) * 2]).decode("utf-16-le", "replace")


def tiny(line: Line) -> bool:
    return 0 < line.height < _TINY


def upright(line: Line, rotation: int, origin: tuple[float, float], size: tuple[float, float]) -> Line:
    """The line as a reader of the turned page sees it; `size` is that of the page as displayed."""
    left, bottom = origin
    if not rotation and not left and not bottom:
        return line
    x, y, span = line.x0 - left, line.y - bottom, line.x1 - line.x0
    width, height = size
    match rotation:
        case 0:
            x0, y0 = x, y
        case 1:
            x0, y0 = y, height - x
        case 2:
            x0, y0 = width - x - span, height - y
        case _:
            x0, y0 = width - y, x
    return replace(line, x0=x0, x1=x0 + span, y=y0)
