"""Scanned pages to lines, by Tesseract with French data, where the `ocr` extra is installed.

One page at a time at 300 dpi, with a cap on pixels; Tesseract's own confidence is kept as a measure of the page. Where
the extra or its language data is missing, `available()` is false and the caller says so: nothing is ever downloaded.
"""

import ctypes
import functools
import hashlib
import importlib.util
import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2.raw as pdfium

from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits
from ingestion.extraction.pdf_layout import compose
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_page import Page
from ingestion.extraction.reading import WITHOUT_TEXT, Composer, Reading
from ingestion.extraction.scans import DIGEST, Desk, OcrPage, packed, unpacked

if TYPE_CHECKING:
    import tesserocr
    from PIL.Image import Image

DPI = 300  # Tesseract's models are trained on it; 200 loses 2 points of word F1, 400 gains nothing (measured)
NARROWED = 0.75  # of its width, at which a line is read: the network goes through it column by column
_SPARE = 2000  # pixels across, a page at 240 dpi: a smaller picture has no columns to spare
LOW_CONFIDENCE = 70  # of 100: below it a page is flagged, and belongs to a better OCR
_UNREADABLE = 60  # of 100: upside down a page is read with 30 to 50
_MUCH_BETTER = 20
_ENOUGH_LINES = 3  # to tell by
LANGUAGE = "fra"
_DATA = ("TESSDATA_PREFIX",)
_FOLDERS = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata",
            "/opt/homebrew/share/tessdata")  # fmt: skip
_POINTS_PER_INCH = 72


@functools.cache
def data_folder() -> str | None:
    """Where the French data lies, or None."""
    places = [os.environ.get(name, "") for name in _DATA] + list(_FOLDERS)
    found = (place for place in places if place and (Path(place) / f"{LANGUAGE}.traineddata").is_file())
    return next(found, None)


@functools.cache
def installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("tesserocr", "PIL")) and data_folder() is not None


def available() -> bool:
    """Whether pages are recognised here: Tesseract is installed, and nobody wants a service to read them all."""
    return _desk[0].recognise and installed()


def left_to_a_service() -> bool:
    return not _desk[0].recognise


@functools.cache
def _engine() -> "tesserocr.PyTessBaseAPI":
    """Tesseract with its model loaded: 100 ms, so once; a forked child inherits it."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # its threads slow each other down on one page
    import tesserocr

    engine = tesserocr.PyTessBaseAPI(path=data_folder(), lang=LANGUAGE, psm=tesserocr.PSM.AUTO)
    engine.SetVariable("textord_all_prop", "1")  # letters of one pitch are not looked for: the network needs no cells
    return engine


_desk = [Desk()]


def work_for(desk: Desk) -> None:
    """Pages are read for this desk from now on: a child of the sandbox has one for its document."""
    _desk[:] = [desk]


def warm_up() -> None:
    """Loads the model, so that children which may open no file can use it."""
    if installed():
        _engine()


def read_page(page: pdfium.FPDF_PAGE, size: tuple[float, float], limits: Limits) -> OcrPage:
    """A page of a PDF, `size` in points, drawn at 300 dpi or at what the pixel cap allows, narrowed as it is drawn."""
    from PIL import Image  # an extra: absent where OCR is not installed

    sides = [max(side, 1.0) for side in size]
    scale = min(DPI / _POINTS_PER_INCH, (limits.ocr_pixels / (sides[0] * sides[1])) ** 0.5)
    scales = (scale * NARROWED, scale)
    width, height = (max(1, min(round(side * by), limits.ocr_pixels)) for side, by in zip(sides, scales, strict=True))
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        raise Park(ParkReason.TOO_LARGE)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return _recognised(Image.frombytes("L", (width, height), pixels, "raw", "L", stride), scales)


def read_image(data: bytes, limits: Limits) -> Reading:
    """A picture as a document: TIFF page by page, others as one page; one that could not be read has no blocks."""
    if not available():
        return Reading((), pages=_frames(data), flags=(WITHOUT_TEXT,))
    pages, confidences = [], []
    for number, picture in enumerate(_pictures(data, limits), start=1):
        narrow = _narrowed(picture)
        scale = DPI / _POINTS_PER_INCH
        read = _recognised(narrow, (scale * narrow.width / picture.width, scale))
        confidences.append(read.confidence)
        size = picture.size[::-1] if read.sideways else picture.size
        width, height = (side * _POINTS_PER_INCH / DPI for side in size)
        doubtful = read.confidence < LOW_CONFIDENCE
        pages.append(Page(number, read.lines, width, height, ocr=True, doubtful=doubtful))
    composer = Composer(limits)
    compose(pages, composer)
    composer.flag("ocr")
    if confidences and min(confidences) < LOW_CONFIDENCE:
        composer.flag("ocr_low_confidence")
    if not composer.blocks:
        composer.flag(WITHOUT_TEXT)
    return composer.reading(pages=len(pages))


def _frames(data: bytes) -> int:
    """How many pages a picture has, where that can be told."""
    if not importlib.util.find_spec("PIL"):
        return 1
    from PIL import Image

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as picture:
            return int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return 1


def _pictures(data: bytes, limits: Limits) -> "list[Image]":
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = limits.ocr_pixels
    try:
        with warnings.catch_warnings(action="ignore"):  # of damaged fields that are not the picture
            return _frames_of(Image.open(io.BytesIO(data)), limits)
    except Image.DecompressionBombError:
        raise Park(ParkReason.BOMB) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Park(ParkReason.MALFORMED) from None


def _frames_of(picture: "Image", limits: Limits) -> "list[Image]":
    from PIL import ImageSequence

    if picture.width * picture.height > limits.ocr_pixels:
        raise Park(ParkReason.TOO_LARGE)
    frames = ImageSequence.Iterator(picture) if picture.format == "TIFF" else [picture]
    return [frame.convert("L") for frame, _ in zip(frames, range(limits.ocr_pages), strict=False)]


def _narrowed(picture: "Image") -> "Image":
    from PIL.Image import Resampling

    if picture.width < _SPARE:
        return picture
    return picture.resize((round(picture.width * NARROWED), picture.height), Resampling.BOX)


def _recognised(picture: "Image", scales: tuple[float, float]) -> OcrPage:
    """The picture's lines: as they were kept, else by Tesseract."""
    desk = _desk[0]
    desk.begins()
    size = f"{picture.width} {picture.height} {scales}".encode()
    name = hashlib.sha256(size + picture.tobytes()).hexdigest()[:DIGEST]
    page = unpacked(desk.known[name]) if name in desk.known else None
    if page is None:
        page = _read_either_way(picture, scales)
        desk.recognised(name, packed(page))
    return page


