"""How many documents are read at once, and how a long scan steps aside so that it does not hold up the others.

A scan that has had its first pages read gives its slot to whoever waits and goes on in overtime, of which there is
little: where it is taken, the scan keeps its slot. Safe between threads; nothing here waits but `taken`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Slots:
    """`count` documents at once, and `overtime` long ones beside them."""

    def __init__(self, count: int, *, overtime: int = 1) -> None:
        self._count = threading.BoundedSemaphore(count)
        self._overtime = threading.BoundedSemaphore(overtime)

    @contextmanager
    def taken(self) -> Iterator["Slot"]:
        """Waits for a slot; whatever was taken in the end is given back."""
        self._count.acquire()
        slot = Slot(self._count, self._overtime)
        try:
            yield slot
        finally:
            slot.held.release()


class Slot:
    def __init__(self, count: threading.BoundedSemaphore, overtime: threading.BoundedSemaphore) -> None:
        self.held = count
        self._overtime = overtime

    def step_aside(self) -> bool:
        """Whether the slot was given to others; at most once."""
        if self.held is self._overtime or not self._overtime.acquire(blocking=False):
            return False
        self.held.release()
        self.held = self._overtime
        return True
