"""Why a document was not redacted. It is then not indexed either: redaction fails closed.

The message holds codes and numbers, never a word of the document.
"""

from types import TracebackType
from typing import Literal, Self

Reason = Literal["timeout", "oversize", "voter", "away", "policy", "key"]


class RedactionError(Exception):
    """`reason` is safe for telemetry, and so is the text. Of the reasons, "away" alone passes by itself."""

    def __init__(self, reason: Reason, message: str, *, after: float | None = None) -> None:
        super().__init__(f"redaction refused ({reason}): {message}")
        self.reason = reason
        self.after = after  # seconds, where a service said when to come back


class VoterAway(Exception):
    """A voter raises it where its service cannot be asked now, and will be: the document waits."""

    def __init__(self, after: float | None = None) -> None:
        super().__init__("the voter's service cannot be asked now")
        self.after = after  # seconds, from Retry-After


class FailClosed:
    """Turns whatever a voter raises into a `RedactionError` without its message, which may quote the document."""

    def __init__(self, voter: str) -> None:
        self._voter = voter

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, RedactionError) or not isinstance(error, Exception):
            return
        if isinstance(error, VoterAway):
            raise RedactionError("away", f"the voter {self._voter} cannot be asked now", after=error.after) from None
        if isinstance(error, TimeoutError):
            raise RedactionError("timeout", f"the voter {self._voter} took too long") from None
        raise RedactionError("voter", f"the voter {self._voter} failed with {type(error).__name__}") from None
