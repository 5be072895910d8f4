"""How a trigger runs a function: one call, its outcome, one line in the journal."""

import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, TimeoutError

from local.functions.bindings import FunctionDescription
from local.functions.journal import Journal
from local.functions.messages import Call, Outcome, Payload
from local.functions.pool import WorkerPool


class Invoker:
    def __init__(self, pool: WorkerPool, journal: Journal) -> None:
        self._pool = pool
        self._journal = journal
        self._observers: list[Callable[[FunctionDescription], None]] = []

    def observe(self, ended: Callable[[FunctionDescription], None]) -> None:
        """Call `ended` with the function after each invocation. It must not block."""
        self._observers.append(ended)

    def start(
        self,
        function: FunctionDescription,
        payload: Payload,
        metadata: Mapping[str, str] | None = None,
        traceparent: str = "",
    ) -> "Future[Outcome]":
        """Run the function once. The future always gets an outcome, and never an exception."""
        invocation = str(uuid.uuid4())
        trace = traceparent or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        call = Call(invocation, function.id, function.trigger.name, payload, metadata or {}, trace)
        begun = time.monotonic()
        future = self._pool.submit(call)

        def ended(done: "Future[Outcome]") -> None:
            self._journal.invocation(function.name, invocation, time.monotonic() - begun, done.result())
            for observer in self._observers:
                observer(function)

        future.add_done_callback(ended)
        return future

    def run(
        self, function: FunctionDescription, payload: Payload, metadata: Mapping[str, str] | None = None
    ) -> Outcome:
        """`start`, and wait for the end: the pool bounds it by functionTimeout."""
        return self.start(function, payload, metadata).result()


def within(future: "Future[Outcome]", seconds: float) -> Outcome | None:
    """The outcome, or None when it takes longer; the function goes on."""
    try:
        return future.result(seconds)
    except TimeoutError:
        return None
