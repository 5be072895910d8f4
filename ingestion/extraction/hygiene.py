"""Text hygiene, the one place that says which characters a block may hold.

Promises: NFC; no NUL, no control characters but newline and tab, no U+FFFE or other noncharacter, no lone surrogate,
no ligature characters, no soft hyphen, no zero-width or bidirectional control. An apostrophe is never lost: the C1
bytes of misread Windows-1252 text (0x92 …) become what they were. It must never touch a letter, a digit or a sign.
"""

import re
import unicodedata

_LIGATURES = {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st",
}  # fmt: skip
_SYMBOL_FONT = {0xF0B7: "•", 0xF0A7: "▪", 0xF0A8: "☐", 0xF0FE: "☒", 0xF0FC: "✓", 0xF0D8: "➢", 0xF0E0: "→"}
_INVISIBLE = [
    0xAD,
    0x200B,
    0x200C,
    0x200D,
    0x200E,
    0x200F,
    0x2060,
    0xFEFF,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
]


def _table() -> dict[int, str]:
    table = dict.fromkeys((*range(32), 127, *_INVISIBLE, *range(64976, 65008)), "")
    table |= {code: "" for plane in range(17) for code in (plane << 16 | 0xFFFE, plane << 16 | 0xFFFF)}
    table |= {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
    table |= {code: chr(code - 0xF000) for code in range(0xF020, 0xF07F)}  # Symbol fonts, as Word writes them
    table |= dict.fromkeys(range(55296, 57344), "�")
    table |= _LIGATURES | _SYMBOL_FONT
    return table | {9: "\t", 10: "\n", 11: "\n", 12: "\n", 13: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}


_TABLE = _table()
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufb00-\ufb06\ufdd0-\ufdef"
    "\ufeff\ufffe\uffff\uf020-\uf0ff\ud800-\udfff\U0001fffe-\U0001ffff\U0002fffe-\U0002ffff\U0003fffe-\U0003ffff"
    "\U0004fffe-\U0010ffff]"
)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST_MARK = 3  # digits of a note's mark, or of an exponent
_BLANKS = re.compile(r"[ \t\n]+")


def clean(text: str) -> str:
    """`text` without what the promises above forbid. Idempotent."""
    if text.isprintable() and text.isascii():
        return text
    # What is printable but for no-break spaces holds nothing suspect except ligatures: the regex is ten times slower.
    plain = text.replace("\xa0", " ").replace("\u202f", " ")
    if (not plain.isprintable() or _has_ligature(text)) and _SUSPECT.search(text):
        text = text.replace("\r\n", "\n").translate(_TABLE)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _has_ligature(text: str) -> bool:
    """Seven looks: a regex over the same text takes twenty times as long."""
    return "ﬁ" in text or "ﬂ" in text or "ﬀ" in text or "ﬃ" in text or "ﬄ" in text or "ﬅ" in text or "ﬆ" in text


def one_line(text: str) -> str:
    """`clean`, with every run of blanks made one space. No-break spaces stay: French typography means them."""
    text = clean(text)
    if "  " in text or "\n" in text or "\t" in text:
        text = _BLANKS.sub(" ", text)
    return text.strip()


def raised_number(text: str) -> str:
    """A number set as a superscript stays one: page 12³ is not page 123. Other text (1er, n°) is as it is."""
    mark = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_MARK
    return text.translate(_SUPERSCRIPTS) if mark else text
