"""The local cloud as one: everything that Greffe needs of Azure, on loopback, in one folder.

Promises: `start` returns when a document dropped in a container would be ingested; the addresses of a home never
change; `stop` ends everything in reverse; nothing outlives this process, even when it is killed. Must never listen on
anything but loopback.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from local import identity, layout
from local.azurite import SERVICES as AZURITE_SERVICES
from local.azurite import Azurite
from local.blob_events import RESOURCE as STORAGE_RESOURCE
from local.blob_events import TOPIC as STORAGE_TOPIC
from local.certificate import certificate
from local.client import Client, Storage, Tokens, Unreachable
from local.event_grid import GROUP
from local.layout import PARTS, Layout
from local.leash import is_alive
from local.parts import Leash, Part, Process
from local.ports import demand_free, kept
from local.tokens import signer

REPOSITORY = Path(__file__).parent.parent
DEAD_LETTERS = "deadletters"
LEASH_SECONDS = 60.0  # that the parts of a killed cloud take at most, before a new one gives up
TABLES = ("cabinets", "ledger", "audit", "links", "drivenotes", "units")
QUEUES = ("documents", "documents-bulk", "drives")
GRAPH_TOPIC = layout.GRAPH_TOPIC
NOTICES_TOPIC = layout.NOTICES_TOPIC
NOTICES_RESOURCE = f"{GROUP}/providers/Microsoft.EventGrid/topics/{NOTICES_TOPIC}"
GRAPH_RESOURCE = f"{GROUP}/providers/Microsoft.EventGrid/partnerTopics/{GRAPH_TOPIC}"
BLOB_EVENT_TYPES = [
    f"Microsoft.Storage.{name}"
    for name in ("BlobCreated", "BlobDeleted", "BlobRenamed", "DirectoryRenamed", "DirectoryDeleted")
]
# A function, its topic, and the types that it takes: none named, all taken.
ROUTES: tuple[tuple[str, str, list[str]], ...] = (
    ("on_blob_event", STORAGE_TOPIC, BLOB_EVENT_TYPES),
    ("on_graph_event", GRAPH_TOPIC, []),
)


class CloudRuns(RuntimeError):
    """Another cloud holds this home."""


class Cloud:
    """`start`, `stop`; `restart` and `kill` of single parts. A context manager, too."""

    def __init__(self, home: Path, *, app: Path = REPOSITORY, workers: int = 2) -> None:
        self.layout = Layout(home.resolve())
        self._app = app.resolve()
        self._workers = workers
        self.layout.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock: IO[str] | None = None
        self._leash: Leash | None = None
        self._certificate = certificate(self.layout.of("certificate"))
        self._ports = kept(self.layout.ports, layout.port_names())
        signer(self.layout.signing_key)  # made here: parts that start together must not each make one
        self.urls = layout.urls(self._ports)
        header = identity.header(self.layout.of("identity"))
        self.environment = layout.environment(self.urls, header, self._certificate)
        self.parts: dict[str, Part] = {name: self._part(name) for name in PARTS}

    def __enter__(self) -> "Cloud":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- the whole ---

    def start(self) -> "Cloud":
        """Raises CloudRuns, PortTaken, or what kept a part from starting; then nothing is left running."""
        self._lock = self._hold_home()
        try:
            demand_free(self._ports)
            layout.write_environment(self.layout.environment, self.environment)
            self._leash = Leash(self._lock).__enter__()
            self._start_parts()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """In reverse: nobody is left calling what is gone. Returns when all have ended."""
        for name in reversed(PARTS):
            self._end(name)
        if self._leash is not None:
            self._leash.__exit__(None, None, None)
            self._leash = None
        if self._lock is not None:
            self.layout.state.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _start_parts(self) -> None:
        """All at once, as far as one does not need another to start."""
        self._launch(name for name in PARTS if name != "functions_host")
        for name in ("identity", "azurite"):
            self.parts[name].wait_ready()
        self._make_storage()
        self._launch(["functions_host"])
        for name in PARTS:
            self.parts[name].wait_ready()
        self._make_topics()
        self._subscribe()

    def _hold_home(self) -> IO[str]:
        """After a cloud that was killed, its leash still holds the home: it ends the parts, and then lets go."""
        lock = self.layout.lock.open("w")
        deadline = time.monotonic() + LEASH_SECONDS
        while not _locked(lock):
            if _cloud_lives(self.layout) or time.monotonic() > deadline:
                lock.close()
                raise CloudRuns(f"A cloud runs on {self.layout.home}. Stop it with `python -m local down`.")
            time.sleep(0.05)
        return lock

    # --- single parts ---

    def restart(self, name: str) -> None:
        """Stop it, if it runs, and start it again at the same address, on the same state."""
        self._end(name)
        self._launch([name])
        self.parts[name].wait_ready()

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would; `restart` brings it back. Azurite refuses."""
        pid = self.parts[name].pid
        self.parts[name].kill()
        self._forget(pid)

    def ended(self) -> list[str]:
        """The parts that should run and do not."""
        return [name for name in PARTS if not self.parts[name].is_running]

    def client(self, name: str) -> Client:
        """A client of one part, that trusts its certificate."""
        return Client(self.urls[name], authority=self._certificate.authority)

    @contextmanager
    def storage(self) -> Iterator[Storage]:
        """Its blobs, queues and tables, for the local cloud's own few calls."""
        at, authority = self.urls, self._certificate.authority
        with closing(Tokens.of(self.environment)) as tokens:
            storage = Storage(at["azurite_blob"], at["azurite_queue"], at["azurite_table"], tokens, authority)
            with closing(storage):
                yield storage

    def turn(self, **switches: float) -> None:
        """The weather of Event Grid: see `local/events/switches.py`."""
        with closing(self.client("event_grid")) as event_grid:
            _demand(event_grid, "/_switches", switches)

    def _launch(self, names: Iterable[str]) -> None:
        for name in names:
            self.parts[name].launch()
            if self._leash is not None:
                self._leash.hold(self.parts[name].pid)
        self._write_state()

    def _end(self, name: str) -> None:
        pid = self.parts[name].pid
        self.parts[name].stop()
        self._forget(pid)

    def _forget(self, pid: int | None) -> None:
        if self._leash is not None:
            self._leash.release(pid)

    def _write_state(self) -> None:
        pids = {name: self.parts[name].pid for name in PARTS}
        self.layout.state.write_text(json.dumps({"pid": os.getpid(), "parts": pids}, indent=2) + "\n")

    def _part(self, name: str) -> Part:
        if name == "azurite":
            ports = {service: self._ports[f"azurite_{service}"] for service in AZURITE_SERVICES}
            return Azurite(self.layout.of(name), self._certificate, ports=ports)
        return Process(name, self._arguments(name), self.environment, self.layout.log(name))

    def _arguments(self, name: str) -> list[str]:
        given = ["--port", str(self._ports[name]), "--home", str(self.layout.of(name))]
        if name not in layout.PLAIN:
            given += ["--certificate", str(self._certificate.bundle)]
        match name:
            case "key_vault" | "openai" | "event_grid" | "graph":
                given += ["--signing-key", str(self.layout.signing_key)]
            case "blob_events":
                given += ["--azurite", str(self.layout.of("azurite"))]
            case "functions_host":
                given += ["--app", str(self._app), "--workers", str(self._workers)]
        return given

    # --- what infra/ makes in Azure ---

    def _make_storage(self) -> None:
        with self.storage() as storage:
            storage.make_container(DEAD_LETTERS)
            for name in QUEUES:
                storage.make_queue(name)
                storage.make_queue(f"{name}-poison")
            for name in TABLES:
                storage.make_table(name)

    def _make_topics(self) -> None:
        with closing(self.client("event_grid")) as event_grid:
            for topic, resource in (
                (STORAGE_TOPIC, STORAGE_RESOURCE),
                (GRAPH_TOPIC, GRAPH_RESOURCE),
                (NOTICES_TOPIC, NOTICES_RESOURCE),
            ):
                _demand(event_grid, f"/topics/{topic}", {"resource": resource})

    def _subscribe(self) -> None:
        key = json.loads(self.layout.function_keys.read_text())["systems"]["eventgrid_extension"]
        with closing(self.client("event_grid")) as event_grid:
            for function, topic, types in ROUTES:
                webhook = f"{self.urls['functions_host']}/runtime/webhooks/eventgrid?functionName={function}&code={key}"
                definition = {
                    "topic": topic,
                    "endpoint": webhook,
                    "schema": "CloudEventSchemaV1_0",
                    "filters": {"includedEventTypes": types},
                    "deadLetter": DEAD_LETTERS,
                }
                _demand(event_grid, f"/subscriptions/{function.replace('_', '-')}", definition)


def _demand(client: Client, path: str, body: object) -> None:
    answer = client.call("PUT", path, body=json.dumps(body).encode())
    if answer.status != 200:
        raise Unreachable(f"PUT {path} is answered {answer.status}: {answer.body.decode(errors='replace')[:300]}")


def running(home: Path) -> int | None:
    """The id of the process whose cloud holds this home."""
    at = Layout(home.resolve())
    if not at.lock.exists() or not at.state.exists():
        return None
    with at.lock.open("r+") as lock:
        return None if _locked(lock) else _pid(at)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(at: Layout) -> int:
    pid: int = json.loads(at.state.read_text())["pid"]
    return pid


def _cloud_lives(at: Layout) -> bool:
    """Also while it starts, when it has not written its state yet."""
    return not at.state.exists() or is_alive(_pid(at))


def wait_ended(home: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while running(home) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
