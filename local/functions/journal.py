"""`functions.log`: one readable line per event, and the counts behind the host's status.

A line holds a time, a function, an invocation id, a duration, an outcome, the type of an exception. It never holds a
message, a payload, a header or a path.
"""

import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from local.functions.messages import Outcome


class Journal:
    """Safe for threads; every line is on disk when the call returns to the system."""

    def __init__(self, file: Path) -> None:
        self._lines = file.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        self._invocations: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    def event(self, words: str) -> None:
        """Something of the host itself: started, a worker lost, a queue out of reach."""
        self._write(f"host  {words}")

    def invocation(self, function: str, invocation: str, duration: float, outcome: Outcome) -> None:
        """`duration` in seconds."""
        error = f"  {outcome.error}" if outcome.error else ""
        self._write(f"{function}  {invocation}  {duration * 1000:.0f} ms  {outcome.status}{error}")
        with self._lock:
            self._invocations[function] += 1
            self._failures[function] += not outcome.succeeded

    def counts(self, function: str) -> tuple[int, int]:
        """Invocations that ended, and how many of them failed."""
        with self._lock:
            return self._invocations[function], self._failures[function]

    def close(self) -> None:
        self._lines.close()

    def _write(self, words: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            self._lines.write(f"{now}  {words}\n")
