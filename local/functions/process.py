"""One worker process as the host holds it: started, spoken to, ended.

It leads a process group of its own, so that whatever the app starts ends with it. Its output goes to its log.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from local.functions.messages import Answer, Broken, Call, Indexed, Stop

ROOT = Path(__file__).resolve().parents[2]  # what `python -m local…` must be able to import


class IndexingFailed(Exception):
    """The worker refuses the app. The text is the worker's own."""


class WorkerProcess:
    def __init__(self, app: Path, log: Path | None, level: int = logging.INFO) -> None:
        ours, theirs = Pipe()
        self._channel: Connection[Call | Stop, Indexed | Broken | Answer] = ours
        self._sending = threading.Lock()
        command = [sys.executable, "-u", "-m", "local.functions.worker"]
        command += ["--channel", str(theirs.fileno()), "--app", str(app.resolve()), "--level", str(level)]
        with theirs, _output(log) as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def index(self) -> Indexed:
        """Wait until the app is indexed. Raises IndexingFailed."""
        match self._receive():
            case Indexed() as indexed:
                return indexed
            case Broken(message):
                raise IndexingFailed(message)
            case _:
                raise IndexingFailed("The worker process ended while it imported function_app.py; see its log.")

    def send(self, message: Call | Stop) -> None:
        """Silent when the worker is gone: whoever reads `answers` learns it, and fails what was sent."""
        with self._sending, contextlib.suppress(OSError):
            self._channel.send(message)

    def answers(self) -> Iterator[Answer]:
        """Every answer until the worker ends."""
        while (answer := self._receive()) is not None:
            assert isinstance(answer, Answer)  # noqa: S101 - the protocol: one verdict, then answers
            yield answer

    def _receive(self) -> Indexed | Broken | Answer | None:
        try:
            return self._channel.recv()
        except (EOFError, OSError):
            return None

    def kill(self) -> None:
        """The worker and everything that it started, at once. The group outlives its leader: kill before reaping."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def reap(self) -> None:
        """After the end of the channel: leave neither a zombie nor a grandchild."""
        self.kill()
        self._process.wait()
        self._channel.close()


def _output(log: Path | None) -> BinaryIO:
    target = Path(os.devnull) if log is None else log
    return target.open("ab")
