"""One page of a PDF as lines with their geometry, read through PDFium's text page.

A line is measured at its first and last character only: nine calls a line instead of nine a character is what keeps
geometry nearly free. Coordinates are points, origin bottom left, after the page's rotation was undone. It must never
decide what a line means: that is the layout's work.
"""

import math
import re
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2.raw as pdfium

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.pdf_scenery import INVISIBLE_MODE

if TYPE_CHECKING:
    from ingestion.extraction.pdf_calls import Handle

HYPHEN_BREAK = "\ufffe"  # PDFium's mark for a hyphen at a line's end; it swallows the line break with it
_FORCE_BOLD = 1 << 18  # font descriptor flag (ISO 32000-1, table 123)
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|,b", re.IGNORECASE)
_LINE = re.compile(f"[^\r\n{HYPHEN_BREAK}]*(?:{HYPHEN_BREAK}|\r\n|\r|\n|$)")
_LONG_LINE = 250.0  # points: half of an A4 page's measure and more
_GAP = 1.5  # of the line's size: justified lines stretch their spaces to 1.0 at most
_NARROW_GAP = 0.9  # of the line's size, between the cells of a table that is set close
_GUTTER_PLACE = 12.0  # points: gaps that end this near to each other are one gutter
_HYPHENS = "-\u2010\xad"
_AROUND = "\r\n\x00 \t" + HYPHEN_BREAK
_MARK = re.compile(r"\d(?:(?<=[^\W\d_]\d)|(?<=[.;,:»)\]’”\"]\d))\d{0,2}(?=[\s.,;:»)\]]|$)")
_NUMBER = re.compile(r"\d{2,}")  # may end in a mark that is raised
_LEADING_MARK = re.compile(r"\d{1,3}(?=[^\W\d_]{2})")
_WORD_START = re.compile(r" +(?=\S)")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED = 0.8  # of the line's size: a raised mark is set at 0.6 to 0.75
_HIGH = 0.2  # of the line's size above its baseline: no digit that stands on it begins there
_LOWERED = 0.05  # of the line's size below its baseline: CO₂ is no CO²
_WHITE = 250  # each channel at least: what nobody reads on white paper
_OTHER_LINE = 0.7  # of the size: raised and lowered signs stand nearer
_DESCENT = 0.22  # of the font size: what hangs below the baseline in common faces
_MANY = 30  # characters of a line that may hide a sentence among them
_DENSE = 0.42  # of a line's size for each of its characters: prose is set at 0.45 to 0.53
_DENSER, _DENSEST = 0.85, 0.3  # of what is usual on the page; what no face is
_TINY = 2.0  # points: below this height nobody reads it either


class Line(NamedTuple):
    """A run of text on one baseline, as PDFium read it. A tuple: thousands are made, five times as fast."""

    text: str
    x0: float
    x1: float
    y: float  # of the em box's bottom
    height: float  # the font size as it shows, also where a matrix scales it
    bold: bool
    broken: bool = False  # ends in a hyphen that the line break may have put there
    invisible: bool = False  # rendering mode 3: an OCR layer, or hidden
    white: bool = False
    hidden: str = ""  # why a reader of the page cannot see it; judged with the whole page in view
    offset: int = 0  # of its first character in PDFium's text page

    @property
    def top(self) -> float:
        return self.y + self.height


