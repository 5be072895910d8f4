"""What an OpenDocument text's styles say: how its lists and headings are numbered, what is hidden, what is painted.

Styles stand in the content (automatic ones) and in a part of their own (named ones, the headings' numbers, the margins
of the pages). Pure but for the counters, which advance in document order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingestion.extraction.docx_numbering import formatted
from ingestion.extraction.xml import Element

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT, TABLE, OFFICE, STYLE, DRAW = (f"{{{_NS}{n}:1.0}}" for n in ("text", "table", "office", "style", "drawing"))
_FO = f"{{{_NS}xsl-fo-compatible:1.0}}"
_FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_TINY = 2.0  # points
_TITLE = "Title"  # the built-in style's name, in every language of LibreOffice
_HEADINGS = "\0outline"  # the counters of numbered headings, beside those of the lists


@dataclass(frozen=True, slots=True)
class ListLevel:
    bullet: str = ""
    fmt: str = ""
    prefix: str = ""
    suffix: str = ""
    levels: int = 1
    start: int = 1


@dataclass(slots=True)
class OdfStyles:
    """Of one document. `roots` are its content and its part of styles, where it has one."""

    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)  # styles of paragraphs and spans that nobody sees
    white: set[str] = field(default_factory=set)  # that nobody sees on white
    raised: set[str] = field(default_factory=set)  # of superscripts
    painted: set[str] = field(default_factory=set)  # of cells
    of_paragraphs: dict[str, str] = field(default_factory=dict)  # paragraph style → list style
    parents: dict[str, str] = field(default_factory=dict)
    _counters: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, roots: Iterable[Element]) -> "OdfStyles":
        found = cls()
        for root in roots:
            for item in root.iter(f"{TEXT}list-style"):
                found.lists[_name(item)] = dict(_levels(item))
            for item in root.iter(f"{TEXT}outline-style"):
                found.lists[_HEADINGS] = dict(_levels(item))
            for item in root.iter(f"{STYLE}style"):
                found._style(item)
        return found

    def _style(self, item: Element) -> None:
        name = _name(item)
        self.parents[name] = str(item.get(f"{STYLE}parent-style-name", ""))
        if item.get(f"{STYLE}list-style-name"):
            self.of_paragraphs[name] = str(item.get(f"{STYLE}list-style-name"))
        values = {str(key): str(value) for child in item for key, value in child.attrib.items()}
        ground = values.get(f"{_FO}background-color", "transparent").lower()
        if item.get(f"{STYLE}family") == "table-cell":
            if ground not in ("transparent", "#ffffff"):
                self.painted.add(name)
            return
        if _is_raised(values.get(f"{STYLE}text-position", "")):
            self.raised.add(name)
        size = values.get(f"{_FO}font-size", "").removesuffix("pt")
        tiny = size.replace(".", "", 1).isdecimal() and len(size) < 6 and float(size) <= _TINY
        if values.get(f"{TEXT}display") == "none" or tiny:
            self.hidden.add(name)
        elif values.get(f"{_FO}color", "").lower() == "#ffffff" and ground in ("transparent", "#ffffff"):
            self.white.add(name)

    def is_title(self, style: str) -> int:
        """1 where a paragraph's style is the document's title, or made from it; else 0."""
        return int(_TITLE in (style, self.parents.get(style)))

    def restart(self, style: str) -> None:
        """A list of its own begins."""
        self._counters.pop(style, None)

    def list_number(self, style: str, depth: int, start: str | None = None) -> str:
        """Counts an item, from `start` on where it says so, and gives its number as displayed."""
        return self._number(style, depth, self.lists.get(style, {}).get(depth, ListLevel(bullet="•")), start)

    def heading_number(self, depth: int) -> str:
        level = self.lists.get(_HEADINGS, {}).get(depth)
        return "" if level is None else self._number(_HEADINGS, depth, level, None)

    def _number(self, style: str, depth: int, level: ListLevel, start: str | None) -> str:
        counters = self._counters.setdefault(style, {})
        counters[depth] = counters.get(depth, level.start - 1) + 1
        if start is not None and start.isdecimal() and len(start) < 6:
            counters[depth] = int(start)
        for deeper in [known for known in counters if known > depth]:
            del counters[deeper]
        if level.bullet or not level.fmt:
            return level.bullet
        levels = self.lists.get(style, {})
        shown = (d for d in range(max(0, depth - level.levels + 1), depth + 1) if levels.get(d, level).fmt)
        numbers = (formatted(counters.get(d, 1), _FORMATS.get(levels.get(d, level).fmt, "decimal")) for d in shown)
        return f"{level.prefix}{'.'.join(numbers)}{level.suffix}".strip()


def margins(root: Element, kind: str) -> Iterator[Element]:
    """The paragraphs of the pages' headers or footers, by the part of styles."""
    for holder in root.iter(f"{STYLE}{kind}", f"{STYLE}{kind}-left", f"{STYLE}{kind}-first"):
        yield from holder.iter(f"{TEXT}p", f"{TEXT}h")


def _is_raised(position: str) -> bool:
    """ "super 58%", or by how much of the size: "33% 58%"."""
    by = position.partition(" ")[0]
    return by == "super" or (by.removesuffix("%").isdecimal() and by != "0%")


def _name(item: Element) -> str:
    return str(item.get(f"{STYLE}name", ""))


def _levels(style: Element) -> Iterator[tuple[int, ListLevel]]:
    for item in style:
        number = str(item.get(f"{TEXT}level", ""))
        if not (number.isdecimal() and len(number) < 3):
            continue
        start, levels = str(item.get(f"{TEXT}start-value", "1")), str(item.get(f"{TEXT}display-levels", "1"))
        bullet = str(item.get(f"{TEXT}bullet-char", ""))
        yield (
            int(number) - 1,
            ListLevel(
                bullet="•" if "\ue000" <= bullet < "\uf8ff" else bullet,
                fmt=str(item.get(f"{STYLE}num-format", "")),
                prefix=str(item.get(f"{STYLE}num-prefix", "")),
                suffix=str(item.get(f"{STYLE}num-suffix", "")),
                levels=int(levels) if levels.isdecimal() and len(levels) < 3 else 1,
                start=int(start) if start.isdecimal() and len(start) < 6 else 1,
            ),
        )
