"""`greffe dead-letters` and `greffe replay`: what the queues and Event Grid gave up on, and how it comes back.

A replay is a hint like any other: the worker asks the source, so that one from months ago does no harm. A message
leaves its poison queue, and a dead letter its container, only after what it asks for is enqueued again.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from ingestion.adapters.build import BULK, DOCUMENTS, DRIVES, POISON, Services
from ingestion.adapters.dead_letters import DeadLetter
from ingestion.adapters.queues import Waiting
from ingestion.delivery import replayed
from ingestion.errors import Refuse
from ingestion.model import ChangeKind


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


def every(services: Services) -> Iterator[Letter]:
    """Poison messages (the first 32 of each queue) and Event Grid's dead letters."""
    for name in (DOCUMENTS, BULK, DRIVES):
        for message in services.queue(f"{name}{POISON}").peek():
            yield _of_message(name, message)
    for letter in services.dead_letters:
        yield _of_letter(services, letter)


def replay(services: Services, cabinet: str | None, *, dry_run: bool) -> Iterator[Letter]:
    """Bring back everything that was given up on, or what one cabinet has of it, and its parked documents."""
    for name in (DOCUMENTS, BULK, DRIVES):
        yield from _replay_poison(services, name, cabinet, dry_run=dry_run)
    yield from _replay_dead_letters(services, cabinet, dry_run=dry_run)
    if cabinet is not None:
        yield from _replay_parked(services, cabinet, dry_run=dry_run)


def _replay_poison(services: Services, name: str, cabinet: str | None, *, dry_run: bool) -> Iterator[Letter]:
    poison, queue = services.queue(f"{name}{POISON}"), services.queue(name)
    if dry_run:
        yield from (it for m in poison.peek() if cabinet in (None, (it := _of_message(name, m)).cabinet))
        return
    if not poison.depth():
        return
    for message in poison.drain(seconds=30):
        letter = _of_message(name, message)
        if cabinet not in (None, letter.cabinet) or not letter.document + letter.cabinet:
            continue  # another cabinet's, or none that we can read: it comes back to the poison queue by itself
        queue.send(replayed(message.change()))
        poison.acknowledge(message)
        yield letter


def _replay_dead_letters(services: Services, cabinet: str | None, *, dry_run: bool) -> Iterator[Letter]:
    for letter in services.dead_letters:
        told = _of_letter(services, letter)
        if cabinet in (None, told.cabinet):
            yield told if dry_run else _replay_dead_letter(services, letter, told)


def _replay_dead_letter(services: Services, letter: DeadLetter, told: Letter) -> Letter:
    """A letter with an event that is not ours, or not one, stays where it is, and says why."""
    try:
        for event in letter.events:
            services.intake.enqueue(event)
    except Refuse as refusal:
        return replace(told, reason=f"kept: {refusal.code}")
    if not letter.events:
        return replace(told, reason="kept: unreadable")
    services.dead_letters.remove(letter)
    return told


def _of_letter(services: Services, letter: DeadLetter) -> Letter:
    """Its events hold paths: what is shown is whose they are, by the ids that intake would give them."""
    cabinet = document = ""
    with suppress(Refuse):  # not ours: the replay says so
        changes = [it for event in letter.events for it in services.intake.changes(event)]
        cabinet = ", ".join(sorted({it.cabinet for it in changes}))
        document = ", ".join(sorted({it.document for it in changes}))
    return Letter("dead-letter", letter.name, letter.name, cabinet, document, ", ".join(letter.reasons), letter.since)


def _replay_parked(services: Services, cabinet_id: str, *, dry_run: bool) -> Iterator[Letter]:
    cabinet = services.registry.by_id(cabinet_id)
    if cabinet is None:
        raise Refuse("unknown_cabinet", f"there is no cabinet {cabinet_id}")
    active = cabinet.active
    for row in services.ledger.scan(active):
        if row.parked is None or row.erasure:
            continue
        if not dry_run:
            services.schedules.send(cabinet, row, ChangeKind.REPLAY)
        yield Letter("parked", active.name, row.document, cabinet.id, row.document, row.parked.reason, "")


def _of_message(queue: str, message: Waiting) -> Letter:
    since = message.inserted_at.isoformat(timespec="seconds") if message.inserted_at else ""
    where = f"{queue}{POISON}"
    try:
        change = message.change()
    except Refuse as unreadable:
        return Letter("poison", where, message.id, "", "", unreadable.code, since)
    return Letter("poison", where, message.id, change.cabinet, change.document, "gave_up", since)
