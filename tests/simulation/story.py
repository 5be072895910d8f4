"""What happens to the documents: a source's history, its events, operators and timers; and how a run ends.

A run: stormy weather and a story; calm; operators replay what was given up on; judge. Then everything that was ever
sent is replayed in disorder under the same weather; calm; judge again.
"""

from collections.abc import Callable
from dataclasses import replace

from ingestion import client_state, protocol
from ingestion.errors import Refuse, Retry
from ingestion.model import (
    Cabinet,
    CabinetId,
    Change,
    ChangeKind,
    DocumentId,
    IndexRef,
    IndexState,
    Nonce,
    SourceId,
    SourceKind,
)
from ingestion.orders import ORDERS, in_every_index
from ingestion.rows import chunk_keys
from tests.simulation.chance import CALM, Chance, Weather
from tests.simulation.content import BUG, CANARY, ENCRYPTED, REJECTED, Document
from tests.simulation.office import Office, Unit
from tests.simulation.parts import Item
from tests.simulation.world import SKEW, START, Process, Violation, World

EVENT_TRIES = 4  # of Event Grid, before it dead-letters
COMPARISONS = 3  # a night's, until a row that was too full for all of an old index's chunks has had room for them
DEPLOYMENT = 600.0  # seconds of calm: old code makes newer work wait and come back, which ends when it does
ROUNDS = 8  # in which operators must have brought everything to an end


