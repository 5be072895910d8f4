"""A part of the local cloud as a process: started, awaited, stopped, killed. One log each.

A part says `{"url": …}` on one line of its output when it listens; everything it says goes to its log.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

START_SECONDS = 60.0  # a cold disk and two busy cores; ordinarily under 3
STOP_SECONDS = 15.0  # running functions have 10
# NumPy's threads spin while they wait for each other: on busy cores a product of 0.05 ms then takes 8.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class PartFailed(RuntimeError):
    """A part did not start. The message names it and its log."""


class Part(Protocol):
    """What the cloud needs of a part: `launch` returns at once, `wait_ready` when it listens."""

    @property
    def pid(self) -> int | None: ...

    @property
    def is_running(self) -> bool: ...

    def launch(self) -> None: ...

    def wait_ready(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...


class Process:
    """A module of `local` that takes the arguments of `local/server.py`."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = [sys.executable, "-m", f"local.{name}", *arguments]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0  # where this start begins in the log

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._from = output.tell()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **ONE_THREAD, **self._environment, "PYTHONUNBUFFERED": "1"},
                cwd=Path(__file__).parent.parent,
                start_new_session=True,  # Ctrl-C is for the cloud, which then stops its parts in order
            )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._said_url():
            if not self.is_running:
                raise PartFailed(f"{self.name} ended while starting{self._last_words()} See {self.log}.")
            if time.monotonic() > deadline:
                raise PartFailed(f"{self.name} does not listen after {START_SECONDS:.0f} s. See {self.log}.")
            time.sleep(0.01)

    def stop(self) -> None:
        """SIGTERM, and after a bounded time SIGKILL: every part keeps its state so that it may be killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _said_url(self) -> bool:
        return any(_is_ready(line) for line in self._said().splitlines())

    def _said(self) -> bytes:
        with self.log.open("rb") as said:
            said.seek(self._from)
            return said.read()

    def _last_words(self) -> str:
        lines = self._said().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f": {last[:300]}" if last else "."


def _is_ready(line: bytes) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and "url" in said


class Leash:
    """Holds the parts' ids where the end of this process is noticed: see `local/leash.py`.

    It holds `lock` too, for as long as a part may live: nobody else starts on this home before.
    """

    def __init__(self, lock: IO[str]) -> None:
        self._lock = lock

    def __enter__(self) -> "Leash":
        script = Path(__file__).parent / "leash.py"
        command = [sys.executable, "-I", "-S", str(script)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, text=True, start_new_session=True, pass_fds=[self._lock.fileno()]
        )
        return self

    def hold(self, pid: int | None) -> None:
        self._tell("+", pid)

    def release(self, pid: int | None) -> None:
        self._tell("-", pid)

    def _tell(self, sign: str, pid: int | None) -> None:
        if pid is not None and self._process.stdin is not None:
            self._process.stdin.write(f"{sign}{pid}\n")
            self._process.stdin.flush()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Whatever was not released is ended now."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
