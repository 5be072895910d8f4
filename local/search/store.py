"""The file of one index: documents, their terms, their analysed text (FTS5) and their vectors, in one transaction.

Promises: what `write` returned from survives a SIGKILL (write-ahead log), though not a power cut; a document that was
replaced or deleted has left every byte of the file and of its log when `write` returns (secure_delete of SQLite and of
FTS5, then a truncating checkpoint). One writer at a time, any number of readers. Never logs, never quotes a value in an
error.
"""

import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from queue import Empty, LifoQueue

import apsw

from local.search.documents import Document, Term
from local.search.wire import Json

type Bound = str | int | float | bytes | None
TABLES = """
create table if not exists documents (id integer primary key, key text not null unique);
create table if not exists bodies (id integer primary key, body text not null);
create table if not exists terms (path text, value, id integer, element integer, primary key (path, value, id, element))
    without rowid;
create index if not exists terms_by_id on terms (id);
create table if not exists vectors (id integer, path text, data blob, primary key (id, path));
create table if not exists texts (number integer primary key, path text not null unique);
create table if not exists pending (number integer primary key autoincrement, due real, key text, document text);
create index if not exists pending_by_key on pending (key);
"""
# Every printing character belongs to a word: the analyzers have already cut the text.
TOKENIZER = "unicode61 remove_diacritics 0 categories ''L* M* N* P* S* Co''"
BUSY_MILLISECONDS = 10_000
LOADED_AT_ONCE = 1000  # vectors