class Story:
    def __init__(self, chance: Chance, weather: Weather, *, trace: bool = False) -> None:
        self.chance = chance
        self.world = World(chance, weather, trace=trace)
        self.office = Office(self.world)
        self.judge = self.office.judge
        self.dead_letters: list[dict[str, object]] = []
        self.lost = False  # an event was lost: only a comparison brings it back
        self.rebuilding = False
        self.erasing = 0
        self.number = 1
        self.bugs = False  # documents that no code can read are expensive: each comes back until it is poison

    @property
    def first(self) -> Document:
        return next(iter(self.office.documents.values()))

    # A random one

    def set_scene(self, *, small: bool = False) -> None:
        chance = self.chance
        rolling = chance.whole(5) == 0
        for n in range(3):
            skew = chance.between(-SKEW / 2, SKEW / 2)
            self.office.add_process(Process(f"p{n}", skew, code=2 if rolling and n == 0 else 1))
        kinds = [chance.pick((SourceKind.BLOB, SourceKind.BLOB, SourceKind.SHAREPOINT))]
        if not small:
            kinds.append(chance.pick(tuple(SourceKind)))
        for n, kind in enumerate(kinds):
            retention = 10 if chance.whole(8) == 7 else None
            self.office.add_cabinet(f"firm{n}", kind, keep_old=chance.whole(4) < 3, retention_days=retention)
        for n in range(1 if small else 1 + chance.whole(3)):
            cabinet = self.office.registrations.current(f"firm{chance.whole(len(kinds))}")
            self.office.add_document(cabinet, f"{CANARY}-{n}.pdf")

    def unfold(self, *, small: bool = False) -> None:
        chance = self.chance
        length = chance.pick((15.0, 60.0, 240.0))
        self.bugs = chance.whole(6) == 5
        documents = list(self.office.documents.values())
        for _ in range(1 + chance.whole(2 if small else 8)):
            self._plan(length, lambda: self.change(chance.pick(documents)))
        for odds, what in (
            (3, lambda: self.erase(chance.pick(documents))),
            (6, lambda: self.erase(chance.pick(documents))),
            (6, self.deny_for_a_while),
            (4, self.reconcile),
            (4, lambda: self.timer("tidy")),
            (6, lambda: self.replay_all(8)),
            (8, self.raise_revision),
            (8, lambda: self.timer("reindex_stale")),
            (12, lambda: self.timer("poll_drives")),
            (12, lambda: self.timer("retention")),
            (12, self.forge),
            (12, self.forget_feed),
            (12, self.lift),
            (12, self.not_followed),
            (5, lambda: self.hold(chance.pick(documents), length)),
            (16, lambda: self.restore_an_old_index(chance.pick(documents))),
            (16, lambda: self.lose_a_chunk(chance.pick(documents))),
        ):
            if not small and chance.whole(odds) == odds - 1:
                self._plan(length * 1.3, what)
        if not small and chance.whole(4) == 3:
            self._plan(length, self.rebuild_one)
            for _ in range(4):
                self._plan(length * 2, self.advance)

    def _plan(self, length: float, what: Callable[[], object]) -> None:
        time = START + self.chance.between(0.0, length)
        if self.chance.keeps():
            self.world.at(time, lambda: what() and None)

    # The source

    def change(self, document: Document) -> None:
        now = document.now
        choice = self.chance.whole(20)
        if now is not None and choice < 5:
            document.delete(self.world.now)
            self.world.note(f"source deletes {document.id[:4]}")
            self.tell(document, ChangeKind.DELETED)
            return
        kind = {19: ENCRYPTED, 18: BUG if self.bugs else "letter", 17: REJECTED}.get(choice, "letter")
        old = choice == 16
        made = document.put(self.world.now, kind, 1 + self.chance.whole(3), START - (30 * 86_400 if old else 0))
        self.world.note(f"source puts {made.version} ({kind})")
        self.tell(document, ChangeKind.CHANGED)

    def tell(self, document: Document, kind: ChangeKind) -> None:
        """Event Grid: at least once, late, twice, or not at all."""
        weather = self.world.weather
        if document.source.kind is SourceKind.SHAREPOINT:
            self.office.feed.log.append((self.world.now, document.id))
        if self.chance.happens(weather.lose_event):
            self.lost = True
            self.world.happened["event lost"] += 1
            return
        event = self._event(document, kind)
        for _ in range(2 if self.chance.happens(weather.duplicate) else 1):
            late = self.chance.between(20.0, 120.0) if self.chance.happens(weather.late_event) else 0.0
            self.world.at(self.world.now + late + self.chance.between(0.05, 2.0), lambda: self.receive(event, 1))

    def receive(self, event: dict[str, object], tries: int) -> None:
        unit = self.chance.pick(self.office.units)

        def work() -> str:
            delivered = False
            try:
                unit.intake.receive(event)
                delivered = True
            finally:
                if not delivered:
                    self._again(event, tries)
            return "event enqueued"

        self.world.start(unit.process, "event", work)

    def _again(self, event: dict[str, object], tries: int) -> None:
        if tries < EVENT_TRIES:
            self.world.at(self.world.now + 10.0 * tries, lambda: self.receive(event, tries + 1))
        else:
            self.world.happened["dead letter"] += 1
            self.dead_letters.append(event)

    def _event(self, document: Document, kind: ChangeKind) -> dict[str, object]:
        cabinet = document.cabinet
        if document.source.kind is SourceKind.SHAREPOINT:
            return {
                "eventType": "Microsoft.Graph.DriveItemUpdated",
                "topic": "partner",
                "eventTime": "2033-05-18T03:33:20Z",
                "data": {
                    "resource": f"drives/{cabinet}/root",
                    "clientState": client_state.made(self._secret_of(cabinet), document.source.id),
                },
            }
        name = "BlobDeleted" if kind is ChangeKind.DELETED else "BlobCreated"
        return {
            "eventType": f"Microsoft.Storage.{name}",
            "topic": f"/subscriptions/s/providers/Microsoft.Storage/storageAccounts/{cabinet}",
            "subject": f"/blobServices/default/containers/files/blobs/{document.name}",
            "eventTime": "2033-05-18T03:33:20Z",
            "data": {"api": "PutBlob"},
        }

    def _secret_of(self, cabinet: CabinetId) -> bytes:
        return self.office.registrations.cabinets[cabinet][0].wrapped_secret

    def deny_for_a_while(self) -> None:
        document = self.chance.pick(list(self.office.documents.values()))
        self.deny(document)
        if self.chance.whole(3) < 2:
            self.world.at(self.world.now + self.chance.between(1.0, 60.0), lambda: self.allow(document))

    def deny(self, document: Document) -> None:
        document.denied = True
        self.world.happened["access denied"] += 1
        self.tell(document, ChangeKind.CHANGED)

    def allow(self, document: Document) -> None:
        """Nothing tells of a permission that is back: the nightly comparison finds it, as a change."""
        document.denied = False
        self.world.at(self.world.now + 0.1, lambda: self.hint(document, ChangeKind.REPLAY))

    def forget_feed(self) -> None:
        self.office.feed.forgets = True

    # Operators and timers

    def hint(
        self, document: Document, kind: ChangeKind, *, cabinet: str | None = None, source: str | None = None
    ) -> None:
        ids = self.office.new_nonce
        change = Change(
            id=ids(),
            source=SourceId(source or document.source.id),
            cabinet=CabinetId(cabinet or document.cabinet),
            document=document.id,
            locator=document.locator,
            kind=kind,
            correlation=ids(),
        )
        self.world.send("documents", change, 0.0)

    def forge(self) -> None:
        """A message that names another cabinet, or a source of nobody's."""
        document = self.chance.pick(list(self.office.documents.values()))
        other = next((it for it in self.office.registrations.cabinets if it != document.cabinet), "nobody")
        if self.chance.whole(4):
            self.hint(document, ChangeKind.CHANGED, cabinet=other)
        else:
            self.hint(document, ChangeKind.CHANGED, source="nobody")

    def not_followed(self) -> None:
        """An instance of a deployment that has no adapter for the source: it refuses, and touches nothing."""
        document = self.chance.pick(list(self.office.documents.values()))
        worker = self.office.worker_without_sources(self.chance.pick(self.office.units))
        ids = self.office.new_nonce
        change = Change(
            ids(), document.source.id, document.cabinet, document.id, document.locator, ChangeKind.CHANGED, ids()
        )
        self._once("not followed", lambda _: worker.handle(change, self.office.queues["documents"]))

    def erase(self, document: Document) -> None:
        """`greffe erase`: in the operator's hands; when it fails, they do it again."""
        ids = self.office.new_nonce
        change = Change(
            ids(), document.source.id, document.cabinet, document.id, document.locator, ChangeKind.ERASE, ids()
        )
        self.erasing += 1
        self._insist("erase", lambda unit: self._erased(unit, change))

    def _erased(self, unit: Unit, change: Change) -> str:
        try:
            self._obeyed(unit, change)
        except Refuse:
            self.world.happened["an erasure of a held document refused"] += 1
        except Retry as retry:
            if retry.code == "erasure_visible":  # chunks that no row knows: only a comparison finds them
                self.world.at(self.world.now + 1.0, self.reconcile)
            raise
        else:
            self.judge.erasure_is_whole(change.document)
            self.judge.acknowledged[change.document] = True
        self.erasing -= 1
        return "erasure answered"

    def _obeyed(self, unit: Unit, change: Change) -> None:
        registry = unit.ports.registry
        in_every_index(
            lambda: unit.worker.handle(change, self.office.queues["documents"]),
            lambda: registry.by_id(change.cabinet),
            lambda: registry.current(change.cabinet),
            self.world.sleep,
        )

    def hold(self, document: Document, length: float) -> None:
        """`greffe hold`, and later, perhaps, `--lift`."""
        self.order(document, ChangeKind.HOLD)
        if self.chance.whole(3):
            later = self.world.now + self.chance.between(0.0, length * 2)
            self.world.at(later, lambda: self.order(document, ChangeKind.UNHOLD))

    def order(self, document: Document, kind: ChangeKind) -> None:
        ids = self.office.new_nonce
        change = Change(ids(), document.source.id, document.cabinet, document.id, document.locator, kind, ids())
        self._insist(kind.value, lambda unit: self._ordered(unit, change))

    def _ordered(self, unit: Unit, change: Change) -> str:
        """Held for certain: a hold was answered, and no lift was under way from when it was asked for until then."""
        judge, lifts = self.judge, change.kind is ChangeKind.UNHOLD
        if lifts:
            judge.lifts[change.document] += 1
            judge.unanswered[change.document].add(change.id)
            judge.holding[change.document] = False
        begun, disputed = judge.lifts[change.document], bool(judge.unanswered[change.document])
        try:
            self._obeyed(unit, change)
        except Refuse:
            return "refused"
        if lifts:
            judge.unanswered[change.document].discard(change.id)
        elif judge.lifts[change.document] == begun and not disputed:
            judge.holding[change.document] = True
        return "order obeyed"

    def lift(self) -> None:
        """An operator lets a document come again: only where one index holds the tombstone, and it is certified."""
        if self.erasing:
            return
        for document in self.office.documents.values():
            cabinet = self.office.registrations.current(document.cabinet)
            row = self.office.ledger.peek(cabinet.indexes[0], document.id)
            erasure = row.row.erasure
            if len(cabinet.indexes) > 1 or erasure is None or erasure.certified_at is None or self.rebuilding:
                continue
            self.judge.lifting = True
            self.office.ledger.swap_now(cabinet.indexes[0], protocol.lift(row.row), row.etag)
            self.judge.lifting = False
            self.judge.acknowledged[document.id] = False
            self.world.happened["tombstone lifted"] += 1
            self.hint(document, ChangeKind.REPLAY)

    def restore_an_old_index(self, document: Document) -> None:
        """A search service that comes back from long ago: chunks of generations that the ledger has long forgotten.

        More of them than a row holds. Only comparisons find them, each as many as there is room for; and while they
        fill the row, a change of the document must wait.
        """
        cabinet = self.office.registrations.current(document.cabinet)
        there = self.office.indexes[cabinet.indexes[0].name]
        row = self.office.ledger.peek(cabinet.indexes[0], document.id)
        if row.etag is None or row.row.erasure or self.judge.rebuilt:
            return
        self.world.happened["an old index restored"] += 1
        self.lost = True
        for n in range(protocol.MAX_GENERATIONS + 2):
            nonce = Nonce(f"old{self.office.new_nonce()}")
            [key] = chunk_keys(document.id, nonce, 1)
            there.durable[key] = there.shown[key] = Item(
                document.id, nonce, 0, f"letter {CANARY} old {n}", "old", (0.0,)
            )
        self.reconcile()
        for n in range(12):
            self.world.at(self.world.now + 4.0 + n, lambda: self.change(document))

    def lose_a_chunk(self, document: Document) -> None:
        """A2 broken: what was acknowledged is gone. A comparison finds it, once it is old enough to be sure."""
        for cabinet, _ in self.office.registrations.cabinets.values():
            for index in cabinet.indexes:
                there = self.office.indexes[index.name]
                lost = next((key for key, it in there.durable.items() if it.document == document.id), None)
                if lost is not None:
                    self.world.happened["a chunk lost"] += 1
                    self.lost = True
                    self.judge.damaged.add(there.durable[lost].generation)
                    del there.durable[lost]
                    there.shown.pop(lost, None)

    def timer(self, name: str) -> None:
        unit = self.chance.pick(self.office.units)
        self.world.start(unit.process, name, getattr(unit.schedules, name))

    def reconcile(self) -> None:
        self.timer("reconcile_cabinets")

    def raise_revision(self) -> None:
        """A cabinet's policy changes: what older policy made is to be made again."""
        name = self.chance.pick(list(self.office.registrations.cabinets))
        cabinet, etag = self.office.registrations.cabinets[name]
        self.office.registrations.cabinets[name] = (
            replace(cabinet, policy_revision=cabinet.policy_revision + 1),
            etag + 1,
        )

    def rebuild_one(self) -> None:
        self.rebuild(self.chance.pick(list(self.office.registrations.cabinets)))

    def rebuild(self, name: str) -> None:
        cabinet = self.office.registrations.current(name)
        if len(cabinet.indexes) > 1:
            return
        self.rebuilding = self.judge.rebuilt = True
        self.number += 1
        index = self.office.new_index(cabinet.id, IndexState.BUILDING, self.number)
        self._insist("rebuild", lambda unit: self._begun(unit, cabinet, index))

    def _begun(self, unit: Unit, cabinet: Cabinet, index: IndexRef) -> str:
        """As the command does: begin, or go on where one was begun."""
        if not any(it.name == index.name for it in self.office.registrations.current(cabinet.id).indexes):
            return self._first_to_begin(unit, cabinet, index)
        unit.schedules.reconcile_cabinets()
        return "rebuild begun"

    def _first_to_begin(self, unit: Unit, cabinet: Cabinet, index: IndexRef) -> str:
        try:
            unit.rebuild.begin(cabinet, index)
        except Refuse:
            self.world.happened["a second rebuild refused"] += 1
            return "rebuild refused"
        return "rebuild begun"

    def advance(self) -> None:
        self._once("advance", self._advanced)

    def _advanced(self, unit: Unit) -> str:
        return ", ".join([unit.rebuild.advance(it) for it in self.office.registrations.list()])

    def replay_all(self, at_most: int) -> None:
        """An operator replays what there ever was, or some of it, in any order."""
        hints = [it for it in self.world.messages if it.change.kind not in ORDERS]
        for message in hints if len(hints) <= at_most else [self.chance.pick(hints) for _ in range(at_most)]:
            self.world.send(message.queue, message.change, self.chance.between(0.0, 30.0))

    def _once(self, name: str, work: Callable[[Unit], object]) -> None:
        unit = self.chance.pick(self.office.units)
        self.world.start(unit.process, name, lambda: work(unit))

    def _insist(self, name: str, work: Callable[[Unit], str]) -> None:
        """A person at a command line: what failed before their eyes, they do again."""

        def attempt(unit: Unit) -> str:
            done = False
            try:
                outcome = work(unit)
                done = True
            finally:
                if not done:
                    self.world.at(self.world.now + self.chance.between(1.0, 30.0), lambda: self._insist(name, work))
            return outcome

        self._once(name, attempt)

    # To the end

    def settle(self) -> None:
        """Calm weather; then operators bring back what was given up on, until there is nothing more to do."""
        self.world.calm()
        if len({it.code for it in self.world.processes}) > 1:
            self.world.run(until=self.world.now + DEPLOYMENT)
            self._upgrade()
        self.world.run()
        self._no_row_is_forgotten()
        self._upgrade()
        for _ in range(ROUNDS):
            letters, self.dead_letters = self.dead_letters, []
            for event in letters:
                self.receive(event, 1)
            replayed = self.world.replay_poison(lambda it: self._is_bug(it.change.document))
            self.world.run()
            if not replayed and not letters:
                break
        self.timer("tidy")
        self.world.run()
        if self.lost or self.world.zombies:  # what a zombie leaves, only a comparison finds
            self.lost = False
            for _ in range(COMPARISONS):
                self.reconcile()
                self.world.run()
        self._end_rebuilds()

    def _no_row_is_forgotten(self) -> None:
        """Promises alone, without the timer, must have seen to every row, unless a message was given up.

        Nor does a promise wait for a zombie: a claim that lands after its own sweep is found by the timer.
        """
        given_up = self.world.poison or self.dead_letters or self.lost or self.world.happened["poisoned"]
        if given_up or self.world.zombies:
            return
        for cabinet, _ in self.office.registrations.cabinets.values():
            for index in cabinet.indexes:
                leaves = index.state is IndexState.RETIRING  # its drop is every receipt that is still owed to it
                rows = self.office.ledger.rows_of(index)
                if any(it.generations and it.attention if leaves else it.attention for it in rows):
                    raise Violation("I5", "something is owed to a row, and only the timer would find it")

    def _upgrade(self) -> None:
        """The deployment is through: every process runs the newest code."""
        for process in self.world.processes:
            process.code = max(it.code for it in self.world.processes)
        self.office.units.clear()
        old, self.world.processes = self.world.processes, []
        for process in old:
            self.office.add_process(process)

    def _end_rebuilds(self) -> None:
        for _ in range(ROUNDS):
            if all(len(it.indexes) == 1 for it, _ in self.office.registrations.cabinets.values()):
                return
            self.advance()
            self.world.run()
        if not any(self._is_troubled(it) for it in self.office.documents):
            raise Violation("I1", "a rebuild does not come to its end")
        self._once("abandon", self._abandoned)
        self.world.run()

    def _abandoned(self, unit: Unit) -> str:
        for cabinet in self.office.registrations.list():
            unit.rebuild.abandon(cabinet)
        return "rebuilds abandoned"

    def _is_bug(self, document: DocumentId) -> bool:
        found = self.office.documents.get(document)
        return found is not None and found.now is not None and found.now.kind == BUG

    def _is_troubled(self, document: DocumentId) -> bool:
        """It cannot be brought into a new index: a person must decide."""
        it = self.office.documents[document]
        cabinet = self.office.registrations.current(it.cabinet)
        is_gone = it.now is None or self.judge.is_too_old(cabinet, it)
        is_left = is_gone and self.judge.is_held(document)
        return is_left or it.denied or (it.now is not None and it.now.kind in (BUG, ENCRYPTED, REJECTED))

    def judged(self) -> None:
        self.judge.at_rest(owed=True)


def play(chance: Chance, weather: Weather, *, small: bool = False, trace: bool = False) -> Story:
    """One run, from a seed to the last judgement. The story holds the world, be it whole or violated."""
    story = Story(chance, weather, trace=trace)
    story.set_scene(small=small)
    story.unfold(small=small)
    return story


def finish(story: Story, weather: Weather, *, replay: int = 12) -> None:
    story.world.run(until=START + 320.0 if weather != CALM else None)
    story.settle()
    story.judged()
    story.world.set_weather(replace(weather, lose_event=0.0))
    story.replay_all(replay)
    story.world.run(until=story.world.now + 60.0)
    story.settle()
    story.judged()
