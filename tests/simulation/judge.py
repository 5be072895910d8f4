"""The invariants. Safety is judged at every step that could break it, convergence when the world has come to rest.

I1 the index equals the source · I2 what was erased never comes back · I3 no write into another cabinet's index ·
I4 no content in what leaves · I5 no event is lost · I6 bounded work · I7 search never sees zero versions of a document
that is there · I8 what is under a legal hold is neither retired nor erased. L1 to L5 are the steps of the argument
(`docs/protocol.md`), judged where they are taken.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingestion import protocol
from ingestion.model import Cabinet, ChunkKey, DocumentId, IndexedChunk, IndexName, IndexRef, IndexState, Nonce
from ingestion.rows import Generation, Row, State, chunk_keys
from tests.simulation.conduct import Conduct
from tests.simulation.content import BUG, CANARY, ENCRYPTED, REJECTED, Document, processed, vector_of
from tests.simulation.parts import Item, Physical, WorldAudit
from tests.simulation.world import STALENESS, START, Invocation, Violation

UNREADABLE = (ENCRYPTED, REJECTED)
MOST_CALLS = 70  # of one delivery to one index: the bound that docs/protocol.md adds up
HINTS = ("changed", "deleted", "look_again", "read_again", "reconcile")


@dataclass(slots=True)
class Judge(Conduct):
    audit: WorldAudit = field(init=False)
    forgotten: set[Nonce] = field(default_factory=set)
    committed: dict[tuple[str, DocumentId], tuple[float, int]] = field(default_factory=dict)  # when, which version
    acknowledged: dict[DocumentId, bool] = field(default_factory=dict)  # an erasure was answered "done"
    holding: dict[DocumentId, bool] = field(default_factory=dict)  # a hold was answered "done", and no lift begun
    lifts: Counter[DocumentId] = field(default_factory=Counter)  # begun
    unanswered: defaultdict[DocumentId, set[str]] = field(default_factory=lambda: defaultdict(set))  # of them
    damaged: set[Nonce] = field(default_factory=set)  # generations of which the index lost a chunk
    lifting: bool = False
    most_calls: int = 0
    _heard: int = 0  # of the messages: what was searched once need not be searched again

    # While it runs

    def swapped(self, index: IndexRef, before: Row, after: Row) -> None:
        self._shape(after)
        self._one_way(before, after)
        self.left_with_it(before, after)
        live, was = after.live, before.live
        if live is not None and (was is None or was.nonce != live.nonce):
            self._committed(index, after, live, was)
        if live is None and was is not None and before.held_since is not None and not after.erasure:
            raise Violation("I8", "what is under a legal hold is taken away")
        if self.holding.get(after.document) and self._is_active(index):
            self._still_held(before, after)
        if was is not None and live is None and after.erasure is None:
            self._taken_away(index, before, after)
        self._erasure(index, before, after)
        for it in before.generations:
            if after.generation(it.nonce) is None:
                self._forgotten(index, before, it)

    def _still_held(self, before: Row, after: Row) -> None:
        if after.erasure:
            raise Violation("I8", "a document under a legal hold is erased")
        if before.held_since is not None and after.held_since is None:
            raise Violation("I8", "a legal hold is gone, and nobody lifts it")

    def _shape(self, row: Row) -> None:
        states = [it.state for it in row.generations]
        if states.count(State.OPEN) > 1 or states.count(State.LIVE) > 1:
            raise Violation("L1", "two attempts own a document")
        if len(states) > protocol.MAX_GENERATIONS:
            raise Violation("I6", "the row is not bounded")
        if row.erasure and (row.open or row.live):
            raise Violation("I2", "a tombstone with something OPEN or LIVE")
        if row.erasure and row.erasure.certified_at is not None and row.locator:
            raise Violation("I4", "a certified tombstone still holds the sealed path")

    def _one_way(self, before: Row, after: Row) -> None:
        for it in after.generations:
            was = before.generation(it.nonce)
            if was is None:
                if it.state is State.LIVE or (it.nonce in self.forgotten and it.state is not State.DEAD):
                    raise Violation("L1", "a generation that nobody claimed")
            elif was.state is State.DEAD and it.state is not State.DEAD:
                raise Violation("L1", "a DEAD generation lives again")
            elif was.state is State.LIVE and it.state is State.OPEN:
                raise Violation("L1", "a LIVE generation is OPEN again")

    def _committed(self, index: IndexRef, row: Row, live: Generation, was: Generation | None) -> None:
        self.world.happened["committed"] += 1
        there = self.indexes[index.name].durable
        whole = live.nonce in self.damaged or all(  # what the index lost again by itself, a comparison finds
            key in there for key in chunk_keys(row.document, live.nonce, live.chunks)
        )
        if not whole:
            raise Violation("L2", "a version goes live with holes")
        if was is not None and was.revision > live.revision:
            raise Violation("L5", "older code undoes newer work")
        document = self.documents[row.document]
        order, place = document.order(live.version), (index.name, row.document)
        _, last = self.committed.get(place, (0.0, 0))
        if order < last and not self._stale_source(document) and not self.world.zombies:
            raise Violation("L3", "an older version goes live after a newer one")
        self.committed[place] = (self.world.now, order)
        if self.acknowledged.get(row.document) and self._follows(self.registrations.current(document.cabinet), index):
            raise Violation("I2", "an erased document is indexed again")

    def _taken_away(self, index: IndexRef, before: Row, after: Row) -> None:
        """I7: only the source, or a policy that says so, takes the last version away."""
        self.world.happened["retired"] += 1
        document = self.documents[before.document]
        cabinet = self.registrations.current(document.cabinet)
        if cabinet.retention_days is not None or (after.parked and not cabinet.keep_old_when_parked):
            return
        since, _ = self.committed.get((index.name, before.document), (START, 0))
        if document.existed_throughout(since - (STALENESS if self._stale_source(document) else 0.0)):
            raise Violation("I7", "a document that is there has no version left")

    def _erasure(self, index: IndexRef, before: Row, after: Row) -> None:
        if before.erasure and not after.erasure and not self.lifting:
            raise Violation("I2", "a tombstone is gone")
        if after.erasure and not before.erasure:
            self.world.happened["erased"] += 1
        certified = after.erasure and after.erasure.certified_at is not None
        if certified and not (before.erasure and before.erasure.certified_at is not None):
            self.world.happened["certified"] += 1
            there = self.indexes[index.name]
            left = any(it.document == after.document for it in (*there.durable.values(), *there.shown.values()))
            if left and not self.world.zombies:  # one of those may land between the look-ups and the swap
                raise Violation("I2", "a receipt for a document that is still there")

    def _forgotten(self, index: IndexRef, row: Row, it: Generation) -> None:
        if it.state is not State.DEAD:
            raise Violation("L4", "a generation is forgotten before it is dead")
        self.forgotten.add(it.nonce)
        there = self.indexes[index.name].durable
        left = any(key in there for key in chunk_keys(row.document, it.nonce, it.chunks))
        if left and not self.world.zombies:  # between the delete's answer and the swap
            raise Violation("L4", "a generation is forgotten while its chunks are there")

    def writing(self, index: Physical, chunk: IndexedChunk) -> None:
        document = self.documents[chunk.document]
        if document.cabinet != index.cabinet:
            raise Violation("I3", "a chunk is written into another cabinet's index")
        row = self._row(index.name, chunk.document)
        if row.erasure and row.erasure.certified_at is not None and not self.world.zombies:
            raise Violation("I2", "an erased document is written after its receipt")
        generation = row.generation(chunk.generation)
        if generation is None or chunk.chunk.ordinal >= generation.chunks:
            if not self.world.zombies:
                raise Violation("L4", "a chunk is written that no row knows")
        elif generation.state is State.DEAD:
            self.world.happened["late write on a dead generation"] += 1

    def deleting(self, index: Physical, keys: Sequence[ChunkKey]) -> None:
        for key in keys:
            it = index.durable.get(key)
            if it is None:
                continue
            generation = self._row(index.name, it.document).generation(it.generation)
            if generation is not None and generation.state is not State.DEAD:
                raise Violation("L1", "a chunk of a generation that is not dead is deleted")

    def pointed(self, alias: str, index: IndexName, asked_at: float) -> None:
        self.world.happened["alias swapped"] += 1
        if any(self.holding.get(it.document) and it.held_since is None for it in self._rows(index)):
            raise Violation("I8", "the alias moves to an index that does not know of a hold")
        if any(self.acknowledged.get(it.document) for it in self._rows(index) if it.live):
            raise Violation("I2", "the alias moves to an index that shows an erased document")
        for row in self._rows(self.aliases[alias]):
            self._still_shown(row, self.aliases[alias], index, asked_at)

    def _still_shown(self, row: Row, old: IndexName, new: IndexName, asked_at: float) -> None:
        """What the old index had shown for a while when the swap was asked for, and the source still has, is shown.

        But for what nobody could read when both looked, be it that a readable version is on its way by now; and, where
        the cabinet's policy takes away what cannot be read, for what only the new index has looked at by then.
        """
        document, made = self.documents[row.document], self._row(new, row.document)
        since, _ = self.committed.get((old, row.document), (self.world.now, 0))
        if row.live is None or row.erasure or asked_at - since < 2 * STALENESS:
            return
        parked = row.parked
        if parked is None and not self.registrations.current(document.cabinet).keep_old_when_parked:
            parked = made.parked
        refused = document.of_version(parked.version) if parked else None
        if (refused and refused.kind in UNREADABLE) or not document.existed_throughout(since - STALENESS):
            return
        if made.live is None:
            raise Violation("I7", "the alias moves to an index that lacks a document")

    def finished(self, it: Invocation) -> None:
        """I6, for each delivery."""
        self.ended(it)
        total = sum(it.calls.values()) - it.calls["registry.read"]
        if it.kind in HINTS and it.document:
            self.most_calls = max(self.most_calls, total)
            if total > MOST_CALLS * max(1, it.indexes):
                raise Violation("I6", f"one delivery made {total} calls")
        quiet = (
            not self.rebuilt
            and it.outcome == "done"
            and not it.calls["ledger.swap"]
            and not it.owed
            and it.result not in ("busy", "again", "refused")
        )
        if it.kind in HINTS and it.document and quiet:
            self._changed_nothing(it)

    def _changed_nothing(self, it: Invocation) -> None:
        self.world.happened["an event changed nothing"] += 1
        reads = it.calls["ledger.get"] + it.calls["source.head"]
        others = sum(it.calls.values()) - reads - it.calls["queue.ack"] - it.calls["registry.read"]
        promised = it.calls["queue.send"] if self._stale_source(self.documents[DocumentId(it.document)]) else 0
        if reads > 2 or others - promised > 0:
            raise Violation("I6", f"an event that changes nothing made {reads} reads and {others} other calls")

    # At rest

    def at_rest(self, *, owed: bool = False) -> None:
        """I1, I2, I4 and I5 for every document in every index that follows its source."""
        poisoned = {it.change.document for it in self.world.poison}
        for cabinet, _ in self.registrations.cabinets.values():
            for index in cabinet.indexes:
                if index.state is not IndexState.RETIRING:
                    self._index_equals_source(cabinet, index, poisoned, owed=owed)
        self.nothing_leaked()

    def _index_equals_source(self, cabinet: Cabinet, index: IndexRef, poisoned: set[DocumentId], *, owed: bool) -> None:
        there = self.indexes[index.name]
        if there.shown != there.durable:
            raise Violation("I1", "a replica never agrees")
        held: dict[DocumentId, list[Item]] = {}
        for it in there.durable.values():
            held.setdefault(it.document, []).append(it)
        for document in self.documents.values():
            if document.cabinet != cabinet.id:
                continue
            row, items = self._row(index.name, document.id), held.pop(document.id, [])
            if document.id not in poisoned:
                self._document_is_right(cabinet, index, document, row, items, owed=owed)
        if held:
            raise Violation("I3", "an index holds a document of nobody's")

    def _document_is_right(
        self, cabinet: Cabinet, index: IndexRef, document: Document, row: Row, items: list[Item], *, owed: bool
    ) -> None:
        if owed and row.attention:
            raise Violation("I5", f"something is owed to a row and nobody will come: {row.status}")
        if row.erasure:
            if items:
                raise Violation("I2", "an erased document is in the index")
            if owed and not self._is_audited(cabinet, index, document):
                raise Violation("I2", "a receipt that the audit does not hold")
            return
        if self.acknowledged.get(document.id):
            raise Violation("I2", "an erasure was answered and there is no tombstone")
        live = row.live
        texts = [it.text for it in sorted(items, key=lambda it: it.ordinal) if live and it.generation == live.nonce]
        if len(texts) != len(items):
            raise Violation("I1", "the index holds chunks of a version that is not live")
        if any(list(it.vector) != vector_of(it.text, index.dimensions) for it in items):
            raise Violation("I1", "a chunk has another chunk's vector")
        shown = document.of_version(live.version) if live else None
        if (
            live
            and live.nonce in self.damaged
            and (shown is not document.now or document.denied or self.is_too_old(cabinet, document))
        ):
            return  # the source has it no more, or does not give it: there is nothing to make it from
        if live and (shown is None or texts != [it.text for it in processed(shown.data).chunks]):
            raise Violation("I1", "what is live is not what the source held")
        self._version_is_right(cabinet, document, row)

    def _version_is_right(self, cabinet: Cabinet, document: Document, row: Row) -> None:
        now = document.now
        if document.denied:
            return  # what was there stays, and says that it is cut off
        if now is None or self.is_too_old(cabinet, document):
            if row.held_since is not None:
                self.world.happened["a held document outlived its source"] += bool(row.live)
            elif row.live or row.parked:
                raise Violation("I1", "the source has no such document, the index does")
        elif now.kind == BUG:
            raise Violation("I5", "a document that no code can read is nobody's poison")
        elif now.kind in UNREADABLE:
            if row.parked is None or row.parked.version != now.version:
                raise Violation("I5", "a document that cannot be read is not parked")
            if row.live and not cabinet.keep_old_when_parked and row.held_since is None:
                raise Violation("I1", "a parked document's old version is still there")
        elif row.live is None or row.live.version != now.version:
            raise Violation("I1", "the index does not hold the source's version")
        elif row.parked:
            raise Violation("I5", "a document that was read is still parked")

    def is_held(self, document: DocumentId) -> bool:
        return any(row.held_since is not None for (_, it), (row, _) in self.ledger.rows.items() if it == document)

    def newest_everywhere(self) -> None:
        """After a reindex nothing is left of older code."""
        newest = max(it.code for it in self.world.processes)
        for cabinet, _ in self.registrations.cabinets.values():
            for index in cabinet.indexes:
                for row in self._rows(index.name):
                    old = row.live and row.live.revision < newest * 1_000 + cabinet.policy_revision
                    if old and not row.parked and not self.documents[row.document].denied:
                        raise Violation("I1", "older code's work is still live")

    def nothing_leaked(self) -> None:
        """I4: telemetry, log lines, messages, rows and audit hold no text and no name."""
        world = self.world
        said = [
            *world.logged,
            *world.spoken,
            *(str(it.change) for it in world.messages[self._heard :]),
            str(self.audit.entries),
        ]
        self._heard = len(world.messages)
        said += [row.to_json() for row, _ in self.ledger.rows.values()]
        if CANARY in "\n".join(said):
            raise Violation("I4", "content leaves in a log, a message, a row or the audit")
        for row, _ in self.ledger.rows.values():
            if Row.from_json(row.to_json()) != row:
                raise Violation("I1", "a row is not what it was written as")
            self._is_refused(row)

    def _is_refused(self, row: Row) -> None:
        """What cannot be meant is refused: a row of another version half read, a receipt where nothing was erased."""
        for cannot_be in (
            lambda: Row.from_json(row.to_json().replace('"v":1', '"v":2', 1)),
            lambda: protocol.certify(protocol.lift(row), self.world.now),
        ):
            try:
                cannot_be()
            except ValueError:
                continue
            raise Violation("I1", "the row took what cannot be meant")

    def _is_audited(self, cabinet: Cabinet, index: IndexRef, document: Document) -> bool:
        return any(
            action == "erasure_certified"
            and fields.get("document") == document.id
            and fields.get("index") == index.name
            for owner, action, fields in self.audit.entries
            if owner == cabinet.id
        )

    def is_too_old(self, cabinet: Cabinet, document: Document) -> bool:
        if cabinet.retention_days is None or document.now is None:
            return False
        return document.now.modified_at.timestamp() < START - cabinet.retention_days * 43_200

    def _is_active(self, index: IndexRef) -> bool:
        return index.name in self.aliases.values()

    def _rows(self, index: str) -> list[Row]:
        return [row for (name, _), (row, _) in self.ledger.rows.items() if name == index]
