"""PPTX: slides in their order, the title as a heading, tables as rows, speaker's notes after the slide.

A slide is a page. Hidden slides are read and marked; macros are flagged and never run.
"""

from collections.abc import Iterator
from dataclasses import replace

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.docx_numbering import letters, roman
from ingestion.extraction.limits import Limits
from ingestion.extraction.ooxml import Package
from ingestion.extraction.reading import Composer, Reading
from ingestion.extraction.xml import Element

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PML = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"sldNum", "dt", "ftr", "hdr", "sldImg"}


def read_slides(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, ENCRYPTED, BOMB, TOO_LARGE, EMPTY)."""
    package = Package(data, limits)
    composer = Composer(limits)
    names = list(_slides(package))
    if len(names) > limits.pages:
        raise Park(ParkReason.TOO_LARGE)
    for number, name in enumerate(names, start=1):
        _slide(package, name, number, composer)
    for flag in package.flags():
        composer.flag(flag)
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    reading = composer.reading(pages=len(names), metadata=package.metadata())
    return replace(reading, attachments=package.embedded())


def _slides(package: Package) -> Iterator[str]:
    """Members of the slides in the order of the presentation."""
    main = package.main()
    root = package.xml(main)
    targets = {relation.id: relation.target for relation in package.relations(main)}
    for item in root.iter(f"{_PML}sldId") if root is not None else ():
        target = targets.get(str(item.get(f"{_R}id")))
        if target is not None:
            yield target


def _slide(package: Package, name: str, number: int, composer: Composer) -> None:
    root = package.xml(name)
    if root is None:
        composer.flag("page_unreadable")
        return
    hidden = root.get("show") == "0"
    _shapes(root, number, composer, hidden=hidden)
    for relation in package.relations(name):
        if relation.kind == "notesSlide":
            notes = package.xml(relation.target)
            if notes is not None:
                composer.flag("speaker_notes")
                _shapes(notes, number, composer, hidden=hidden, style="notes")


def _shapes(root: Element, page: int, composer: Composer, *, hidden: bool, style: str = "") -> None:
    for shape in root.iter(f"{_PML}sp", f"{_A}tbl"):
        if shape.tag == f"{_A}tbl":
            rows = [[_text(cell) for cell in row.iterchildren(f"{_A}tc")] for row in shape.iterchildren(f"{_A}tr")]
            composer.table(rows, header=len(rows) > 1, page=page, hidden=hidden)
            continue
        placeholder = shape.find(f".//{_PML}nvPr/{_PML}ph")
        kind = str(placeholder.get("type", "")) if placeholder is not None else ""
        if kind in _FURNITURE:
            continue
        for number, level, paragraph in _numbered(shape):
            text = _text(paragraph)
            if kind in _TITLES and not style:
                composer.heading(text, 1, page=page)
            elif number and text:
                composer.add(
                    BlockKind.LIST_ITEM, f"{number} {text}", level=level + 1, page=page, hidden=hidden, style=style
                )
            else:
                composer.paragraph(text, page=page, hidden=hidden, style=style)


def _numbered(shape: Element) -> Iterator[tuple[str, int, Element]]:
    """The paragraphs of a shape, each with the number that a slide shows before it, and its level from 0."""
    counters: dict[int, int] = {}
    for paragraph in shape.iter(f"{_A}p"):
        properties = paragraph.find(f"{_A}pPr")
        level = _whole(properties, "lvl", 0)
        automatic = properties.find(f"{_A}buAutoNum") if properties is not None else None
        for known in [it for it in counters if it > level or (it == level and automatic is None)]:
            del counters[known]
        number = ""
        if automatic is not None and _text(paragraph):
            counters[level] = counters.get(level, _whole(automatic, "startAt", 1) - 1) + 1
            number = _shown(counters[level], str(automatic.get("type", "arabicPeriod")))
        yield number, level, paragraph


def _whole(element: Element | None, name: str, default: int) -> int:
    text = str(element.get(name, "")) if element is not None else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else default


def _shown(number: int, kind: str) -> str:
    """A number in one of DrawingML's schemes (ECMA-376, 20.1.10.61): "alphaLcParenR" is a), b), c)."""
    signs = letters(number) if kind.startswith("alpha") else roman(number) if kind.startswith("roman") else str(number)
    signs = signs.upper() if "Uc" in kind else signs
    if kind.endswith("ParenBoth"):
        return f"({signs})"
    return f"{signs})" if kind.endswith("ParenR") else f"{signs}." if kind.endswith("Period") else signs


def _text(element: Element) -> str:
    pieces = []
    for item in element.iter(f"{_A}t", f"{_A}br", f"{_A}p"):
        pieces.append((item.text or "") if item.tag == f"{_A}t" else " ")
    return "".join(pieces).strip()
