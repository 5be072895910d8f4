"""Queue messages in Azure Storage: a `Change` as versioned JSON, ids only.

Messages are base64 text, said on both sides: host.json has `messageEncoding: base64` and Event Grid delivers so. A
mismatch would poison every message without a word. What is not exactly our schema is refused: a message is input.
"""

import base64
import json
import math
import re
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage, TextBase64EncodePolicy

from ingestion.adapters.transport import SharedTransport, error_code, storage_errors
from ingestion.errors import Refuse
from ingestion.model import CabinetId, Change, ChangeKind, DocumentId, Locator, SourceId

SCHEMA = 1  # raise it with every change of `Change`, and keep reading the one before for a deployment's length
LONGEST_DELAY = 7 * 86400  # seconds; the service's maximum for a visibility time-out
FOR_EVER = -1  # the default life of 7 days would lose what waits in a poison queue over a holiday
PEEKED_AT_ONCE = 32  # the service's maximum
TAKEN_ELSEWHERE = frozenset({"MessageNotFound", "PopReceiptMismatch"})

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,79}")  # what telemetry takes for one
_DOCUMENT = re.compile(r"[a-z2-7]{26}|")  # empty: the whole source
_LOCATOR = re.compile(r"[0-9A-Za-z_-]{0,8000}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message as an operator sees it. `text` is None where it is not the base64 text that we write."""

    id: str
    text: str | None
    dequeued: int
    inserted_at: datetime | None
    receipt: str = ""  # of a taken message

    def change(self) -> Change:
        """Refuse("bad_message") where it is none."""
        if self.text is None:
            raise _bad("it is not base64 text")
        return from_message(self.text)


class StorageQueue:
    """The port `Queue`, for one queue, and what operators do with it. Safe to share between threads."""

    def __init__(self, queue_url: str, name: str, credential: TokenCredential, transport: SharedTransport) -> None:
        self.name = name
        self._queue = QueueClient(
            queue_url,
            name,
            credential=credential,
            message_encode_policy=TextBase64EncodePolicy(),  # and read by `_decoded`, which a foreign message survives
            **transport.storage(),
        )

    def create(self) -> None:
        """The queue, where there is none yet."""
        with storage_errors(f"queue {self.name!r}: creating it"):
            try:
                self._queue.create_queue()
            except ResourceExistsError:
                return

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        """Visible after `delay` seconds, at most seven days: a promise that is kept early is kept."""
        with storage_errors(f"queue {self.name!r}: sending"):
            self._queue.send_message(
                to_message(change),
                visibility_timeout=min(max(0, math.ceil(delay)), LONGEST_DELAY),
                time_to_live=FOR_EVER,
            )

    def depth(self) -> int:
        """About how many messages there are, the invisible ones too; 0 where the queue does not exist yet."""
        with storage_errors(f"queue {self.name!r}: counting"):
            try:
                return self._queue.get_queue_properties().approximate_message_count or 0
            except ResourceNotFoundError as error:
                if error_code(error) != "QueueNotFound":
                    raise
                return 0  # the host makes a poison queue with its first message

    def peek(self, at_most: int = PEEKED_AT_ONCE) -> list[Waiting]:
        """The first visible ones (32 at most), untouched."""
        with storage_errors(f"queue {self.name!r}: peeking"):
            try:
                return [_waiting(it) for it in self._queue.peek_messages(min(at_most, PEEKED_AT_ONCE))]
            except ResourceNotFoundError as error:
                if error_code(error) != "QueueNotFound":
                    raise
                return []

    def take(self, *, seconds: int = 300) -> Waiting | None:
        """The next one, invisible to others for so long; it comes back unless `acknowledge` follows."""
        with storage_errors(f"queue {self.name!r}: taking"):
            taken = self._queue.receive_message(visibility_timeout=seconds)
        return _waiting(taken) if taken else None

    def release(self, taken: Waiting) -> None:
        """Visible again at once. One that came back by itself, or is in other hands by now, is left to them."""
        with storage_errors(f"queue {self.name!r}: releasing"):
            try:
                self._queue.update_message(taken.id, taken.receipt, visibility_timeout=0)
            except HttpResponseError as error:
                if error_code(error) not in TAKEN_ELSEWHERE:
                    raise

    def drain(self, *, seconds: int = 300) -> Iterator[Waiting]:
        """Take until none is left. Acknowledge each, or it comes back."""
        while taken := self.take(seconds=seconds):
            yield taken

    def acknowledge(self, taken: Waiting) -> None:
        with storage_errors(f"queue {self.name!r}: acknowledging"):
            self._queue.delete_message(taken.id, taken.receipt)


def to_message(change: Change) -> str:
    return json.dumps({"v": SCHEMA, **asdict(change)}, separators=(",", ":"))


def from_message(text: str) -> Change:
    """Exactly what `to_message` writes. Refuse("bad_message") says what is wrong, and never quotes it."""
    try:
        given = json.loads(text)
    except ValueError:
        raise _bad("it is not JSON") from None
    if not isinstance(given, dict) or given.pop("v", None) != SCHEMA:
        raise _bad(f"its schema is not version {SCHEMA}")
    names = {it.name for it in fields(Change)}
    if set(given) != names:
        missing = sorted(names - set(given))
        raise _bad(f"fields are missing ({', '.join(missing)})" if missing else "it has fields that are not ours")
    return Change(
        id=_matching(given, "id", _ID),
        source=SourceId(_matching(given, "source", _ID)),
        cabinet=CabinetId(_matching(given, "cabinet", _ID)),
        document=DocumentId(_matching(given, "document", _DOCUMENT)),
        locator=Locator(_matching(given, "locator", _LOCATOR)),
        kind=_kind(given["kind"]),
        correlation=_matching(given, "correlation", _ID),
        attempt=int(_number(given, "attempt")),
        raised_at=_number(given, "raised_at"),
    )


def _matching(given: dict[str, object], name: str, pattern: re.Pattern[str]) -> str:
    value = given[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _bad(f"its {name} is not one")
    return value


def _number(given: dict[str, object], name: str) -> float:
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise _bad(f"its {name} is not one")
    return float(value)


def _kind(value: object) -> ChangeKind:
    if not isinstance(value, str) or value not in set(ChangeKind):
        raise _bad("its kind is unknown")
    return ChangeKind(value)


def _bad(why: str) -> Refuse:
    return Refuse("bad_message", f"a queue message is not one of ours: {why}. Purge it, or replay the event behind it.")


def _waiting(message: QueueMessage) -> Waiting:
    return Waiting(
        id=message.id,
        text=_decoded(message.content),
        dequeued=message.dequeue_count or 0,
        inserted_at=message.inserted_on,
        receipt=message.pop_receipt or "",
    )


def _decoded(content: str) -> str | None:
    try:
        return base64.b64decode(content, validate=True).decode()
    except (NotBase64, UnicodeDecodeError, ValueError):
        return None
