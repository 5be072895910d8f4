"""When a poller asks its queue again: at once while there is work, soon after there was, then less and less often.

As Microsoft's queue extension: from 100 ms, twice as long after each empty answer, up to `maxPollingInterval`. Like its
watcher for messages that the same host sends, a nudge brings the next question forward: what a function has just
enqueued need not wait for a poller that had gone quiet.
"""

import random
import threading
import time

MINIMUM = 0.1  # seconds: QueuePollingIntervals.Minimum
ATTENTIVE = 2.0  # seconds after the last message in which the pause stays at its minimum


class Pace:
    """Of one poller. `nudge` and `stop` may come from any thread."""

    def __init__(self, longest: float) -> None:
        self._longest = max(MINIMUM, longest)
        self._pause = MINIMUM
        self._changed = threading.Condition()  # guards what follows
        self._asked = self._found = self._due = time.monotonic()
        self._stopped = False

    @property
    def stopped(self) -> bool:
        return self._stopped

    def wait(self) -> bool:
        """Until it is time to ask; False when it is time to stop."""
        with self._changed:
            while not self._stopped and (left := self._due - time.monotonic()) > 0:
                self._changed.wait(left)
            self._asked = time.monotonic()
            return not self._stopped

    def found(self) -> None:
        """There were messages: there may be more."""
        self._pause = MINIMUM
        with self._changed:
            self._found = self._due = time.monotonic()

    def empty(self) -> None:
        with self._changed:
            now = time.monotonic()
            if now - self._found > ATTENTIVE:
                self._pause = longer(self._pause, self._longest)
            self._due = now + self._pause

    def unreachable(self) -> None:
        self._pause = self._longest
        with self._changed:
            self._due = time.monotonic() + self._longest

    def nudge(self, gap: float) -> None:
        """There may be something: ask soon, but not within `gap` seconds of the last time."""
        with self._changed:
            self._due = min(self._due, self._asked + gap)
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


def longer(pause: float, longest: float) -> float:
    """Twice as long, a little at random so that pollers do not march in step; never above `longest`."""
    return min(pause * 2 * random.uniform(0.8, 1.2), longest)  # noqa: S311 - not a secret
