"""Many messages, several at once: who compares a library of 100,000 documents has ten minutes to live.

One after the other, at some ten milliseconds each, they alone would take longer. A crash in between sends some of them
again: a message is a hint.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ingestion.model import Change
from ingestion.ports import Queue

AT_ONCE = 16  # as many as the transport keeps connections for, about
FEW = 64  # are sent in the caller's thread


def send_all(queue: Queue, changes: Sequence[Change]) -> None:
    """Returns when every one is sent.

    Raises:
        what sending one of them met; the others may have been sent.
    """
    if len(changes) < FEW:
        for it in changes:
            queue.send(it)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(queue.send, changes):
            pass
