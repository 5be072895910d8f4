"""A document with everything in it, as parts: the first is the document, its attachments follow as "1", "1.2".

Reads recursively within limits that hold for the whole: depth, number of attachments, bytes. An attachment that cannot
be read is a part without blocks that says why, so that one bad exhibit does not keep its mail out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chunking.blocks import Part
from ingestion.errors import Park, ParkReason
from ingestion.extraction.detect import Format, detect
from ingestion.extraction.hygiene import one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import WITHOUT_TEXT, Attachment, Reading

_LONGEST_TITLE = 300
HandOut = Callable[[Part, bytes], None]  # an attachment as it was read, and its bytes


class _OverBudget(Park):
    """The document as a whole is beyond a limit: no attachment of it can be blamed alone."""


@dataclass(slots=True)
class _Budget:
    attachments: int
    bytes: int
    characters: int
    hand_out: HandOut | None


def extract(
    data: bytes, name: str, limits: Limits, *, attempt: int = 0, hand_out: HandOut | None = None
) -> tuple[Part, ...]:
    """The document and its attachments as blocks.

    `attempt` picks the reader of formats that have several, 0 the best; past the last of them attachments are left
    unread. A scan that could not be read is a part without blocks, whose flags say so. `hand_out` is given each
    attachment that was read, for whoever can read its scans better; those without text then stay parts of their kind.
    Park(EMPTY, TOO_LARGE, ENCRYPTED, MALFORMED, UNSUPPORTED, BOMB).
    """
    if not data:
        raise Park(ParkReason.EMPTY)
    if len(data) > limits.document_bytes:
        raise Park(ParkReason.TOO_LARGE)
    budget = _Budget(limits.attachments, limits.unpacked_bytes, limits.characters, hand_out)
    return tuple(_read(data, name, "", limits, budget, attempt, 0))


def ways(data: bytes, name: str) -> int:
    """How many attempts at this file make a difference."""
    kind = detect(data, name)
    return max(len(kind.readers), 1) if kind.name != "pdf" and not kind.container else 4


def _read(data: bytes, name: str, path: str, limits: Limits, budget: _Budget, attempt: int, depth: int) -> list[Part]:
    kind = detect(data, name)
    if not kind.readers:
        raise Park(kind.refusal)
    reading = kind.readers[min(attempt, len(kind.readers) - 1)](data, limits)
    budget.characters -= sum(len(block.text) for block in reading.blocks)
    if budget.characters < 0:
        raise _OverBudget(ParkReason.TOO_LARGE)
    part = Part(
        path, _title(reading, name), reading.blocks, kind.media_type, reading.pages, reading.metadata,
        (*reading.flags, *_wrong_extension(kind, name)),
    )  # fmt: skip
    parts = [part]
    for number, attachment in enumerate(reading.attachments, start=1):
        child = f"{path}.{number}" if path else str(number)
        parts += _child(attachment, child, limits, budget, attempt, depth + 1)
    return parts


def _child(attachment: Attachment, path: str, limits: Limits, budget: _Budget, attempt: int, depth: int) -> list[Part]:
    budget.attachments -= 1
    budget.bytes -= len(attachment.data)
    if budget.attachments < 0:
        raise _OverBudget(ParkReason.TOO_LARGE)
    if budget.bytes < 0:
        raise _OverBudget(ParkReason.BOMB)
    reason = ParkReason.BOMB if depth > limits.nesting else attachment.refused or _unread(attachment, attempt)
    if reason is None:
        try:
            parts = _read(attachment.data, attachment.name, path, limits, budget, attempt, depth)
            if budget.hand_out is not None:
                budget.hand_out(parts[0], attachment.data)
            if budget.hand_out is not None or any(part.blocks for part in parts) or WITHOUT_TEXT not in parts[0].flags:
                return parts
            reason = ParkReason.NO_TEXT
        except _OverBudget:
            raise
        except Park as park:
            reason = park.reason
    return [Part(path, _stem(attachment.name), (), "application/octet-stream", flags=(f"parked:{reason.value}",))]


def _unread(attachment: Attachment, attempt: int) -> ParkReason | None:
    if not attachment.data:
        return ParkReason.EMPTY
    return ParkReason.MALFORMED if attempt > 2 else None


def _title(reading: Reading, name: str) -> str:
    """The subject of a mail, else the file's name: titles in metadata are left over from other documents."""
    return reading.title[:_LONGEST_TITLE] or _stem(name)


def _stem(name: str) -> str:
    base = one_line(name).replace("\\", "/").rpartition("/")[2]
    stem, dot, extension = base.rpartition(".")
    return (stem if dot and 0 < len(extension) <= 5 and stem else base)[:_LONGEST_TITLE]


def _wrong_extension(kind: Format, name: str) -> list[str]:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    wrong = 1 < len(extension) <= 5 and extension.isalnum() and extension not in kind.extensions
    return ["wrong_extension"] if wrong and kind.name != "txt" else []
