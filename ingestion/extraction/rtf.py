"""RTF by a reader of our own: numbers and tables as they stand, notes, boxes, comments, tracked and hidden text apart.

No library keeps them: striprtf gives hidden and deleted words as text and loses every note. One pass over the tokens
with a stack of groups, no recursion. Objects and macros inside are left alone; nothing is ever opened.
"""

import re
from dataclasses import dataclass, field, replace

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.french import heading_level, list_level
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Composer, Reading
from ingestion.extraction.rtf_words import (
    CHARACTERS,
    SEEN_THROUGH,
    SIGNS,
    SKIPPED,
    Token,
    charset,
    decoded,
    tokens,
)

_DEEPEST = 2_000  # groups in groups; Word writes 30
_HEADING = re.compile(r"(?:heading|titre)\s*([1-9])", re.IGNORECASE)
_MARGINS = {"header": "header", "headerl": "header", "headerr": "header", "headerf": "header",
            "footer": "footer", "footerl": "footer", "footerr": "footer", "footerf": "footer"}  # fmt: skip
_APART = {"footnote": "note", "annotation": "comment", "shptxt": "box", "dptxbxtext": "box"} | _MARGINS
_INFO = {"title": "title", "author": "author", "subject": "subject", "keywords": "keywords"}
_TABLES = {"fonttbl", "colortbl", "stylesheet"}
_SHADES = {"highlight", "cb", "chcbpat", "cbpat", "clcbpat", "shading", "clshdng"}
_TINY = 4  # half-points
_WHITE = 250  # each channel at least
_SHORT_HEADING, _WITHOUT_STYLE = 120, 6


@dataclass(slots=True)
class _Flow:
    """Text that is being gathered: the body, or a note, box, comment or margin beside it."""

    kind: str = "body"
    shown: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    beside: list["_Flow"] = field(default_factory=list)  # what hangs on the paragraph, and comes after it
    done: list[str] = field(default_factory=list)  # the paragraphs of what is not the body
    bold: bool = True
    listed: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """What a group's end undoes."""

    flow: _Flow
    skip: bool = False
    table: str = ""  # which of the file's own tables is being read, or a word of its information
    encoding: str = "cp1252"
    fallback: int = 1  # characters after \u that repeat it for older readers
    bold: bool = False
    hidden: bool = False
    deleted: bool = False
    white: bool = False
    shaded: bool = False
    tiny: bool = False
    number: bool = False  # the number of a list item


