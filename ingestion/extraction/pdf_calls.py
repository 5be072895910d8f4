"""PDFium's functions that are called once a line or once an object, through cffi.

A call costs a third of what it costs through ctypes (0.5 µs against 1.5, measured), and a page takes hundreds. The
functions are those of the library that pypdfium2 has loaded, found by their addresses; what is called once a page stays
with pypdfium2. It must never be used from two threads at once: PDFium is not thread-safe.
"""

import ctypes
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

import cffi
import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    Handle = cffi.FFI.CData  # PDFium's own pointers, and our buffers

_FFI = cffi.FFI()
NOTHING = _FFI.cast("void *", 0)


def handle(pointer: "pdfium.FPDF_PAGE | pdfium.FPDF_TEXTPAGE | pdfium.FPDF_FORMHANDLE") -> "Handle":
    """A pointer of pypdfium2 as cffi has it."""
    return _FFI.cast("void *", ctypes.cast(pointer, ctypes.c_void_p).value or 0)


def _address(name: str) -> int:
    return ctypes.cast(getattr(pdfium, name), ctypes.c_void_p).value or 0


def _number(name: str, *arguments: str) -> Callable[..., int]:
    found: Callable[..., int] = _FFI.cast(f"int (*)({', '.join(arguments)})", _address(name))
    return found


def _size(name: str, *arguments: str) -> Callable[..., float]:
    found: Callable[..., float] = _FFI.cast(f"double (*)({', '.join(arguments)})", _address(name))
    return found


def _pointer(name: str, *arguments: str) -> "Callable[..., Handle]":
    found: Callable[..., Handle] = _FFI.cast(f"void * (*)({', '.join(arguments)})", _address(name))
    return found


def doubles(count: int) -> "list[Handle]":
    """Pointers to `count` numbers that lie apart; `pointer[0]` is the number."""
    return [_FFI.new("double *") for _ in range(count)]


def floats(count: int) -> "list[Handle]":
    return [_FFI.new("float *") for _ in range(count)]


def whole_numbers(count: int) -> "list[Handle]":
    return [_FFI.new("unsigned int *") for _ in range(count)]


def matrix() -> "Handle":
    """Room for a, b, c, d, e, f."""
    return _FFI.new("float[6]")


def bytes_of(buffer: "Handle") -> "cffi.FFI.buffer":
    """What a buffer holds, for `four_of`."""
    return _FFI.buffer(buffer)


# The first four numbers of a matrix at once, in half the time that they take one by one.
four_of = struct.Struct("4f").unpack_from


def name_buffer() -> "Handle":
    return _FFI.new("char[]", NAME_BYTES)


def name_of(buffer: "Handle") -> bytes:
    return bytes(_FFI.string(buffer, NAME_BYTES))  # type: ignore[arg-type]  # of char it is bytes


class Units:
    """Room for UTF-16 text that grows as needed and is kept from page to page."""

    def __init__(self) -> None:
        self._room = 0
        self._buffer = _FFI.new("unsigned short[]", 1)

    def of(self, room: int) -> "Handle":
        if room > self._room:
            self._room = max(room, 2 * self._room, 4_096)
            self._buffer = _FFI.new("unsigned short[]", self._room)
        return self._buffer

    def text(self, count: int) -> str:
        return bytes(_FFI.buffer(self._buffer, max(count, 0) * 2)).decode("utf-16-le", "replace")


NAME_BYTES = 128
_V, _I, _D, _F, _U = "void *", "int", "double *", "float *", "unsigned int *"
char_origin = _number("FPDFText_GetCharOrigin", _V, _I, _D, _D)
char_box = _number("FPDFText_GetCharBox", _V, _I, _D, _D, _D, _D)  # left, right, bottom, top
char_matrix = _number("FPDFText_GetMatrix", _V, _I, _F)
font_size = _size("FPDFText_GetFontSize", _V, _I)
fill_colour = _number("FPDFText_GetFillColor", _V, _I, _U, _U, _U, _U)
font_info = _number("FPDFText_GetFontInfo", _V, _I, "char *", "unsigned long", _U)
unicode_of = _number("FPDFText_GetUnicode", _V, _I)
is_generated = _number("FPDFText_IsGenerated", _V, _I)
text_object = _pointer("FPDFText_GetTextObject", _V, _I)
font_of = _pointer("FPDFTextObj_GetFont", _V)
render_mode = _number("FPDFTextObj_GetTextRenderMode", _V)
text_from_index = _number("FPDFText_GetTextIndexFromCharIndex", _V, _I)
index_from_text = _number("FPDFText_GetCharIndexFromTextIndex", _V, _I)
page_text = _number("FPDFText_GetText", _V, _I, _I, "unsigned short *")
bounded_text = _number("FPDFText_GetBoundedText", _V, *["double"] * 4, "unsigned short *", _I)
page_object = _pointer("FPDFPage_GetObject", _V, _I)
object_kind = _number("FPDFPageObj_GetType", _V)
object_bounds = _number("FPDFPageObj_GetBounds", _V, _F, _F, _F, _F)  # left, bottom, right, top
object_matrix = _number("FPDFPageObj_GetMatrix", _V, _F)
object_fill = _number("FPDFPageObj_GetFillColor", _V, _U, _U, _U, _U)
annotation = _pointer("FPDFPage_GetAnnot", _V, _I)
annotation_kind = _number("FPDFAnnot_GetSubtype", _V)
close_annotation = _number("FPDFPage_CloseAnnot", _V)
annotation_place = _number("FPDFAnnot_GetRect", _V, _F)  # left, top, right, bottom
annotation_text = _number("FPDFAnnot_GetStringValue", _V, "char *", "unsigned short *", "unsigned long")
field_kind = _number("FPDFAnnot_GetFormFieldType", _V, _V)
form_objects = _number("FPDFFormObj_CountObjects", _V)
form_object = _pointer("FPDFFormObj_GetObject", _V, "unsigned long")
draw_mode = _number("FPDFPath_GetDrawMode", _V, _U, _U)
count_segments = _number("FPDFPath_CountSegments", _V)
path_segment = _pointer("FPDFPath_GetPathSegment", _V, _I)
segment_point = _number("FPDFPathSegment_GetPoint", _V, _F, _F)
segment_kind = _number("FPDFPathSegment_GetType", _V)
