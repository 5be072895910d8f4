"""Which cabinet a place belongs to, in Azure Tables. It decides; no message and no event is believed about it.

One partition, so that a cabinet and its claims on places change in one atomic batch: `cabinet:{id}` holds the cabinet
as JSON, `source:{hash of the route}` makes a route one cabinet's only, `place:{source id}` does so for source ids.
A route that another cabinet owns is refused. Reads are cached for seconds, by the clock that is given.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from azure.core import MatchConditions
from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, TableEntity, UpdateMode

from ingestion.adapters import entities
from ingestion.adapters.transport import (
    UNREPEATED,
    SharedTransport,
    error_code,
    map_storage_error,
    storage_errors,
)
from ingestion.errors import Refuse, Retry
from ingestion.model import (
    Cabinet,
    CabinetId,
    IndexRef,
    IndexState,
    OcrChoice,
    SourceId,
    SourceKind,
    SourceRef,
)
from ingestion.ports import Clock

TABLE = "cabinets"
PARTITION = "registry"
CACHE_SECONDS = 30.0  # how long a new cabinet may still be refused, and an offboarded one still be served
CACHED = 10_000  # answers; then the cache starts again, so that invented places cannot fill the memory
MOST_SOURCES = 45  # of a cabinet: each may need two operations, and a batch holds 100
LARGEST = 60_000  # bytes of UTF-16; a property may hold 64 KiB
SCHEMA = 1

_ID = re.compile(r"[0-9a-z][0-9a-z-]{0,62}")  # ids stand in keys of Tables, in index names and in telemetry


@dataclass(frozen=True, slots=True)
class Saved:
    """A cabinet as the registry holds it."""

    cabinet: Cabinet
    etag: str


Operation = tuple[str, dict[str, str]] | tuple[str, dict[str, str], Mapping[str, object]]  # of a batch
Operations = list[Operation]


class TableRegistry:
    """The port `Registry`, and how operators change it. Safe to share between threads."""

    def __init__(
        self,
        table_url: str,
        credential: TokenCredential,
        transport: SharedTransport,
        clock: Clock,
        *,
        table: str = TABLE,
        cache_seconds: float = CACHE_SECONDS,
    ) -> None:
        self._table = TableClient(table_url, table, credential=credential, **transport.core())
        self._clock = clock
        self._cache_seconds = cache_seconds
        self._cache: dict[str, tuple[str | Cabinet | None, float]] = {}
        self._lock = threading.Lock()

    def create(self) -> None:
        """The table, where there is none yet."""
        entities.create(self._table, "the registry")

    # What the worker asks: cached

    def by_id(self, cabinet: str) -> Cabinet | None:
        found = self._cached(f"cabinet:{cabinet}") if _ID.fullmatch(cabinet) else None
        return found if isinstance(found, Cabinet) else None

    def by_source(self, source: str) -> Cabinet | None:
        owner = self._cached(f"place:{source}") if _ID.fullmatch(source) else None
        cabinet = self.by_id(owner) if isinstance(owner, str) else None
        return cabinet if cabinet and cabinet.source(SourceId(source)) else None

    def by_route(self, route: str) -> tuple[Cabinet, SourceRef] | None:
        owner = self._cached(_route_key(route))
        cabinet = self.by_id(owner) if isinstance(owner, str) else None
        sources = cabinet.sources if cabinet else ()
        found = next((source for source in sources if source.route == route), None)
        return (cabinet, found) if cabinet and found else None

    # Never cached

    def current(self, cabinet: str) -> Cabinet | None:
        return saved.cabinet if (saved := self.load(cabinet)) else None

    def load(self, cabinet: str) -> Saved | None:
        entity = self._entity(f"cabinet:{_checked(cabinet)}")
        return Saved(from_json(str(entity["cabinet"])), str(entity.metadata["etag"])) if entity else None

    def list(self) -> Iterator[Cabinet]:
        wanted = "PartitionKey eq @partition and RowKey ge 'cabinet:' and RowKey lt 'cabinet;'"
        with storage_errors("the registry: listing"):
            for entity in self._table.query_entities(wanted, parameters={"partition": PARTITION}):
                yield from_json(str(entity["cabinet"]))

    def save(self, cabinet: Cabinet, expected: str | None) -> Saved | None:
        """Write the cabinet if its ETag is still `expected` (None: if there is none). None when refused.

        Raises:
            Refuse: "route_taken", another cabinet owns one of the places; "bad_cabinet", it cannot be stored.
            Retry: "registry_unknown", an answer was lost and the cabinet is not there (yet).
        """
        _validate(cabinet)
        before = self.load(cabinet.id)
        if (before.etag if before else None) != expected:
            return None
        for source in _added(cabinet, before.cabinet if before else None):
            self._refuse_taken(cabinet, source)
        etag = self._submit(_operations(cabinet, before), cabinet, "writing")
        return Saved(cabinet, etag) if etag is not None else None

    def remove(self, cabinet: CabinetId, expected: str) -> bool:
        """Forget the cabinet and its claims on places; False when it changed since `expected`. Its data stay."""
        before = self.load(cabinet)
        if before is None or before.etag != expected:
            return False
        claims = [_delete(key) for source in before.cabinet.sources for key in _keys(source)]
        removal: Operation = (
            "delete",
            {"PartitionKey": PARTITION, "RowKey": f"cabinet:{cabinet}"},
            {"etag": expected, "match_condition": MatchConditions.IfNotModified},
        )
        return self._submit([removal, *claims], None, "removing") is not None

    def _submit(self, operations: Operations, cabinet: Cabinet | None, doing: str) -> str | None:
        """All or nothing: the first entity's new ETag, or None when somebody changed something first."""
        try:
            written = self._table.submit_transaction(operations, **UNREPEATED)
            return str(written[0].get("etag", ""))
        except HttpResponseError as error:
            if error.status_code in (404, 409, 412) and error_code(error) != "TableNotFound":
                return None
            if error.status_code is not None and error.status_code < 500:
                raise map_storage_error(error, f"the registry: {doing}") from None
        except AzureError:
            pass  # no answer: settled below
        finally:
            self._forget()
        return self._settled(cabinet, doing)

    def _settled(self, cabinet: Cabinet | None, doing: str) -> str:
        """After a lost answer: it is as we wrote it, or nobody knows."""
        stored = self.load(cabinet.id) if cabinet else None
        if stored is None or stored.cabinet != cabinet:
            raise Retry("registry_unknown", f"the registry: {doing} got no answer. Look at it, then do it again.")
        return stored.etag

    def _refuse_taken(self, cabinet: Cabinet, source: SourceRef) -> None:
        for key in _keys(source):
            entity = self._entity(key)
            if entity is not None and entity["cabinet"] != cabinet.id:
                raise Refuse(
                    "route_taken",
                    f"source {source.id}: its place or its id belongs to cabinet {entity['cabinet']}. "
                    "End it there with `greffe unwatch`, or choose another.",
                )

    def _cached(self, key: str) -> str | Cabinet | None:
        now = self._clock()
        with self._lock:
            known = self._cache.get(key)
        if known is not None and now < known[1]:
            return known[0]
        entity = self._entity(key)
        found = _content(key, entity) if entity else None
        with self._lock:
            if len(self._cache) >= CACHED:
                self._cache.clear()
            self._cache[key] = (found, now + self._cache_seconds)
        return found

    def _forget(self) -> None:
        with self._lock:
            self._cache.clear()

    def _entity(self, key: str) -> TableEntity | None:
        with storage_errors("the registry: reading"):
            try:
                return self._table.get_entity(PARTITION, key)
            except ResourceNotFoundError as error:
                if error_code(error) == "TableNotFound":
                    raise
                return None


