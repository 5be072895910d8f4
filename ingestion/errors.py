"""The ladder of errors: what a failure means for the message that met it.

    Busy     another worker has the document: later, not counted as a failure
    Retry    throttled, network, 5xx: later, counted; `after` honours Retry-After (seconds)
    Park     this document cannot be ingested as it is: a typed reason that people see; the queue is done with it
    Refuse   not ours: unknown cabinet, container or topic; audited, never retried

Anything else is a bug: it is never caught, the queue brings the message back and then shows it as poison.
A message names ids, codes and what to do. It never holds content, a name or a path.
"""

from enum import StrEnum


class GreffeError(Exception):
    """Base of the ladder. `code` is safe for telemetry; so is the text, by the rule above."""

    code: str = "error"


class Busy(GreffeError):
    code = "busy"

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after  # seconds


class Retry(GreffeError):
    def __init__(self, code: str, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.after = after  # seconds, from Retry-After


class ParkReason(StrEnum):
    """Why a document cannot be ingested as it is. Each has its words in `WHAT_TO_DO`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    ENCRYPTED = "encrypted"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    BOMB = "bomb"
    TIMED_OUT = "timed_out"
    NO_TEXT = "no_text"  # a scan where no OCR is installed
    REDACTION_FAILED = "redaction_failed"
    QUARANTINED = "quarantined"
    FORBIDDEN = "forbidden"  # the source denies us the content
    TOO_MANY_CHUNKS = "too_many_chunks"
    REJECTED_BY_INDEX = "rejected_by_index"


WHAT_TO_DO: dict[ParkReason, str] = {
    ParkReason.EMPTY: "The file holds no text. Upload it again with its content.",
    ParkReason.TOO_LARGE: "The file is larger than the limit. Split it, or raise GREFFE_MAX_DOCUMENT_BYTES.",
    ParkReason.ENCRYPTED: "The file asks for a password. Upload a copy without one.",
    ParkReason.MALFORMED: "The file is damaged. Open it in its program, save it again and upload the copy.",
    ParkReason.UNSUPPORTED: "This kind of file is not read. Convert it to PDF or DOCX and upload that.",
    ParkReason.BOMB: "The file unpacks to far more than it should. Check where it comes from.",
    ParkReason.TIMED_OUT: "Reading the file took longer than the limit. Split it, or print it to a new PDF.",
    ParkReason.NO_TEXT: "The file is a scan without a text layer. Install the OCR extra, or upload a searchable PDF.",
    ParkReason.REDACTION_FAILED: "Personal data could not be removed for certain, so nothing was indexed. Replay it.",
    ParkReason.QUARANTINED: "The file hides text or speaks to a model, and the policy keeps such files out. Review it.",
    ParkReason.FORBIDDEN: "The source refuses to hand over the file. Restore Greffe's access to it, then replay.",
    ParkReason.TOO_MANY_CHUNKS: "The file gives more chunks than the limit. Split it, or raise GREFFE_MAX_CHUNKS.",
    ParkReason.REJECTED_BY_INDEX: "The index refuses a chunk of this document. Check the index's schema, then replay.",
}


def what_to_do(reason: str) -> str:
    """The words for a reason as a row holds it; "" for none, and for one that a newer version wrote."""
    return WHAT_TO_DO[ParkReason(reason)] if reason in set(ParkReason) else ""


class Park(GreffeError):
    def __init__(self, reason: ParkReason, message: str = "") -> None:
        super().__init__(message or WHAT_TO_DO[reason])
        self.code = reason.value
        self.reason = reason


class Refuse(GreffeError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
