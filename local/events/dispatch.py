"""The engine of the local Event Grid: takes what is due from the store, delivers it, and settles each outcome.

At least once: a delivery leaves the store only after the webhook's answer. Never more than `SLOTS` calls to one
subscription at a time, so that an endpoint which hangs cannot hold up another's events.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from itertools import batched
from queue import SimpleQueue
from typing import Protocol

from local.client import Answer, Unreachable
from local.events import dead_letters, retries
from local.events.schemas import Event
from local.events.store import Delivery, New, Store
from local.events.subscriptions import Subscription
from local.events.webhook import Webhook

SLOTS = 16  # calls in flight to one subscription
THREADS = 40  # two subscriptions at their full, and room for dead letters
STOP_SECONDS = 2.0  # that calls in flight have when Event Grid ends
IDLE = 0.5  # seconds: the longest sleep, should a wake-up be missed
DEAD_LETTERS_PER_BLOB = 100

Clock = Callable[[], float]
Task = Callable[[], None]


class Letters(Protocol):
    """Where dead letters are written. May raise Unreachable."""

    def put_blob(self, container: str, name: str, body: bytes) -> Answer: ...


class Dispatcher:
    def __init__(
        self, store: Store, letters: Letters, clock: Clock = time.time, on_bug: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._letters = letters
        self._clock = clock
        self._on_bug = on_bug
        self._switches = store.switches()
        self._weather = random.Random(self._switches.seed)  # noqa: S311 - no secrets are drawn here
        self._jitter = random.Random()  # noqa: S311 - of its own: threads draw from it in no order
        self._webhooks: dict[Subscription, tuple[float, Webhook]] = {}
        self._flying: dict[str, set[int]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        loops = (self._dispatch, *[self._work] * THREADS)
        self._threads = [threading.Thread(target=self._guard, args=(loop,), daemon=True) for loop in loops]

    def start(self) -> "Dispatcher":
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Bounded: a webhook that hangs must not hold up the end. What it owes stays in the store."""
        self._stopped.set()
        self._wake.set()
        for _ in range(THREADS):
            self._tasks.put(None)
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for _, webhook in self._webhooks.values():
            webhook.close()

    def reload(self) -> None:
        """After a switch was turned."""
        self._switches = self._store.switches()
        self._weather = random.Random(self._switches.seed)  # noqa: S311
        self._wake.set()

    def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Durable when it returns. The weather is drawn here, in publishing order, so a seed repeats it."""
        subscriptions = [it for it in self._store.subscriptions() if it.topic == topic]
        kept: list[New] = []
        lost = 0
        with self._lock:
            for event in events:
                for subscription in (it for it in subscriptions if it.wants(event)):
                    if self._weather.random() < self._switches.loss_share:
                        lost += 1
                        continue
                    twice = self._weather.random() < self._switches.duplicate_share
                    kept += [self._new(subscription, event) for _ in range(2 if twice else 1)]
        self._store.keep(kept, lost=lost)
        self._wake.set()

    def _new(self, subscription: Subscription, event: Event) -> New:
        now, switches = self._clock(), self._switches
        life = subscription.policy.minutes_to_live * retries.MINUTE / switches.time_scale
        held_back = switches.delay_seconds + self._weather.uniform(0, switches.disorder_seconds)
        text = event.written(subscription.schema)
        return New(subscription.name, text, published=now, expires=now + life, due=now + held_back)

    def _guard(self, loop: Task) -> None:
        """A loop that breaks is a bug. Half an Event Grid would accept and not deliver: end the whole of it."""
        try:
            loop()
        except BaseException:
            self._on_bug()
            raise

    def _dispatch(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            now = self._clock()
            for subscription in self._store.subscriptions():
                self._take_due(subscription, now)
                self._take_dead(subscription, now)
            upcoming = self._store.next_due(now)
            pause = IDLE if upcoming is None else max(0.0, min(IDLE, upcoming - self._clock()))
            self._wake.wait(pause)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None and not self._stopped.is_set():
            task()
            self._wake.set()

    def _take_due(self, subscription: Subscription, now: float) -> None:
        aloft = self._aloft(subscription.name)
        free = SLOTS * subscription.batch - len(aloft)
        if free <= 0:
            return
        due = self._store.due(subscription.name, now, free + len(aloft))
        for group in batched([it for it in due if it.id not in aloft][:free], subscription.batch, strict=False):
            self._take(subscription.name, group, partial(self._attempt, subscription, group))

    def _take_dead(self, subscription: Subscription, now: float) -> None:
        lane = f"{subscription.name}/dead"
        if self._aloft(lane):
            return  # one blob at a time
        due = self._store.due_dead_letters(subscription.name, now, DEAD_LETTERS_PER_BLOB)
        if due:
            self._take(lane, due, partial(self._bury, subscription, due))

    def _aloft(self, lane: str) -> set[int]:
        with self._lock:
            return set(self._flying.setdefault(lane, set()))

    def _take(self, lane: str, group: Sequence[Delivery], task: Task) -> None:
        ids = {it.id for it in group}
        with self._lock:
            self._flying[lane] |= ids
        self._tasks.put(partial(self._carry_out, lane, ids, task))

    def _carry_out(self, lane: str, ids: set[int], task: Task) -> None:
        task()
        with self._lock:
            self._flying[lane] -= ids

    def _attempt(self, subscription: Subscription, group: Sequence[Delivery]) -> None:
        """Time to live is looked at when a try is due, and not between two: as Azure does."""
        started = self._clock()
        expired = [it for it in group if it.attempts and it.expires <= started]
        for delivery in expired:
            self._give_up(subscription, delivery, "TimeToLiveExceeded")
        living = [it for it in group if it not in expired]
        if not living:
            return
        reply = self._webhook(subscription).deliver(living)
        if reply.status in retries.DELIVERED:
            self._store.done([it.id for it in living], "delivered")
            return
        outcome = reply.outcome or retries.outcome(reply.status or 0)
        for delivery in living:
            self._settle_failure(subscription, delivery, reply.status, outcome, started)

    def _settle_failure(
        self, subscription: Subscription, delivery: Delivery, status: int | None, outcome: str, attempted: float
    ) -> None:
        attempts = delivery.attempts + 1
        reason = retries.verdict(attempts, status, subscription.policy)
        if reason is not None and subscription.dead_letters is None:
            self._store.done([delivery.id], "dropped")
            return
        pause = retries.pause(attempts, status, self._jitter.random()) if reason is None else retries.DEAD_LETTER_DELAY
        due = self._clock() + pause / self._switches.time_scale
        self._store.postpone(delivery, due=due, attempted=attempted, outcome=outcome, reason=reason)

    def _give_up(self, subscription: Subscription, delivery: Delivery, reason: str) -> None:
        if subscription.dead_letters is None:
            self._store.done([delivery.id], "dropped")
            return
        due = self._clock() + retries.DEAD_LETTER_DELAY / self._switches.time_scale
        self._store.give_up(delivery, due=due, reason=reason)

    def _bury(self, subscription: Subscription, due: Sequence[Delivery]) -> None:
        now = self._clock()
        if subscription.dead_letters is None:  # it had a container when these were given up
            self._store.done([it.id for it in due], "dropped")
            return
        name = dead_letters.blob_name(subscription.name, now, uuid.uuid4())
        body = dead_letters.body(due, subscription.schema)
        try:
            status = self._letters.put_blob(subscription.dead_letters, name, body).status
        except Unreachable:
            status = 503
        if status == 201:
            self._store.done([it.id for it in due], "dead_lettered")
        else:
            self._wait_or_drop(due, status, now)

    def _wait_or_drop(self, due: Sequence[Delivery], status: int, now: float) -> None:
        """A container that is not there drops the event at once; one that does not answer, after four hours."""
        patience = retries.DEAD_LETTER_PATIENCE / self._switches.time_scale
        for delivery in due:
            if status == 404 or now > (delivery.attempted or delivery.published) + patience:
                self._store.done([delivery.id], "dropped")
            else:
                later = now + retries.DEAD_LETTER_PAUSE / self._switches.time_scale
                self._store.give_up(delivery, due=later, reason=delivery.reason or "")

    def _webhook(self, subscription: Subscription) -> Webhook:
        seconds = self._switches.answer_seconds
        held = self._webhooks.get(subscription)
        if held is None or held[0] != seconds:
            held = (seconds, Webhook(subscription, answer_seconds=seconds))
            self._webhooks[subscription] = held
        return held[1]
