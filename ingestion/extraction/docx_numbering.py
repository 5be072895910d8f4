"""Automatic numbers of a Word document as Word shows them: "Article 1 –", "1.1", "a)", "•".

Counters belong to the abstract definition and are shared by the lists that use it, until one of them restarts it
(ECMA-376 part 1, 17.9). Pure but for the counters, which advance in document order.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ingestion.extraction.xml import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VAL = f"{W}val"
_BULLETS = {"o": "◦", "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "·": "•"}
_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_TENS = ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx", "xc")
_HUNDREDS = ("", "c", "cc", "ccc", "cd", "d", "dc", "dcc", "dccc", "cm")
_ORDINALS = ("", "premier", "deuxième", "troisième", "quatrième", "cinquième", "sixième", "septième", "huitième",
             "neuvième", "dixième", "onzième", "douzième", "treizième", "quatorzième", "quinzième", "seizième",
             "dix-septième", "dix-huitième", "dix-neuvième", "vingtième")  # fmt: skip
_CARDINALS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
              "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf", "vingt")  # fmt: skip
_MARK = re.compile(r"%([1-9])")
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_PADDED = re.compile(r"(0+)1,")  # of a format of one's own: "001, 002, 003, ..."
_NOTE_SIGNS = ("*", "†", "‡", "§")
_LARGEST = 32_767  # Word's own bound of a list number


@dataclass(frozen=True, slots=True)
class Level:
    start: int = 1
    fmt: str = "decimal"
    text: str = ""
    restart: int | None = None  # restarts after this level (1-based); 0: never
    legal: bool = False  # shows every number of its text as decimal
    pieces: tuple[str, ...] = ()  # of its text: what stands as it is, and, at odd places, the levels it shows


_USUAL = Level()


@dataclass(slots=True)
class Numbering:
    """All lists of a document and how far each has counted. Read when the first numbered paragraph asks, list by list:
    Word writes hundreds of definitions that no paragraph uses."""

    _read: Callable[[], Element | None]
    _opened: bool = False
    _nums: dict[str, Element] = field(default_factory=dict)
    _abstracts: dict[str, Element] = field(default_factory=dict)
    _links: dict[str, Element] = field(default_factory=dict)  # list style → the abstract definition that it names
    _levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # num id → level → definition
    _abstract: dict[str, str] = field(default_factory=dict)  # num id → abstract id
    _restarts: dict[str, dict[int, int]] = field(default_factory=dict)  # num id → level → start
    _styles: dict[str, dict[str, int]] = field(default_factory=dict)  # num id → paragraph style → level
    _counters: dict[str, dict[int, int]] = field(default_factory=dict)  # abstract id → level → last number
    _seen: set[tuple[str, int]] = field(default_factory=set)

    def _open(self) -> None:
        self._opened = True
        root = self._read()
        if root is None:
            return
        for abstract in root.iterchildren(f"{W}abstractNum"):
            self._abstracts[_value(abstract, "abstractNumId")] = abstract
            link = abstract.find(f"{W}styleLink")
            if link is not None:
                self._links[str(link.get(_VAL))] = abstract
        self._nums = {_value(num, "numId"): num for num in root.iterchildren(f"{W}num")}

    def _of(self, num_id: str) -> dict[int, Level] | None:
        """The levels of a list; None where there is no such list."""
        if not self._opened:
            self._open()
        if num_id not in self._levels and num_id in self._nums:
            num = self._nums.pop(num_id)
            reference = num.find(f"{W}abstractNumId")
            abstract = self._abstracts.get(str(reference.get(_VAL))) if reference is not None else None
            if abstract is not None:
                link = abstract.find(f"{W}numStyleLink")
                self._add(num_id, num, self._links.get(str(link.get(_VAL)), abstract) if link is not None else abstract)
        return self._levels.get(num_id)

    def _add(self, num_id: str, num: Element, abstract: Element) -> None:
        levels = {index: (level, item) for index, level, item in _levels(abstract)}
        restarts: dict[int, int] = {}
        for override in num.iterchildren(f"{W}lvlOverride"):
            index = _number(override.get(f"{W}ilvl"), 0)
            for _, level, item in _levels(override):
                levels[index] = (level, item)
            start = override.find(f"{W}startOverride")
            if start is not None:
                restarts[index] = _number(start.get(_VAL), 1)
        self._levels[num_id] = {index: level for index, (level, _) in levels.items()}
        self._abstract[num_id] = _value(abstract, "abstractNumId")
        self._restarts[num_id] = restarts
        named = ((index, item.find(f"{W}pStyle")) for index, (_, item) in levels.items())
        self._styles[num_id] = {str(style.get(_VAL)): index for index, style in named if style is not None}

    def level_of_style(self, num_id: str, *styles: str | None) -> int:
        """The level that a list gives to the first of these paragraph styles that it names; 0 where it names none."""
        if self._of(num_id) is None:
            return 0
        levels = self._styles[num_id]
        return next((levels[style] for style in styles if style in levels), 0)

    def next(self, num_id: str, index: int) -> str:
        """Counts one paragraph of the list and gives its number as displayed; "" where there is none to show."""
        levels = self._of(num_id)
        level = levels.get(index) if levels else None
        if levels is None or level is None:
            return ""
        counters = self._counters.setdefault(self._abstract[num_id], {})
        if (num_id, index) not in self._seen:
            self._seen.add((num_id, index))
            if index in self._restarts[num_id]:
                counters[index] = self._restarts[num_id][index] - 1
        counters[index] = min(counters.get(index, level.start - 1) + 1, _LARGEST)
        if len(counters) > 1:
            for deeper in [known for known in counters if known > index]:
                if _restarts_after(levels.get(deeper), index):
                    del counters[deeper]
        return _shown(level, levels, counters)


def _restarts_after(level: Level | None, index: int) -> bool:
    if level is None or level.restart is None:
        return True
    return level.restart != 0 and index + 1 <= level.restart


def _shown(level: Level, levels: dict[int, Level], counters: dict[int, int]) -> str:
    if level.fmt == "bullet":
        return _BULLETS.get(level.text, level.text if level.text and not "\ue000" <= level.text < "\uf8ff" else "•")
    if level.fmt == "none":
        return "" if "%" in level.text else level.text

    shown = list(level.pieces)
    for place in range(1, len(shown), 2):
        index = int(shown[place]) - 1
        of = levels.get(index) or _USUAL
        shown[place] = formatted(counters.get(index, of.start), "decimal" if level.legal else of.fmt)
    return "".join(shown).strip()


def _levels(parent: Element) -> Iterator[tuple[int, Level, Element]]:
    for item in parent.iterchildren(f"{W}lvl"):
        values = {str(child.tag): str(child.get(_VAL, "")) for child in item}
        if _ALTERNATE in values:
            values[f"{W}numFmt"] = _format_of_its_own(item)
        restart = values.get(f"{W}lvlRestart")
        level = Level(
            start=_number(values.get(f"{W}start"), 1),
            fmt=values.get(f"{W}numFmt", "decimal"),
            text=values.get(f"{W}lvlText", ""),
            restart=None if restart is None else _number(restart, 0),
            legal=values.get(f"{W}isLgl", "0") not in ("0", "false", "off"),
            pieces=tuple(_MARK.split(values.get(f"{W}lvlText", ""))),
        )
        yield _number(item.get(f"{W}ilvl"), 0), level, item


def _format_of_its_own(level: Element) -> str:
    """What Word writes twice: its newer formats, such as "001, 002, ...", and an older one beside them."""
    formats = [item for item in level.iter(f"{W}numFmt") if item.getparent() is not level]
    padded = (_PADDED.match(str(item.get(f"{W}format", ""))) for item in formats)
    zeros = next((match.group(1) for match in padded if match), "")
    return f"pad{len(zeros) + 1}" if zeros else str(formats[-1].get(_VAL, "decimal")) if formats else "decimal"


def formatted(number: int, fmt: str) -> str:
    """A list number in one of Word's formats; unknown ones show as decimal."""
    if fmt == "decimal":
        return str(number)
    shown = _FORMATS.get(fmt)
    return str(number) if shown is None else shown(number)