def _read_either_way(picture: "Image", scales: tuple[float, float]) -> OcrPage:
    """The page as it lies; or upside down, where that reads much better: feeders are filled either way."""
    from PIL.Image import Transpose

    page = _read(picture, scales)
    if page.confidence >= _UNREADABLE or len(page.lines) < _ENOUGH_LINES:
        return page
    turned = _read(picture.transpose(Transpose.ROTATE_180), scales)
    return turned if turned.confidence > page.confidence + _MUCH_BETTER else page


def _read(picture: "Image", scales: tuple[float, float]) -> OcrPage:
    """The page's lines, in points; `scales` are pixels to a point, across and down."""
    import tesserocr

    engine = _engine()
    engine.SetImage(picture)
    engine.SetSourceResolution(round(scales[1] * _POINTS_PER_INCH))
    engine.Recognize()
    lines: list[Line] = []
    height = picture.height / scales[1]
    for item in tesserocr.iterate_level(engine.GetIterator(), tesserocr.RIL.TEXTLINE):
        if item.Empty(tesserocr.RIL.TEXTLINE):
            continue
        _, direction, _, _ = item.Orientation()
        text, box = item.GetUTF8Text(tesserocr.RIL.TEXTLINE), item.BoundingBox(tesserocr.RIL.TEXTLINE)
        vertical = direction == tesserocr.WritingDirection.TOP_TO_BOTTOM
        lines += [line._replace(tilted=vertical) for line in _line(text, box, scales, height)]
    confidence = engine.MeanTextConf()
    engine.Clear()
    sideways = 2 * sum(line.tilted for line in lines) > len(lines)
    if sideways:
        lines = [_turned(line, height) for line in lines]
    return OcrPage(tuple(_evened(lines)), float(confidence), sideways)


def _turned(line: Line, height: float) -> Line:
    """A line that runs down a page of this height, as it stands once the page is turned: its top was on the right."""
    top = height - line.y - line.height
    along, across = line.height, line.x1 - line.x0
    return line._replace(x0=top, x1=top + along, y=line.x0, height=across, tilted=not line.tilted)


def _line(text: str, box: tuple[int, int, int, int] | None, scales: tuple[float, float], height: float) -> list[Line]:
    text = text.strip()
    if not text or box is None:
        return []
    left, right = (side / scales[0] for side in box[::2])
    top, bottom = (side / scales[1] for side in box[1::2])
    broken = len(text) > 2 and text[-1] in "-‐¬" and text[-2].isalpha()
    return [Line(text[:-1] if broken else text, left, right, height - bottom, bottom - top, False, broken)]


def _evened(lines: list[Line]) -> list[Line]:
    """Boxes of recognised lines follow their letters' ascenders; heights within a quarter of the usual are one size."""
    if not lines:
        return []
    usual = sorted(line.height for line in lines)[len(lines) // 2]
    return [
        line._replace(height=usual) if 0.6 * usual <= line.height <= 1.5 * usual else line
        for line in lines
    ]  # fmt: skip
