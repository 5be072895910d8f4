"""What the sandbox's child says to its parent: length-prefixed JSON, checked field by field.

The child is not trusted, since a hostile file may have taken it over: nothing is unpickled, sizes are capped, and an
answer of any other shape is no answer (`Garbled`).
"""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence

from chunking.blocks import Block, BlockKind, Part
from ingestion.errors import GreffeError, ParkReason

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
_FARTHEST = 1e9  # points; what is farther, or not a number, is no place on a page
_LENGTH = struct.Struct(">I")
_KINDS = {kind.value: kind for kind in BlockKind}


class Garbled(GreffeError):
    """The child's answer is not one that ours would give."""

    code = "garbled"


def frame(message: Mapping[str, Json]) -> bytes:
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Frames out of a stream that comes in pieces, as long as they keep under `most` bytes in all."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._buffer = bytearray()

    @property
    def exhausted(self) -> bool:
        return self._left < 0

    def feed(self, data: bytes) -> Iterator[dict[str, Json]]:
        self._left -= len(data)
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield _parsed(body)


def _parsed(body: bytes) -> dict[str, Json]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Garbled("the reader's answer is not JSON") from None
    if not isinstance(message, dict):
        raise Garbled("the reader's answer is not an object")
    return message


def encode_parts(parts: Sequence[Part]) -> list[Json]:
    return [
        {
            "path": part.path, "title": part.title, "media_type": part.media_type, "pages": part.pages,
            "metadata": dict(part.metadata), "flags": list(part.flags),
            "blocks": [
                [b.kind.value, b.text, b.level, b.page, b.table, b.hidden, b.style, *(b.position or ())]
                for b in part.blocks
            ],
        }
        for part in parts
    ]  # fmt: skip


def decode_parts(value: Json) -> tuple[Part, ...]:
    return tuple(_part(item) for item in _sequence(value))


def decode_reason(value: Json) -> ParkReason:
    try:
        return ParkReason(_text(value))
    except ValueError:
        raise Garbled("the reader's refusal has no known reason") from None


def pair(value: Json) -> tuple[str, str]:
    """A name and its content."""
    items = _sequence(value)
    if len(items) != 2:
        raise Garbled("a pair is missing")
    return _text(items[0]), _text(items[1])


def _part(value: Json) -> Part:
    if not isinstance(value, dict):
        raise Garbled("a part is not an object")
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        raise Garbled("metadata is not an object")
    return Part(
        path=_text(value.get("path")),
        title=_text(value.get("title")),
        blocks=tuple(_block(item) for item in _sequence(value.get("blocks"))),
        media_type=_text(value.get("media_type")),
        pages=_number(value.get("pages")),
        metadata={_text(key): _text(item) for key, item in metadata.items()},
        flags=tuple(_text(item) for item in _sequence(value.get("flags"))),
    )


def _block(value: Json) -> Block:
    fields = _sequence(value)
    if len(fields) not in (7, 9) or not isinstance(fields[5], bool):
        raise Garbled("a block has not its seven fields, or nine with its position")
    kind, text, level, page, table, hidden, style, *position = fields
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None or not text:
        raise Garbled("a block has no known kind or no text")
    return Block(
        known, _text(text), _number(level), None if page is None else _number(page),
        None if table is None else _number(table), bool(hidden), _text(style), _position(position),
    )  # fmt: skip


def _position(value: Sequence[Json]) -> tuple[float, float] | None:
    if not value:
        return None
    x, y = (_points(item) for item in value)
    return x, y


def _points(value: Json) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -_FARTHEST < value < _FARTHEST:
        raise Garbled("a position is missing")
    return float(value)


def _sequence(value: Json) -> Sequence[Json]:
    if not isinstance(value, list):
        raise Garbled("a list is missing")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Garbled("a text is missing")
    return value


def _number(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Garbled("a number is missing")
    return value
