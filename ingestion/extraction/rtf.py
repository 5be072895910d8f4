"""RTF by a reader of our own: numbers and tables as they stand, notes, boxes, comments, tracked and hidden text apart.

No library keeps them: striprtf gives hidden and deleted words as text and loses every note. One pass over the tokens
with a stack of groups, no recursion. Objects and macros inside are left alone; nothing is ever opened.
"""

from dataclasses import dataclass, replace

from ingestion.errors import Park, ParkReason
from ingestion.extraction.hygiene import raised_number
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Composer, Reading
from ingestion.extraction.rtf_tables import INFO, TABLES, FileTables
from ingestion.extraction.rtf_words import (
    CHARACTERS,
    SEEN_THROUGH,
    SIGNS,
    SKIPPED,
    Token,
    decoded,
    tokens,
)
from ingestion.extraction.rtf_writer import Flow, Writer

_DEEPEST = 2_000  # groups in groups; Word writes 30
_MARGINS = {"header": "header", "headerl": "header", "headerr": "header", "headerf": "header",
            "footer": "footer", "footerl": "footer", "footerr": "footer", "footerf": "footer"}  # fmt: skip
_APART = {"footnote": "note", "annotation": "comment", "shptxt": "box", "dptxbxtext": "box"} | _MARGINS
_SHADES = {"highlight", "cb", "chcbpat", "cbpat", "clcbpat", "shading", "clshdng"}
_TINY = 4  # half-points
_WHITE = 250  # each channel at least


@dataclass(frozen=True, slots=True)
class _State:
    """What a group's end undoes."""

    flow: Flow
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
    raised: bool = False
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
        self._writer = Writer(composer)
        self._tables = FileTables()
        self._state = _State(Flow())
        self._stack: list[_State] = []
        self._to_skip = 0
        self._starred = False  # after "\*": a group that older readers leave out

    @property
    def info(self) -> dict[str, str]:
        return self._tables.info

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
        self._writer.end(self._state.flow)

    # Groups

    def _close(self) -> None:
        if not self._stack:
            return
        inner, self._state = self._state, self._stack.pop()
        self._to_skip = 0
        if inner.table and inner.table != self._state.table:
            self._tables.close(inner.table)
        if inner.flow is not self._state.flow:
            self._writer.close(inner.flow, self._state.flow)

    # Words

    def _word(self, word: str, number: int | None, *, starred: bool) -> None:
        state = self._state
        if word in TABLES or word in SKIPPED or (starred and word not in SEEN_THROUGH and word not in _APART):
            self._state = replace(state, skip=True, table=word if word in TABLES else "")
            if word == "objdata":
                self._composer.flag("embedded_objects")
        elif word == "info":
            self._state = replace(state, skip=True, table=word)
        elif state.table == "info" and word in INFO:
            self._state = replace(state, table=word)
        elif state.table:
            self._tables.word(word, number)
        elif word == "upr":
            self._state = replace(state, skip=True)  # its first group says in bytes what "ud" says in Unicode
        elif word in ("ud", "shptxt", "dptxbxtext") or not state.skip:
            self._word_of_text(word, number)

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
            self._writer.paragraph(state.flow)
        elif word in ("cell", "row", "nestcell", "nestrow", "trowd"):
            self._word_of_row(word)
        elif word in _APART:
            self._state = replace(state, flow=Flow(_APART[word]), skip=False, hidden=False)
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
            case "super" | "nosupersub":
                self._state = replace(state, raised=word == "super" and on)
            case "cf":
                white = 0 < value < len(self._tables.colours) and min(self._tables.colours[value]) >= _WHITE
                self._state = replace(state, white=white)
            case "fs":
                self._state = replace(state, tiny=0 < value <= _TINY)
            case "f":
                self._state = replace(state, encoding=self._tables.fonts.get(value, self._tables.encoding))
            case "uc":
                self._state = replace(state, fallback=min(max(value, 0), 9))
            case "plain":
                self._state = replace(
                    state, bold=False, hidden=False, white=False, tiny=False, shaded=False, raised=False
                )
            case _:
                return False
        return True

    def _look(self, word: str, number: int | None) -> None:
        """A property of paragraphs, of their ground, or of the file."""
        value = number or 0
        match word:
            case "pard":
                self._writer.level, self._writer.in_table = 0, False
            case "intbl":
                self._writer.in_table = True
            case "s":
                self._writer.level = self._tables.style_levels.get(value, 0)
            case "outlinelevel" if 0 <= value < 9:
                self._writer.level = value + 1
            case "ansicpg" if 0 < value < 65_002:
                self._tables.encoding = f"cp{value}"
                self._state = replace(self._state, encoding=self._tables.encoding)
            case "mac":
                self._state = replace(self._state, encoding="mac_roman")
            case _ if word in _SHADES:
                self._state = replace(self._state, shaded=number != 0)

    def _word_of_row(self, word: str) -> None:
        flow = self._state.flow
        if word == "trowd":
            self._writer.in_table = True
        elif word == "cell":
            self._writer.cell(flow)
        elif word == "nestcell":
            flow.shown.append(" ")
        elif word == "row":
            self._writer.row()

    # Letters

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._starred = True
        elif sign in ("\n", "\r"):
            self._writer.paragraph(self._state.flow)
        elif sign in SIGNS:
            self._put(SIGNS[sign])

    def _letters(self, letters: str) -> None:
        skipped = min(self._to_skip, len(letters))
        self._to_skip -= skipped
        letters = letters[skipped:]
        if self._state.table:
            self._tables.letters(self._state.table, letters)
        elif letters and not self._state.skip:
            self._put(decoded(letters, self._state.encoding))

    def _put(self, text: str) -> None:
        state = self._state
        if state.skip or state.deleted:
            return
        if state.hidden or state.tiny or (state.white and not state.shaded):
            state.flow.hidden.append(text)
            return
        state.flow.shown.append(raised_number(text) if state.raised else text)
        if not state.number and not text.isspace():
            state.flow.bold = state.flow.bold and state.bold
