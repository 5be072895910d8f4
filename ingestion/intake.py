"""From an event to queue messages: find whose place it is, seal the path, enqueue ids. Milliseconds, no heavy import.

The cabinet is decided here by the registry, from where the event came. An event from a place that nobody registered is
refused: it is recorded by code and dropped, because Event Grid's retries would not make it ours.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingestion import client_state
from ingestion.errors import Refuse
from ingestion.events import Sighting, graph_events, sightings
from ingestion.locators import document_id, seal
from ingestion.model import Cabinet, Change, ChangeKind, DocumentId, Locator, SourceRef
from ingestion.ports import Keys, Queue, Registry
from ingestion.telemetry import Telemetry

WHOLE_SOURCE = DocumentId("")  # a message for a source, not for a document of it


def new_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Intake:
    registry: Registry
    keys: Keys
    documents: Queue
    drives: Queue
    telemetry: Telemetry
    ids: Callable[[], str] = new_id

    def receive(self, event: Mapping[str, object]) -> list[Change]:
        """`enqueue` for a trigger: a refused event is recorded and done with, since a retry would not make it ours."""
        try:
            return self.enqueue(event)
        except Refuse:
            return []

    def receive_from_graph(self, body: bytes) -> int:
        """What Graph sends to a plain webhook: the HTTP status that it gets. 202 tells it that we have understood.

        Raises:
            Retry: registry, keys or queue cannot be reached: Graph must come again.
        """
        try:
            events = graph_events(json.loads(body))
        except (ValueError, RecursionError, Refuse):
            return 400  # not a notification: nothing would be lost by it
        for event in events:
            self.receive(event)
        return 202

    def changes(self, event: Mapping[str, object]) -> list[Change]:
        """What `enqueue` would send, for who only wants to know whose event it is. Refuse: it is not ours."""
        return self._changes(sightings(event), self.ids())

    def enqueue(self, event: Mapping[str, object]) -> list[Change]:
        """Enqueue what the event asks to look at; what was enqueued is returned.

        Raises:
            Retry: registry, keys or queue cannot be reached: the event must come again. Refuse: it is not ours.
        """
        correlation = self.ids()
        with self.telemetry.span("event_received", correlation=correlation) as stage:
            try:
                changes = self._changes(sightings(event), correlation)
            except Refuse:
                stage.note(outcome="refused")
                raise
            for change in changes:
                self._queue_of(change).send(change)
            stage.note(outcome="enqueued", enqueued=len(changes))
            return changes

    def _changes(self, seen: list[Sighting], correlation: str) -> list[Change]:
        """Refused only where no place is ours: a blob renamed out of a cabinet must leave it."""
        changes, refused = [], None
        for it in seen:
            try:
                changes.append(self._change(it, correlation))
            except Refuse as refusal:
                refused = refusal
        if refused is not None and not changes:
            raise refused
        return changes

    def _change(self, it: Sighting, correlation: str) -> Change:
        found = self.registry.by_route(it.route) if it.client_state is None else self._proved(it, it.client_state)
        if found is None:
            raise Refuse(
                "unknown_place", "No cabinet has registered the place of this event; onboard it, or unsubscribe."
            )
        cabinet, source = found
        if it.path is None:
            return self.whole_source(cabinet, source, it.kind, correlation)
        locator = seal(self.keys.secret(cabinet), source.id, it.path)
        return Change(
            id=self.ids(),
            source=source.id,
            cabinet=cabinet.id,
            document=document_id(source.id, locator),
            locator=locator,
            kind=it.kind,
            correlation=correlation,
            raised_at=it.raised_at,
        )

    def _proved(self, it: Sighting, state: str) -> tuple[Cabinet, SourceRef] | None:
        """Of a notification of Graph's: it carries our secret for the source, and names no drive but that source's."""
        source_id = client_state.named(state)
        cabinet = self.registry.by_source(source_id)
        source = cabinet.source(source_id) if cabinet else None
        if cabinet is None or source is None or it.route not in ("", source.route):
            return None
        if not client_state.proves(state, self.keys.secret(cabinet), source.id):
            raise Refuse("unproved", "The notification does not carry the secret of its subscription.")
        return cabinet, source

    def whole_source(self, cabinet: Cabinet, source: SourceRef, kind: ChangeKind, correlation: str) -> Change:
        return Change(
            id=self.ids(),
            source=source.id,
            cabinet=cabinet.id,
            document=WHOLE_SOURCE,
            locator=Locator(""),
            kind=kind,
            correlation=correlation,
        )

    def _queue_of(self, change: Change) -> Queue:
        return self.drives if change.document == WHOLE_SOURCE else self.documents
