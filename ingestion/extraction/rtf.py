"""RTF by striprtf, as plain text. Objects and macros inside are dropped; nothing is ever opened."""

import re

from striprtf.striprtf import rtf_to_text

from ingestion.errors import Park, ParkReason
from ingestion.extraction.hygiene import clean
from ingestion.extraction.limits import Limits
from ingestion.extraction.plain import write_text
from ingestion.extraction.reading import Composer, Reading

_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_DEEPEST = 2_000  # groups in groups; Word writes 30
_OBJECT = re.compile(rb"\\(?:objdata|objocx|objemb)\b")


def read_rtf(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, BOMB, TOO_LARGE, EMPTY)."""
    if _depth(data) > _DEEPEST:
        raise Park(ParkReason.BOMB)
    match = _CODE_PAGE.search(data[:4_096])
    encoding = f"cp{match.group(1).decode()}" if match else "cp1252"
    try:
        text = rtf_to_text(data.decode("latin-1"), encoding=encoding, errors="replace")
    except (LookupError, UnicodeError, ValueError, IndexError, KeyError, OverflowError):
        raise Park(ParkReason.MALFORMED) from None
    composer = Composer(limits)
    write_text(clean(text).replace("|\n", "\n"), composer)
    if _OBJECT.search(data):
        composer.flag("embedded_objects")
    if not composer.blocks:
        raise Park(ParkReason.EMPTY)
    return composer.reading()


def _depth(data: bytes) -> int:
    deepest = depth = 0
    for brace in re.findall(rb"[{}]", data):
        depth += 1 if brace == b"{" else -1
        deepest = max(deepest, depth)
    return deepest
