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
_PICTURE = re.compile(rb"\{\s*(?:\\\*\s*)?\\(?:pict|objdata|blipuid|fontemb|themedata|datastore)\b")
_BRACE = re.compile(rb"\\[{}\\]|[{}]")
_OBJECT = re.compile(rb"\\(?:objdata|objocx|objemb)\b")


def read_rtf(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, BOMB, TOO_LARGE, EMPTY)."""
    if _depth(data) > _DEEPEST:
        raise Park(ParkReason.BOMB)
    match = _CODE_PAGE.search(data[:4_096])
    encoding = f"cp{match.group(1).decode()}" if match else "cp1252"
    try:
        text: str = rtf_to_text(  # type: ignore[no-untyped-call]
            _without_pictures(data).decode("latin-1"), encoding=encoding, errors="replace"
        )
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


def _without_pictures(data: bytes) -> bytes:
    """The file less the groups that hold pictures and other binary: striprtf reads their digits as text or stumbles."""
    kept, at = [], 0
    while (match := _PICTURE.search(data, at)) is not None:
        kept.append(data[at : match.start()])
        at = _group_end(data, match.start())
    return b"".join([*kept, data[at:]])


def _group_end(data: bytes, start: int) -> int:
    depth = 0
    for brace in _BRACE.finditer(data, start):
        depth += {b"{": 1, b"}": -1}.get(brace.group(), 0)
        if depth == 0:
            return brace.end()
    return len(data)
