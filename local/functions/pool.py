"""The worker processes of the host: calls are spread over them, and each is replaced when it ends.

Every call that is submitted gets an outcome. A worker that ends, by a crash or because a call in it reached
`functionTimeout`, fails every call in it: Azure's host restarts the whole process too, so that a crash at any point is
normal life for the app. The pool never runs a call twice.
"""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from local.functions.host_json import HostSettings
from local.functions.journal import Journal
from local.functions.messages import Answer, Call, IndexedFunction, Outcome, Status, Stop
from local.functions.process import IndexingFailed, WorkerProcess

WATCH = 0.05  # seconds between two looks at the deadlines
STEADY = 10.0  # a worker that lived longer is replaced at once
BACKOFF = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds before the next one otherwise


@dataclass(slots=True)
class _Flight:
    process: WorkerProcess
    deadline: float  # monotonic
    future: "Future[Outcome]" = field(default_factory=Future)
    expired: bool = False


class WorkerPool:
    def __init__(self, app: Path, home: Path, size: int, settings: HostSettings, journal: Journal) -> None:
        self._app = app
        self._home = home
        self._level = settings.log_level
        self._timeout = float("inf") if settings.function_timeout is None else settings.function_timeout
        self._journal = journal
        self._stopping = threading.Event()
        self._changed = threading.Condition()  # guards what follows
        self._ready: dict[int, WorkerProcess] = {}
        self._flights: dict[str, _Flight] = {}
        self._slots = [_Slot(self, number) for number in range(1, size + 1)]
        self._watch = threading.Thread(target=self._expire, daemon=True)

    def start(self) -> tuple[IndexedFunction, ...]:
        """Start every worker and wait until each has indexed the app. Raises IndexingFailed, with none left."""
        for slot in self._slots:
            slot.start()
        try:
            indexes = [slot.first.result() for slot in self._slots]
        except IndexingFailed:
            self.stop(0.0)
            raise
        self._watch.start()
        return indexes[0]

    def submit(self, call: Call) -> "Future[Outcome]":
        """To the least busy worker; waits for one while none is ready. The future always gets an outcome."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._stopping.is_set())
            if not self._ready:
                return _done(Outcome(Status.CRASHED, "HostStopping"))
            process = self._next()
            flight = self._flights[call.invocation] = _Flight(process, time.monotonic() + self._timeout)
        process.send(call)
        return flight.future

    def _next(self) -> WorkerProcess:
        """The least busy worker; among equals, the one that waited longest."""
        busy = [flight.process for flight in self._flights.values()]
        number = min(self._ready, key=lambda one: busy.count(self._ready[one]))
        process = self._ready[number] = self._ready.pop(number)
        return process

    @property
    def pids(self) -> list[int]:
        with self._changed:
            return [process.pid for process in self._ready.values()]

    @property
    def in_flight(self) -> int:
        with self._changed:
            return len(self._flights)

    def stop(self, grace: float) -> None:
        """Let what runs finish for `grace` seconds, then end the workers: their calls fail."""
        with self._changed:
            self._stopping.set()
            processes = list(self._ready.values())
            self._changed.notify_all()
        for process in processes:
            process.send(Stop())
        give_up = time.monotonic() + grace
        for slot in self._slots:
            slot.end(give_up - time.monotonic())

    # What the slots report, each from its own thread.

    def open(self, number: int) -> WorkerProcess:
        return WorkerProcess(self._app, self._home / f"worker-{number}.log", self._level)

    def stopping(self, seconds: float) -> bool:
        """Whether the pool stops, now or within `seconds`."""
        return self._stopping.wait(seconds)

    def joined(self, number: int, process: WorkerProcess) -> None:
        with self._changed:
            self._ready[number] = process
            self._changed.notify_all()
        self._journal.event(f"worker {number} ready, pid {process.pid}")

    def answered(self, answer: Answer) -> None:
        with self._changed:
            flight = self._flights.pop(answer.invocation, None)
        if flight is not None:
            status = Status.SUCCEEDED if answer.error is None else Status.FAILED
            flight.future.set_result(Outcome(status, answer.error, answer.value))

    def lost(self, number: int, process: WorkerProcess) -> None:
        with self._changed:
            self._ready.pop(number, None)
            gone = {key: flight for key, flight in self._flights.items() if flight.process is process}
            for key in gone:
                del self._flights[key]
        self._journal.event(f"worker {number} ended with {len(gone)} invocations in it")
        for flight in gone.values():
            status = Status.TIMED_OUT if flight.expired else Status.CRASHED
            error = "FunctionTimeout" if flight.expired else "WorkerProcessExit"
            flight.future.set_result(Outcome(status, error))

    def refused(self, number: int) -> None:
        self._journal.event(f"worker {number} cannot index the app any more; see worker-{number}.log")

    def _expire(self) -> None:
        while not self._stopping.wait(WATCH):
            for process in self._overdue():
                self._journal.event(f"functionTimeout reached: worker pid {process.pid} is restarted")
                process.kill()

    def _overdue(self) -> Iterable[WorkerProcess]:
        now = time.monotonic()
        with self._changed:
            late = [one for one in self._flights.values() if one.deadline <= now and not one.expired]
            for flight in late:
                flight.expired = True
        return {flight.process.pid: flight.process for flight in late}.values()


class _Slot:
    """One place in the pool: a process after the other, and the thread that reads its answers."""

    def __init__(self, pool: WorkerPool, number: int) -> None:
        self._pool = pool
        self._number = number
        self._process: WorkerProcess | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.first: Future[tuple[IndexedFunction, ...]] = Future()

    def start(self) -> None:
        self._thread.start()

    def end(self, grace: float) -> None:
        """Wait for the thread, which ends with its process; help the process after `grace` seconds."""
        self._thread.join(max(grace, 0.0))
        while self._thread.is_alive():
            if self._process is not None:
                self._process.kill()
            self._thread.join(WATCH)

    def _run(self) -> None:
        short_lives = 0
        while not self._pool.stopping(BACKOFF[min(short_lives, len(BACKOFF) - 1)]):
            born = time.monotonic()
            self._live()
            if self.first.exception() is not None:
                return
            short_lives = 0 if time.monotonic() - born > STEADY else short_lives + 1

    def _live(self) -> None:
        """From the start of a process to its end."""
        process = self._process = self._pool.open(self._number)
        try:
            self._index(process)
            for answer in process.answers():
                self._pool.answered(answer)
            self._pool.lost(self._number, process)
        except IndexingFailed as error:
            self._refuse(error)
        finally:
            process.reap()

    def _index(self, process: WorkerProcess) -> None:
        functions = process.index().functions
        self._pool.joined(self._number, process)
        if not self.first.done():
            self.first.set_result(functions)

    def _refuse(self, error: IndexingFailed) -> None:
        if self.first.done():
            self._pool.refused(self._number)
        else:
            self.first.set_exception(error)


def _done(outcome: Outcome) -> "Future[Outcome]":
    future: Future[Outcome] = Future()
    future.set_result(outcome)
    return future
