"""Greffe as it is deployed, in the world: the shipped use cases, wired to the world's ports, once per process."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from opentelemetry.trace import Tracer

from ingestion.delivery import Delivery
from ingestion.drives import Drives
from ingestion.intake import Intake
from ingestion.job import Limits, Ports
from ingestion.model import (
    Cabinet,
    CabinetId,
    DocumentId,
    IndexName,
    IndexRef,
    IndexState,
    Nonce,
    SourceId,
    SourceKind,
    SourceRef,
)
from ingestion.pipeline import Pipeline
from ingestion.rebuild import Rebuild
from ingestion.reconcile import Worker
from ingestion.reconciliation import Reconciliation
from ingestion.schedules import Schedules
from ingestion.telemetry import Telemetry
from tests.simulation.content import Document, PurePipeline, sealed
from tests.simulation.judge import Judge
from tests.simulation.parts import (
    Physical,
    Registrations,
    WorldAudit,
    WorldEmbedder,
    WorldFeed,
    WorldIndex,
    WorldKeys,
    WorldLedger,
    WorldLinks,
    WorldQueue,
    WorldRegistry,
    WorldService,
    WorldSource,
)
from tests.simulation.world import (
    FUNCTION_TIMEOUT,
    IN_FLIGHT,
    REGISTRY_CACHE,
    REPLICA_LAG,
    SKEW,
    STALENESS,
    Message,
    Process,
    World,
)

LIMITS = Limits(
    function_timeout=FUNCTION_TIMEOUT,
    lifetime=FUNCTION_TIMEOUT + IN_FLIGHT + SKEW,
    clock_skew=SKEW,
    replica_lag=REPLICA_LAG,
    staleness={SourceKind.BLOB: 0.0, SourceKind.SHAREPOINT: STALENESS},
)
MAX_ATTEMPTS = 12
KNOWN_AFTER = REGISTRY_CACHE + 1.0
ENDPOINT = "https://search.invalid"


class Span:
    """What the shipped telemetry asks of a span; every value goes to the log that the judge searches."""

    def __init__(self, world: World, name: str, attributes: Mapping[str, object]) -> None:
        self.world, self.name = world, name
        self.set_attributes(attributes)

    def set_attributes(self, attributes: Mapping[str, object]) -> None:
        self.world.spoken.update([it for it in attributes.values() if type(it) is str])
        if "code" in attributes:
            self.world.happened[f"{self.name}: {attributes['code']}"] += 1

    def set_status(self, status: object) -> None: ...

    def end(self) -> None: ...

    def __enter__(self) -> "Span":
        return self

    def __exit__(self, *_: object) -> None: ...


class SpanLog:
    """Stands where OpenTelemetry's tracer stands; `ingestion.telemetry` itself is the shipped one."""

    def __init__(self, world: World) -> None:
        self.world = world

    def start_span(self, name: str, attributes: Mapping[str, object]) -> Span:
        return Span(self.world, name, attributes)

    def start_as_current_span(self, name: str, attributes: Mapping[str, object], **_: bool) -> Span:
        return Span(self.world, name, attributes)


@dataclass(slots=True)
class Unit:
    """One process's use cases."""

    process: Process
    ports: Ports
    worker: Worker
    delivery: Delivery
    drive_delivery: Delivery
    intake: Intake
    schedules: Schedules
    rebuild: Rebuild


