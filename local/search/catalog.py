"""Indexes and aliases by name, with ETags: what an operator creates, changes and drops. Durable in one small file.

An alias stands for its index wherever documents are read or written. Dropping an index removes its file.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import apsw

from local.search.engine import Index
from local.search.errors import SearchError, no_alias, no_index, precondition_failed, refused
from local.search.schema import Schema, refuse_breaking_changes, schema_of
from local.search.wire import Body, Json

TABLES = """
create table if not exists indexes (name text primary key, file text, definition text, etag text);
create table if not exists aliases (name text primary key, target text);
"""
SUFFIXES = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Conditions:
    """If-Match and If-None-Match; empty where they were not sent."""

    match: str = ""
    none_match: str = ""

    def check(self, etag: str | None) -> None:
        """Raises SearchError(412). `etag` is None where nothing is there."""
        if self.none_match == "*" and etag is not None:
            raise precondition_failed()
        if self.match and (etag is None or self.match not in ("*", etag)):
            raise precondition_failed()


@dataclass(slots=True)
class Entry:
    index: Index
    file: str
    etag: str


class Catalog:
    def __init__(self, home: Path, quota: int = 50) -> None:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home = home
        self.quota = quota  # indexes; S1 has 50
        self._lock = threading.RLock()
        self._file = apsw.Connection(str(home / "catalog.db"))
        self._file.execute("pragma journal_mode=wal").fetchall()
        self._file.execute(TABLES).fetchall()
        self._entries = self._opened()
        self._aliases = {str(name): str(to) for name, to in self._file.execute("select name, target from aliases")}

    def _opened(self) -> dict[str, Entry]:
        rows = self._file.execute("select name, file, definition, etag from indexes").fetchall()
        return {
            str(name): Entry(Index(schema_of(_body(str(text))), self.home / str(file)), str(file), str(etag))
            for name, file, text, etag in rows
        }

    def close(self) -> None:
        for entry in self._entries.values():
            entry.index.close()
        self._file.close()

    # Indexes

    def index(self, name: str) -> Index:
        """By name or by alias. Raises SearchError(404)."""
        entry = self._entries.get(self._aliases.get(name, name))
        if entry is None:
            raise SearchError(404, f"The index '{name}' for service 'local' was not found.")
        return entry.index

    def indexes(self) -> list[Index]:
        return [entry.index for entry in self._entries.values()]

    def definition(self, name: str) -> tuple[Mapping[str, Json], str]:
        """The definition with its ETag. An alias has none of its own."""
        entry = self._entries.get(name)
        if entry is None:
            raise no_index(name)
        return {"@odata.etag": entry.etag, **entry.index.schema.definition}, entry.etag

    def names(self) -> list[str]:
        return sorted(self._entries)

    def put_index(self, name: str, body: Body, conditions: Conditions) -> tuple[Mapping[str, Json], str, bool]:
        """Create or update. True where it was created."""
        schema = schema_of(body)
        if schema.name != name:
            raise refused("The index name in the URL does not match the one in the body.", "InvalidName")
        with self._lock:
            entry = self._entries.get(name)
            conditions.check(entry.etag if entry else None)
            if entry is None:
                self._create(schema)
            else:
                self._change(entry, schema)
            return *self.definition(name), entry is None

    def _create(self, schema: Schema) -> None:
        if schema.name in self._aliases:
            raise refused(f"An alias with the name '{schema.name}' exists already.", "ResourceNameAlreadyInUse")
        if len(self._entries) >= self.quota:
            raise SearchError(429, f"Index quota has been exceeded for this service: it allows {self.quota} indexes.")
        file, etag = f"index-{uuid4().hex}.db", _etag()
        entry = Entry(Index(schema, self.home / file), file, etag)
        with self._file:
            row = (schema.name, file, json.dumps(schema.definition), etag)
            self._file.execute("insert into indexes (name, file, definition, etag) values (?, ?, ?, ?)", row)
        self._entries[schema.name] = entry

    def _change(self, entry: Entry, schema: Schema) -> None:
        refuse_breaking_changes(entry.index.schema, schema)
        etag = _etag()
        with self._file:
            row = (json.dumps(schema.definition), etag, schema.name)
            self._file.execute("update indexes set definition = ?, etag = ? where name = ?", row)
        entry.index.change(schema)
        entry.etag = etag

    def drop_index(self, name: str, conditions: Conditions) -> None:
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                raise no_index(name)
            conditions.check(entry.etag)
            pointing = [alias for alias, target in self._aliases.items() if target == name]
            if pointing:
                raise refused(
                    f"Cannot delete index '{name}' because it is used by the alias '{pointing[0]}'.",
                    "CannotDeleteIndexUsedByAlias",
                )
            with self._file:
                self._file.execute("delete from indexes where name = ?", (name,))
            del self._entries[name]
            entry.index.close()
            for suffix in SUFFIXES:
                (self.home / f"{entry.file}{suffix}").unlink(missing_ok=True)

    # Aliases

    def aliases(self) -> list[dict[str, Json]]:
        return [self.alias(name) for name in sorted(self._aliases)]

    def alias(self, name: str) -> dict[str, Json]:
        if name not in self._aliases:
            raise no_alias(name)
        return {"name": name, "indexes": [self._aliases[name]]}

    def put_alias(self, name: str, body: Body) -> tuple[dict[str, Json], bool]:
        """Create, or swap. True where it was created."""
        targets = body.names("indexes")
        if body.text("name", name) != name or len(targets) != 1:
            raise refused("An alias has the name of its URL and exactly one index.", "InvalidRequestParameter")
        with self._lock:
            if name in self._entries:
                raise refused(f"An index with the name '{name}' exists already.", "ResourceNameAlreadyInUse")
            if targets[0] not in self._entries:
                raise refused(f"The index '{targets[0]}' of the alias does not exist.", "IndexNotFound")
            created = name not in self._aliases
            with self._file:
                self._file.execute("insert or replace into aliases (name, target) values (?, ?)", (name, targets[0]))
            self._aliases[name] = targets[0]
            return self.alias(name), created

    def drop_alias(self, name: str) -> None:
        with self._lock:
            if name not in self._aliases:
                raise no_alias(name)
            with self._file:
                self._file.execute("delete from aliases where name = ?", (name,))
            del self._aliases[name]


def _etag() -> str:
    return f'"0x{uuid4().hex[:15].upper()}"'


def _body(text: str) -> Body:
    return Body(json.loads(text), "definition")
