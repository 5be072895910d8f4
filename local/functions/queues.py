"""Queue triggers: storage queues polled and drained as Microsoft's queue extension does it.

At least once: a message is deleted only after its function succeeded. While it runs, its invisibility is renewed, so
that a second delivery means that this host died or lost the queue. A failure makes it visible again after
`visibilityTimeout`; after `maxDequeueCount` tries it moves to `<queue>-poison`. A message that does not decode moves
there unseen by the function. Nothing of a message is ever logged.
"""

import base64
import binascii
import contextlib
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage

from local.functions.bindings import FunctionDescription
from local.functions.host_json import QueueSettings
from local.functions.invoker import Invoker
from local.functions.journal import Journal
from local.functions.messages import Json, Payload, Raw, Text
from local.functions.pace import Pace

RENEWAL_WATCH = 0.1  # seconds between two looks at which leases are due
NUDGE_BY_QUEUE = 1.0  # seconds: a queue function may have enqueued something, under load many times a second
NUDGE_BY_OTHERS = 0.1  # seconds: an event, a request or a timer usually has
POISON = "-poison"
LONGEST_NAME = 63


class Undecodable(Exception):
    """The text of the message is not what `messageEncoding` announces."""


@dataclass(slots=True)
class _Held:
    """A message between its receipt and its end. The receipt changes with every renewal."""

    message: QueueMessage
    renewed: float  # monotonic
    lock: threading.Lock = field(default_factory=threading.Lock)
    open: bool = True  # False once it is deleted, released or lost

    @property
    def receipt(self) -> str:
        return str(self.message.pop_receipt)


