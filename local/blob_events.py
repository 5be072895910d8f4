"""Blob events, which Azurite lacks: its access log in, Microsoft.Storage.BlobCreated and BlobDeleted out.

Promises: an event for every acknowledged write and delete, in Azure's shape, within about 100 ms; none lost by a
restart (the position is kept after publishing, and a repeated event keeps its id and sequencer). It asks the blob for
its ETag and length after the fact: a blob overwritten meanwhile is described as it is now. Must never log a name.
"""

import os
import signal
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from urllib.parse import quote

from local.access_log import AccessLog, Entry, Operation, Position
from local.azurite import ACCOUNT, Layout
from local.client import EVENT_GRID, Answer, Client, Storage, Tokens, Unreachable
from local.event_grid import GROUP
from local.events.dead_letters import timestamp
from local.events.schemas import Event, Schema
from local.server import Request, Response, arguments, json_response, run

TOPIC = "storage"
RESOURCE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
PAUSE = 0.02  # seconds between two looks at the log
LONGEST_PAUSE = 2.0  # between two tries to reach a part that is down
LOOKS = 8  # blobs asked about at the same time
PER_REQUEST = 100  # events; the longest names make them 10 kB each, and a request takes 1 MB
UNKNOWN_TYPE = "application/octet-stream"

_TABLES = """
CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY CHECK (one = 1), log INTEGER, at INTEGER);
CREATE TABLE IF NOT EXISTS blobs (container TEXT, blob TEXT, content_type TEXT, blob_type TEXT,
    PRIMARY KEY (container, blob));
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What an event of a deleted blob still tells, and storage no longer can."""

    container: str
    blob: str
    content_type: str = UNKNOWN_TYPE
    blob_type: str = "BlockBlob"


