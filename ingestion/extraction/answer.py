"""A child's answer as it comes: pages that were recognised, attachments for a service, in the end parts or a refusal.

The child is not trusted: whatever it says is checked (`wire.py`), bounded, and about its own document only. A child
that says nothing in time, or dies, is a typed outcome.
"""

import base64
import os
import select
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from chunking.blocks import Part
from ingestion.errors import Busy, ParkReason
from ingestion.extraction.child import OUT_OF_MEMORY
from ingestion.extraction.limits import Limits
from ingestion.extraction.scans import LONG_SCAN, Notebook
from ingestion.extraction.slots import Slot
from ingestion.extraction.wire import Frames, Garbled, Json, decode_parts, decode_reason, pair

END_SECONDS = 5.0  # for a child's end to be reported once its pipe is closed
MOST_WAYS = 4
_NEXT_TURN = 1.0  # seconds until a long scan goes on
_PIECE = 1 << 20
_XCPU = 24


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try ended: parts, or a refusal; `final` when another way of reading cannot change it."""

    parts: tuple[Part, ...] = ()
    originals: Mapping[str, bytes] = field(default_factory=dict)
    reason: ParkReason | None = None
    final: bool = True
    ways: int = 1
    orphaned: bool = False  # the helper died under it: nothing was learned of the document


class Listener:
    """Reads one child's answer until it is complete, its pipe closes, or its time is up."""

    def __init__(
        self, limits: Limits, answer: int, ended: int, deadline: float, slot: Slot, notebook: Notebook
    ) -> None:
        self._slot = slot
        self._notebook = notebook
        self._originals: dict[str, bytes] = {}
        self._turn_ends = time.monotonic() + limits.scan_seconds
        self._limits = limits
        self._answer = answer
        self._ended = ended
        self._deadline = deadline
        self._pages_left = limits.ocr_pages
        self._ways = 1

    def outcome(self) -> Outcome:
        """How it ended. Busy when a scan that can go on later has had its turn; Retry when a page cannot be kept."""
        frames = Frames(self._limits.result_bytes)
        try:
            while (data := self._read()) is not None:
                if not data:
                    return self._dead()
                for message in frames.feed(data):
                    if (outcome := self._heard(message)) is not None:
                        return outcome
                if frames.exhausted:
                    return Outcome(reason=ParkReason.TOO_LARGE)
        except Garbled:
            return Outcome(reason=ParkReason.MALFORMED)
        return self._refused(ParkReason.TIMED_OUT)

    def _heard(self, message: dict[str, Json]) -> Outcome | None:
        if "parts" in message:
            return Outcome(parts=decode_parts(message["parts"]), originals=self._originals)
        if "park" in message:
            return Outcome(reason=decode_reason(message["park"]))
        if "ways" in message:
            ways = message["ways"]
            self._ways = min(ways, MOST_WAYS) if isinstance(ways, int) else 1
        elif "recognised" in message:
            self._note(message["recognised"])
        elif "original" in message:
            self._take(message["original"])
        elif "page" in message and self._pages_left > 0:
            self._page_begins()
        return None

    def _page_begins(self) -> None:
        if self._notebook.progress and time.monotonic() > self._turn_ends:
            raise Busy("A long scan goes on later; the pages that were read are kept.", after=_NEXT_TURN)
        self._pages_left -= 1
        self._deadline = max(self._deadline, time.monotonic() + self._limits.ocr_page_seconds)
        if self._limits.ocr_pages - self._pages_left == LONG_SCAN:
            self._slot.step_aside()

    def _note(self, value: Json) -> None:
        """A page is kept before the next one is listened for: the time that takes is not the child's."""
        name, page = pair(value)
        before = time.monotonic()
        self._notebook.note(name, page)
        self._deadline += time.monotonic() - before

    def _take(self, value: Json) -> None:
        path, text = pair(value)
        try:
            self._originals[path] = base64.b64decode(text, validate=True)
        except ValueError:
            raise Garbled("an attachment's bytes are not base64") from None

    def _read(self) -> bytes | None:
        """The next piece; b"" at the end; None when the time is up."""
        left = self._deadline - time.monotonic()
        ready, _, _ = select.select([self._answer], [], [], max(left, 0.0)) if left > 0 else ([], [], [])
        return os.read(self._answer, _PIECE) if ready else None

    def _refused(self, reason: ParkReason) -> Outcome:
        return Outcome(reason=reason, final=False, ways=self._ways)

    def _dead(self) -> Outcome:
        ready, _, _ = select.select([self._ended], [], [], END_SECONDS)
        status = os.read(self._ended, 4) if ready else b""
        if len(status) < 4:
            return Outcome(reason=ParkReason.MALFORMED, orphaned=True)
        (code,) = struct.unpack(">i", status)
        if code == OUT_OF_MEMORY:
            return self._refused(ParkReason.BOMB)
        return self._refused(ParkReason.TIMED_OUT if code == -_XCPU else ParkReason.MALFORMED)