class QueueListener:
    """One queue-triggered function. `lease` is how many seconds a message stays with a host that died."""

    def __init__(
        self,
        function: FunctionDescription,
        queue: QueueClient,
        poison: QueueClient | None,
        *,
        settings: QueueSettings,
        invoker: Invoker,
        journal: Journal,
        lease: int,
    ) -> None:
        self._function = function
        self._queue = queue
        self._poison = poison
        self._settings = settings
        self._invoker = invoker
        self._journal = journal
        self._lease = lease
        self._pace = Pace(settings.max_polling_interval)
        self._running: dict[str, _Held] = {}
        self._changed = threading.Condition()
        width = settings.batch_size + settings.new_batch_threshold
        self._executor = ThreadPoolExecutor(width, thread_name_prefix=function.name)
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._poll, self._renew)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Receive no more. What was received goes on."""
        self._pace.stop()
        with self._changed:
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for what was received: the pool bounds it."""
        self._threads[0].join()
        self._executor.shutdown()
        self._threads[1].join()

    def ended(self, function: FunctionDescription) -> None:
        """Some function ended, here or elsewhere in this host: it may have sent a message to this queue."""
        if function is not self._function:
            self._pace.nudge(NUDGE_BY_QUEUE if function.trigger_type == "queueTrigger" else NUDGE_BY_OTHERS)

    def _poll(self) -> None:
        while self._pace.wait():
            self._wait_for_room()
            try:
                received = self._receive()
            except AzureError as error:
                self._journal.event(f"queue of {self._function.name} does not answer: {type(error).__name__}")
                self._pace.unreachable()
                continue
            if received:
                self._pace.found()
            else:
                self._pace.empty()

    def _wait_for_room(self) -> None:
        threshold = self._settings.new_batch_threshold
        with self._changed:
            self._changed.wait_for(lambda: len(self._running) <= threshold or self._pace.stopped)

    def _receive(self) -> bool:
        """Take a batch and start it. A queue that does not exist is an empty one."""
        if self._pace.stopped:
            return False
        try:
            page = self._queue.receive_messages(
                messages_per_page=self._settings.batch_size, visibility_timeout=self._lease
            ).by_page()
            messages = list(next(page, ()))
        except ResourceNotFoundError:
            return False
        for message in messages:
            held = _Held(message, time.monotonic())
            with self._changed:
                self._running[message.id] = held
            self._executor.submit(self._process, held)
        return bool(messages)

    def _process(self, held: _Held) -> None:
        try:
            self._settle(held)
        except AzureError as error:  # the message comes back by itself when its lease ends
            self._journal.event(f"message of {self._function.name} not settled: {type(error).__name__}")
        finally:
            with self._changed:
                self._running.pop(held.message.id, None)
                self._changed.notify_all()

    def _settle(self, held: _Held) -> None:
        tries, limit = held.message.dequeue_count or 1, self._settings.max_dequeue_count
        try:
            payload = decoded(held.message.content, base64_expected=self._settings.base64)
        except Undecodable:
            self._give_up(held, "not decoded")
            return
        if tries > limit:
            self._give_up(held, "tried often enough")
            return
        outcome = self._invoker.run(self._function, payload, metadata(held.message, payload))
        if outcome.succeeded:
            self._delete(held)
        elif tries >= limit and not self._pace.stopped:  # a host that stops is not the message's fault
            self._give_up(held, "tried often enough")
        else:
            self._release(held)

    def _delete(self, held: _Held) -> None:
        with held.lock, contextlib.suppress(ResourceNotFoundError):  # another delivery ended first
            held.open = False
            self._queue.delete_message(held.message.id, held.receipt)

    def _release(self, held: _Held) -> None:
        with held.lock, contextlib.suppress(ResourceNotFoundError):
            held.open = False
            delay = round(self._settings.visibility_timeout)
            self._queue.update_message(held.message.id, held.receipt, visibility_timeout=delay)

    def _give_up(self, held: _Held, why: str) -> None:
        """To the poison queue. A poison queue has none itself: its message is left to its lease."""
        self._journal.event(f"message {held.message.id} of {self._function.name} is poison: {why}")
        if self._poison is None:
            return
        try:
            self._poison.send_message(held.message.content)
        except ResourceNotFoundError:
            with contextlib.suppress(ResourceExistsError):
                self._poison.create_queue()
            self._poison.send_message(held.message.content)
        self._delete(held)

    def _renew(self) -> None:
        """Until nothing runs any more: also while the host drains."""
        while self._threads[0].is_alive() or self._running:
            time.sleep(RENEWAL_WATCH)
            with self._changed:
                held = list(self._running.values())
            for one in held:
                self._renew_one(one)

    def _renew_one(self, held: _Held) -> None:
        if time.monotonic() - held.renewed < self._lease / 2:
            return
        with held.lock:
            if not held.open:
                return
            try:
                updated = self._queue.update_message(held.message.id, held.receipt, visibility_timeout=self._lease)
            except HttpResponseError as error:
                held.open = error.status_code is not None and error.status_code >= 500
                self._journal.event(f"lease of {self._function.name} not renewed: {type(error).__name__}")
                return
            held.message.pop_receipt = updated.pop_receipt
            held.renewed = time.monotonic()


def decoded(content: str, *, base64_expected: bool) -> Payload:
    """The message as the function gets it: text where it is UTF-8, bytes otherwise. Raises Undecodable."""
    if not base64_expected:
        return Text(content)
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Undecodable from None
    try:
        return Text(data.decode())
    except UnicodeDecodeError:
        return Raw(data)


def metadata(message: QueueMessage, payload: Payload) -> Mapping[str, str]:
    """What the real host sends along, each as a JSON text."""
    values: dict[str, object] = {
        "Id": message.id,
        "DequeueCount": message.dequeue_count,
        "PopReceipt": message.pop_receipt,
        "ExpirationTime": _iso(message.expires_on),
        "InsertionTime": _iso(message.inserted_on),
        "NextVisibleTime": _iso(message.next_visible_on),
        "QueueTrigger": payload.text if isinstance(payload, Text | Json) else None,
    }
    return {name: json.dumps(value) for name, value in values.items()}


def _iso(moment: datetime | None) -> str | None:
    """With a fraction or without, as the worker's parser wants it: `…T10:00:00+00:00`."""
    return None if moment is None else moment.replace(microsecond=0).isoformat()


def poison_name(queue: str) -> str | None:
    """None for a poison queue itself, and where the name would be too long."""
    name = queue + POISON
    return None if queue.endswith(POISON) or len(name) > LONGEST_NAME else name
