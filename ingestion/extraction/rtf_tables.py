"""The tables at the head of an RTF file: its fonts' encodings, its colours, its styles; and what it says of itself."""

import re

from ingestion.extraction.rtf_words import charset, decoded

INFO = {"title": "title", "author": "author", "subject": "subject", "keywords": "keywords"}
TABLES = frozenset({"fonttbl", "colortbl", "stylesheet"})
_HEADING = re.compile(r"(?:heading|titre)\s*([1-9])", re.IGNORECASE)


class FileTables:
    def __init__(self) -> None:
        self.info: dict[str, str] = {}
        self.encoding = "cp1252"  # of the file, where a font says nothing else
        self.fonts: dict[int, str] = {}  # their encodings
        self.colours: list[tuple[int, int, int]] = []
        self.style_levels: dict[int, int] = {}  # of styles that are headings
        self._font = 0
        self._colour = [0, 0, 0]
        self._style = 0
        self._names: list[str] = []  # of what is being read

    def close(self, table: str) -> None:
        """The group of a word of the file's information has ended."""
        if table in INFO:
            self.info[INFO[table]] = "".join(self._names).strip()[:500]
            self._names.clear()

    def word(self, word: str, number: int | None) -> None:
        match word:
            case "f":
                self._font = number or 0
            case "fcharset":
                self.fonts[self._font] = charset(number or 0)
            case "red" | "green" | "blue":
                self._colour[("red", "green", "blue").index(word)] = number or 0
            case "s":
                self._style = number or 0
            case "outlinelevel" if 0 <= (number or 0) < 9:
                self.style_levels[self._style] = (number or 0) + 1

    def letters(self, table: str, letters: str) -> None:
        match table:
            case "colortbl":
                for _ in range(letters.count(";")):
                    self.colours.append((self._colour[0], self._colour[1], self._colour[2]))
                    self._colour = [0, 0, 0]
            case "stylesheet":
                self._names.append(letters)
                if ";" in letters:
                    name = "".join(self._names).partition(";")[0].strip()
                    self._names.clear()
                    if match := _HEADING.fullmatch(name):
                        self.style_levels[self._style] = int(match.group(1))
                    self._style = 0
            case _ if table in INFO:
                self._names.append(decoded(letters, self.encoding))
