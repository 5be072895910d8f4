"""How faithful extraction is: decisions with exact truth, real files recovered, tables, scans, hostile files.

`measure(data)` takes a folder in the layout of the development corpus (`fr_decision_pdf/`, `fr_decision_truth/`,
`fr_scan_pdf/`, `hostile/`, `INDEX.csv`), or none: then it measures what it can generate itself. Word F1 and trigram F1
are over multisets of words, case kept, punctuation dropped.
"""

import csv
import json
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from chunking.blocks import BlockKind, Part
from evals.extraction_samples import Sample, samples
from evals.harness import table
from ingestion.errors import Park
from ingestion.extraction import Limits
from ingestion.extraction.sandbox import Sandbox

Measures = dict[str, float]
_WORD = re.compile(r"\w+")
_REAL_TABLES = Path(__file__).parent / "golden" / "real_tables.json"
_READABLE = ("pdf-text", "pdf-form", "docx", "docm", "xlsx", "xls", "ods", "odt", "pptx", "rtf", "eml", "msg", "html",
             "html-decision", "mail-body-thread")  # fmt: skip
_BAD_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\ufb00-\ufb06\ufffe\uffff]")
_HOSTILE_SECONDS = 15.0


def measure(data: Path | None) -> dict[str, Measures]:
    """{set: {measure: value}}; sets without files are left out."""
    with Sandbox(Limits()) as sandbox:
        found = {"extraction_generated": _generated(sandbox)}
        if data is not None:
            found |= _corpus(sandbox, data)
    found = {name: values for name, values in found.items() if values}
    for name, values in found.items():
        table(name, values)
    return found


def words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text))


def f1(found: Sequence[str], truth: Sequence[str], size: int = 1) -> float:
    """F1 over multisets of runs of `size` words."""
    ours, theirs = Counter(_runs(found, size)), Counter(_runs(truth, size))
    common = sum((ours & theirs).values())
    return 2 * common / (sum(ours.values()) + sum(theirs.values())) if ours or theirs else 1.0


def _runs(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(items[start : start + size]) for start in range(len(items) - size + 1))


def _text(parts: Iterable[Part], *, notes: bool = True) -> str:
    blocks = (block for part in parts for block in part.blocks if notes or block.kind is not BlockKind.FOOTNOTE)
    return "\n".join(block.text for block in blocks)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _corpus(sandbox: Sandbox, data: Path) -> dict[str, Measures]:
    one, two = (sorted((data / "fr_decision_pdf").glob(f"*_{layout}.pdf")) for layout in "AB")
    return {
        "extraction_decisions_1_column": _decisions(sandbox, data, one),
        "extraction_decisions_2_columns": _decisions(sandbox, data, two),
        "extraction_real_tables": _real_tables(sandbox, data),
        "extraction_scans": _scans(sandbox, data),
        "extraction_recovered": _recovered(sandbox, data),
        "extraction_hostile": _hostile(sandbox, data),
        "extraction_stored_text": _stored(sandbox, data),
    }


def _read(sandbox: Sandbox, path: Path) -> tuple[Part, ...]:
    try:
        return sandbox.extract(path.read_bytes(), path.name)
    except Park:
        return ()


def _truth(data: Path, stem: str) -> dict[str, list[str]]:
    raw = json.loads((data / "fr_decision_truth" / f"{stem}.json").read_text("utf-8"))
    return {
        "paras": [text for _, text in raw["paras"]],
        "heads": [t for k, t in raw["paras"] if k == "H"],
        "notes": raw["notes"],
    }


def _decisions(sandbox: Sandbox, data: Path, paths: list[Path]) -> Measures:
    scores: dict[str, list[float]] = {"word_f1": [], "trigram_f1": [], "headings_found": [], "footnotes_exact": []}
    for path in paths:
        parts, truth = _read(sandbox, path), _truth(data, path.stem)
        found, whole = words(_text(parts)), words("\n".join(truth["paras"] + truth["notes"]))
        scores["word_f1"].append(f1(found, whole))
        body = words(_text(parts, notes=False)), words("\n".join(truth["paras"]))
        scores["trigram_f1"].append(f1(*body, size=3))
        blocks = [block for part in parts for block in part.blocks]
        headings = {block.text for block in blocks if block.kind is BlockKind.HEADING}
        notes = [block.text for block in blocks if block.kind is BlockKind.FOOTNOTE]
        scores["headings_found"].append(_mean([head in headings for head in truth["heads"]]))
        scores["footnotes_exact"].append(_mean([any(note in text for text in notes) for note in truth["notes"]]))
    return {name: _mean(values) for name, values in scores.items() if values}


