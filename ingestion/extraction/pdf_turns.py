"""Pages whose text lies on its side or upside down, turned so that it runs to the right before it is read.

Landscape tables are drawn so, and pages that went into a scanner the wrong way. What is drawn is turned within PDFium,
so that tables, columns and notes are found as on any other page; the file itself is not touched.
"""

import pypdfium2.raw as pdfium

Area = tuple[float, float, float, float]
_Matrix = tuple[float, float, float, float, float, float]
_MOST_OBJECTS = 20_000  # of one page: more are a drawing, and each is a call


def straighten(page: pdfium.FPDF_PAGE, turn: int, box: Area) -> Area | None:
    """Turns what the page shows back by `turn` quarters, and the page so that it says so; None where it has too much.

    `box` is left, bottom, width and height of what is displayed; the new one is given back. The page's text and objects
    have to be read anew.
    """
    count = pdfium.FPDFPage_CountObjects(page)
    if count > _MOST_OBJECTS:
        return None
    pdfium.FPDFPage_SetRotation(page, 0)
    if not turn:
        return box
    matrix, straight = _back(turn, box)
    for index in range(count):
        pdfium.FPDFPageObj_Transform(pdfium.FPDFPage_GetObject(page, index), *matrix)
    return straight


def _back(turn: int, box: Area) -> tuple[_Matrix, Area]:
    left, bottom, width, height = box
    if turn == 1:
        return (0, -1, 1, 0, -bottom, left + width), (0.0, 0.0, height, width)
    if turn == 2:
        return (-1, 0, 0, -1, left + width, bottom + height), (0.0, 0.0, width, height)
    return (0, 1, -1, 0, bottom + height, -left), (0.0, 0.0, height, width)
