"""How fast extraction is, against pypdf and python-docx on the same files in the same run, and what the sandbox costs.

Processor seconds of one core, best of five rounds; ratios carry over from machine to machine, absolute figures do
not. `measure(data)` takes a folder in the layout of the development corpus, or none: then files that it generates.
"""

import io
import logging
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import docx as python_docx
import pypdf
import pypdfium2

from evals.extraction_samples import Text, docx, numbered, numbering, paragraph, pdf
from evals.harness import table
from ingestion.errors import Park
from ingestion.extraction import Limits, extract, ocr
from ingestion.extraction.pdf_sheets import Sheets
from ingestion.extraction.sandbox import Sandbox

Measures = dict[str, float]
_ROUNDS = 5
_DOCUMENTS = 200  # through the sandbox
_LIMITS = Limits()
_SENTENCE = "Le preneur verse le loyer au bailleur chaque trimestre et d'avance, le premier jour ouvrable."


def measure(data: Path | None) -> dict[str, Measures]:
    """{set: {measure: value}}."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    pdfs = _found(data, "*/*.pdf", ("fr_pdf", "fr_decision_pdf", "pdf_misc")) or [_long_pdf()]
    texts = _found(data, "*/*.docx", ("fr_office", "office")) or [_long_docx()]
    found = {
        "extraction_pdf": _pdf(pdfs),
        "extraction_docx": _docx([*texts, _long_docx()]),
        "extraction_ocr": _ocr(data),
        "extraction_sandbox": _sandbox(),
    }
    found = {name: values for name, values in found.items() if values}
    for name, values in found.items():
        table(name, values)
    return found


def _found(data: Path | None, pattern: str, folders: Sequence[str]) -> list[bytes]:
    paths = sorted(data.glob(pattern)) if data is not None else []
    return [
        content for path in paths if path.parent.name in folders and _readable(content := path.read_bytes(), path.name)
    ]


def _readable(data: bytes, name: str) -> bool:
    """Only files that open without OCR count: a scan would measure Tesseract."""
    try:
        return "ocr" not in extract(data, name, _LIMITS)[0].flags
    except Park:
        return False


def _seconds(*works: Callable[[], object]) -> list[float]:
    """Processor seconds of the best round of each; the works take turns, so that a busy minute meets all of them."""
    best = [math.inf] * len(works)
    for _ in range(_ROUNDS):
        for number, work in enumerate(works):
            started = time.process_time()
            work()
            best[number] = min(best[number], time.process_time() - started)
    return best


def _pdf(files: Sequence[bytes]) -> Measures:
    """Against pypdf's plain text of the same pages, which has no geometry and no values of forms.

    `ratio`: everything that `extract` does, up to blocks. `ratio_lines`: its first stage by itself, text with geometry
    and forms: every page opened, its form flattened, its lines with place, size, weight and what hides them.
    """
    pages = sum(len(pypdf.PdfReader(io.BytesIO(data)).pages) for data in files)
    whole, lines, theirs = _seconds(
        lambda: [extract(data, "a.pdf", _LIMITS) for data in files],
        lambda: [_lines(data) for data in files],
        lambda: _by_pypdf(files),
    )
    return {
        "pages": pages,
        "pages_per_second": pages / whole,
        "lines_pages_per_second": pages / lines,
        "pypdf_pages_per_second": pages / theirs,
        "ratio": theirs / whole,
        "ratio_lines": theirs / lines,
    }


def _lines(data: bytes) -> int:
    """How many lines the pages have: what stands on them is let go page by page, as in a reading."""
    document = pypdfium2.PdfDocument(data)
    try:
        sheets, found = Sheets(document, forms=True), 0
        for number in range(1, len(sheets) + 1):
            with sheets.opened(number) as sheet:
                found += len(sheet.lines) if sheet is not None else 0
        return found
    finally:
        document.close()


def _by_pypdf(files: Sequence[bytes]) -> None:
    for data in files:
        for page in pypdf.PdfReader(io.BytesIO(data)).pages:
            page.extract_text()


def _docx(files: Sequence[bytes]) -> Measures:
    megabytes = sum(map(len, files)) / 1e6
    ours, theirs = _seconds(
        lambda: [extract(data, "a.docx", _LIMITS) for data in files], lambda: _by_python_docx(files)
    )
    return {"mb_per_second": megabytes / ours, "python_docx_mb_per_second": megabytes / theirs, "ratio": theirs / ours}


def _by_python_docx(files: Sequence[bytes]) -> None:
    for data in files:
        document = python_docx.Document(io.BytesIO(data))
        for item in document.iter_inner_content():
            if isinstance(item, python_docx.table.Table):
                [[cell.text for cell in row.cells] for row in item.rows]
            else:
                _ = item.text


def _ocr(data: Path | None) -> Measures:
    """Processor seconds a page of each scan, drawing and layout included; nothing where no OCR is installed."""
    found: Measures = {}
    scans = sorted((data / "fr_scan_pdf").glob("*.pdf")) if data is not None and ocr.installed() else []
    ocr.warm_up()
    for path in scans:
        content = path.read_bytes()
        started = time.process_time()  # once: a page takes a second
        pages = extract(content, path.name, _LIMITS)[0].pages
        found[f"seconds_a_page_{path.stem[-4:]}"] = (time.process_time() - started) / pages
    return found


def _sandbox() -> Measures:
    """What a document of one word costs in the sandbox, the helper warm, less the same in this process.

    Wall milliseconds, of which a busy machine adds its queues: the median, and what nine of ten take longer than. And
    processor milliseconds of all processes that have a part in it, children included, which it does not change much.
    """
    with Sandbox(_LIMITS) as sandbox:
        started = time.perf_counter()
        sandbox.extract(b"bonjour", "a.txt")
        start = time.perf_counter() - started
        spent = _processor_seconds(sandbox.helper_pid)
        warm = _milliseconds(lambda: sandbox.extract(b"bonjour", "a.txt"))
        spent = _processor_seconds(sandbox.helper_pid) - spent
    alone = statistics.median(_milliseconds(lambda: extract(b"bonjour", "a.txt", _LIMITS)))
    return {
        "start_ms": start * 1000,
        "overhead_ms": statistics.median(warm) - alone,
        "overhead_ms_unhindered": sorted(warm)[len(warm) // 10] - alone,
        "processor_ms": spent * 1000 / len(warm) - alone,
    }


def _processor_seconds(helper: int | None) -> float:
    """Of this process, of the helper and of the children that it has seen the end of."""
    ticks = Path(f"/proc/{helper}/stat").read_text().rpartition(")")[2].split()[11:15]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _milliseconds(work: Callable[[], object]) -> list[float]:
    spent = []
    for _ in range(_DOCUMENTS):
        started = time.perf_counter()
        work()
        spent.append((time.perf_counter() - started) * 1000)
    return spent


def _long_pdf() -> bytes:
    lines = [Text(50, 780 - 14 * n, f"{n}. {_SENTENCE}", 9) for n in range(50)]
    return pdf([lines] * 60)


def _long_docx() -> bytes:
    levels = numbering(("decimal", "Article %1 –"), ("decimal", "%1.%2"))
    body = "".join(numbered("Objet", 0) + numbered(_SENTENCE, 1) + paragraph(_SENTENCE) for _ in range(400))
    return docx(body, {"numbering": levels})
