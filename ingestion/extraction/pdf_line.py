"""A line of a PDF's page, as every later stage has it: a run of text on one baseline, and where it stands."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

DESCENT = 0.22  # of the font size: what hangs below the baseline in common faces
TINY = 2.0  # points: below this height nobody reads it


class Line(NamedTuple):
    """Coordinates are points from the page's bottom left. A tuple: thousands are made, five times as fast."""

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
    tilted: bool = False  # neither along the page nor across it: a watermark, a stamp

    @property
    def top(self) -> float:
        return self.y + self.height


# Made of a tuple of all fields: a line's own constructor takes as long as all else that makes it.
line_of: Callable[[tuple[object, ...]], Line] = partial(tuple.__new__, Line)


def tiny(line: Line) -> bool:
    return 0 < line.height < TINY


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
    return line._replace(x0=x0, x1=x0 + span, y=y0 - DESCENT * line.height)
