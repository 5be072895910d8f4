"""Bytes to text, and plain text to blocks: TXT, Markdown, CSV, and the body of every format that is text inside.

UTF-8 and byte-order marks first, then Windows-1252 where its letters look French, and only then a guess.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence

import charset_normalizer

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.french import heading_level, list_level, upper_case
from ingestion.extraction.hygiene import clean
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Composer, Reading
from ingestion.extraction.text_layout import (
    Measure,
    paragraphs,
    rows_of,
    runs,
    separator_of,
    texts_beside,
    titles_above,
)

_MARKS = [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]  # fmt: skip
_FRENCH_BYTES = frozenset("éèêëàâçîïôùûüœÉÈÊÀÇŒ’‘“”«»–—…€°§ºª\xa0²³".encode("cp1252"))
_GUESSED = 100_000  # bytes: enough to guess an encoding by
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*$")
_MARKDOWN_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?$")
_UNDERLINE = re.compile(r"(=+|-{3,})$")
_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[^\n]*\n){0,60}?)(?:---|\.\.\.)[ \t]*(?:\n|$)")
_TITLE = re.compile(r"^title:[ \t]*(\S[^\n]*)$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"(?:```|~~~)[^`]*$")
_DIVIDER = re.compile(r"(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}")
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+\"[^\"]*\")?\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])")
_SHORT = 100
_PAGE_NUMBER = re.compile(r"[-–—]\s*\d{1,4}\s*[-–—]")
_WORD = re.compile(r"[^\W\d_]{2}")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text, by mark, UTF-8, what the file declares, Windows-1252, a guess. Never raises; never drops a letter."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if encoding == "utf-8" and _strictly(data, encoding) is None:
                data = data[len(mark) :]  # a mark before text that is not what it says
                break
            return data[len(mark) :].decode(encoding, "replace")
    if _zeros_say_utf16(data):
        return data.decode("utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be", "replace")
    for candidate in (declared, "utf-8") if b"\x1b" in data else ("utf-8", declared):  # ESC: a seven-bit encoding
        known = _strictly(data, candidate)
        if known is not None:
            return known
    high = bytes(byte for byte in data[:_GUESSED] if byte >= 0x80)
    french = sum(1 for byte in high if byte in _FRENCH_BYTES)
    text = _strictly(data, "cp1252")
    if text is not None and french >= 0.8 * len(high):
        return text
    best = charset_normalizer.from_bytes(data[:_GUESSED]).best()
    guessed = _strictly(data, best.encoding) if best is not None else None
    return guessed or text or data.decode("cp1252", "replace")


def _strictly(data: bytes, encoding: str | None) -> str | None:
    if not encoding:
        return None
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _zeros_say_utf16(data: bytes) -> bool:
    sample = data[:4_000]
    return len(sample) > 3 and sample.count(0) > len(sample) * 0.3


def read_text(data: bytes, limits: Limits) -> Reading:
    """Park(EMPTY, TOO_LARGE)."""
    composer = Composer(limits)
    write_text(clean(decode(data)), composer)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return composer.reading()


def read_markdown(data: bytes, limits: Limits) -> Reading:
    """Headings, lists and tables by their marks; everything else as text."""
    composer = Composer(limits)
    front, text = _front_matter(clean(decode(data)))
    if title := _TITLE.search(front):
        composer.heading(title.group(1).strip().strip("\"'"), 1)
    for block in runs(text):
        _markdown(block, composer)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return composer.reading()


def read_csv(data: bytes, limits: Limits) -> Reading:
    """One table; the separator that splits the first lines most evenly."""
    text = clean(decode(data))
    separator = separator_of(text.splitlines())
    composer = Composer(limits)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        raise Park(ParkReason.MALFORMED) from None
    rows = [row for row in rows if any(map(str.strip, row))]
    titles = titles_above(rows)
    for row in rows[:titles]:
        composer.paragraph(" ".join(row))
    composer.table(rows[titles:], header=len(rows) - titles > 1)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return composer.reading()


def write_text(text: str, composer: Composer) -> None:
    """Paragraphs between blank lines, or a line each where none are wrapped; tables and titles by their layout."""
    measure = Measure(text)
    for run in runs(text):
        if (table := rows_of(run)) is not None:
            rows, named = table
            composer.table(rows, header=named)
        elif measure.centres(run):
            _write_centred(run, composer)
        elif columns := texts_beside(run):
            _write_all((text for lines in columns for text in paragraphs(lines, narrow=True)), composer)
        else:
            _write_all(paragraphs(run), composer)


def _write_all(texts: Iterable[str], composer: Composer) -> None:
    for text in texts:
        write_line(text, composer)


def _write_centred(lines: Sequence[str], composer: Composer) -> None:
    for text in map(str.strip, lines):
        if _is_title(text):
            composer.heading(text, heading_level(text) or (3 if composer.blocks else 1))
        elif not _PAGE_NUMBER.fullmatch(text):
            write_line(text, composer)


def _is_title(text: str) -> bool:
    return len(text) <= _SHORT and text[-1] not in ".,;" and bool(_WORD.search(text)) and not list_level(text)


def write_line(text: str, composer: Composer) -> None:
    """One paragraph whose kind only its words show: a heading, a list item, or text."""
    if not text:
        return
    level = heading_level(text)
    if level or (upper_case(text) and 8 < len(text) <= _SHORT and text[-1] not in ".,;"):
        composer.heading(text, level or 3)
    elif depth := list_level(text):
        composer.add(BlockKind.LIST_ITEM, text, level=depth)
    else:
        composer.paragraph(text)


def _markdown(lines: list[str], composer: Composer) -> None:
    if len(lines) > 1 and "|" in lines[0] and _MARKDOWN_RULE.match(lines[1].strip()):
        rows = [line.strip().strip("|").split("|") for line in (lines[0], *lines[2:])]
        composer.table(rows, header=True)
        return
    pending: list[str] = []
    for line in lines:
        if _FENCE.match(line.strip()) or (not pending and _DIVIDER.fullmatch(line.strip())):
            _flush(pending, composer)
            continue
        if line.lstrip().startswith(">"):
            _flush(pending, composer)
            composer.add(BlockKind.QUOTE, _unmarked(line.strip().lstrip("> ")))
            continue
        heading = _MARKDOWN_HEADING.match(line.strip())
        if heading:
            _flush(pending, composer)
            composer.heading(_unmarked(heading.group(2)), len(heading.group(1)))
        elif pending and _UNDERLINE.fullmatch(line.strip()):
            composer.heading(_unmarked(pending.pop()), 1 if line.strip()[0] == "=" else 2)
            _flush(pending, composer)
        elif list_level(line.strip()):
            _flush(pending, composer)
            indent = len(line) - len(line.lstrip())
            composer.add(BlockKind.LIST_ITEM, _unmarked(line.strip()), level=1 + min(indent // 2, 8))
        else:
            pending.append(line.strip())
    _flush(pending, composer)


def _flush(pending: list[str], composer: Composer) -> None:
    if pending:
        composer.paragraph(_unmarked(" ".join(pending)))
        pending.clear()


def _unmarked(text: str) -> str:
    return _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", _MARKDOWN_LINK.sub(r"\1", text)))


def _front_matter(text: str) -> tuple[str, str]:
    """What stands between two rules at a file's head (YAML), and the rest."""
    match = _FRONT_MATTER.match(text)
    return (match.group(1), text[match.end() :]) if match and ":" in match.group(1) else ("", text)
