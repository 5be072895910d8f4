"""The words of RTF that matter for reading, and how its bytes become letters (RTF specification 1.9.1)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|((?:\\'[0-9a-fA-F]{2})+)|\\([^a-zA-Z])|([{}])|[\r\n\0]+|([^\\{}\r\n\0]+)|\\"
)
# Groups that hold no text of the document. "fldinst" is a field's instruction, "nonshppict" and
# "shprslt" repeat for older readers what stands beside them.
SKIPPED_WORDS = (
    "pict objdata objclass objname themedata colorschememapping datastore latentstyles listtable listoverridetable "
    "rsidtbl generator xmlnstbl fldinst nonshppict bkmkstart bkmkend datafield sp blipuid atnid atnauthor atntime "
    "atnref atndate atnicn filetbl revtbl pnseclvl template formfield private userprops docvar ftnsep ftnsepc ftncn "
    "aftnsep aftnsepc aftncn pgptbl wgrffmtfilter mmathPr tc xe rxe bxe passwordhash shprslt"
)
SKIPPED = frozenset(SKIPPED_WORDS.split())
SEEN_THROUGH = frozenset({"shpinst", "shp", "ud", "fldrslt", "result", "pntext", "listtext"})
CHARACTERS = {"tab": "\t", "line": "\n", "softline": "\n", "page": "\n", "column": "\n", "emdash": "—", "endash": "–",
              "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ",
              "enspace": " ", "qmspace": " "}  # fmt: skip
SIGNS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\n": "\r", "\r": "\r", "\t": "\t"}
_CHARSETS = {0: "cp1252", 1: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5",
             161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
             222: "cp874", 238: "cp1250", 255: "cp437"}  # fmt: skip
SYMBOL = "symbol"  # a font whose letters are signs: they stand in Unicode's private area, as Word has them


class Token(NamedTuple):
    """One of: a word with its number, bytes as letters of Latin-1, a sign after a backslash, a brace."""

    word: str = ""
    number: int | None = None
    letters: str = ""
    sign: str = ""
    brace: str = ""


def tokens(text: str) -> Iterator[Token]:
    """What a file is made of; the bytes after \\bin are left out."""
    at, size = 0, len(text)
    while at < size:
        match = _TOKEN.match(text, at)
        if match is None:
            return
        at = match.end()
        word, number, hexadecimal, sign, brace, letters = match.groups()
        if word:
            if word == "bin":
                at += max(int(number or 0), 0)
            yield Token(word, None if number is None else int(number))
        elif hexadecimal:
            yield Token(letters=bytes.fromhex(hexadecimal.replace("\\'", "")).decode("latin-1"))
        elif sign:
            yield Token(sign=sign)
        elif brace:
            yield Token(brace=brace)
        elif letters:
            yield Token(letters=letters)


def charset(number: int) -> str:
    return SYMBOL if number == 2 else _CHARSETS.get(number, "cp1252")


def decoded(letters: str, encoding: str) -> str:
    """Bytes as letters of Latin-1 → what they mean in the font's encoding."""
    if encoding == SYMBOL:
        return "".join(chr(0xF000 + ord(letter)) if letter > " " else letter for letter in letters)
    if letters.isascii():
        return letters
    try:
        return letters.encode("latin-1").decode(encoding, "replace")
    except (UnicodeError, LookupError):
        return letters