def read_rtf(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, BOMB, TOO_LARGE, EMPTY)."""
    composer = Composer(limits)
    reader = _Reader(composer)
    for token in tokens(data.decode("latin-1")):
        reader.take(token)
    reader.end()
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return composer.reading(metadata={name: text for name, text in reader.info.items() if text})


class _Reader:
    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._state = _State(_Flow())
        self._stack: list[_State] = []
        self.info: dict[str, str] = {}
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._colours: list[tuple[int, int, int]] = []
        self._colour = [0, 0, 0]
        self._style_levels: dict[int, int] = {}
        self._style = 0
        self._names: list[str] = []  # of the style that is being read
        self._level = 0  # of the paragraph as a heading, from its style or itself
        self._in_table = False
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._to_skip = 0
        self._starred = False  # after "\*": a group that older readers leave out
        self._notes = 0
        self._footers: dict[str, None] = {}
        self._headers: dict[str, None] = {}

    def take(self, token: Token) -> None:
        if token.brace == "{":
            if len(self._stack) >= _DEEPEST:
                raise Park(ParkReason.BOMB)
            self._stack.append(self._state)
            self._to_skip = 0
        elif token.brace == "}":
            self._close()
        elif token.word:
            starred, self._starred = self._starred, False
            self._word(token.word, token.number, starred=starred)
        elif token.sign:
            self._sign(token.sign)
        else:
            self._letters(token.letters)

    def end(self) -> None:
        while self._stack:
            self._close()
        self._paragraph(self._state.flow)
        self._end_table()
        for text in self._footers:
            self._composer.paragraph(text, style="footer")

    # Groups

    def _close(self) -> None:
        if not self._stack:
            return
        inner, self._state = self._state, self._stack.pop()
        self._to_skip = 0
        if inner.table and inner.table != self._state.table and inner.table in _INFO:
            self.info[_INFO[inner.table]] = "".join(self._names).strip()[:500]
            self._names.clear()
        if inner.flow is not self._state.flow:
            self._paragraph(inner.flow)
            self._put_beside(inner.flow)

    def _put_beside(self, flow: _Flow) -> None:
        """Margins at once, once each; what hangs on a paragraph when that is written."""
        if flow.kind not in ("header", "footer"):
            self._state.flow.beside.append(flow)
            return
        text, seen = " ".join(flow.done), self._headers if flow.kind == "header" else self._footers
        if any(c.isalpha() for c in text) and text not in seen:
            seen[text] = None
            if flow.kind == "header":
                self._composer.paragraph(text, style="header")

    def _write_beside(self, flow: _Flow) -> None:
        text = " ".join(flow.done)
        match flow.kind:
            case "note":
                self._notes += 1
                self._composer.add(BlockKind.FOOTNOTE, f"{self._notes} {text}" if text else "")
            case "comment":
                self._composer.flag("comments")
                self._composer.paragraph(text, style="comment")
            case _:
                for line in flow.done:
                    self._composer.paragraph(line)

    # Words

    def _word(self, word: str, number: int | None, *, starred: bool) -> None:
        state = self._state
        if word in _TABLES or word in SKIPPED or (starred and word not in SEEN_THROUGH and word not in _APART):
            self._state = replace(state, skip=True, table=word if word in _TABLES else "")
            if word == "objdata":
                self._composer.flag("embedded_objects")
        elif word == "info":
            self._state = replace(state, skip=True, table=word)
        elif state.table:
            self._word_of_table(word, number)
        elif word == "upr":
            self._state = replace(state, skip=True)  # its first group says in bytes what "ud" says in Unicode
        elif word in ("ud", "shptxt", "dptxbxtext") or not state.skip:
            self._word_of_text(word, number)

    def _word_of_table(self, word: str, number: int | None) -> None:
        match word:
            case "title" | "author" | "subject" | "keywords" if self._state.table == "info":
                self._state = replace(self._state, table=word)
            case "f":
                self._font = number or 0
            case "fcharset":
                self._fonts[self._font] = charset(number or 0)
            case "red" | "green" | "blue":
                self._colour[("red", "green", "blue").index(word)] = number or 0
            case "s":
                self._style = number or 0
            case "outlinelevel" if 0 <= (number or 0) < 9:
                self._style_levels[self._style] = (number or 0) + 1

    def _word_of_text(self, word: str, number: int | None) -> None:
        state = self._state
        if word in ("deleted", "revised"):
            self._composer.flag("tracked_changes")
        if word in CHARACTERS:
            self._put(CHARACTERS[word])
        elif word == "u":
            self._put(chr((number or 0) & 0xFFFF))
            self._to_skip = state.fallback
        elif word in ("par", "sect"):
            self._paragraph(state.flow)
        elif word in ("cell", "row", "nestcell", "nestrow", "trowd"):
            self._word_of_row(word)
        elif word in _APART:
            self._state = replace(state, flow=_Flow(_APART[word]), skip=False, hidden=False)
        elif word in ("listtext", "pntext"):
            state.flow.listed = True
            self._state = replace(state, number=True, bold=False)
        elif word == "ud":
            self._state = replace(state, skip=False)
        elif not self._letters_look(word, number):
            self._look(word, number)

    def _letters_look(self, word: str, number: int | None) -> bool:
        """A property of letters. False where the word is none."""
        state, value, on = self._state, number or 0, number != 0
        match word:
            case "b":
                self._state = replace(state, bold=on)
            case "v":
                self._state = replace(state, hidden=on)
            case "deleted":
                self._state = replace(state, deleted=on)
            case "cf":
                white = 0 < value < len(self._colours) and min(self._colours[value]) >= _WHITE
                self._state = replace(state, white=white)
            case "fs":
                self._state = replace(state, tiny=0 < value <= _TINY)
            case "f":
                self._state = replace(state, encoding=self._fonts.get(value, self._encoding))
            case "uc":
                self._state = replace(state, fallback=min(max(value, 0), 9))
            case "plain":
                self._state = replace(state, bold=False, hidden=False, white=False, tiny=False, shaded=False)
            case _:
                return False
        return True

    def _look(self, word: str, number: int | None) -> None:
        """A property of paragraphs, of their ground, or of the file."""
        value = number or 0
        match word:
            case "pard":
                self._level, self._in_table = 0, False
            case "intbl":
                self._in_table = True
            case "s":
                self._level = self._style_levels.get(value, 0)
            case "outlinelevel" if 0 <= value < 9:
                self._level = value + 1
            case "ansicpg" if 0 < value < 65_002:
                self._encoding = f"cp{value}"
                self._state = replace(self._state, encoding=self._encoding)
            case "mac":
                self._state = replace(self._state, encoding="mac_roman")
            case _ if word in _SHADES:
                self._state = replace(self._state, shaded=number != 0)

    def _word_of_row(self, word: str) -> None:
        flow = self._state.flow
        if word == "trowd":
            self._in_table = True
        elif word == "cell":
            self._cells.append(self._taken(flow).strip())
        elif word == "nestcell":
            flow.shown.append(" ")
        elif word == "row":
            self._rows.append(self._cells)
            self._cells = []

    # Letters

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._starred = True
        elif sign in ("\n", "\r"):
            self._paragraph(self._state.flow)
        elif sign in SIGNS:
            self._put(SIGNS[sign])

    def _letters(self, letters: str) -> None:
        skipped = min(self._to_skip, len(letters))
        self._to_skip -= skipped
        letters = letters[skipped:]
        if self._state.table:
            self._letters_of_table(letters)
        elif letters and not self._state.skip:
            self._put(decoded(letters, self._state.encoding))

    def _letters_of_table(self, letters: str) -> None:
        match self._state.table:
            case "colortbl":
                for _ in range(letters.count(";")):
                    self._colours.append((self._colour[0], self._colour[1], self._colour[2]))
                    self._colour = [0, 0, 0]
            case "stylesheet":
                self._names.append(letters)
                if ";" in letters:
                    name = "".join(self._names).partition(";")[0].strip()
                    self._names.clear()
                    if match := _HEADING.fullmatch(name):
                        self._style_levels[self._style] = int(match.group(1))
                    self._style = 0
            case table if table in _INFO:
                self._names.append(decoded(letters, self._encoding))

    def _put(self, text: str) -> None:
        state = self._state
        if state.skip or state.deleted:
            return
        if state.hidden or state.tiny or (state.white and not state.shaded):
            state.flow.hidden.append(text)
            return
        state.flow.shown.append(text)
        if not state.number and not text.isspace():
            state.flow.bold = state.flow.bold and state.bold

    # Paragraphs

    def _taken(self, flow: _Flow) -> str:
        text = _whole("".join(flow.shown))
        flow.shown.clear()
        return text

    def _paragraph(self, flow: _Flow) -> None:
        if flow.kind != "body":
            text = self._taken(flow).strip()
            flow.done += [text] if text else []
        elif self._in_table or self._cells:
            flow.shown.append(" ")  # another paragraph of the same cell
        else:
            self._body_paragraph(flow)
        self._composer.paragraph(_whole("".join(flow.hidden)), hidden=True)
        flow.hidden.clear()
        if not (self._in_table and flow.kind == "body"):
            beside, flow.beside = flow.beside, []
            for inner in beside:
                self._write_beside(inner)
        flow.bold, flow.listed = True, False

    def _body_paragraph(self, flow: _Flow) -> None:
        text = " ".join(self._taken(flow).split())
        if not text:
            return
        self._end_table()
        level = self._level or (heading_level(text) if len(text) <= 80 or flow.bold else 0)
        if not level and flow.bold and 3 < len(text) <= _SHORT_HEADING and text[-1] not in ".,;":
            level = _WITHOUT_STYLE if any(c.isalpha() for c in text) else 0
        depth = list_level(text) or int(flow.listed)
        if level:
            self._composer.heading(text, level)
        elif depth:
            self._composer.add(BlockKind.LIST_ITEM, text, level=depth)
        else:
            self._composer.paragraph(text)

    def _end_table(self) -> None:
        if self._cells:
            self._rows.append(self._cells)
            self._cells = []
        rows, self._rows = self._rows, []
        beside, self._state.flow.beside = self._state.flow.beside, []
        if rows:
            first = rows[0]
            header = len(rows) > 1 and len(first) > 1 and all(cell and len(cell) <= 60 for cell in first)
            self._composer.table(rows, header=header)
            for inner in beside:
                self._write_beside(inner)
        else:
            self._state.flow.beside = beside


def _whole(text: str) -> str:
    """Characters beyond the sixteen bits that \\u has come as two."""
    if text and max(text) >= "\ud800" and any("\ud800" <= letter <= "\udfff" for letter in text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
