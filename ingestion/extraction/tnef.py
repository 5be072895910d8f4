"""Outlook's winmail.dat (TNEF): the attachments that it hides, and its body where the mail around it has none.

A container of records ([MS-OXTNEF]); and the compressed RTF of Outlook's bodies ([MS-OXRTFCP]), which MSG files have,
too. Promises: bounded work, no recursion; what is broken off is read as far as it goes. Nothing of it is ever run.
"""

from collections.abc import Iterator
from struct import Struct
from struct import error as struct_error

from ingestion.errors import Park, ParkReason
from ingestion.extraction.hygiene import clean
from ingestion.extraction.limits import Limits
from ingestion.extraction.plain import decode
from ingestion.extraction.reading import Attachment, Composer, Reading
from ingestion.extraction.rtf import read_rtf
from ingestion.extraction.thread import write_body, write_html_body

SIGNATURE = b"\x78\x9f\x3e\x22"
_RECORD = Struct("<BII")  # level, name, length; the data and two bytes of a sum follow
_BODY, _BEGINS, _TITLE, _DATA, _PROPERTIES, _OF_ATTACHMENT = (
    0x0002_800C, 0x0006_9002, 0x0001_8010, 0x0006_800F, 0x0006_9003, 0x0006_9005,
)  # fmt: skip
_PLAIN, _HTML, _RTF, _LONG_NAME = 0x1000, 0x1013, 0x1009, 0x3707  # names of MAPI properties
_TEXT_TYPES = {0x1E: "cp1252", 0x1F: "utf-16-le"}
_VARIABLE = {0x1E, 0x1F, 0x102, 0x0D}
_WIDE = {0x05, 0x06, 0x14, 0x40}  # eight bytes; 0x48 has sixteen, all others four
_NUMBER, _PAIR = Struct("<I"), Struct("<HH")
_MOST_PROPERTIES = 10_000
_HEADER = Struct("<IIII")  # of compressed RTF: its size, that of the text, how it is packed, a sum
_PACKED, _STORED = 0x7546_5A4C, 0x414C_454D
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def read_tnef(data: bytes, limits: Limits) -> Reading:
    """Its attachments as children, its body as text. Park(MALFORMED, TOO_LARGE, BOMB, EMPTY)."""
    if not data.startswith(SIGNATURE):
        raise Park(ParkReason.MALFORMED)
    composer = Composer(limits)
    files: list[tuple[str, bytes]] = []
    bodies: dict[int, bytes] = {}
    for name, content in _records(data):
        if name == _BEGINS:
            files.append(("", b""))
        elif name == _BODY:
            bodies[_PLAIN] = content
        elif name == _PROPERTIES:
            bodies |= {key: value for key, value in _properties(content) if key in (_PLAIN, _HTML, _RTF)}
        elif files:
            files[-1] = _file(files[-1], name, content)
    if len(files) > limits.attachments:
        raise Park(ParkReason.TOO_LARGE)
    _write(bodies, composer, limits)
    attachments = tuple(Attachment(name or f"piece {n}", held) for n, (name, held) in enumerate(files, 1) if held)
    if not composer.blocks and not attachments:
        raise Park(ParkReason.EMPTY)
    return Reading(composer.blocks, flags=composer.flags, attachments=attachments)


def _file(known: tuple[str, bytes], name: int, content: bytes) -> tuple[str, bytes]:
    title, held = known
    if name == _TITLE and not title:
        return decode(content.rstrip(b"\0")), held
    if name == _DATA:
        return title, content
    if name == _OF_ATTACHMENT:
        longer = dict(_properties(content)).get(_LONG_NAME)
        return (decode(longer) if longer else title), held
    return known


def _write(bodies: dict[int, bytes], composer: Composer, limits: Limits) -> None:
    if bodies.get(_PLAIN, b"").strip():
        write_body(clean(decode(bodies[_PLAIN].rstrip(b"\0"))), composer)
    elif _HTML in bodies:
        write_html_body(decode(bodies[_HTML].rstrip(b"\0")), composer)
    elif _RTF in bodies:
        write_compressed(bodies[_RTF], composer, limits)


def write_compressed(data: bytes, composer: Composer, limits: Limits) -> None:
    """The blocks of a body that is compressed RTF; one that cannot be read is a body without text."""
    try:
        reading = read_rtf(unpacked_rtf(data, limits), limits)
    except Park as park:
        if park.reason in (ParkReason.TOO_LARGE, ParkReason.BOMB):
            raise
        return
    for block in reading.blocks:
        composer.add(block.kind, block.text, level=block.level, hidden=block.hidden, style=block.style)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(SIGNATURE) + 2
    while at + _RECORD.size <= len(data):
        _, name, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        yield name, data[at : at + length]
        at += length + 2


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """MAPI properties as id and bytes, texts in UTF-8; ends where the bytes do."""
    try:
        (count,) = _NUMBER.unpack_from(data, 0)
        at = _NUMBER.size
        for _ in range(min(count, _MOST_PROPERTIES)):
            kind, key = _PAIR.unpack_from(data, at)
            at = _past_name(data, at + 4) if key >= 0x8000 else at + 4
            values = 1
            if kind & 0x1000 or kind in _VARIABLE:
                (values,) = _NUMBER.unpack_from(data, at)
                at += 4
            for _ in range(min(values, _MOST_PROPERTIES)):
                value, at = _value(data, at, kind & 0xFFF)
                yield key, value
    except struct_error:
        return


def _past_name(data: bytes, at: int) -> int:
    """A named property has a set's id and a number, or a name of its own, before its value."""
    (named,) = _NUMBER.unpack_from(data, at + 16)
    (length,) = _NUMBER.unpack_from(data, at + 20)
    return at + 24 + (_padded(length) if named else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    if kind not in _VARIABLE:
        size = 16 if kind == 0x48 else 8 if kind in _WIDE else 4
        return data[at : at + size], at + size
    (length,) = _NUMBER.unpack_from(data, at)
    value = data[at + 4 : at + 4 + length]
    if kind in _TEXT_TYPES:
        value = value.decode(_TEXT_TYPES[kind], "replace").rstrip("\0").encode()
    return value, at + 4 + _padded(length)


def _padded(length: int) -> int:
    return length + -length % 4


def unpacked_rtf(data: bytes, limits: Limits) -> bytes:
    """RTF out of its compressed form. Park(MALFORMED, BOMB)."""
    if len(data) < _HEADER.size:
        raise Park(ParkReason.MALFORMED)
    _, size, packing, _ = _HEADER.unpack_from(data)
    if packing == _STORED:
        return data[_HEADER.size :][:size]
    if packing != _PACKED:
        raise Park(ParkReason.MALFORMED)
    if size > limits.unpacked_bytes:
        raise Park(ParkReason.BOMB)
    out = bytearray(_DICTIONARY)
    at, end = _HEADER.size, len(data)
    while at < end and len(out) < size + len(_DICTIONARY):
        control, at = data[at], at + 1
        for bit in range(8):
            if at >= end:
                break
            if not control >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            word, at = int.from_bytes(data[at : at + 2], "big"), at + 2
            if not _copy(out, word >> 4, (word & 0xF) + 2):
                return bytes(out[len(_DICTIONARY) :])
    return bytes(out[len(_DICTIONARY) :][:size])


def _copy(out: bytearray, place: int, length: int) -> bool:
    """Repeats what stands at `place` of a ring of 4,096 bytes; a place that points at its end says that this is all."""
    here = len(out)
    if place == here % 4_096:
        return False
    start = here - (here - place) % 4_096
    if start < 0:
        return False
    for at in range(start, start + length):
        out.append(out[at])
    return True
