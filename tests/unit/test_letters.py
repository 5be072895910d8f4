"""What was given up on, brought back: once each, whoever else waits beside it, and what cannot be is said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import cast

import pytest

from ingestion.adapters.build import BULK, DOCUMENTS, DRIVES, POISON, Services
from ingestion.adapters.dead_letters import DeadLetter
from ingestion.adapters.queues import Waiting, to_message
from ingestion.errors import Refuse, Retry
from ingestion.model import (
    Cabinet,
    CabinetId,
    Change,
    ChangeKind,
    DocumentId,
    IndexName,
    IndexRef,
    IndexState,
    Revision,
    Version,
)
from ingestion.ports import Stored
from ingestion.rows import Parked, Row
from operations import letters
from tests.unit.test_delivery import CHANGE

OF_ANOTHER = replace(CHANGE, id="m2", cabinet=CabinetId("soleil"))
WHEN = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass
class PoisonQueue:
    """A storage queue whose hidden messages come back at once, as they do where a replay takes longer than that."""

    texts: list[tuple[str, str]] = field(default_factory=list)  # id and text
    sent: list[Change] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    receipts: Iterator[int] = field(default_factory=count)

    def depth(self) -> int:
        return len(self.texts)

    def peek(self) -> list[Waiting]:
        return [Waiting(name, text, 5, WHEN) for name, text in self.texts]

    def drain(self, *, seconds: int) -> Iterator[Waiting]:
        while self.texts:
            self.texts.append(self.texts.pop(0))
            name, text = self.texts[-1]
            yield Waiting(name, text, 5, WHEN, receipt=str(next(self.receipts)))

    def acknowledge(self, taken: Waiting) -> None:
        self.texts = [it for it in self.texts if it[0] != taken.id]

    def release(self, taken: Waiting) -> None:
        self.released.append(taken.id)

    def send(self, change: Change, *, delay: float = 0.0) -> None:
        self.sent.append(change)


@dataclass
class Letters:
    """The dead letters, and whose they are: what intake would say of each event."""

    held: list[DeadLetter] = field(default_factory=list)
    enqueued: list[object] = field(default_factory=list)

    def __iter__(self) -> Iterator[DeadLetter]:
        return iter(list(self.held))

    def remove(self, letter: DeadLetter) -> None:
        self.held.remove(letter)

    def changes(self, event: Mapping[str, object]) -> list[Change]:
        match event["of"]:
            case "nobody":
                raise Refuse("unknown_place", "not ours")
            case "gone":
                raise Retry("key_unavailable", "the key is deleted")
            case "outage":
                raise Retry("unreachable", "the vault")
        return [OF_ANOTHER if event["of"] == "soleil" else CHANGE]

    def enqueue(self, event: Mapping[str, object]) -> list[Change]:
        self.enqueued.append(event["of"])
        return self.changes(event)


@dataclass
class Ledger:
    rows: dict[str, list[Row]]

    def scan(self, index: IndexRef) -> Iterator[Row]:
        return iter(self.rows.get(index.name, []))

    def get(self, index: IndexRef, document: str) -> Stored:
        raise NotImplementedError


@dataclass
class Office:
    """What a replay needs of the services."""

    queues: dict[str, PoisonQueue] = field(
        default_factory=lambda: {it + end: PoisonQueue() for it in (DOCUMENTS, BULK, DRIVES) for end in ("", POISON)}
    )
    dead_letters: Letters = field(default_factory=Letters)
    ledger: Ledger = field(default_factory=lambda: Ledger({}))
    again: list[tuple[str, ChangeKind]] = field(default_factory=list)

    def queue(self, name: str) -> PoisonQueue:
        return self.queues[name]

    @property
    def intake(self) -> Letters:
        return self.dead_letters

    @property
    def schedules(self) -> "Office":
        return self

    def send(self, cabinet: Cabinet, row: Row, kind: ChangeKind) -> None:
        self.again.append((row.document, kind))

    @property
    def poison(self) -> PoisonQueue:
        return self.queues[f"{DOCUMENTS}{POISON}"]

    def replay(self, cabinet: Cabinet | None = None, *, dry_run: bool = False) -> list[letters.Letter]:
        return list(letters.replay(cast("Services", self), cabinet, dry_run=dry_run))


def index(name: str, state: IndexState) -> IndexRef:
    return IndexRef(IndexName(name), "https://search", state, "1", "m", 8)


DUPONT = Cabinet(
    CabinetId("dupont"), "t", "dupont", (index("dupont-1", IndexState.ACTIVE), index("dupont-2", IndexState.BUILDING),
    index("dupont-0", IndexState.RETIRING)), (), "pseudonymise", 1, "k", b"w",
)  # fmt: skip


def test_a_replay_of_one_cabinet_ends_though_the_others_messages_come_round_again() -> None:
    office = Office()
    office.poison.texts = [("a", to_message(OF_ANOTHER)), ("b", to_message(CHANGE)), ("c", to_message(OF_ANOTHER))]
    brought = office.replay(DUPONT)
    assert [(it.id, it.kept) for it in brought] == [("b", False)]
    assert [it.kind for it in office.queues[DOCUMENTS].sent] == [ChangeKind.REPLAY]
    assert set(office.poison.released) == {"a", "c"}  # for who looks next, at once


def test_a_replay_takes_each_message_once_though_what_fails_again_is_poison_again() -> None:
    office = Office()
    office.poison.texts = [("a", to_message(CHANGE))]
    sent = office.queues[DOCUMENTS].send

    def failing_at_once(change: Change, *, delay: float = 0.0) -> None:
        sent(change)
        office.poison.texts.append((f"again-{len(office.poison.texts)}", to_message(CHANGE)))

    office.queues[DOCUMENTS].send = failing_at_once  # type: ignore[method-assign]
    assert len(office.replay()) == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_message_that_is_none_of_ours_is_kept_and_told(dry_run: bool) -> None:
    office = Office()
    office.poison.texts = [("a", "{}"), ("b", to_message(CHANGE))]
    told = {it.id: (it.reason, it.kept) for it in office.replay(dry_run=dry_run)}
    assert told == {"a": ("kept: bad_message", True), "b": ("gave_up", False)}
    assert len(office.queues[DOCUMENTS].sent) == (not dry_run)


@pytest.mark.parametrize(("of", "why"), [("nobody", "unknown_place"), ("gone", "key_unavailable")])
def test_a_dead_letter_of_nobody_or_of_a_firm_that_left_stops_no_other(of: str, why: str) -> None:
    office = Office()
    office.dead_letters.held = [DeadLetter("1.json", [{"of": of}]), DeadLetter("2.json", [{"of": "dupont"}])]
    assert len([letters._of_letter(cast("Services", office), it) for it in office.dead_letters]) == 2
    assert [it.reason for it in office.replay()] == [f"kept: {why}", "unknown"]
    assert [it.name for it in office.dead_letters.held] == ["1.json"]


def test_a_file_with_events_of_two_cabinets_is_each_ones_to_replay() -> None:
    office = Office()
    office.dead_letters.held = [
        DeadLetter("1.json", [{"of": "soleil"}, {"of": "dupont"}]),
        DeadLetter("2.json", [{"of": "soleil"}]),
    ]
    assert [it.where for it in office.replay(DUPONT)] == ["1.json"]
    assert office.dead_letters.enqueued == ["soleil", "dupont"]
    assert [it.name for it in office.dead_letters.held] == ["2.json"]


def test_an_outage_ends_a_replay_and_loses_nothing() -> None:
    office = Office()
    office.dead_letters.held = [DeadLetter("1.json", [{"of": "outage"}])]
    with pytest.raises(Retry):
        office.replay()
    assert len(office.dead_letters.held) == 1


def parked(document: str) -> Row:
    return replace(
        Row(DocumentId(document)),
        parked=Parked("forbidden", Version("v"), Revision(1), 0.0),
    )


def test_what_is_parked_in_an_index_that_is_being_built_is_replayed_too_and_each_document_once() -> None:
    office = Office(ledger=Ledger({
        "dupont-1": [parked("a")], "dupont-2": [parked("a"), parked("b")], "dupont-0": [parked("c")],
    }))  # fmt: skip
    assert [(it.document, it.where) for it in office.replay(DUPONT)] == [("a", "dupont-1"), ("b", "dupont-2")]
    assert office.again == [("a", ChangeKind.REPLAY), ("b", ChangeKind.REPLAY)]