def to_json(cabinet: Cabinet) -> str:
    wrapped = base64.b64encode(cabinet.wrapped_secret).decode()
    return json.dumps({"v": SCHEMA, **asdict(cabinet), "wrapped_secret": wrapped}, separators=(",", ":"))


def from_json(text: str) -> Cabinet:
    given = json.loads(text)
    if given.pop("v", None) != SCHEMA:
        raise Retry("registry_schema", "a cabinet was written by another version of Greffe: deploy that one.")
    indexes = tuple(IndexRef(**{**it, "state": IndexState(it["state"])}) for it in given.pop("indexes"))
    sources = tuple(
        SourceRef(**{**it, "kind": SourceKind(it["kind"]), "principals": tuple(it["principals"])})
        for it in given.pop("sources")
    )
    wrapped = base64.b64decode(given.pop("wrapped_secret"))
    ocr = OcrChoice(given.pop("ocr", OcrChoice.EMBEDDED))  # absent in what was written before there was a choice
    return Cabinet(**given, indexes=indexes, sources=sources, wrapped_secret=wrapped, ocr=ocr)


def _operations(cabinet: Cabinet, before: Saved | None) -> Operations:
    """The cabinet on its ETag, the claims that are new (which fail where somebody was quicker), those that go."""
    entity = {"PartitionKey": PARTITION, "RowKey": f"cabinet:{cabinet.id}", "cabinet": to_json(cabinet)}
    if before is None:
        write: Operation = ("create", entity)
    else:
        condition = {"etag": before.etag, "match_condition": MatchConditions.IfNotModified}
        write = ("update", entity, {"mode": UpdateMode.REPLACE, **condition})
    old = {key for source in (before.cabinet.sources if before else ()) for key in _keys(source)}
    new = {key for source in cabinet.sources for key in _keys(source)}
    claims: Operations = [
        ("create", {"PartitionKey": PARTITION, "RowKey": key, "cabinet": cabinet.id}) for key in sorted(new - old)
    ]
    return [write, *claims, *(_delete(key) for key in sorted(old - new))]


