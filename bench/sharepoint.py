"""What a library costs and how fast it is followed: `python -m bench sharepoint`.

`first_load`: 10,000 files through msgraph-sdk against the local Graph over sockets, in SharePoint's resource units; the
units' budget is kept on a clock that only waits move. `whole_way`: the local cloud, from a file saved in the library to
the moment when search finds it, and to the moment when a renamed folder's 5,000 documents show their new path. Its
units are metered and not rationed: what a tenant's ration makes of them is arithmetic, `minutes_within_budget`.

A file's bytes come from the address that its item carries, as they do behind `/content`, to which Graph redirects: an
item and its bytes are one unit, as a download is.
"""

# ruff: noqa: ARG002 - stand-ins of ports have their signatures
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from azure.core.credentials import AccessToken
from azure.search.documents import SearchClient

from evals.harness import Figures, table
from ingestion.adapters.build import Services
from ingestion.adapters.drive_notes import Note
from ingestion.adapters.graph import GraphDrives
from ingestion.adapters.sharepoint import SharePointSource
from ingestion.adapters.sharepoint_feed import SharePointFeed
from ingestion.adapters.units import Rate, Units
from ingestion.errors import Refuse
from ingestion.model import Cabinet, SourceId, SourceKind, SourceRef
from ingestion.settings import Settings
from local.certificate import certificate
from local.cloud import Cloud
from local.graph import Graph
from local.server import Listener
from local.sharepoint.library import SITE_PATH, Library
from local.sharepoint.subscriptions import Subscriptions
from operations import onboard, sharepoint

FILES = int(os.environ.get("BENCH_SHAREPOINT_FILES", "10000"))
RENAMED = int(os.environ.get("BENCH_SHAREPOINT_RENAMED", "5000"))
FOLDERS = 50
ROUNDS = 10
DRIVE = "b!bench"
SECRET = b"k" * 32
LIMIT = 3_600.0  # seconds
RATION = 1_200  # resource units a minute; what a tenant of under 1,000 licences has
UNRATIONED = "1000000"
TEXT = "Contrat de bail commercial numéro {number}. Le preneur verse un loyer annuel, payable par trimestre. {word}"


def measure(data: Path | None) -> Figures:  # noqa: ARG001 - it makes its own library
    first = first_load()
    table(f"first load: {FILES} files", first)
    whole = whole_way()
    table(f"whole way: {ROUNDS} files saved, a folder of {RENAMED} renamed", whole)
    return {"first_load": first, "whole_way": whole}


# --- resource units ---


