"""`greffe dead-letters` and `greffe replay`: what the queues and Event Grid gave up on, and how it comes back.

A replay is a hint like any other: the worker asks the source, so that one from months ago does no harm. A message
leaves its poison queue, and a dead letter its container, only after what it asks for is enqueued again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ingestion.adapters.build import BULK, DOCUMENTS, DRIVES, POISON, Services
from ingestion.adapters.dead_letters import DeadLetter
from ingestion.adapters.queues import Waiting
from ingestion.delivery import replayed
from ingestion.errors import Refuse, Retry
from ingestion.model import Cabinet, Change, ChangeKind, DocumentId, IndexState

GAVE_UP = "gave_up"
KEPT = "kept: "
LOST_KEY = ("key_unavailable", "key_mismatch")  # of a firm that left, as a rule: its letters stop nobody else's
HIDDEN = 300  # seconds that a message is out of others' sight while a replay goes through its queue


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing that was given up on. Ids and codes only."""

    kind: str  # poison, dead-letter or parked
    where: str  # queue, blob or index
    id: str
    cabinet: str
    document: str
    reason: str
    since: str

    @property
    def kept(self) -> bool:
        """A replay could do nothing with it, and left it where it is."""
        return self.reason.startswith(KEPT)


def every(services: Services) -> Iterator[Letter]:
    """Poison messages (the first 32 of each queue) and Event Grid's dead letters."""
    for name in (DOCUMENTS, BULK, DRIVES):
        for message in services.queue(f"{name}{POISON}").peek():
            yield _of_message(name, message)
    for letter in services.dead_letters:
        yield _of_letter(services, letter)


def replay(services: Services, cabinet: Cabinet | None, *, dry_run: bool) -> Iterator[Letter]:
    """Bring back everything that was given up on, or what one cabinet has of it, and its parked documents."""
    whose = cabinet.id if cabinet else None
    for name in (DOCUMENTS, BULK, DRIVES):
        yield from _would_replay(services, name, whose) if dry_run else _replay_poison(services, name, whose)
    yield from _replay_dead_letters(services, whose, dry_run=dry_run)
    if cabinet is not None:
        yield from _replay_parked(services, cabinet, dry_run=dry_run)


def _would_replay(services: Services, name: str, cabinet: str | None) -> Iterator[Letter]:
    for message in services.queue(f"{name}{POISON}").peek():
        letter = _of_message(name, message)
        if cabinet in (None, letter.cabinet):
            yield letter if letter.reason == GAVE_UP else _kept(letter, letter.reason)


def _replay_poison(services: Services, name: str, cabinet: str | None) -> Iterator[Letter]:
    """As many as there are now, once: what fails again meanwhile, or comes round again, is for the next call."""
    poison, queue = services.queue(f"{name}{POISON}"), services.queue(name)
    seen, left = set[str](), list[Waiting]()
    try:
        for message in islice(poison.drain(seconds=HIDDEN), poison.depth()):
            letter = _of_message(name, message)
            if message.id in seen or cabinet not in (None, letter.cabinet):
                left.append(message)
            elif letter.reason != GAVE_UP:
                left.append(message)
                yield _kept(letter, letter.reason)
            else:
                queue.send(replayed(message.change()))
                poison.acknowledge(message)
                yield letter
            seen.add(message.id)
    finally:
        for message in left:
            poison.release(message)


def _replay_dead_letters(services: Services, cabinet: str | None, *, dry_run: bool) -> Iterator[Letter]:
    for letter in services.dead_letters:
        told = _of_letter(services, letter)
        if cabinet is None or cabinet in told.cabinet.split(", "):  # a file may hold events of several
            yield told if dry_run else _replay_dead_letter(services, letter, told)


def _replay_dead_letter(services: Services, letter: DeadLetter, told: Letter) -> Letter:
    """A letter with an event that is not ours, or not one, stays where it is, and says why."""
    if not letter.events:
        return _kept(told, "unreadable")
    try:
        for event in letter.events:
            services.intake.enqueue(event)
    except (Refuse, Retry) as failure:
        if not _is_its_own(failure):
            raise
        return _kept(told, failure.code)
    services.dead_letters.remove(letter)
    return told


def _of_letter(services: Services, letter: DeadLetter) -> Letter:
    """Its events hold paths: what is shown is whose they are, by the ids that intake would give them."""
    changes = _changes(services, letter)
    cabinet = ", ".join(sorted({it.cabinet for it in changes}))
    document = ", ".join(sorted({it.document for it in changes}))
    return Letter("dead-letter", letter.name, letter.name, cabinet, document, ", ".join(letter.reasons), letter.since)


def _changes(services: Services, letter: DeadLetter) -> list[Change]:
    """None where an event is not ours, or its cabinet's key is gone: the replay says so. One letter stops no other."""
    try:
        return [it for event in letter.events for it in services.intake.changes(event)]
    except (Refuse, Retry) as failure:
        if not _is_its_own(failure):
            raise
        return []


def _is_its_own(failure: Refuse | Retry) -> bool:
    """Whether it keeps this letter alone: an event that is not ours, or a cabinet whose key is gone."""
    return isinstance(failure, Refuse) or failure.code in LOST_KEY


def _replay_parked(services: Services, cabinet: Cabinet, *, dry_run: bool) -> Iterator[Letter]:
    """Of the index that answers and of the one that is being built, each document once: one message reaches both."""
    sent = set[DocumentId]()
    for index in cabinet.indexes:
        if index.state is IndexState.RETIRING:
            continue
        for row in services.ledger.scan(index):
            if row.parked is None or row.erasure or row.document in sent:
                continue
            sent.add(row.document)
            if not dry_run:
                services.schedules.send(cabinet, row, ChangeKind.REPLAY)
            yield Letter("parked", index.name, row.document, cabinet.id, row.document, row.parked.reason, "")


def _kept(letter: Letter, why: str) -> Letter:
    return replace(letter, reason=f"{KEPT}{why}")


def _of_message(queue: str, message: Waiting) -> Letter:
    since = message.inserted_at.isoformat(timespec="seconds") if message.inserted_at else ""
    where = f"{queue}{POISON}"
    try:
        change = message.change()
    except Refuse as unreadable:
        return Letter("poison", where, message.id, "", "", unreadable.code, since)
    return Letter("poison", where, message.id, change.cabinet, change.document, GAVE_UP, since)
