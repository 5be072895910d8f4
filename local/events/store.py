"""What Event Grid has promised and not yet kept, in SQLite: it survives a restart and a SIGKILL of the process.

A delivery is one event on its way to one subscription. It is due at a time; once it is given up it carries a reason,
and is due as a dead letter. A row leaves only when it was delivered, written as a dead letter, or dropped, and each of
these ends is counted.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local.events import switches as switchboard
from local.events.retries import Policy
from local.events.schemas import Schema
from local.events.subscriptions import Subscription
from local.events.switches import Switches

_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, resource TEXT NOT NULL, key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (name TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription TEXT NOT NULL,
    event TEXT NOT NULL,
    published REAL NOT NULL,
    expires REAL NOT NULL,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    attempted REAL,
    outcome TEXT NOT NULL DEFAULT '',
    reason TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (subscription, reason IS NULL, due);
"""


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    resource: str  # its id in Azure's form, stamped on events
    key: str


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    subscription: str
    event: str  # JSON, in the subscription's schema
    published: float
    expires: float
    due: float
    attempts: int
    attempted: float | None
    outcome: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class New:
    """A delivery to be kept."""

    subscription: str
    event: str
    published: float
    expires: float
    due: float


_COLUMNS = "id, subscription, event, published, expires, due, attempts, attempted, outcome, reason"


class Store:
    """One connection behind one lock: a laptop's events are few, and each statement takes microseconds."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    # --- switches, topics, subscriptions ---

    def switches(self) -> Switches:
        rows = self._rows("SELECT value FROM settings WHERE name = 'switches'")
        return switchboard.read(str(rows[0][0])) if rows else Switches()

    def turn(self, switches: Switches, *, now: float) -> None:
        """Keep the switches. What waits is due at the new speed of time."""
        ratio = self.switches().time_scale / switches.time_scale
        with self._changing() as changing:
            changing.execute("REPLACE INTO settings VALUES ('switches', ?)", (switchboard.written(switches),))
            for column in ("due", "expires"):
                changing.execute(
                    f"UPDATE deliveries SET {column} = ?1 + ({column} - ?1) * ?2 WHERE {column} > ?1",  # noqa: S608
                    (now, ratio),
                )

    def topic(self, name: str) -> Topic | None:
        rows = self._rows("SELECT name, resource, key FROM topics WHERE name = ?", name)
        return Topic(*map(str, rows[0])) if rows else None

    def add_topic(self, topic: Topic) -> None:
        """The key of a topic that is there already stays."""
        with self._changing() as changing:
            changing.execute(
                "INSERT INTO topics VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET resource = excluded.resource",
                (topic.name, topic.resource, topic.key),
            )

    def subscriptions(self) -> list[Subscription]:
        rows = self._rows("SELECT definition FROM subscriptions ORDER BY name")
        return [_subscription(str(row[0])) for row in rows]

    def subscribe(self, subscription: Subscription) -> None:
        with self._changing() as changing:
            definition = json.dumps(asdict(subscription))
            changing.execute("REPLACE INTO subscriptions VALUES (?, ?)", (subscription.name, definition))

    def unsubscribe(self, name: str) -> bool:
        """What was on its way there goes with it."""
        with self._changing() as changing:
            changing.execute("DELETE FROM deliveries WHERE subscription = ?", (name,))
            return changing.execute("DELETE FROM subscriptions WHERE name = ?", (name,)).rowcount > 0

    # --- deliveries ---

    def keep(self, deliveries: Iterable[New], *, lost: int = 0) -> None:
        """All of a publish request, or nothing of it."""
        rows = [(it.subscription, it.event, it.published, it.expires, it.due) for it in deliveries]
        with self._changing() as changing:
            insert = "INSERT INTO deliveries (subscription, event, published, expires, due) VALUES (?, ?, ?, ?, ?)"
            changing.executemany(insert, rows)
            _count(changing, "accepted", len(rows))
            _count(changing, "lost", lost)

    def due(self, subscription: str, now: float, most: int) -> list[Delivery]:
        where = "subscription = ? AND reason IS NULL AND due <= ? ORDER BY due LIMIT ?"
        return self._deliveries(where, subscription, now, most)

    def due_dead_letters(self, subscription: str, now: float, most: int) -> list[Delivery]:
        where = "subscription = ? AND reason IS NOT NULL AND due <= ? ORDER BY due LIMIT ?"
        return self._deliveries(where, subscription, now, most)

    def _deliveries(self, where: str, *values: object) -> list[Delivery]:
        rows = self._rows(f"SELECT {_COLUMNS} FROM deliveries WHERE {where}", *values)  # noqa: S608 - our own text
        return [Delivery(*row) for row in rows]  # type: ignore[arg-type]

    def next_due(self, after: float) -> float | None:
        rows = self._rows("SELECT MIN(due) FROM deliveries WHERE due > ?", after)
        value = rows[0][0]
        return float(value) if isinstance(value, int | float) else None

    def done(self, ids: Iterable[int], count: str) -> None:
        """These have come to an end: delivered, dead_lettered or dropped."""
        with self._changing() as changing:
            removed = sum(changing.execute("DELETE FROM deliveries WHERE id = ?", (it,)).rowcount for it in ids)
            _count(changing, count, removed)

    def postpone(self, delivery: Delivery, *, due: float, attempted: float, outcome: str, reason: str | None) -> None:
        """After a failed try: due again, or (with a reason) due as a dead letter."""
        with self._changing() as changing:
            changing.execute(
                "UPDATE deliveries SET due = ?, attempts = attempts + 1, attempted = ?, outcome = ?, reason = ? "
                "WHERE id = ?",
                (due, attempted, outcome, reason, delivery.id),
            )
            _count(changing, "failed", 1)

    def give_up(self, delivery: Delivery, *, due: float, reason: str) -> None:
        """Without a further try: its time to live is over, or its dead letter has to wait."""
        with self._changing() as changing:
            changing.execute("UPDATE deliveries SET due = ?, reason = ? WHERE id = ?", (due, reason, delivery.id))

    def counts(self) -> dict[str, int]:
        """By end, plus what is still on its way (`pending`) and what waits to be a dead letter (`dying`)."""
        names = ("accepted", "delivered", "failed", "dead_lettered", "dropped", "lost")
        held = {str(name): int(str(n)) for name, n in self._rows("SELECT name, n FROM counts")}
        pending, dying = self._rows(
            "SELECT COALESCE(SUM(reason IS NULL), 0), COALESCE(SUM(reason IS NOT NULL), 0) FROM deliveries"
        )[0]
        return {
            **{name: held.get(name, 0) for name in names},
            "pending": int(str(pending)),
            "dying": int(str(dying)),
        }


def _count(changing: sqlite3.Connection, name: str, n: int) -> None:
    changing.execute("INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n", (name, n))


def _subscription(text: str) -> Subscription:
    held = json.loads(text)
    held["policy"] = Policy(**held["policy"])
    held["schema"] = Schema(held["schema"])
    held["event_types"] = tuple(held["event_types"])
    return Subscription(**held)
