"""Extraction in a process that can be killed: a hostile file ends itself, never the worker.

One helper (`child.py`) imports the readers once and forks a confined child per document: no memory beyond the limit, no
writing, no network, no other process, a wall clock that this side keeps. Promises: every call ends, with parts or with
a typed `Park`; documents may be in flight at once from several threads; a dead helper is replaced at the next call; the
helper never outlives this process. It must never fork this process (a gRPC worker) and never log what a child said.
"""

import itertools
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from chunking.blocks import Part
from ingestion.errors import Park, ParkReason, Retry
from ingestion.extraction.answer import END_SECONDS, MOST_WAYS, Listener, Outcome
from ingestion.extraction.child import READY, limits_as_json
from ingestion.extraction.limits import Limits
from ingestion.extraction.scans import SMALLEST_SCAN, Extracted, Notebook, ScanOrder
from ingestion.extraction.slots import Slot, Slots

_START_SECONDS = 60.0  # for the helper's imports: 1 s on an idle machine, far more on one that is starting up
_WHATEVER_IS_THERE = ScanOrder()
_SHARE = 0.5  # of the time left goes to a try that has another one after it
_LONGEST_NAME = 1_000
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class _Document:
    """What every try at one document is given."""

    descriptor: int
    name: str
    order: ScanOrder
    notebook: Notebook

    def request(self, number: int, attempt: int) -> bytes:
        return json.dumps({
            "do": "read", "document": number, "name": self.name, "attempt": attempt,
            "recognise": self.order.recognise, "originals": self.order.originals,
        }).encode()  # fmt: skip

    @contextmanager
    def known_pages(self) -> Iterator[list[int]]:
        """A descriptor with the pages that were recognised before; none where there are none."""
        if not self.notebook.pages:
            yield []
            return
        with _shared(json.dumps(self.notebook.pages).encode()) as pages:
            yield [pages]


class Sandbox:
    """`slots` documents at once, others wait; each may take `limits.memory_bytes`, as may a long scan beside them."""

    def __init__(self, limits: Limits, *, slots: int = 2) -> None:
        self._limits = limits
        self._slots = Slots(slots)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._helper: _Helper | None = None
        self._closed = False

    def extract(self, data: bytes, name: str) -> tuple[Part, ...]:
        """The document's parts. Park with a typed reason; Retry when no helper can be started."""
        return self.read(data, name).parts

    def read(self, data: bytes, name: str, order: ScanOrder = _WHATEVER_IS_THERE) -> Extracted:
        """As `extract`, with scans as ordered. Busy when a long one, whose pages are kept, has had its turn."""
        if not data:
            raise Park(ParkReason.EMPTY)
        if len(data) > self._limits.document_bytes:
            raise Park(ParkReason.TOO_LARGE)
        kept = order.kept if len(data) >= SMALLEST_SCAN else None
        notebook = Notebook(kept, self._limits.ocr_pages)
        with self._slots.taken() as slot, _shared(data) as document:
            return self._in_turn(_Document(document, name[-_LONGEST_NAME:], order, notebook), slot)

    def close(self) -> None:
        """Ends the helper and whatever it runs."""
        with self._lock:
            self._closed = True
            if self._helper is not None:
                self._helper.stop()
                self._helper = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def helper_pid(self) -> int | None:
        """For operators and tests; None before the first document."""
        helper = self._helper
        return helper.pid if helper is not None and helper.alive else None

    def _in_turn(self, document: _Document, slot: Slot) -> Extracted:
        """One way of reading after the other, until one answers or the time is up."""
        deadline = time.monotonic() + self._limits.wall_seconds
        outcome = Outcome(reason=ParkReason.TIMED_OUT, final=False)
        for attempt in range(MOST_WAYS):
            left = deadline - time.monotonic()
            if left <= 0.05:
                break
            last = attempt > 0 and attempt + 1 >= outcome.ways
            seconds = left if last else left * _SHARE
            outcome = self._try(document, attempt, seconds, slot)
            if outcome.orphaned:  # once: a document that kills the helper itself must not do so for ever
                outcome = self._try(document, attempt, seconds, slot)
            if outcome.reason is None:
                return Extracted(outcome.parts, outcome.originals)
            if outcome.final or attempt + 1 >= outcome.ways:
                break
        raise Park(outcome.reason or ParkReason.MALFORMED)

    def _try(self, document: _Document, attempt: int, seconds: float, slot: Slot) -> Outcome:
        answer, answer_end = os.pipe()
        ended, ended_end = os.pipe()
        number = next(self._numbers)
        helper = None
        try:
            try:
                with document.known_pages() as known:
                    descriptors = [document.descriptor, answer_end, ended_end, *known]
                    helper = self._send(document.request(number, attempt), descriptors)
            finally:
                os.close(answer_end)
                os.close(ended_end)
            deadline = time.monotonic() + seconds
            return Listener(self._limits, answer, ended, deadline, slot, document.notebook).outcome()
        finally:
            if helper is not None:
                helper.kill(number)
            os.close(answer)
            os.close(ended)

    def _send(self, request: bytes, descriptors: list[int]) -> "_Helper":
        for _ in range(2):
            helper = self._living()
            if helper.send(request, descriptors):
                return helper
        raise Retry("sandbox_unavailable", "The sandbox's helper does not stay alive; look at the instance's memory.")

    def _living(self) -> "_Helper":
        with self._lock:
            if self._closed:
                raise Retry("sandbox_closed", "The sandbox is closed: this worker is shutting down.")
            if self._helper is None or not self._helper.alive:
                if self._helper is not None:
                    self._helper.stop()
                self._helper = _Helper(self._limits)
            return self._helper


