"""One page of a PDF as lines with their geometry, read through PDFium's text page.

A line is measured at its first and last character only: seven calls a line instead of nine a character is what keeps
geometry nearly free. Coordinates are points, origin bottom left, in the page's own system. It must never decide what a
line means: that is the layout's work.
"""

import re
from collections.abc import Iterator, Sequence

import pypdfium2.raw as pdfium

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.pdf_cuts import NARROW_GAP, WORD_START, columns_apart, cut, may_hide, pieces, sizes_apart
from ingestion.extraction.pdf_line import DESCENT, Line, line_of
from ingestion.extraction.pdf_look import Look, baseline_at, height_at, origin_at
from ingestion.extraction.pdf_marks import LEADING_MARK, Marks, is_small, raised

HYPHEN_BREAK = "\ufffe"  # PDFium's mark for a hyphen at a line's end; it swallows the line break with it
_AROUND = "\r\n\x00 \t" + HYPHEN_BREAK
_LIST_NUMBER = re.compile(r"\d{1,3}[.)°]? +(?=\S)")
_HYPHENS = "-\u2010\xad"
_OTHER_LINE = 0.7  # of the size: raised and lowered signs stand nearer
_DROPPED = frozenset((0x93, 0x94, 0x96, 0x97, 0x98))  # “ ” – — ˜ of Windows-1252: PDFium takes them for controls
_RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")
_START = 2.0  # points before a place where a word behind it may begin: half of a letter
_UNITS = calls.Units()
_X, _Y = calls.doubles(2)
_LEFT, _RIGHT, _BOTTOM, _TOP = calls.doubles(4)