class Memory:
    """How far the log was read, and which blobs there are."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)

    def close(self) -> None:
        self._connection.close()

    def position(self) -> Position:
        row = self._connection.execute("SELECT log, at FROM position").fetchone()
        return Position(*row) if row else Position()

    def advance(self, position: Position, there: Iterable[Known], gone: Iterable[Known]) -> None:
        run_all = self._connection.executemany
        self._connection.execute("BEGIN")
        rows = [(it.container, it.blob, it.content_type, it.blob_type) for it in there]
        run_all("REPLACE INTO blobs VALUES (?, ?, ?, ?)", rows)
        run_all("DELETE FROM blobs WHERE container = ? AND blob = ?", [(it.container, it.blob) for it in gone])
        self._connection.execute("REPLACE INTO position VALUES (1, ?, ?)", (position.log, position.offset))
        self._connection.execute("COMMIT")

    def known(self, container: str, blob: str) -> Known:
        where = "SELECT * FROM blobs WHERE container = ? AND blob = ?"
        row = self._connection.execute(where, (container, blob)).fetchone()
        return Known(*row) if row else Known(container, blob)

    def all_known(self, container: str) -> list[Known]:
        """In one container, or everywhere."""
        where = "SELECT * FROM blobs WHERE container = ?1 OR ?1 = '' ORDER BY container, blob"
        return [Known(*row) for row in self._connection.execute(where, (container,))]


class BlobEvents:
    """The loop: read, look, publish, remember. In this order, so that a crash repeats and never loses."""

    def __init__(self, log: AccessLog, memory: Memory, storage: Storage, publisher: "Publisher") -> None:
        self._log = log
        self._memory = memory
        self._storage = storage
        self._publisher = publisher
        self._blob_url = storage.blob_url
        self._looks = ThreadPoolExecutor(LOOKS)
        self.position = memory.position()
        self.published = 0

    def run(self, stopped: threading.Event) -> None:
        with self._looks:
            while not stopped.is_set():
                if not self.step():
                    stopped.wait(PAUSE)

    def step(self) -> bool:
        """Whether there was anything to read."""
        entries, after = self._log.read(self.position)
        if after == self.position:
            return False
        for part in batched(entries, PER_REQUEST, strict=False):
            self._publish(part)
        self._memory.advance(after, (), ())
        if after.log != self.position.log:
            self._log.forget(after)
        self.position = after
        return True

    def _publish(self, entries: Sequence[Entry]) -> None:
        batches = [it for it in entries if it.operation is Operation.BATCH]
        events: list[Event] = []
        there: dict[tuple[str, str], Known] = {}
        gone: dict[tuple[str, str], Known] = {}
        single = [it for it in entries if it.operation is not Operation.BATCH]
        for entry, event, known in self._looks.map(self._described, single):
            key = (known.container, known.blob)
            (gone if entry.operation is Operation.DELETE_BLOB else there)[key] = known
            (there if entry.operation is Operation.DELETE_BLOB else gone).pop(key, None)
            events.append(event)
        self._publisher.publish(events)
        self._memory.advance(self.position, there.values(), gone.values())
        for entry in batches:
            self._publish_batch(entry)
        self.published += len(events)

    def _publish_batch(self, entry: Entry) -> None:
        """The log does not name what a batch deleted: whatever we knew and storage no longer has."""
        known = self._memory.all_known(entry.container)
        answers = self._looks.map(lambda it: self._look(it.container, it.blob), known)
        gone = [it for it, answer in zip(known, answers, strict=True) if answer.status == 404]
        for part in batched(gone, PER_REQUEST, strict=False):
            self._publisher.publish([self._deleted(entry.at, it) for it in part])
        self._memory.advance(self.position, (), gone)
        self.published += len(gone)

    def _described(self, entry: Entry) -> tuple[Entry, Event, Known]:
        if entry.operation is Operation.DELETE_BLOB:
            known = self._memory.known(entry.container, entry.blob)
            return entry, self._deleted(entry.at, known), known
        answer = self._look(entry.container, entry.blob)
        found = answer.headers if answer.status == 200 else {}
        known = Known(
            entry.container,
            entry.blob,
            found.get("content-type", UNKNOWN_TYPE),
            found.get("x-ms-blob-type", "BlockBlob"),
        )
        # Gone again already: its deletion follows in the log. The event must still be whole.
        data = {
            "eTag": found.get("etag", "0x0").strip('"'),
            "contentType": known.content_type,
            "contentLength": int(found.get("content-length", 0)),
        }
        return entry, self._event("Microsoft.Storage.BlobCreated", entry.operation, entry.at, known, data), known

    def _deleted(self, at: Position, known: Known) -> Event:
        data: dict[str, object] = {"contentType": known.content_type}
        return self._event("Microsoft.Storage.BlobDeleted", Operation.DELETE_BLOB, at, known, data)

    def _event(self, kind: str, api: Operation, at: Position, known: Known, data: dict[str, object]) -> Event:
        path = f"{known.container}/{known.blob}"
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._blob_url}/{at.log}/{at.offset}/{path}")
        return Event(
            id=str(identity),
            type=kind,
            source=RESOURCE,
            subject=f"/blobServices/default/containers/{known.container}/blobs/{known.blob}",
            time=timestamp(time.time()),
            data={
                "api": api.value,
                "requestId": str(identity),
                **data,
                "blobType": known.blob_type,
                "url": f"{self._blob_url}/{quote(path, safe='/~')}",
                "sequencer": f"{at.log:016x}{at.offset:032x}",
                "storageDiagnostics": {"batchId": str(identity)},
            },
            data_version="",
            extensions={},
        )

    def _look(self, container: str, blob: str) -> Answer:
        """Until storage answers: it may be restarting."""
        pause = PAUSE
        while True:
            try:
                answer = self._storage.head_blob(container, blob)
                if answer.status in {200, 404}:
                    return answer
            except Unreachable:
                pass  # the pause is the answer
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


class Publisher:
    """To the storage account's system topic, until it is taken."""

    def __init__(self, event_grid: Client, tokens: Tokens) -> None:
        self._event_grid = event_grid
        self._tokens = tokens

    def publish(self, events: Sequence[Event]) -> None:
        if not events:
            return
        body = f"[{','.join(it.written(Schema.EVENT_GRID) for it in events)}]".encode()
        pause = PAUSE
        while (problem := self._problem(body)) is not None:
            sys.stderr.write(f"event grid does not take events: {problem}; trying again\n")
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _problem(self, body: bytes) -> str | None:
        try:
            headers = {"Content-Type": "application/json", **self._tokens.authorization(EVENT_GRID)}
            status = self._event_grid.call("POST", f"/topics/{TOPIC}/api/events", headers=headers, body=body).status
        except Unreachable as error:
            return str(error)
        return None if status == 200 else str(status)


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--azurite", type=Path, required=True, help="the home of Azurite")
    options = parser.parse_args()
    tokens = Tokens.of(os.environ)
    events = BlobEvents(
        AccessLog(Layout(options.azurite).access),
        Memory(options.home / "blob_events.db"),
        Storage.of(os.environ, tokens),
        Publisher(Client(os.environ["GREFFE_EVENT_GRID_URL"]), tokens),
    )
    stopped = threading.Event()
    threading.Thread(target=_follow, args=(events, stopped), daemon=True).start()
    run(lambda request: _status(events, request), options, on_stop=stopped.set)


def _follow(events: BlobEvents, stopped: threading.Event) -> None:
    """A loop that breaks is a bug: end the process, rather than look alive and follow nothing."""
    try:
        events.run(stopped)
    except BaseException:
        os.kill(os.getpid(), signal.SIGTERM)
        raise


def _status(events: BlobEvents, request: Request) -> Response:
    if request.path != "/_status":
        return Response(404)
    at = events.position
    return json_response(200, {"log": at.log, "offset": at.offset, "published": events.published})


if __name__ == "__main__":
    main()
