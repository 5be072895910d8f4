"""What a worker does that no index shows at once: how it names, leaves and gives up what it began.

Each rule is a sentence of `docs/protocol.md`. Broken, it costs time or messages long before it costs a document, so it
is judged where it is broken, not by what may come of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingestion.errors import ParkReason
from ingestion.model import Cabinet, Change, DocumentId, IndexedChunk, IndexName, IndexRef, IndexState, Nonce
from ingestion.rows import Asked, Generation, Row
from tests.simulation.content import Document
from tests.simulation.parts import Physical, Registrations, Watch, WorldLedger
from tests.simulation.world import IN_FLIGHT, SKEW, STALENESS, Invocation, Violation, World

AGAIN = ("repair", "replay")  # kinds for which it is made although it is there, or is parked
LOOKS = ("changed", "deleted", "look_again", "read_again", "reconcile", "repair", "replay")  # kinds that ask the source


@dataclass(slots=True)
class Conduct(Watch):
    world: World
    documents: dict[DocumentId, Document]
    indexes: dict[IndexName, Physical]
    aliases: dict[str, IndexName]
    registrations: Registrations
    ledger: WorldLedger = field(init=False)
    rebuilt: bool = False  # a cabinet had two indexes at some time
    claimed: dict[Nonce, float] = field(default_factory=dict)  # when
    names: set[str] = field(default_factory=set)  # of messages that the shipped code sent

    def sending(self, change: Change) -> None:
        """A row's owner is a message: two under one id would each take the other's attempt for its own dead one."""
        if change.id in self.names:
            raise Violation("L1", "two messages bear one id")
        self.names.add(change.id)

    def registered(self, cabinet: Cabinet) -> None:
        """One active index, whatever a rebuild does: it is the one that decides, and that the alias names."""
        if sum(it.state is IndexState.ACTIVE for it in cabinet.indexes) != 1:
            raise Violation("I7", "a cabinet has no active index, or two")

    def read(self, index: IndexRef, row: Row) -> None:
        """The first row that an invocation reads, while a document has one index, is the one that it decides on."""
        it, made = self.world.running, row.open
        if it.calls["ledger.get"] == 1 and made is not None:
            it.found, it.dead = made.nonce, self._is_abandoned(made, it)

    def _is_abandoned(self, made: Generation, it: Invocation) -> bool:
        if any(made.nonce in other.claims for process in self.world.processes for other in process.running):
            return False
        return made.owner == it.owner or made.deadline < self.world.now + it.process.skew

    def swapping(self, row: Row) -> None:
        it = self.world.running
        if row.open is not None and row.open.owner == it.owner and row.open.nonce not in self.claimed:
            it.claims.add(row.open.nonce)

    def uploading(self, index: IndexRef, chunks: Sequence[IndexedChunk]) -> None:
        """A3, the worker's part: what begins now has landed by the deadline, however slow the network is."""
        now = self.world.now + self.world.running.process.skew
        for it in chunks[:1]:
            made = self._row(index.name, it.document).generation(it.generation)
            if made is not None and now + IN_FLIGHT + SKEW > made.deadline + 1e-6:
                raise Violation("L4", "a write begins that may land after its deadline")

    def ended(self, it: Invocation) -> None:
        if it.outcome != "done" or not it.document:
            return
        later = it.result in ("again", "busy")
        decided = it.kind in LOOKS and not later and it.result != "refused" and not self.rebuilt
        for row in self._rows_of(DocumentId(it.document)):
            made = row.open
            if made is None:
                continue
            if later and made.nonce in it.claims:
                raise Violation("I6", "a copy is sent, and must wait for the attempt of the message that sent it")
            if made.nonce == it.found and decided and not _is_denied(row):
                self._left_open(it, row)

    def _left_open(self, it: Invocation, row: Row) -> None:
        if it.dead:
            raise Violation("I6", "a dead worker's attempt is left, and holds the document until its deadline")
        if row.asked is Asked.NOTHING:
            raise Violation("L3", "“nothing to do” beside somebody's attempt, which may have read something older")

    def left_with_it(self, before: Row, after: Row) -> None:
        """What is called news makes another message, and that one another: it must have been news."""
        was, made = before.open, after.open
        if made is None:
            return
        if was is None or was.nonce != made.nonce:
            self.claimed[made.nonce] = self.world.now
        elif made.asked is Asked.NEWS and was.asked is not Asked.NEWS and self._is_all_there_was(after, made):
            raise Violation("I6", "a hint about what is under way counts as news of something else")

    def _is_all_there_was(self, row: Row, made: Generation) -> bool:
        """Since the claim, the source could show nothing but what is being made, no code makes it anew, and nobody asks
        for it again."""
        document = self.documents[row.document]
        cabinet = self.registrations.current(document.cabinet)
        newest = max(it.code for it in self.world.processes) * 1_000 + cabinet.policy_revision
        since = self.claimed[made.nonce] - (STALENESS if self._stale_source(document) else 0.0)
        return (
            self.world.running.kind not in AGAIN
            and made.revision >= newest
            and cabinet.retention_days is None
            and document.was_throughout(made.version, since)
        )

    def erasure_is_whole(self, document: DocumentId) -> None:
        """Answered, it holds in each of the cabinet's indexes: the one that has it alone may be dropped."""
        cabinet = self.registrations.current(self.documents[document].cabinet)
        if any(self._row(it.name, document).erasure is None for it in cabinet.indexes):
            raise Violation("I2", "an erasure is answered, and one of the cabinet's indexes has no tombstone")

    def _follows(self, cabinet: Cabinet, index: IndexRef) -> bool:
        return any(it.name == index.name and it.state is not IndexState.RETIRING for it in cabinet.indexes)

    def _stale_source(self, document: Document) -> bool:
        return document.source.kind.value == "sharepoint"

    def _row(self, index: str, document: DocumentId) -> Row:
        stored = self.ledger.rows.get((index, document))
        return stored[0] if stored else Row(document)

    def _rows_of(self, document: DocumentId) -> list[Row]:
        return [self._row(index, document) for index in self.indexes]


def _is_denied(row: Row) -> bool:
    """Nothing is decided about it: the source does not even tell its version."""
    return row.parked is not None and row.parked.reason == ParkReason.FORBIDDEN