class PageText:
    """The text of one page: its lines in the order of its content stream, and what else may be asked of them.

    `doubtful`: some of it may be white or invisible. Then every word is looked at, and a line ends where what can be
    seen does. `forms`: it may stand in form objects, whose texts PDFium takes for one line wherever they stand.
    """

    def __init__(self, textpage: pdfium.FPDF_TEXTPAGE, *, doubtful: bool = True, forms: bool = True) -> None:
        self.page = calls.handle(textpage)
        self._look = Look(self.page, doubtful=doubtful)
        self._turns = [0, 0, 0, 0]  # characters of the page by the quarters that their line is turned, anticlockwise
        self.exact = True  # text and character indexes agree, which they do in nearly every page
        self._suspects = 0  # lines that may hide words too small to be read
        lines = self._read(pdfium.FPDFText_CountChars(textpage), in_one=not (doubtful or forms))
        lines = sizes_apart(self.page, lines) if self._suspects and not self.turn else lines
        self.lines = columns_apart(self.page, lines)

    @property
    def turn(self) -> int:
        """The quarters by which most of the page's text is turned: whatever the page says of its rotation."""
        turns = self._turns
        return turns.index(max(turns))

    def split(self, line: Line) -> list[Line]:
        """A line in the pieces between its gaps, narrow ones too: whoever asks looks whether they stand in columns."""
        return pieces(self.page, line, NARROW_GAP)

    def place(self, line: Line, x: float) -> int | None:
        """Where in a line's text the first character past `x` stands, if a space lies before it."""
        if not self.exact or line.offset < 0 or line.text[0] in _RAISED:
            return None  # the line's characters are not the page's
        low, high = 0, len(line.text)
        while low < high:
            middle = (low + high) // 2
            if origin_at(self.page, line.offset + middle)[0] < x - _START:
                low = middle + 1
            else:
                high = middle
        at_a_space = 0 < low < len(line.text) and line.text[low - 1] == " "
        return low if at_a_space else None

    def divided(self, line: Line, xs: Sequence[float]) -> list[Line]:
        """A line in the pieces that stand between these places, from the left, as far as spaces lie there."""
        found = [line]
        for x in xs:
            place = self.place(found[-1], x) if found[-1].x0 < x < found[-1].x1 else None
            if place:
                found[-1:] = cut(self.page, found[-1], place)
        return found

    def _read(self, count: int, *, in_one: bool) -> list[Line]:
        text = self._text(count) if count > 0 else ""
        self.exact = exact = len(text) == count
        lines: list[Line] = []
        for start, content, broken in _runs(text):
            first = start if exact else calls.index_from_text(self.page, start)
            if not broken and content[-1] in _HYPHENS and (cut := self._hyphen(content, first)):
                broken, content = True, content[:-cut]  # noqa: PLW2901  (a copy for each of thousands)
            if in_one:
                lines.append(self._line(content, first, broken))
            else:
                lines += self._alike(content, first, broken)
        return lines

    def _text(self, count: int) -> str:
        # A character may stand for several in the text (ligatures without a code of their own): leave room for it.
        room = calls.text_from_index(self.page, count - 1)
        written = calls.page_text(self.page, 0, count, _UNITS.of(max(count, room + 1) * 2 + 2))
        text = _UNITS.text(written - 1)
        return self._with_dropped(text, count) if len(text) < count else text

    def _with_dropped(self, text: str, count: int) -> str:
        """The page's text with the quotes and dashes that PDFium leaves out where a font gives them as C1 codes."""
        codes = [calls.unicode_of(self.page, index) for index in range(count)]
        if _DROPPED.isdisjoint(codes):
            return text
        rest = iter(text)
        whole = [chr(code) if code in _DROPPED else next(rest, "") for code in codes]
        return "".join(whole) if next(rest, None) is None and all(whole) else text

    def _hyphen(self, text: str, first: int) -> int:
        """How many characters at the end of a line are a hyphen that cuts a word, as far as it alone can tell."""
        if len(text) < 3:
            return 0
        if text[-2].isalnum():
            return 1
        # A justified line may be stretched before its hyphen: then the space is PDFium's, not the author's.
        stretched = text[-2] == " " and text[-3].isalpha()
        return 2 if stretched and calls.is_generated(self.page, first + len(text) - 2) == 1 else 0

    def _alike(self, text: str, first: int, broken: bool) -> list[Line]:
        """A line as one, or in pieces: white or invisible words stand among others, or values of a form run on."""
        page, look = self.page, self._look
        drawn = calls.text_object(page, first)
        if drawn == calls.text_object(page, first + len(text) - 1):
            return [self._line(text, first, broken)]
        start, found = 0, []
        look.see(drawn, first)
        seen, place = (look.invisible, look.white), baseline_at(page, first)
        for word in WORD_START.finditer(text):
            at = word.end()
            last, drawn = drawn, calls.text_object(page, first + at)
            if drawn == last:
                continue
            there = baseline_at(page, first + at)
            if there == place and not look.doubtful:
                continue  # most words of a form object: where they stand is all that could part them
            look.see(drawn, first + at)
            other = look.invisible, look.white
            if other != seen or (not look.turn and abs(there - place) > _OTHER_LINE * look.height):
                found.append(self._line(text[start:at].rstrip(), first + start, broken=False))
                look.see(drawn, first + at)
                start, seen, place = at, other, there
        return [*found, self._line(text[start:], first + start, broken)]

    def _line(self, text: str, first: int, broken: bool) -> Line:
        page, look = self.page, self._look
        drawn, last = calls.text_object(page, first), first + len(text) - 1
        if drawn != look.drawn:
            look.see(drawn, first)
        calls.char_origin(page, first, _X, _Y)
        x, baseline, height, turn, bold = _X[0], _Y[0], look.height, look.turn, look.bold
        self._turns[turn] += last - first
        calls.char_box(page, last, _LEFT, _RIGHT, _BOTTOM, _TOP)
        right = _end(turn, x, baseline) if turn else _RIGHT[0]
        end = calls.text_object(page, last)
        if end != drawn:
            bold = bold and look.is_bold(end, last)  # a defined term is bold at the start only
        if text[0].isdecimal() and (mark := LEADING_MARK.match(text)):
            text, baseline, height = self._after_mark(text, mark.end(), first, last)
        elif end != drawn:
            if text[0].isdecimal():
                height, baseline = self._after_number(text, first, height, baseline)
            text = Marks(page, first, height, baseline, turned=bool(turn)).shown_in(text)
        y = baseline if turn else baseline - DESCENT * height
        if may_hide(height, right - x, len(text)):
            self._suspects += 1
        return line_of((
            text, x, max(x, right), y, height, bold, broken, look.invisible, look.white, "", first, look.tilted,
        ))  # fmt: skip

    def _after_mark(self, text: str, length: int, first: int, last: int) -> tuple[str, float, float]:
        """Text, baseline and height of a line that begins with digits: a raised mark is not as large as the line is."""
        page, body = self.page, first + length
        height, baseline = height_at(page, body), baseline_at(page, body)
        if is_small(height_at(page, first), height):
            return f"{raised(text[:length])} {text[length:]}", baseline, height
        if calls.text_object(page, first) != calls.text_object(page, last):
            text = Marks(page, first, height, baseline, turned=bool(self._look.turn)).shown_in(text)
        return text, baseline, height

    def _after_number(self, text: str, first: int, height: float, baseline: float) -> tuple[float, float]:
        """Height and baseline of a line whose number is set larger than its text: it is as large as its text."""
        number = _LIST_NUMBER.match(text)
        body = height_at(self.page, first + number.end()) if number else 0.0
        if number is None or not 0 < body < height:
            return height, baseline
        return body, baseline_at(self.page, first + number.end())


def _runs(text: str) -> Iterator[tuple[int, str, bool]]:
    """Place and text of every line without the blanks around it, and whether it ends in a hyphen that PDFium marked."""
    at = 0
    for raw in text.replace("\r\n", " \n").replace("\r", "\n").replace(HYPHEN_BREAK, f"{HYPHEN_BREAK}\n").split("\n"):
        broken = raw[-1:] == HYPHEN_BREAK
        content = raw.strip(_AROUND)
        if content:
            yield at + raw.index(content[0]), content, broken
        at += len(raw) if broken else len(raw) + 1


def _end(turn: int, x: float, y: float) -> float:
    """Where a turned line that begins here would end if it ran to the right: `upright` takes it from there."""
    return x + float(_TOP[0] - y if turn == 1 else x - _LEFT[0] if turn == 2 else y - _BOTTOM[0])
