"""Ends a cloud whose parent has died, however it died: the parts must never outlive it.

A process of its own that reads its standard input: `+PID` when a part has started, `-PID` when it has ended. The other
end of the pipe closes with the parent, and what is left is ended, the last first, by SIGTERM (Azurite saves on it), and
after `PATIENCE` by SIGKILL. Runs as a bare script, without the packages of the project: it starts in milliseconds.
"""

import os
import signal
import sys
import time
from pathlib import Path

PATIENCE = 20.0  # seconds for each part


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # its end is the parent's end
    held: list[int] = []
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            held.append(pid)
        elif pid in held:
            held.remove(pid)
    for pid in reversed(held):
        end(pid)


def end(pid: int) -> None:
    if not _signalled(pid, signal.SIGTERM):
        return
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not is_alive(pid):
            return
        time.sleep(0.02)
    _signalled(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """A zombie is not: where nobody reaps orphans, it stays for ever."""
    if not _signalled(pid, 0):
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def _signalled(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
