"""How the text of a PDF's page looks where it is asked: its size, its turn, its weight, whether it shows at all.

A text object has one font, one size, one colour and one mode, so that each is looked at once. The numbers come through
buffers that are filled anew by every call: they are read before the next one.
"""

import math
import re
from typing import TYPE_CHECKING

from ingestion.extraction import pdf_calls as calls
from ingestion.extraction.pdf_scenery import INVISIBLE_MODE

if TYPE_CHECKING:
    from ingestion.extraction.pdf_calls import Handle

_FORCE_BOLD = 1 << 18  # font descriptor flag (ISO 32000-1, table 123)
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|,b", re.IGNORECASE)
_TILT = 0.14  # 8 degrees: the text over a scan that went in askew is tilted by less
_WHITE = 250  # each channel at least: what nobody reads on white paper

_MATRIX = calls.matrix()
_MATRIX_BYTES = calls.bytes_of(_MATRIX)
_X, _Y = calls.doubles(2)
_LEFT, _RIGHT, _BOTTOM, _TOP = _SIDES = calls.doubles(4)
_RED, _GREEN, _BLUE, _ALPHA = _COLOUR = calls.whole_numbers(4)
_NAME = calls.name_buffer()
_FLAGS = calls.whole_numbers(1)[0]


class Look:
    """The look of one page's text objects; it remembers the last one, which the next line often shares."""

    __slots__ = ("_bold", "_page", "bold", "doubtful", "drawn", "height", "invisible", "tilted", "turn", "white")

    def __init__(self, page: "Handle", *, doubtful: bool) -> None:
        """`doubtful`: some text may be white or invisible; else nothing of the kind is asked."""
        self._page, self.doubtful = page, doubtful
        self._bold: dict[Handle, bool] = {}  # by font, of one page: PDFium may use an address again
        self.drawn: Handle | None = None  # the text object that is described here
        self.height = 0.0  # points, as it shows
        self.turn = 0  # quarters, anticlockwise
        self.bold = self.invisible = self.white = self.tilted = False

    def see(self, drawn: "Handle", index: int) -> None:
        """Looks at the text object `drawn`, of which the character at `index` is one."""
        page = self._page
        calls.char_matrix(page, index, _MATRIX)
        a, b, c, d = calls.four_of(_MATRIX_BYTES)
        self.drawn, self.height = drawn, calls.font_size(page, index) * math.hypot(c, d)
        self.tilted = b != 0 != a and min(abs(a), abs(b)) > _TILT * max(abs(a), abs(b))
        self.turn = (0 if a >= 0 else 2) if abs(b) <= abs(a) else 1 if b > 0 else 3
        bold = self._bold.get(calls.font_of(drawn))
        self.bold = self.is_bold(drawn, index) if bold is None else bold
        if self.doubtful:
            self.invisible = calls.render_mode(drawn) == INVISIBLE_MODE
            self.white = self._is_white(index)

    def is_bold(self, drawn: "Handle", index: int) -> bool:
        font = calls.font_of(drawn)
        known = self._bold.get(font)
        if known is None:
            calls.font_info(self._page, index, _NAME, calls.NAME_BYTES, _FLAGS)
            named = bool(_BOLD_NAME.search(calls.name_of(_NAME)))
            known = self._bold[font] = named or bool(_FLAGS[0] & _FORCE_BOLD)
        return known

    def _is_white(self, index: int) -> bool:
        if not calls.fill_colour(self._page, index, _RED, _GREEN, _BLUE, _ALPHA):
            return False
        pale = _RED[0] >= _WHITE and _GREEN[0] >= _WHITE and _BLUE[0] >= _WHITE
        return bool(pale or _ALPHA[0] == 0)


def height_at(page: "Handle", index: int) -> float:
    """The font size as it shows, in points."""
    calls.char_matrix(page, index, _MATRIX)
    return calls.font_size(page, index) * math.hypot(_MATRIX[2], _MATRIX[3])


def origin_at(page: "Handle", index: int) -> tuple[float, float]:
    """Where a character begins on its baseline, in points."""
    calls.char_origin(page, index, _X, _Y)
    return _X[0], _Y[0]


def baseline_at(page: "Handle", index: int) -> float:
    calls.char_origin(page, index, _X, _Y)
    return float(_Y[0])


def right_of(page: "Handle", index: int) -> float:
    """The right edge of what is drawn of a character, in points."""
    calls.char_box(page, index, _LEFT, _RIGHT, _BOTTOM, _TOP)
    return float(_RIGHT[0])


def sides_of(page: "Handle", index: int) -> tuple[float, float, float, float] | None:
    """left, right, bottom, top of what is drawn of a character; None where PDFium has no box of it."""
    if not calls.char_box(page, index, *_SIDES):
        return None
    return _LEFT[0], _RIGHT[0], _BOTTOM[0], _TOP[0]