def _real_tables(sandbox: Sandbox, data: Path) -> Measures:
    """Rows of tables on real pages, as a person read them off their pictures; and rows where there is no table."""
    truth: dict[str, dict[str, list[str]]] = json.loads(_REAL_TABLES.read_text("utf-8"))
    exact, invented = [], 0
    for name, pages in truth.items():
        blocks = [block for part in _read(sandbox, data / name) for block in part.blocks if block.table]
        for page, rows in pages.items():
            found = {_squeezed(block.text) for block in blocks if block.page == int(page)}
            exact += [float(_squeezed(row) in found) for row in rows]
            invented += 0 if rows else len(found)
    return {"rows": len(exact), "rows_exact": _mean(exact), "rows_on_pages_without_tables": invented}


def _squeezed(row: str) -> str:
    """Blanks and the two apostrophes make no difference."""
    return "".join(row.split()).replace("'", "’")


def _scans(sandbox: Sandbox, data: Path) -> Measures:
    found: Measures = {}
    for path in sorted((data / "fr_scan_pdf").glob("*.pdf")):
        started = time.perf_counter()
        parts = _read(sandbox, path)
        seconds = time.perf_counter() - started
        stem = path.stem.removeprefix("scan_")
        found[f"word_f1_{stem[-4:]}"] = _best_prefix(words(_text(parts)), _truth(data, f"cc_{stem}_A"))
        found[f"seconds_a_page_{stem[-4:]}"] = seconds / max(sum(part.pages for part in parts), 1)
    return found


def _best_prefix(found: list[str], truth: dict[str, list[str]]) -> float:
    """The scans hold the first pages of their decision only: F1 against the prefix of the truth that fits best."""
    paragraphs, notes = truth["paras"], truth["notes"]
    starts = range(len(paragraphs) // 2, len(paragraphs) + 1)
    return max(
        f1(found, words("\n".join(paragraphs[:end] + notes[:kept]))) for end in starts for kept in range(len(notes) + 1)
    )


def _indexed(data: Path) -> list[dict[str, str]]:
    index = data / "INDEX.csv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _recovered(sandbox: Sandbox, data: Path) -> Measures:
    """The share of files that should give text, and do; by kind."""
    by_kind: dict[str, list[float]] = {}
    for row in _indexed(data):
        if row["kind"] in _READABLE:
            text = _text(_read(sandbox, data / row["file"]))
            by_kind.setdefault(row["kind"], []).append(float(bool(words(text))))
    everything = [value for values in by_kind.values() for value in values]
    return {"all": _mean(everything), **{kind: _mean(values) for kind, values in by_kind.items()}} if everything else {}


def _hostile(sandbox: Sandbox, data: Path) -> Measures:
    """Every hostile file ends, typed, in time; the helper that serves them is the same at the end or a living one."""
    longest, untyped, late, count = 0.0, 0, 0, 0
    for path in sorted([*(data / "hostile").glob("*"), *(data / "bad_pdf").glob("*")]):
        started = time.perf_counter()
        try:
            sandbox.extract(path.read_bytes(), path.name)
        except Park as park:
            untyped += park.reason is None
        seconds = time.perf_counter() - started
        longest, late, count = max(longest, seconds), late + (seconds > _HOSTILE_SECONDS), count + 1
    return {"files": count, "untyped": untyped, "late": late, "longest_seconds": longest} if count else {}


def _stored(sandbox: Sandbox, data: Path) -> Measures:
    paths = sorted((data / "fr_decision_pdf").glob("*.pdf")) + sorted((data / "fr_pdf").glob("*.pdf"))
    texts = [_text(_read(sandbox, path)) for path in paths]
    bad = sum(len(_BAD_CHARACTERS.findall(text)) for text in texts)
    return {"forbidden_characters": bad} if paths else {}


def _generated(sandbox: Sandbox) -> Measures:
    """What our own fictional files should give, word for word."""
    found: Measures = {}
    for sample in samples():
        found |= _scores(sample, sandbox.extract(sample.data, sample.name))
    return found


def _scores(sample: Sample, parts: tuple[Part, ...]) -> Measures:
    blocks = [block for part in parts for block in part.blocks]
    scores = {f"{sample.kind}_word_f1": f1(words("\n".join(block.text for block in blocks)), words(sample.truth))}
    if sample.numbers:
        got = Counter(number for number in sample.numbers if any(b.text.startswith(f"{number} ") for b in blocks))
        scores[f"{sample.kind}_numbers"] = sum(got.values()) / len(sample.numbers)
    if sample.rows:
        rows = {block.text for block in blocks if block.table is not None}
        scores[f"{sample.kind}_rows_exact"] = _mean([row in rows for row in sample.rows])
    return scores