class LineReader:
    """Reads the lines of text pages; keeps its C buffers from page to page."""

    def __init__(self) -> None:
        self._matrix = calls.matrix()
        self._doubles = calls.doubles(4)
        self._sides = calls.doubles(4)
        self._colour = calls.whole_numbers(4)
        self._name = calls.name_buffer()
        self._flags = calls.whole_numbers(1)[0]
        self._units = calls.Units()
        self._drawn: Handle | None = None  # the text object that was looked at last, its height and its look
        self._drawn_height = 0.0
        self._drawn_turn = 0
        self._turns = [0, 0, 0, 0]  # characters of the page by the quarters that their line is turned, anticlockwise
        self._look = (False, False, False)
        self._doubtful = self._forms = True
        self._bold: dict[Handle, bool] = {}  # by font, of one page: PDFium may use an address again

    def lines(self, textpage: pdfium.FPDF_TEXTPAGE, *, doubtful: bool = True, forms: bool = True) -> list[Line]:
        """The page's lines in the order of its content stream, in the page's own coordinates.

        `doubtful`: some of its text may be white or invisible. Then every word is looked at, and a line ends where what
        can be seen does; else nothing of the kind is asked. `forms`: it may stand in form objects, whose texts run on.
        """
        page = calls.handle(textpage)
        self._doubtful, self._forms = doubtful, forms
        self._turns = [0, 0, 0, 0]
        self._bold.clear()
        self._drawn = None
        lines = self._by_size(page, self._read(page, pdfium.FPDFText_CountChars(textpage)))
        if not self._columns_run_together(page, lines):
            return lines
        return [piece for line in lines for piece in self._pieces(page, line)]

    def _by_size(self, page: "Handle", lines: list[Line]) -> list[Line]:
        """The lines, in pieces where some words are too small to be read: what hides so is denser than any prose."""
        widths = [(it.x1 - it.x0) / (it.height * len(it.text) or 1.0) for it in lines]
        usual = sorted(widths)[len(widths) // 2] if widths else 0.0
        limit = min(_DENSE, _DENSER * usual) if usual > _DENSEST else _DENSE  # a narrow face is dense throughout
        look = {
            i for i, (it, width) in enumerate(zip(lines, widths, strict=True))
            if it.height < _TINY or (width < limit and len(it.text) > _MANY)
        }  # fmt: skip
        if self.turn or not look:
            return lines
        return [it for i, line in enumerate(lines) for it in (self._sizes(page, line) if i in look else [line])]

    def _sizes(self, page: "Handle", line: Line) -> list[Line]:
        starts = [0, *(word.end() for word in _WORD_START.finditer(line.text))]
        heights = [self._height(page, line.offset + at) or line.height for at in starts]
        cuts = [i for i in range(1, len(starts)) if (heights[i] < _TINY) != (heights[i - 1] < _TINY)]
        pieces = []
        for first, end in zip([0, *cuts], [*cuts, len(starts)], strict=True):
            begin, stop = starts[first], starts[end] if end < len(starts) else len(line.text)
            pieces.append(self._piece(page, line, begin, line.text[begin:stop].rstrip(), heights[first]))
        return pieces if cuts else [line]

    def _piece(self, page: "Handle", line: Line, begin: int, text: str, height: float) -> Line:
        x, baseline, right, unused = self._doubles
        calls.char_origin(page, line.offset + begin, x, baseline)
        calls.char_box(page, line.offset + begin + len(text) - 1, unused, right, unused, unused)
        last = begin + len(text) == len(line.text)
        return line._replace(
            text=text, x0=x[0], x1=max(right[0], x[0]), y=baseline[0] - _DESCENT * height, height=height,
            broken=line.broken and last, offset=line.offset + begin,
        )  # fmt: skip

    @property
    def turn(self) -> int:
        """The quarters by which most of the last page's text is turned: whatever the page says of its rotation."""
        return max(range(4), key=self._turns.__getitem__)

    def split(self, textpage: pdfium.FPDF_TEXTPAGE, line: Line) -> list[Line]:
        """A line in the pieces between its gaps, narrow ones too: whoever asks looks whether they stand in columns."""
        return self._pieces(calls.handle(textpage), line, _NARROW_GAP)

    def _columns_run_together(self, page: "Handle", lines: list[Line]) -> bool:
        """Whether PDFium read across a gutter, as it does where the file draws two columns row by row.

        Three long lines tell: where the first of them have no wide gap at one place, no page has been seen to run
        together, and nothing more is measured.
        """
        long = [line for line in lines if line.x1 - line.x0 > _LONG_LINE]
        sample = long[len(long) // 4 :: max(len(long) // 4, 1)][:3]
        if len(sample) < 3:
            return False
        common: set[int] | None = None
        for line in sample:
            places = {round(gap[2] / _GUTTER_PLACE) for gap in self._gaps(page, line)}
            common = places if common is None else common & places
            if not common:
                return False
        return True

    def _gaps(self, page: "Handle", line: Line, wide: float = _GAP) -> list[tuple[int, float, float]]:
        """Wide gaps in a line: the place of the space that PDFium put there, and the gap's two sides."""
        left, bottom, right, top = self._doubles
        found = []
        at = line.text.find(" ", 1)
        while 0 < at < len(line.text) - 1:
            index = line.offset + at
            if calls.is_generated(page, index) == 1:
                calls.char_box(page, index - 1, left, right, bottom, top)
                end = right[0]
                calls.char_box(page, index + 1, left, right, bottom, top)
                if left[0] - end > wide * line.height:
                    found.append((at, end, left[0]))
            at = line.text.find(" ", at + 1)
        return found

    def _pieces(self, page: "Handle", line: Line, wide: float = _GAP) -> list[Line]:
        start, x0 = 0, line.x0
        pieces = []
        for at, end, begin in self._gaps(page, line, wide):
            text = line.text[start:at]
            pieces.append(line._replace(text=text, x0=x0, x1=end, broken=False, offset=line.offset + start))
            start, x0 = at + 1, begin
        pieces.append(line._replace(text=line.text[start:], x0=x0, offset=line.offset + start) if start else line)
        return pieces

    def _read(self, page: "Handle", count: int) -> list[Line]:
        if count <= 0:
            return []
        text = self._text(page, count)
        exact = len(text) == count  # text and character indexes agree, which they do in nearly every page
        lines = []
        for match in _LINE.finditer(text):
            raw = match.group()
            content = raw.strip(_AROUND)
            if not content:
                continue
            start = match.start() + raw.index(content[0])
            first = start if exact else calls.index_from_text(page, start)
            broken = raw[-1] == HYPHEN_BREAK
            if not broken and content[-1] in _HYPHENS and (cut := self._hyphen(page, content, first)):
                broken, content = True, content[:-cut]
            if self._doubtful:
                lines += self._alike(page, content, first, broken)
            else:
                lines.append(self._line(page, content, first, broken))
        return lines

    def _alike(self, page: "Handle", text: str, first: int, broken: bool) -> list[Line]:
        """A line as one, or in pieces: white or invisible words stand among others, or PDFium ran values of a form on.

        It takes the texts of form objects that follow each other for one line, wherever they stand.
        """
        if calls.text_object(page, first) == calls.text_object(page, first + len(text) - 1):
            return [self._line(page, text, first, broken)]
        start, found = 0, []
        seen, place = self._seen(page, first), self._baseline(page, first)
        for word in _WORD_START.finditer(text):
            at = word.end()
            other = self._seen(page, first + at)
            there = self._baseline(page, first + at) if self._forms else place
            if other != seen or (not self._drawn_turn and abs(there - place) > _OTHER_LINE * self._drawn_height):
                found.append(self._line(page, text[start:at].rstrip(), first + start, broken=False))
                start, seen, place = at, other, there
        return [*found, self._line(page, text[start:], first + start, broken)]

    def _baseline(self, page: "Handle", index: int) -> float:
        x, y, *_ = self._doubles
        calls.char_origin(page, index, x, y)
        return float(y[0])

    def _seen(self, page: "Handle", index: int) -> tuple[bool, bool]:
        """Of a character's text object: invisible, white."""
        drawn = calls.text_object(page, index)
        if drawn != self._drawn:
            self._look_at(page, drawn, index)
        return self._look[1:]

    @staticmethod
    def _hyphen(page: "Handle", text: str, first: int) -> int:
        """How many characters at the end of a line are a hyphen that cuts a word, as far as it alone can tell."""
        if len(text) < 3:
            return 0
        if text[-2].isalnum():
            return 1
        # A justified line may be stretched before its hyphen: then the space is PDFium's, not the author's.
        stretched = text[-2] == " " and text[-3].isalpha()
        return 2 if stretched and calls.is_generated(page, first + len(text) - 2) == 1 else 0

    def _text(self, page: "Handle", count: int) -> str:
        # A character may stand for several in the text (ligatures without a code of their own): leave room for it.
        room = calls.text_from_index(page, count - 1)
        written = calls.page_text(page, 0, count, self._units.of(max(count, room + 1) * 2 + 2))
        return self._units.text(written - 1)

    def _line(self, page: "Handle", text: str, first: int, broken: bool) -> Line:
        x, baseline, right, unused = self._doubles
        last = first + len(text) - 1
        mark = _LEADING_MARK.match(text) if text[0].isdecimal() else None
        body = first + mark.end() if mark else first  # a raised mark does not say how large the line is set
        calls.char_origin(page, first, x, baseline)
        if mark:
            calls.char_origin(page, body, unused, baseline)
        drawn = calls.text_object(page, first)
        if drawn != self._drawn:
            self._look_at(page, drawn, first)
        turn = self._drawn_turn
        self._turns[turn] += last - first
        if not turn:
            calls.char_box(page, last, unused, right, unused, unused)
        height = self._height(page, body) if mark else self._drawn_height
        bold, invisible, white = self._look
        if bold and (other := calls.text_object(page, last)) != drawn:  # a defined term is bold at the start only
            bold = self._is_bold(page, other, last)
        left, y = x[0], baseline[0]
        end = self._end(page, last, turn, left, y) if turn else right[0]
        y = y if turn else y - _DESCENT * height
        if mark and self._height(page, first) < _RAISED * height:
            text = f"{mark.group().translate(_SUPERSCRIPTS)} {text[mark.end() :]}"
        elif (_NUMBER.search(text) or _MARK.search(text)) and calls.text_object(page, last) != drawn:
            text = self._with_raised_marks(page, text, first, height, baseline[0])
        return Line(text, left, max(end, left), y, height, bold, broken, invisible, white, "", first)

    def _look_at(self, page: "Handle", drawn: "Handle", index: int) -> None:
        """A text object has one font, one size, one colour and one mode: bold, invisible, white."""
        self._drawn, self._drawn_height = drawn, self._height(page, index)
        a, b = self._matrix[0], self._matrix[1]
        self._drawn_turn = (0 if a >= 0 else 2) if abs(b) <= abs(a) else 1 if b > 0 else 3
        bold = self._is_bold(page, drawn, index)
        if not self._doubtful:
            self._look = bold, False, False
            return
        red, green, blue, alpha = self._colour
        coloured = calls.fill_colour(page, index, red, green, blue, alpha)
        white = bool(coloured) and ((red[0] >= _WHITE and green[0] >= _WHITE and blue[0] >= _WHITE) or alpha[0] == 0)
        self._look = bold, calls.render_mode(drawn) == INVISIBLE_MODE, white

    def _end(self, page: "Handle", last: int, turn: int, x: float, y: float) -> float:
        """Where a turned line that begins here would end if it ran to the right: `upright` takes it from there."""
        left, right, bottom, top = self._sides
        calls.char_box(page, last, left, right, bottom, top)
        length: float = top[0] - y if turn == 1 else x - left[0] if turn == 2 else y - bottom[0]
        return x + length

    def _height(self, page: "Handle", index: int) -> float:
        """The font size as it shows."""
        calls.char_matrix(page, index, self._matrix)
        return calls.font_size(page, index) * math.hypot(self._matrix[2], self._matrix[3])

    def _with_raised_marks(self, page: "Handle", text: str, first: int, height: float, baseline: float) -> str:
        """Digits set small or high at the end of a word or a number become superscripts: "article 12³" is not 123."""

        def raised(match: re.Match[str]) -> str:
            high = self._is_raised(page, first + match.start(), height, baseline)
            return match.group().translate(_SUPERSCRIPTS) if high else match.group()

        def with_its_mark(match: re.Match[str]) -> str:
            """Digits of one text object are set alike, which is nearly every number."""
            start, end = first + match.start(), first + match.end() - 1
            if calls.text_object(page, start) == calls.text_object(page, end):
                return match.group()
            index = end
            while index > max(start, end - 3) and self._is_raised(page, index, height, baseline):
                index -= 1
            mark = match.end() - (end - index)
            return text[match.start() : mark] + text[mark : match.end()].translate(_SUPERSCRIPTS)

        return _MARK.sub(raised, _NUMBER.sub(with_its_mark, text))

    def _is_raised(self, page: "Handle", index: int, height: float, baseline: float) -> bool:
        if 0 < self._height(page, index) < _RAISED * height:
            return bool(self._drawn_turn) or self._baseline(page, index) > baseline - _LOWERED * height
        left, right, bottom, top = self._sides
        upright = not self._drawn_turn and calls.char_box(page, index, left, right, bottom, top)
        return bool(upright) and bottom[0] > baseline + _HIGH * height

    def _is_bold(self, page: "Handle", text_object: "Handle", index: int) -> bool:
        font = calls.font_of(text_object)
        known = self._bold.get(font)
        if known is None:
            calls.font_info(page, index, self._name, calls.NAME_BYTES, self._flags)
            named = bool(_BOLD_NAME.search(calls.name_of(self._name)))
            known = self._bold[font] = named or bool(self._flags[0] & _FORCE_BOLD)
        return known


def tiny(line: Line) -> bool:
    return 0 < line.height < _TINY


def upright(line: Line, turn: int, origin: tuple[float, float], size: tuple[float, float]) -> Line:
    """The line as it stands on the page turned back by `turn` quarters; `size` is that of the page turned back."""
    left, bottom = origin
    if not turn and not left and not bottom:
        return line
    x, y, span = line.x0 - left, line.y - bottom, line.x1 - line.x0
    width, height = size
    match turn:
        case 0:
            return line._replace(x0=x, x1=x + span, y=y)
        case 1:
            x0, y0 = y, height - x
        case 2:
            x0, y0 = width - x, height - y
        case _:
            x0, y0 = width - y, x
    return line._replace(x0=x0, x1=x0 + span, y=y0 - _DESCENT * line.height)
