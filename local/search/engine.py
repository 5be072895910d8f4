"""One index: its schema, its file and what is kept in memory. Writes are batches, and each item has a status.

Promises: an acknowledged batch survives a SIGKILL; what is deleted or replaced is out of the file and of the vectors
when the call returns. With a visibility lag an acknowledged write waits in the file, in order, until it is due.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.search import documents, suggest
from local.search.documents import Document
from local.search.errors import SearchError, invalid
from local.search.full_text import FullText
from local.search.requests import read, selected
from local.search.schema import Schema
from local.search.searching import Reading, search, shown
from local.search.store import Put, Store
from local.search.vectors import VectorColumn
from local.search.wire import Body, Json

MAX_ACTIONS = 1000
ACTIONS = ("upload", "merge", "mergeOrUpload", "delete")


@dataclass(frozen=True, slots=True)
class Action:
    kind: str
    document: Document


@dataclass(frozen=True, slots=True)
class Item:
    """The status of one action."""

    key: str
    status: int
    error: str | None = None

    def body(self) -> dict[str, Json]:
        return {
            "key": self.key,
            "status": self.status < 300,
            "errorMessage": self.error,
            "statusCode": self.status,
        }


@dataclass(frozen=True, slots=True)
class Pace:
    """How the write is to misbehave: nothing, by default."""

    lag: float = 0.0  # seconds until it shows
    fails: Callable[[], bool] = lambda: False  # asked once per item


class Index:
    def __init__(self, schema: Schema, file: Path) -> None:
        self.store = Store(file)
        self._columns: dict[str, VectorColumn] = {}
        self.schema = schema
        self._reading = self._read_with(schema)
        for path, column in self._columns.items():
            for batch in self.store.every_vector(path):
                column.change(batch, [])
        self._waiting = self.store.waits()

    def _read_with(self, schema: Schema) -> Reading:
        self.store.prepare_texts([field.path for field in schema.texts])
        for field in schema.vectors:
            self._columns.setdefault(field.path, VectorColumn(field.dimensions, schema.metric(field)))
        return Reading(schema, self.store, FullText(self.store, schema), self._columns)

    def change(self, schema: Schema) -> None:
        """A definition that `refuse_breaking_changes` allowed."""
        with self.store.lock:
            self._reading = self._read_with(schema)
            self.schema = schema

    def close(self) -> None:
        self.store.close()

    # Writes

    def actions(self, body: Body) -> list[Action]:
        """A batch, checked as a whole. Raises SearchError(400)."""
        parts = body.bodies("value")
        if not parts:
            raise invalid("The request is invalid. Details: actions : No indexing actions found in the request.")
        if len(parts) > MAX_ACTIONS:
            raise invalid(f"The request is invalid. Details: actions : A batch has at most {MAX_ACTIONS} actions.")
        return [self._action(part, position) for position, part in enumerate(parts)]

    def _action(self, body: Body, position: int) -> Action:
        kind = body.text("@search.action", "upload")
        if kind not in ACTIONS:
            raise invalid(f"The request is invalid. Details: actions : {position}: '{kind}' is not an action.")
        return Action(kind, documents.read(self.schema, body, position))

    def write(self, actions: Sequence[Action], now: float, pace: Pace | None = None) -> list[Item]:
        pace = pace or Pace()
        with self.store.lock:
            self.show_what_is_due(now)
            state: dict[str, Document | None] = {}
            items = [self._apply(action, state, pace) for action in actions]
            if pace.lag > 0 or self._waiting:
                self.store.postpone(now + pace.lag, list(state.items()))
                self._waiting = True
                self.show_what_is_due(now)
            else:
                self._write(state)
        return items

    def _apply(self, action: Action, state: dict[str, Document | None], pace: Pace) -> Item:
        key = action.document.key
        if pace.fails():
            return Item(key, 503, "You have exceeded the capacity of this service. Try again later.")
        if action.kind == "delete":
            state[key] = None
            return Item(key, 200)
        old = state[key] if key in state else self._latest(key)
        if action.kind == "merge" and old is None:
            return Item(key, 404, "Document not found.")
        new = action.document if old is None or action.kind == "upload" else documents.merged(old, action.document)
        if (path := documents.oversized(self.schema, new)) is not None:
            return Item(key, 400, f"Field '{path}' contains a term that is too large to process. The max length for "
                                  f"UTF-8 encoded terms is {documents.MAX_TERM_BYTES} bytes.")  # fmt: skip
        state[key] = new
        return Item(key, 201 if old is None else 200)

    def _latest(self, key: str) -> Document | None:
        if self._waiting:
            waits, document = self.store.postponed(key)
            if waits:
                return document
        return self.store.document(key)

    def _write(self, state: dict[str, Document | None]) -> None:
        puts = [self._put(document) for document in state.values() if document is not None]
        written = self.store.write(puts, [key for key, document in state.items() if document is None])
        self._reading.full_text.change(written)
        for path, column in self._columns.items():
            vectors = [(number, put.document.vectors.get(path, b"")) for number, put in written.put]
            gone = [number for number, data in vectors if not data]
            column.change([(number, data) for number, data in vectors if data], [*written.dropped, *gone])

    def _put(self, document: Document) -> Put:
        terms = list(documents.terms_of(self.schema, document))
        return Put(document, terms, documents.analysed(self.schema, document))

    def show_what_is_due(self, now: float) -> None:
        """Make visible what has waited long enough."""
        if not self._waiting:
            return
        with self.store.lock:
            last, changes = self.store.due(now)
            if changes:
                self._write(dict(changes))
                self.store.forget_postponed(last)
            self._waiting = self.store.waits()

    # Reads

    def lookup(self, key: str, select: list[str]) -> dict[str, Json] | None:
        chosen = selected(self.schema, select)
        document = self.store.document(key)
        return None if document is None else shown(self.schema, document.fields, document.vectors, chosen)

    def count(self) -> int:
        return self.store.count()

    def statistics(self) -> dict[str, Json]:
        vectors = sum(column.size for column in self._columns.values())
        count = self.count()
        return {
            "documentCount": count,
            "storageSize": self.store.size() if count else 0,
            "vectorIndexSize": vectors,
        }

    def search(self, body: Body, link: str) -> dict[str, Json]:
        return search(self._reading, read(self.schema, body), link)

    def suggest(self, body: Body) -> dict[str, Json]:
        return suggest.suggest(self._reading, body)

    def autocomplete(self, body: Body) -> dict[str, Json]:
        return suggest.autocomplete(self._reading, body)


def too_large() -> SearchError:
    return SearchError(413, "The request entity is too large: a batch is at most 16 MB.")