def _delete(key: str) -> Operation:
    return ("delete", {"PartitionKey": PARTITION, "RowKey": key})


def _added(cabinet: Cabinet, before: Cabinet | None) -> list[SourceRef]:
    old = {key for source in (before.sources if before else ()) for key in _keys(source)}
    return [source for source in cabinet.sources if not old.issuperset(_keys(source))]


def _keys(source: SourceRef) -> tuple[str, str]:
    return _route_key(source.route), f"place:{source.id}"


def _route_key(route: str) -> str:
    """A route may hold what a key of Tables may not, and a drive's id is nobody's business in a log of keys."""
    return f"source:{hashlib.sha256(route.encode()).hexdigest()}"


def _content(key: str, entity: TableEntity) -> str | Cabinet:
    value = str(entity["cabinet"])
    return from_json(value) if key.startswith("cabinet:") else value


def _checked(cabinet: str) -> str:
    if not _ID.fullmatch(cabinet):
        raise Refuse("bad_cabinet", "a cabinet's id is 1 to 63 lower-case letters, digits and dashes.")
    return cabinet


def _validate(cabinet: Cabinet) -> None:
    _checked(cabinet.id)
    keys = [key for source in cabinet.sources for key in _keys(source)]
    if not all(_ID.fullmatch(source.id) for source in cabinet.sources):
        raise Refuse("bad_cabinet", "a source's id is 1 to 63 lower-case letters, digits and dashes.")
    if len(set(keys)) < len(keys):
        raise Refuse("bad_cabinet", f"cabinet {cabinet.id}: two of its sources share a place or an id.")
    if len(cabinet.sources) > MOST_SOURCES or len(to_json(cabinet).encode("utf-16-le")) > LARGEST:
        raise Refuse("bad_cabinet", f"cabinet {cabinet.id}: more than {MOST_SOURCES} sources, or too long. Split it.")