def letters(number: int) -> str:
    """a … z, aa, bb …: Word repeats the letter."""
    if number < 1:
        return ""
    times, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * min(times + 1, 40)


def roman(number: int) -> str:
    if number < 1:
        return ""
    thousands, rest = divmod(number, 1000)
    return "m" * min(thousands, 33) + _HUNDREDS[rest // 100] + _TENS[rest // 10 % 10] + _ONES[rest % 10]


def _worded(words: tuple[str, ...], number: int, ending: str) -> str:
    return words[number].capitalize() if 0 <= number < len(words) and words[number] else f"{number}{ending}"


def _circled(number: int) -> str:
    return chr(0x2460 + number - 1) if 0 < number <= 20 else str(number)


def _note_sign(number: int) -> str:
    times, sign = divmod(max(number, 1) - 1, len(_NOTE_SIGNS))
    return _NOTE_SIGNS[sign] * min(times + 1, 10)


def _value(element: Element, name: str) -> str:
    return str(element.get(f"{W}{name}", ""))


def _number(value: object, default: int) -> int:
    text = str(value or "")
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 7 else default


_FORMATS: dict[str, Callable[[int], str]] = {
    "lowerLetter": letters,
    "upperLetter": lambda number: letters(number).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
    "decimalZero": lambda number: f"{number:02d}",
    "pad2": lambda number: f"{number:02d}",
    "pad3": lambda number: f"{number:03d}",
    "pad4": lambda number: f"{number:04d}",
    "pad5": lambda number: f"{number:05d}",
    "ordinal": lambda number: "1er" if number == 1 else f"{number}e",
    "ordinalText": lambda number: _worded(_ORDINALS, number, "e"),
    "cardinalText": lambda number: _worded(_CARDINALS, number, ""),
    "numberInDash": lambda number: f"- {number} -",
    "decimalEnclosedCircle": _circled,
    "chicago": _note_sign,
    "none": lambda _number: "",
    "bullet": lambda _number: "",
}