class Virtual:
    """A clock that waiting moves, and each call by a tenth of a second, as Graph's answers take at least."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


class Spent:
    """The shipped budget, with a record of what it let through."""

    def __init__(self, clock: Virtual) -> None:
        self.even, self.etag = 0.0, 0
        self.clock = clock
        self.units = Units(self, Rate(RATION), clock, clock.wait)
        self.spent: list[tuple[float, int]] = []

    def get(self, tenant: str) -> tuple[float, str | None]:
        return self.even, str(self.etag) if self.etag else None

    def swap(self, tenant: str, even_at: float, expected: str | None) -> bool:
        self.even, self.etag = even_at, self.etag + 1
        return True

    def take(self, tenant: str, units: int) -> None:
        self.units.take(tenant, units)
        self.spent.append((self.clock.now, units))

    def busiest_minute(self) -> int:
        most, begin, within = 0, 0, 0
        for at, units in self.spent:
            within += units
            while self.spent[begin][0] <= at - 60.0:
                within -= self.spent[begin][1]
                begin += 1
            most = max(most, within)
        return most


class NoNotes:
    """Notes that keep nothing: every access list is read, as of a library that is new."""

    def get(self, source: SourceId, item: str) -> tuple[Note | None, str | None]:
        return None, None

    def put(self, source: SourceId, item: str, note: Note, expected: str | None) -> bool:
        return True

    def learn(self, source: SourceId, folders: object) -> None: ...

    def expire(self, source: SourceId, files: object, now: float) -> None: ...

    def forget(self, source: SourceId, item: str) -> None: ...

    def all(self, source: SourceId) -> dict[str, Note]:
        return {}


class Anybody:
    """A credential; the server asks for none."""

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken("token", int(time.time()) + 3_600)


def first_load() -> dict[str, float]:
    """Units per file with and without permissions, in the busiest minute, and of a delta with nothing new."""
    clock = Virtual()
    server = library_of(FILES)
    with tempfile.TemporaryDirectory() as home, trusted(Path(home)) as bundle:
        listener = Listener(server, certificate=bundle).start()
        server._url = lambda: listener.url
        spent = Spent(clock)
        drives = GraphDrives(lambda _: Anybody(), lambda _: "tenant", spent)
        source = SourceRef(SourceId("bench"), SourceKind.SHAREPOINT, "", f"{listener.url}/v1.0", DRIVE)
        notes = NoNotes()
        adapter = SharePointSource(drives, notes, lambda _: SECRET, clock, staleness=60.0, max_bytes=1_000_000)
        feed = SharePointFeed(drives, notes, lambda _: SECRET, clock, notification_url="")
        link = feed.changes(source, None).link
        began = time.perf_counter()
        listed = list(adapter.enumerate(source))
        for _, locator, _ in listed:
            head = adapter.head(source, locator)
            if head is None or not adapter.read(source, locator, head):
                raise RuntimeError("a file of the library could not be read")
        seconds = time.perf_counter() - began
        meter = server.meter.read()
        server.meter.reset()
        feed.changes(source, link)
        nothing_new = server.meter.read()
        drives.close()
        listener.stop()
    calls = meter["calls"]
    if not isinstance(calls, dict) or not isinstance(meter["units"], int) or not isinstance(nothing_new["units"], int):
        raise TypeError("the meter's figures are numbers")
    permissions = 5 * calls["permissions"]
    return {
        "files": float(len(listed)),
        "units_per_file": (meter["units"] - permissions) / len(listed),
        "units_per_file_with_permissions": meter["units"] / len(listed),
        "busiest_minute_units": float(spent.busiest_minute()),
        "minutes_within_budget": (spent.spent[-1][0] - spent.spent[0][0]) / 60.0,
        "nothing_new_calls": float(sum(nothing_new["calls"].values()))
        if isinstance(nothing_new["calls"], dict)
        else -1,
        "milliseconds_per_file": 1_000.0 * seconds / len(listed),
    }


def library_of(files: int) -> Graph:
    library = Library()
    library.do({"act": "drive", "drive": DRIVE, "name": "Documents", "grants": [["group", "lawyers"]]})
    made = [library.do({"act": "folder", "drive": DRIVE, "name": f"d{n}"})["item"] for n in range(FOLDERS)]
    for number in range(files):
        act = {
            "act": "put",
            "drive": DRIVE,
            "name": f"{number}.txt",
            "parent": made[number % FOLDERS],
            "content": "YQ==",
        }
        library.do(act)
    return Graph(library, Subscriptions(None))


@contextmanager
def trusted(home: Path) -> Iterator[Path]:
    made = certificate(home)
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(made.authority)
    try:
        yield made.bundle
    finally:
        if before is None:
            del os.environ["SSL_CERT_FILE"]
        else:
            os.environ["SSL_CERT_FILE"] = before


# --- the whole way ---


def whole_way() -> dict[str, float]:
    """Seconds from saved to found; tokens and seconds for a renamed folder."""
    with tempfile.TemporaryDirectory() as home, unrationed(Cloud(Path(home))) as cloud:
        os.environ.update(cloud.environment)
        folder = cloud.layout.of("graph") / "drives" / "Bench"
        for number in range(RENAMED):
            into = folder / "Clients" / f"{number % FOLDERS}"
            into.mkdir(parents=True, exist_ok=True)
            into.joinpath(f"{number}.txt").write_text(TEXT.format(number=number, word=""))
        with closing(Services(Settings.from_environment(os.environ), operator=True)) as services:
            cabinet = _onboarded(services)
            sharepoint.wait_for_load(services, cabinet.sources[0], RENAMED, LIMIT, lambda _: None)
            saved = [_seconds_to_found(services, cabinet, folder, number) for number in range(ROUNDS + 2)][2:]
            _settled(cloud)
            tokens = _tokens(cloud)
            _meter(cloud, "graph", "DELETE")
            began = time.perf_counter()
            (folder / "Clients").rename(folder / "Dossiers")
            _until(lambda: _shown_in(services, cabinet, "Dossiers") >= RENAMED)
            seconds = time.perf_counter() - began
            units = _meter(cloud, "graph")["units"]
            return {
                "saved_to_found_p50": statistics.median(saved),
                "saved_to_found_max": max(saved),
                "renamed_documents": float(RENAMED),
                "renamed_tokens": float(_tokens(cloud) - tokens),
                "renamed_seconds": seconds,
                "renamed_units": float(units),
                "renamed_minutes_within_budget": units / (60.0 * Rate(RATION).per_second),
            }


@contextmanager
def unrationed(cloud: Cloud) -> Iterator[Cloud]:
    cloud.environment["GREFFE_GRAPH_UNITS_PER_MINUTE"] = UNRATIONED
    with cloud:
        yield cloud


def _onboarded(services: Services) -> Cabinet:
    place = sharepoint.Place(f"https://tenant.sharepoint.com{SITE_PATH}", "Bench")
    wish = onboard.Wish("bench-sp", services.settings.tenant_id, "", "", "", "off", place)
    end = time.perf_counter() + LIMIT
    while True:
        try:
            return onboard.onboard(services, wish, lambda _: None)
        except Refuse:  # the folder on disk is not a library yet
            if time.perf_counter() > end:
                raise
            time.sleep(0.5)


def _seconds_to_found(services: Services, cabinet: Cabinet, folder: Path, number: int) -> float:
    word = f"clause{number}"
    began = time.perf_counter()
    folder.joinpath(f"neuf-{number}.txt").write_text(TEXT.format(number=number, word=word))
    _until(lambda: _count(services, cabinet, word) > 0)
    return time.perf_counter() - began


def _shown_in(services: Services, cabinet: Cabinet, folder: str) -> int:
    """Documents whose path in the index begins with this folder."""
    beyond = chr(ord(folder[-1]) + 1)
    return _count(services, cabinet, "*", f"folder ge '{folder}' and folder lt '{folder[:-1]}{beyond}'")


def _count(services: Services, cabinet: Cabinet, words: str, wanted: str | None = None) -> int:
    index = cabinet.active
    client = SearchClient(index.endpoint, index.name, services.credential, **services.transport.core())
    return int(client.search(words, filter=wanted, include_total_count=True, top=0).get_count())


def _tokens(cloud: Cloud) -> int:
    return int(_meter(cloud, "openai")["tokens"])


def _meter(cloud: Cloud, part: str, method: str = "GET") -> dict[str, int]:
    with closing(cloud.client(part)) as client:
        answer = client.call(method, "/_meter")
    found: dict[str, int] = json.loads(answer.body) if answer.body else {}
    return found


def _settled(cloud: Cloud) -> None:
    """Nothing was embedded for a while."""
    before = -1
    while (now := _tokens(cloud)) != before:
        before = now
        time.sleep(3.0)


def _until(true: Callable[[], bool]) -> None:
    end = time.perf_counter() + LIMIT
    while not true():
        if time.perf_counter() > end:
            raise TimeoutError(f"not within {LIMIT:.0f} s: see the local cloud's logs")
        time.sleep(0.1)
