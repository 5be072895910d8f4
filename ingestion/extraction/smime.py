"""What a signed S/MIME message or file (.p7m) holds: the content that was signed, by a small reader of BER.

The signature is not verified: a text is indexed for what it says, and whoever must rely on a signature checks it with
the tools of its issuer. Promises: bounded depth and work; Park(ENCRYPTED) for what is enveloped, MALFORMED for the
rest. It must never look at keys or certificates.
"""

from typing import NamedTuple

from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Attachment, Reading

SIGNED_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
ENVELOPED_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
_OID, _OCTETS, _CONSTRUCTED = 0x06, 0x04, 0x20
_SEQUENCE, _CONTEXT_0 = 0x30, 0xA0
_DEEPEST = 32
_MOST_PIECES = 200_000  # of an octet string that was written piece by piece: 4 KiB each, as streams write them


class _Element(NamedTuple):
    tag: int
    start: int  # of its content
    end: int
    after: int  # where the next one begins


def read_signed(data: bytes, _limits: Limits) -> Reading:
    """A bare .p7m: what was signed is its one child. Park(ENCRYPTED, MALFORMED, EMPTY)."""
    return Reading((), flags=("signed",), attachments=(Attachment("content", signed_content(data)),))


def signed_content(data: bytes) -> bytes:
    """The content within SignedData (RFC 5652, 5.1 and 5.2); Park(EMPTY) where the signature stands apart from it."""
    outer = _children(data, _expect(_element(data, 0, 0), _SEQUENCE))
    kind = _content(data, outer[0]) if outer and outer[0].tag == _OID else b""
    if kind == ENVELOPED_DATA:
        raise Park(ParkReason.ENCRYPTED)
    if kind != SIGNED_DATA or len(outer) < 2:
        raise Park(ParkReason.MALFORMED)
    signed = _children(data, _only(data, _expect(outer[1], _CONTEXT_0), _SEQUENCE))
    if len(signed) < 3:
        raise Park(ParkReason.MALFORMED)
    encapsulated = _children(data, _expect(signed[2], _SEQUENCE))
    if len(encapsulated) < 2:
        raise Park(ParkReason.EMPTY)
    holder = _children(data, _expect(encapsulated[1], _CONTEXT_0))
    return b"".join(_octets(data, holder[0], 0)) if holder else b""


def _element(data: bytes, at: int, depth: int) -> _Element:
    """The element at `at`; one of indefinite length ends where its last child does."""
    if at + 2 > len(data) or depth > _DEEPEST or data[at] & 0x1F == 0x1F:
        raise Park(ParkReason.MALFORMED)
    tag, first, start = data[at], data[at + 1], at + 2
    if first == 0x80:
        end = _end_of_contents(data, start, depth)
        return _Element(tag, start, end, end + 2)
    if first > 0x80:
        size = first & 0x7F
        length, start = int.from_bytes(data[start : start + size]), start + size
    else:
        length = first
    if start + length > len(data):
        raise Park(ParkReason.MALFORMED)
    return _Element(tag, start, start + length, start + length)


def _end_of_contents(data: bytes, at: int, depth: int) -> int:
    for _ in range(_MOST_PIECES):
        if data[at : at + 2] == b"\x00\x00":
            return at
        at = _element(data, at, depth + 1).after
    raise Park(ParkReason.BOMB)


def _children(data: bytes, parent: _Element) -> list[_Element]:
    found: list[_Element] = []
    at = parent.start
    while at < parent.end and len(found) < _MOST_PIECES:
        element = _element(data, at, 0)
        found.append(element)
        at = element.after
    return found


def _octets(data: bytes, element: _Element, depth: int) -> list[bytes]:
    if depth > _DEEPEST or element.tag & ~_CONSTRUCTED != _OCTETS:
        raise Park(ParkReason.MALFORMED)
    if not element.tag & _CONSTRUCTED:
        return [_content(data, element)]
    return [piece for child in _children(data, element) for piece in _octets(data, child, depth + 1)]


def _only(data: bytes, parent: _Element, tag: int) -> _Element:
    children = _children(data, parent)
    if not children:
        raise Park(ParkReason.MALFORMED)
    return _expect(children[0], tag)


def _expect(element: _Element, tag: int) -> _Element:
    if element.tag != tag:
        raise Park(ParkReason.MALFORMED)
    return element


def _content(data: bytes, element: _Element) -> bytes:
    return data[element.start : element.end]