@dataclass(frozen=True, slots=True)
class Put:
    """A document as it is stored. `id` is given by the store."""

    document: Document
    terms: Sequence[Term]
    texts: dict[str, str]  # analysed, per path


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did, for the caches in memory."""

    put: list[tuple[int, Put]]
    dropped: list[int]


class Store:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.RLock()
        self._readers: LifoQueue[apsw.Connection] = LifoQueue()
        self._writer = self._open(write=True)
        self._writer.execute(TABLES).fetchall()
        self.generation = 0  # rises with every write: what was cached before it is stale
        self._tables = self._known_tables()

    def _open(self, *, write: bool) -> apsw.Connection:
        connection = apsw.Connection(str(self._path))
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        # Each pragma alone: several in one string stop at the first that gives a row.
        # Nothing waits for the disk: what a killed process wrote, the system still has.
        pragmas = ["journal_mode=wal", "synchronous=off", "secure_delete=on", "temp_store=memory"]
        for pragma in pragmas if write else ["query_only=on", "temp_store=memory"]:
            connection.execute(f"pragma {pragma}").fetchall()
        return connection

    def close(self) -> None:
        with self._writing:
            while not self._readers.empty():
                self._readers.get_nowait().close()
            self._writer.close()

    @property
    def lock(self) -> threading.RLock:
        """Held by who reads before it writes."""
        return self._writing

    @contextmanager
    def _reader(self) -> Iterator[apsw.Connection]:
        try:
            connection = self._readers.get_nowait()
        except Empty:
            connection = self._open(write=False)
        try:
            yield connection
        finally:
            self._readers.put(connection)

    def rows(self, sql: str, bound: Sequence[Bound] = ()) -> list[tuple[Bound, ...]]:
        with self._reader() as connection:
            # apsw types a blob as any buffer; it gives bytes
            found: list[tuple[Bound, ...]] = connection.execute(sql, tuple(bound)).fetchall()  # type: ignore[assignment]
            return found

    # Full-text tables: one per searchable field, so that each has its own lengths and frequencies, as Lucene's have.

    def _known_tables(self) -> dict[str, str]:
        rows = self._writer.execute("select path, number from texts").fetchall()
        return {str(path): f"text_{number}" for path, number in rows}

    def prepare_texts(self, paths: Sequence[str]) -> None:
        for path in paths:
            if path in self._tables:
                continue
            with self._writing, self._writer:
                self._writer.execute("insert into texts (path) values (?)", (path,))
                table = f"text_{self._writer.last_insert_rowid()}"
                self._writer.execute(f"create virtual table {table} using fts5 (body, tokenize='{TOKENIZER}')")
                self._writer.execute(f"create virtual table {table}_words using fts5vocab ({table}, instance)")
                self._writer.execute(f"insert into {table} ({table}, rank) values ('secure-delete', 1)")  # noqa: S608
            self._tables = {**self._tables, path: table}

    def table(self, path: str) -> str:
        return self._tables[path]

    # Documents

    def document(self, key: str) -> Document | None:
        found = self.rows("select id, body from documents join bodies using (id) where key = ?", (key,))
        if not found:
            return None
        number, body = found[0]
        vectors = self.rows("select path, data from vectors where id = ?", (number,))
        return Document(key, json.loads(str(body)), {str(path): _blob(data) for path, data in vectors})

    def bodies(self, ids: Sequence[int]) -> dict[int, dict[str, Json]]:
        sql = "select id, body from bodies where id in (select value from json_each(?))"
        return {_whole(number): json.loads(str(body)) for number, body in self.rows(sql, (json.dumps(list(ids)),))}

    def vectors_of(self, path: str, ids: Sequence[int]) -> dict[int, bytes]:
        sql = "select id, data from vectors where path = ? and id in (select value from json_each(?))"
        return {_whole(number): _blob(data) for number, data in self.rows(sql, (path, json.dumps(list(ids))))}

    def every_vector(self, path: str) -> Iterator[list[tuple[int, bytes]]]:
        """In batches."""
        with self._reader() as connection:
            found = connection.execute("select id, data from vectors where path = ?", (path,))
            for rows in batched(found, LOADED_AT_ONCE, strict=False):
                yield [(_whole(number), _blob(data)) for number, data in rows]

    def text_lengths(self, path: str) -> Iterator[tuple[int, int]]:
        """The number of terms of each document that has the field."""
        sql = f"select id, sz from {self._tables[path]}_docsize"  # noqa: S608 - our own name
        return ((_whole(number), _varint(_blob(size))) for number, size in self.rows(sql))

    def count(self) -> int:
        return _whole(self.rows("select count(*) from documents")[0][0])

    def size(self) -> int:
        """Bytes of the file."""
        pages, each = self.rows("select page_count, page_size from pragma_page_count, pragma_page_size")[0]
        return _whole(pages) * _whole(each)

    def write(self, puts: Sequence[Put], deletes: Sequence[str]) -> Written:
        """All or nothing. Keys are distinct. What was there before under the same keys is erased."""
        with self._writing:
            with self._writer:
                written, erased = self._apply(puts, deletes)
            self.generation += 1
            if erased:
                self._erase_log()
            return written

    def _apply(self, puts: Sequence[Put], deletes: Sequence[str]) -> tuple[Written, bool]:
        written = Written([], [])
        erased = False
        for key in deletes:
            number = self._number(key)
            if number is not None:
                self._remove_rows(number)
                self._writer.execute("delete from documents where id = ?", (number,))
                written.dropped.append(number)
        for put in puts:
            number = self._number(put.document.key)
            if number is not None:
                self._remove_rows(number)
                erased = True
            written.put.append((self._insert(number, put), put))
        return written, erased or bool(written.dropped)

    def _number(self, key: str) -> int | None:
        row = self._writer.execute("select id from documents where key = ?", (key,)).fetchone()
        return None if row is None else _whole(row[0])

    def _remove_rows(self, number: int) -> None:
        self._writer.execute("delete from terms where id = ?", (number,))
        self._writer.execute("delete from vectors where id = ?", (number,))
        self._writer.execute("delete from bodies where id = ?", (number,))
        for table in self._tables.values():
            self._writer.execute(f"delete from {table} where rowid = ?", (number,))  # noqa: S608 - our own name

    def _insert(self, number: int | None, put: Put) -> int:
        body = json.dumps(put.document.fields, ensure_ascii=False)
        if number is None:
            self._writer.execute("insert into documents (key) values (?)", (put.document.key,))
            number = self._writer.last_insert_rowid()
        self._writer.execute("insert into bodies (id, body) values (?, ?)", (number, body))
        self._writer.executemany(
            "insert or ignore into terms (path, value, id, element) values (?, ?, ?, ?)",
            [(term.path, term.value, number, term.element) for term in put.terms],
        )
        self._writer.executemany(
            "insert into vectors (id, path, data) values (?, ?, ?)",
            [(number, path, data) for path, data in put.document.vectors.items() if data],
        )
        for path, text in put.texts.items():
            if text:
                sql = f"insert into {self._tables[path]} (rowid, body) values (?, ?)"  # noqa: S608 - our own name
                self._writer.execute(sql, (number, text))
        return number

    def _erase_log(self) -> None:
        """Into the file, where secure_delete has overwritten what went, and the log emptied.

        Waits for readers: a read is one statement, fetched at once, so they are gone in milliseconds.
        """
        while self._writer.execute("pragma wal_checkpoint(truncate)").fetchall()[0][0]:
            pass

    # Writes that are acknowledged and not yet visible

    def postpone(self, due: float, changes: Sequence[tuple[str, Document | None]]) -> None:
        """Never due before what was postponed earlier: a replica catches up in order."""
        with self._writing, self._writer:
            last = self._writer.execute("select max(due) from pending").fetchall()[0][0]
            due = max(due, last) if isinstance(last, int | float) else due
            rows = [(due, key, None if document is None else _dumped(document)) for key, document in changes]
            self._writer.executemany("insert into pending (due, key, document) values (?, ?, ?)", rows)

    def postponed(self, key: str) -> tuple[bool, Document | None]:
        """Whether a write of this key waits, and the document that the last one of them leaves (None: deleted)."""
        found = self.rows("select document from pending where key = ? order by number desc limit 1", (key,))
        return (True, _loaded(key, found[0][0])) if found else (False, None)

    def due(self, now: float) -> tuple[int, list[tuple[str, Document | None]]]:
        """What is to be made visible, in order, and the number up to which it is to be forgotten."""
        rows = self.rows("select number, key, document from pending where due <= ? order by number", (now,))
        return (_whole(rows[-1][0]) if rows else 0), [(str(key), _loaded(str(key), data)) for _, key, data in rows]

    def waits(self) -> bool:
        return bool(self.rows("select 1 from pending limit 1"))

    def forget_postponed(self, up_to: int) -> None:
        with self._writing:
            with self._writer:
                self._writer.execute("delete from pending where number <= ?", (up_to,))
            self._erase_log()


def _whole(value: Bound) -> int:
    assert isinstance(value, int)  # noqa: S101 - an integer column
    return value


def _blob(value: Bound) -> bytes:
    assert isinstance(value, bytes)  # noqa: S101 - a blob column
    return value


def _varint(data: bytes) -> int:
    """SQLite's variable-length integer, of up to eight bytes: seven bits each, the highest first."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def _dumped(document: Document) -> str:
    vectors = {path: b64encode(data).decode() for path, data in document.vectors.items()}
    return json.dumps({"fields": document.fields, "vectors": vectors}, ensure_ascii=False)


def _loaded(key: str, data: Bound) -> Document | None:
    if data is None:
        return None
    kept = json.loads(str(data))
    return Document(key, kept["fields"], {path: b64decode(text) for path, text in kept["vectors"].items()})