class _Helper:
    """The process, held by a thread of its own: Linux ties "die with your parent" to the thread that started it."""

    def __init__(self, limits: Limits) -> None:
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._started = threading.Event()
        self._gone = threading.Event()
        threading.Thread(target=self._hold, name="extraction-helper", daemon=True).start()
        self._started.wait(_START_SECONDS)
        self._wait_until_ready()

    @property
    def alive(self) -> bool:
        return not self._gone.is_set()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def send(self, request: bytes, descriptors: list[int]) -> bool:
        try:
            socket.send_fds(self._ours, [request], descriptors)
        except OSError:
            self._gone.wait(END_SECONDS)
            return False
        return True

    def kill(self, number: int) -> None:
        """Ends the document's child, if it has not ended by itself."""
        self.send(json.dumps({"do": "kill", "document": number}).encode(), [])

    def stop(self) -> None:
        self._ours.close()
        if not self._gone.wait(END_SECONDS) and self._process is not None:
            self._process.kill()
            self._gone.wait(END_SECONDS)

    def _hold(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingestion.extraction.child", str(self._theirs.fileno()), str(os.getpid()),
                 limits_as_json(self._limits)],
                pass_fds=[self._theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=_environment(), cwd="/", start_new_session=True,
            )  # fmt: skip
        finally:
            self._theirs.close()
            self._started.set()
            if self._process is not None:
                self._process.wait()
            self._gone.set()

    def _wait_until_ready(self) -> None:
        ready, _, _ = select.select([self._ours], [], [], _START_SECONDS)
        if not ready or self._ours.recv(len(READY)) != READY:
            self.stop()
            raise Retry("sandbox_unavailable", "The sandbox's helper does not start; look at the instance's memory.")


def _environment() -> dict[str, str]:
    """Nothing of ours but where modules and language data lie: settings hold secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX") if name in os.environ}
    places = [str(_ROOT), *(place for place in sys.path if place)]
    return kept | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(places)), "PYTHONDONTWRITEBYTECODE": "1",
                   "LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1", "MALLOC_ARENA_MAX": "2"}  # fmt: skip


@contextmanager
def _shared(data: bytes) -> Iterator[int]:
    """The document as a descriptor that a child can read: in memory where the system has that."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("document")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        yield descriptor
    finally:
        os.close(descriptor)
