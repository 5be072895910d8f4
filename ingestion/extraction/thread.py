"""The body of a mail: what was written now, the signature, and the quoted thread beneath, by French and English marks.

Plain text or HTML, by the same marks. Pure: text in, blocks out. What follows the first mark of a quotation is all
quotation: mail programs quote downwards.
"""

import re
from collections.abc import Iterator, Sequence

from chunking.blocks import BlockKind
from ingestion.extraction.french import list_level
from ingestion.extraction.html import write_html
from ingestion.extraction.reading import Composer
from ingestion.extraction.text_layout import rows_of, runs

_DAY = r"(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)"
_WROTE = re.compile(
    r"-?\s*(?:Le|On)\s.{5,200}?(?:a\s+[ée]crit|wrote|schrieb)\s*:?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_STARTS_WROTE = re.compile(rf"-?\s*(?:Le|On)\s+(?:{_DAY}|\d)", re.IGNORECASE)
_WROTE_ENDS = re.compile(r"(?:a\s+[ée]crit|wrote)\s*:?\s*$", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"\s*[-_*]{2,}\s*(?:message d['’]origine|message original|message transf[ée]r[ée]|message initial|original message|"
    r"forwarded message|d[ée]but du message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée]))\s*[-_*]{0,}\s*:?\s*$",
    re.IGNORECASE,
)
_BEGIN = re.compile(
    r"\s*(?:d[ée]but du message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|begin forwarded message)\s*:?\s*$", re.IGNORECASE
)
_FROM = re.compile(r"\s*\**(?:De|From|Exp[ée]diteur)\s?\**\s?:\s?\**\s*\S.*$", re.IGNORECASE)
_HEADER = re.compile(
    r"\s*\**(?:[ÀA]|To|Cc|Cci|Bcc|Envoy[ée](?: le)?|Sent|Date|Objet|Subject|R[ée]pondre [àa]|Reply-To|"
    r"Pi[èe]ces? jointes?)"
    r"\s?\**\s?:",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"--\s?$")
_MOBILE = re.compile(
    r"\s*(?:envoy[ée] (?:de|depuis) (?:mon|ma|l['’])|sent from my|obtenez outlook|get outlook)", re.IGNORECASE
)
_RULE = re.compile(r"\s*_{10,}\s*$")
_SIGNATURE_LINES = 14  # a longer tail after "-- " is text


def write_body(text: str, composer: Composer) -> None:
    """Blocks of a plain-text body."""
    lines = text.split("\n")
    cut = quotation_start(lines)
    written, quoted = lines[:cut], lines[cut:]
    body, signature = _split_signature(written)
    _write_text(body, composer)
    _write(signature, BlockKind.SIGNATURE, composer)
    _write([line.lstrip("> ") for line in quoted], BlockKind.QUOTE, composer)


def write_html_body(html: str, composer: Composer) -> None:
    """Blocks of an HTML body, those of the signature and of the quoted thread by their kinds."""
    start = len(composer.blocks)
    write_html(html, composer)
    texts = [block.text for block in composer.blocks[start:]]
    cut = quotation_start(texts)
    signed = _signature_start(texts[:cut])
    composer.retype(start + signed, start + cut, BlockKind.SIGNATURE)
    composer.retype(start + cut, start + len(texts), BlockKind.QUOTE)


def quotation_start(lines: Sequence[str]) -> int:
    """The index of the first line that belongs to the quoted thread; their number where there is none."""
    for index, line in enumerate(lines):
        if _opens_quotation(lines, index, line):
            return index
    return len(lines)


def _opens_quotation(lines: Sequence[str], index: int, line: str) -> bool:
    if _SEPARATOR.match(line) or _BEGIN.match(line):
        return True
    if _STARTS_WROTE.match(line) and _is_answered_within(lines[index + 1 :]):
        return False
    if _STARTS_WROTE.match(line) and _WROTE.match(" ".join(lines[index : index + 3]).split(":", 99)[0] + ":"):
        return True
    if _STARTS_WROTE.match(line) and any(_WROTE.match("\n".join(lines[index : index + n])) for n in (1, 2, 3)):
        return True
    if _FROM.match(line) and sum(1 for other in lines[index + 1 : index + 6] if _HEADER.match(other)) >= 2:
        return True
    return line.startswith(">") and _rest_is_quoted(lines[index:])


def _rest_is_quoted(lines: Sequence[str]) -> bool:
    """An answer between quoted lines is not a thread beneath: most of what follows must be quoted."""
    filled = [line for line in lines if line.strip()]
    return sum(1 for line in filled if line.startswith(">")) >= 0.8 * len(filled)


def _is_answered_within(lines: Sequence[str]) -> bool:
    """Whether what is quoted below has answers between its lines: then it is no thread beneath."""
    filled = [line for line in lines if line.strip() and not _WROTE_ENDS.search(line)]
    marked = sum(1 for line in filled if line.startswith(">"))
    return 0 < marked < 0.8 * len(filled) and not filled[-1].startswith(">")


def _split_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    while lines and (not lines[-1].strip() or _RULE.match(lines[-1])):
        lines = lines[:-1]
    start = _signature_start(lines)
    marked = start < len(lines) and _DELIMITER.fullmatch(lines[start])
    return lines[:start], lines[start + (1 if marked else 0) :]


def _signature_start(lines: Sequence[str]) -> int:
    """The index of the line that opens the signature; their number where there is none."""
    for index, line in enumerate(lines):
        marked = _DELIMITER.fullmatch(line) or _MOBILE.match(line)
        if marked and index and len(lines) - index <= _SIGNATURE_LINES:
            return index
    return len(lines)


def _write_text(lines: list[str], composer: Composer) -> None:
    """What was written now; lines that it quotes between its own are quotations."""
    run: list[str] = []
    for line in lines:
        if run and line.startswith(">") != run[0].startswith(">"):
            _write_alike(run, composer)
            run = []
        run.append(line)
    _write_alike(run, composer)


def _write_alike(run: list[str], composer: Composer) -> None:
    if run and run[0].startswith(">"):
        _write([line.lstrip("> ") for line in run], BlockKind.QUOTE, composer)
    else:
        _write(run, BlockKind.PARAGRAPH, composer)


def _write(lines: list[str], kind: BlockKind, composer: Composer) -> None:
    """Runs of lines between blank ones, each as one text but for what they list; rows where they are a table."""
    for run in runs("\n".join(lines)):
        table = rows_of(run) if kind is BlockKind.PARAGRAPH else None
        if table is not None:
            composer.table(table[0], header=table[1])
            continue
        for text in _items(run):
            depth = list_level(text) if kind is BlockKind.PARAGRAPH else 0
            composer.add(BlockKind.LIST_ITEM if depth else kind, text, level=depth)


def _items(run: Sequence[str]) -> Iterator[str]:
    """The run's text, cut where an item of a list begins."""
    current: list[str] = []
    for line in map(str.strip, run):
        if current and list_level(line):
            yield " ".join(current)
            current = []
        current.append(line)
    yield " ".join(current)