class Office:
    def __init__(self, world: World) -> None:
        self.world = world
        self.documents: dict[DocumentId, Document] = {}
        self.indexes: dict[IndexName, Physical] = {}
        self.aliases: dict[str, IndexName] = {}
        self.units: list[Unit] = []
        self.nonces = 0
        self.registrations = Registrations(world)
        self.judge = Judge(world, self.documents, self.indexes, self.aliases, self.registrations)
        self.registrations.watch = self.judge
        self.ledger = self.judge.ledger = WorldLedger(world, self.judge)
        self.audit = self.judge.audit = WorldAudit(world)
        self.index = WorldIndex(world, self.judge, self.indexes)
        self.source = WorldSource(world, self.documents)
        self.feed = WorldFeed(world, self.documents)
        self.links = WorldLinks(world)
        self.service = WorldService(world, self.judge, self.indexes, self.aliases)
        self.queues = {name: WorldQueue(world, self.judge, name) for name in ("documents", "bulk", "drives")}
        self.telemetry = Telemetry(cast(Tracer, SpanLog(world)))
        world.finished = self.judge.finished
        world.deliver = self.deliver

    # What there is

    def add_cabinet(self, name: str, kind: SourceKind, *, keep_old: bool, retention_days: int | None) -> Cabinet:
        route = f"blob:{name}/files" if kind is SourceKind.BLOB else f"drive:{name}"
        source = SourceRef(SourceId(f"{name}-source"), kind, route, "https://source.invalid", "files")
        index = self.new_index(CabinetId(name), IndexState.ACTIVE, 1)
        cabinet = Cabinet(
            id=CabinetId(name),
            tenant_id="tenant",
            alias=name,
            indexes=(index,),
            sources=(source,),
            policy="default",
            policy_revision=1,
            key_name="key",
            wrapped_secret=name.encode() * 8,
            keep_old_when_parked=keep_old,
            retention_days=retention_days,
        )
        self.registrations.cabinets[name] = (cabinet, 1)
        self.aliases[name] = index.name
        return cabinet

    def new_index(self, cabinet: CabinetId, state: IndexState, number: int) -> IndexRef:
        name = IndexName(f"{cabinet}-{number}")
        self.indexes[name] = Physical(name, cabinet)
        return IndexRef(name, ENDPOINT, state, f"v{number}", "model", dimensions=number)

    def add_document(self, cabinet: Cabinet, name: str) -> Document:
        source = cabinet.sources[0]
        locator, document = sealed(cabinet.wrapped_secret, source, name)
        self.documents[document] = Document(name, source, cabinet.id, locator, document)
        return self.documents[document]

    def add_process(self, process: Process) -> Unit:
        world, telemetry = self.world, self.telemetry
        registry = WorldRegistry(world, process, self.registrations)
        keys = WorldKeys(world)

        def clock() -> float:
            return world.now + process.skew

        ports = Ports(
            registry=registry,
            keys=keys,
            sources={SourceKind.BLOB: self.source, SourceKind.SHAREPOINT: self.source},
            ledger=self.ledger,
            index=self.index,
            embedder=WorldEmbedder(world),
            audit=self.audit,
            clock=clock,
            nonces=self.new_nonce,
            wait=world.sleep,
        )
        pipeline = cast(Pipeline, PurePipeline(process.code))
        worker = Worker(ports, pipeline, LIMITS, telemetry)
        documents, bulk, drives = self.queues["documents"], self.queues["bulk"], self.queues["drives"]
        reconciliation = Reconciliation(
            sources=ports.sources,
            ledger=self.ledger,
            index=self.index,
            bulk=bulk,
            audit=self.audit,
            telemetry=telemetry,
            clock=clock,
            ids=self.new_nonce,
            replica_lag=REPLICA_LAG,
        )
        feeds = Drives(
            registry=registry,
            feeds={SourceKind.SHAREPOINT: self.feed},
            links=self.links,
            reconciliation=reconciliation,
            documents=documents,
            telemetry=telemetry,
            ids=self.new_nonce,
            staleness=LIMITS.staleness,
        )
        cabinets, ledger, ids = self.registrations.list, self.ledger, self.new_nonce
        unit = Unit(
            process=process,
            ports=ports,
            worker=worker,
            delivery=Delivery(worker.handle, telemetry, self.audit, MAX_ATTEMPTS, self.new_nonce),
            drive_delivery=Delivery(feeds.handle, telemetry, self.audit, MAX_ATTEMPTS, self.new_nonce),
            intake=Intake(registry, keys, documents, drives, telemetry, ids),
            schedules=Schedules(cabinets, ledger, documents, bulk, drives, ids, known_after=KNOWN_AFTER),
            rebuild=Rebuild(
                self.registrations, lambda _: self.service, ledger, drives, documents, ids, known_after=KNOWN_AFTER
            ),
        )
        world.processes.append(process)
        self.units.append(unit)
        return unit

    def worker_without_sources(self, unit: Unit) -> Worker:
        pipeline = cast(Pipeline, PurePipeline(unit.process.code))
        return Worker(replace(unit.ports, sources={}), pipeline, LIMITS, self.telemetry)

    def new_nonce(self) -> Nonce:
        self.nonces += 1
        return Nonce(f"n{self.nonces}")

    # What the host calls

    def unit_of(self, process: Process) -> Unit:
        return next(it for it in self.units if it.process is process)

    def deliver(self, process: Process, message: Message) -> str:
        unit = self.unit_of(process)
        self.world.running.indexes = self._indexes_of(message.change.source)
        delivery = unit.drive_delivery if message.queue == "drives" else unit.delivery
        return delivery.deliver(message.change, self.queues[message.queue])

    def _indexes_of(self, source: SourceId) -> int:
        cabinets = (it for it, _ in self.registrations.cabinets.values())
        return next((len(it.indexes) for it in cabinets if it.source(source)), 1)
