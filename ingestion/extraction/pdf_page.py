"""One page of a PDF, or of a scan, as it is laid out: lines and tables, before anything is known of paragraphs."""

from dataclasses import dataclass

from ingestion.extraction.pdf_line import Line

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is laid out; `width` and `height` in points, as displayed."""

    number: int  # 1-based
    lines: tuple[Line, ...]
    width: float
    height: float
    sort: bool = False  # form values were drawn last: their place on the page says where they belong
    tables: tuple[tuple[float, Rows], ...] = ()  # ruled tables: top edge, rows
    ocr: bool = False  # its lines were recognised in a picture
    doubtful: bool = False  # with low confidence
