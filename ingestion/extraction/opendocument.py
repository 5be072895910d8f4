"""ODT (and ODP): paragraphs, headings, lists with their numbers, tables, footnotes, comments, tracked changes.

Deletions live apart in the file and are dropped (flagged); insertions stand in the text. Entities are not expanded and
scripts never run.
"""

import posixpath
from dataclasses import dataclass, replace

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.docx_numbering import formatted
from ingestion.extraction.french import heading_level
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Attachment, Composer, Reading
from ingestion.extraction.xml import Element, parse_xml
from ingestion.extraction.zipped import Zipped

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _OFFICE, _STYLE, _DRAW = (f"{{{_NS}{n}:1.0}}" for n in ("text", "table", "office", "style", "drawing"))
_DC = "{http://purl.org/dc/elements/1.1/}"
_FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_META = {f"{_DC}creator": "author", f"{_DC}title": "title", f"{_DC}subject": "subject", f"{_DC}date": "modified"}
_MAX_SPACES = 1_000  # of one text:s, whose count a file may say as it likes


@dataclass(frozen=True, slots=True)
class _ListLevel:
    bullet: str = ""
    fmt: str = ""
    prefix: str = ""
    suffix: str = ""
    levels: int = 1
    start: int = 1


def read_opendocument(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, ENCRYPTED, BOMB, TOO_LARGE, EMPTY)."""
    zipped = Zipped(data, limits)
    manifest = zipped.get("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise Park(ParkReason.ENCRYPTED)
    root = parse_xml(zipped.read("content.xml"))
    body = root.find(f"{_OFFICE}body")
    if body is None:
        raise Park(ParkReason.MALFORMED)
    composer = Composer(limits)
    _Document(root, composer).write(body)
    if any(name.startswith(("Basic/", "Scripts/")) for name in zipped.names()):
        composer.flag("macros")
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return replace(composer.reading(metadata=_metadata(zipped)), attachments=_objects(zipped))


def _metadata(zipped: Zipped) -> dict[str, str]:
    data = zipped.get("meta.xml")
    items = parse_xml(data).iter() if data else ()
    return {_META[item.tag]: (item.text or "")[:500] for item in items if item.tag in _META and item.text}


def _objects(zipped: Zipped) -> tuple[Attachment, ...]:
    names = [
        name for name in zipped.names() if name.startswith("ObjectReplacements/") is False and "/content.xml" in name
    ]
    return tuple(Attachment(posixpath.dirname(name), b"", ParkReason.UNSUPPORTED) for name in names)


class _Document:
    def __init__(self, root: Element, composer: Composer) -> None:
        self._composer = composer
        self._lists = {str(item.get(f"{_STYLE}name")): _levels(item) for item in root.iter(f"{_TEXT}list-style")}
        self._hidden = {
            str(item.get(f"{_STYLE}name"))
            for item in root.iter(f"{_STYLE}style")
            if any(str(child.get(f"{{{_NS}text:1.0}}display")) == "none" for child in item)
        }
        self._counters: dict[str, dict[int, int]] = {}
        self._notes: list[Element] = []

    def write(self, parent: Element) -> None:
        for child in parent:
            self._block(child)

    def _block(self, element: Element) -> None:
        tag = element.tag
        if tag == f"{_TEXT}h":
            level = str(element.get(f"{_TEXT}outline-level", "1"))
            self._emit(
                BlockKind.HEADING, self._inline(element), int(level) if level.isdecimal() and len(level) < 3 else 1
            )
        elif tag == f"{_TEXT}p":
            self._paragraph(element)
        elif tag == f"{_TEXT}list":
            self._list(element, 0, str(element.get(f"{_TEXT}style-name", "")))
        elif tag == f"{_TABLE}table":
            self._table(element)
        elif tag == f"{_TEXT}tracked-changes":
            self._composer.flag("tracked_changes")
        elif tag == f"{_OFFICE}annotation":
            self._comment(element)
        elif isinstance(tag, str) and tag not in (f"{_OFFICE}forms", f"{_TEXT}sequence-decls"):
            self.write(element)

    def _paragraph(self, element: Element) -> None:
        text = self._inline(element)
        hidden = str(element.get(f"{_TEXT}style-name", "")) in self._hidden
        level = heading_level(" ".join(text.split()))
        if level and not hidden:
            self._emit(BlockKind.HEADING, text, level)
        else:
            self._composer.paragraph(text, hidden=hidden)
            self._flush_notes()

    def _emit(self, kind: BlockKind, text: str, level: int) -> None:
        self._composer.add(kind, text, level=min(level, 9))
        self._flush_notes()

    def _flush_notes(self) -> None:
        notes, self._notes = self._notes, []
        for note in notes:
            citation, body = note.find(f"{_TEXT}note-citation"), note.find(f"{_TEXT}note-body")
            text = " ".join(self._inline(item) for item in body) if body is not None else ""
            number = (citation.text or "") if citation is not None else ""
            self._composer.add(BlockKind.FOOTNOTE, f"{number} {text}" if text.strip() else "")

    def _list(self, element: Element, depth: int, style: str) -> None:
        style = str(element.get(f"{_TEXT}style-name", style))
        counters = self._counters.setdefault(style, {})
        if element.get(f"{_TEXT}continue-numbering") != "true" and element.get(f"{_TEXT}continue-list") is None:
            counters.pop(depth, None)
        for item in element:
            first = item.tag == f"{_TEXT}list-item"
            for child in item:
                if child.tag == f"{_TEXT}list":
                    self._list(child, depth + 1, style)
                elif child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
                    number = self._number(style, depth, counters) if first else ""
                    first = False
                    kind = BlockKind.HEADING if child.tag == f"{_TEXT}h" else BlockKind.LIST_ITEM
                    text = self._inline(child)
                    self._emit(kind, f"{number} {text}".strip() if text.strip() else "", depth + 1)
                else:
                    self._block(child)

    def _number(self, style: str, depth: int, counters: dict[int, int]) -> str:
        levels = self._lists.get(style, {})
        level = levels.get(depth, _ListLevel(bullet="•"))
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [known for known in counters if known > depth]:
            del counters[deeper]
        if level.bullet or not level.fmt:
            return level.bullet
        shown = range(max(0, depth - level.levels + 1), depth + 1)
        numbers = [formatted(counters.get(d, 1), _FORMATS.get(levels.get(d, level).fmt, "decimal")) for d in shown]
        return f"{level.prefix}{'.'.join(numbers)}{level.suffix}".strip()

    def _table(self, element: Element) -> None:
        rows = [
            [
                " ".join(self._inline(p) for p in cell.iter(f"{_TEXT}p", f"{_TEXT}h"))
                for cell in row.iterchildren(f"{_TABLE}table-cell")
            ]
            for row in element.iter(f"{_TABLE}table-row")
        ]
        self._composer.table(rows, header=len(rows) > 1)
        self._flush_notes()

    def _comment(self, element: Element) -> None:
        self._composer.flag("comments")
        self._composer.paragraph(" ".join(self._inline(p) for p in element.iter(f"{_TEXT}p")), style="comment")

    def _inline(self, element: Element) -> str:
        """The text of a paragraph; notes are put aside, comments written apart."""
        pieces = [element.text or ""]
        for child in element:
            tag = child.tag
            if tag == f"{_TEXT}note":
                self._notes.append(child)
            elif tag == f"{_TEXT}s":
                count = str(child.get(f"{_TEXT}c", "1"))
                pieces.append(" " * min(int(count) if count.isdecimal() and len(count) < 6 else 1, _MAX_SPACES))
            elif tag in (f"{_TEXT}tab", f"{_TEXT}line-break", f"{_TEXT}soft-page-break"):
                pieces.append(" ")
            elif tag == f"{_OFFICE}annotation":
                self._comment(child)
            elif isinstance(tag, str):
                pieces.append(self._inline(child))
            pieces.append(child.tail or "")
        return "".join(pieces)


def _levels(style: Element) -> dict[int, _ListLevel]:
    found = {}
    for item in style:
        number = str(item.get(f"{_TEXT}level", ""))
        if not (number.isdecimal() and len(number) < 3):
            continue
        start, levels = str(item.get(f"{_TEXT}start-value", "1")), str(item.get(f"{_TEXT}display-levels", "1"))
        found[int(number) - 1] = _ListLevel(
            bullet=("•" if "\ue000" <= (b := str(item.get(f"{_TEXT}bullet-char", ""))) < "\uf8ff" else b),
            fmt=str(item.get(f"{_STYLE}num-format", "")),
            prefix=str(item.get(f"{_STYLE}num-prefix", "")),
            suffix=str(item.get(f"{_STYLE}num-suffix", "")),
            levels=int(levels) if levels.isdecimal() and len(levels) < 3 else 1,
            start=int(start) if start.isdecimal() and len(start) < 6 else 1,
        )
    return found
