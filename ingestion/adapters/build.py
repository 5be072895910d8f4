"""Chooses and connects: settings in, use cases out. The only place that knows what each of them needs.

Everything is made on first use and then kept for the life of the process: an instance that only takes events in never
imports a parser, a tokenizer or a recognizer.
"""

import os
import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.adapters.connections import BULK, DOCUMENTS, DRIVES, POISON, Connections
from ingestion.adapters.queues import from_message
from ingestion.model import Nonce, SourceKind
from ingestion.settings import Settings

if TYPE_CHECKING:
    from ingestion.delivery import Delivery
    from ingestion.drives import Drives
    from ingestion.extraction.sandbox import Sandbox
    from ingestion.given_up import GivenUp
    from ingestion.intake import Intake
    from ingestion.pipeline import Pipeline, Voters
    from ingestion.rebuild import Rebuild
    from ingestion.reconcile import Worker
    from ingestion.reconciliation import Reconciliation
    from ingestion.retrieval import Retrieval
    from ingestion.scanning import Scanning
    from ingestion.schedules import Schedules
    from ingestion.search_api import SearchApi

SCANS_LIVE = timedelta(days=1)  # a message that was given up is replayed within a working day, or read anew

__all__ = ["BULK", "DOCUMENTS", "DRIVES", "POISON", "Services", "services"]


@cache
def services() -> "Services":
    """The process's one set of services, from its environment.

    Raises:
        SettingsError: the environment is not usable.
    """
    return Services(Settings.from_environment(os.environ))


def new_nonce() -> Nonce:
    """122 random bits: no two attempts ever share one, whatever happens to the row."""
    return Nonce(uuid.uuid4().hex)


class Services(Connections):
    """The use cases, each with the connections that it needs."""

    nonces = staticmethod(new_nonce)

    # What function_app.py calls

    def ingest(self, message: str) -> str:
        return self.delivery.deliver(from_message(message), self.documents)

    def ingest_bulk(self, message: str) -> str:
        return self.delivery.deliver(from_message(message), self.bulk)

    def pull(self, message: str) -> str:
        return self.drive_delivery.deliver(from_message(message), self.drives)

    def tidy(self) -> int:
        """What is owed to rows; pages of scans that nobody took up again are dropped; what was given up on is told."""
        sent = self.schedules.tidy()
        self.scans.drop_older(datetime.fromtimestamp(self.clock(), UTC) - SCANS_LIVE)
        self.given_up.tell()
        return sent

    def reindex_stale(self) -> None:
        self.schedules.reindex_stale()
        self.rebuild.advance_all(self.registry.list())

    def renew_subscriptions(self) -> int:
        return self.schedules.renew_subscriptions()

    @cached_property
    def intake(self) -> "Intake":
        from ingestion.intake import Intake

        return Intake(self.registry, self.keys, self.documents, self.drives, self.telemetry)

    @cached_property
    def pipeline(self) -> "Pipeline":
        from chunking import ChunkSettings
        from ingestion.pipeline import Pipeline

        sandbox, settings = self.sandbox, self.settings
        return Pipeline(
            lambda data, head: sandbox.extract(data, head.title),
            ChunkSettings(max_chunks=settings.max_chunks),
            self._voters,
            self._voters_fingerprint,
        )

    @cached_property
    def sandbox(self) -> "Sandbox":
        from ingestion.extraction import Limits
        from ingestion.extraction.sandbox import Sandbox

        settings = self.settings
        limits = Limits(
            document_bytes=settings.max_document_bytes,
            wall_seconds=settings.extraction_seconds,
            memory_bytes=settings.extraction_bytes,
        )
        sandbox = Sandbox(limits, slots=settings.extractors)
        self._open.callback(sandbox.close)
        return sandbox

    @cached_property
    def scanning(self) -> "Scanning":
        from ingestion.scanning import Scanning

        return Scanning(self.sandbox.read, self.scans, self.ocr, self.keys.secret)

    @cached_property
    def _voters(self) -> "Voters":
        if not self.settings.redaction_voters:
            return ()
        from redaction.voters import load

        if find_spec("azure.ai.textanalytics"):
            from ingestion.adapters import azure_language  # noqa: F401  (Presidio finds its class by name)

        return tuple(load(Path(self.settings.redaction_voters)).items())

    @property
    def _voters_fingerprint(self) -> str:
        from redaction.voters import fingerprint

        return fingerprint(Path(self.settings.redaction_voters)) if self.settings.redaction_voters else ""

    @cached_property
    def worker(self) -> "Worker":
        from ingestion.job import Limits, Ports
        from ingestion.reconcile import Worker
        from ingestion.scanning import ScannedIndex, ScannedSource

        settings = self.settings
        ports = Ports(
            registry=self.registry,
            keys=self.keys,
            sources={kind: ScannedSource(source, self.scans) for kind, source in self.sources.items()},
            ledger=self.ledger,
            index=ScannedIndex(self.index, self.scans),
            embedder=self.embedder,
            audit=self.noticed_audit,
            clock=self.clock,
            nonces=self.nonces,
            wait=time.sleep,
            vault=self.vault,
            scanning=self.scanning,
        )
        limits = Limits(
            function_timeout=settings.function_timeout,
            lifetime=settings.worker_lifetime,
            clock_skew=settings.clock_skew,
            replica_lag=settings.replica_lag,
            staleness=self.staleness,
        )
        return Worker(ports, self.pipeline, limits, self.telemetry)

    @cached_property
    def delivery(self) -> "Delivery":
        from ingestion.delivery import Delivery

        return Delivery(self.worker.handle, self.telemetry, self.noticed_audit, self.settings.max_attempts)

    @cached_property
    def drive_delivery(self) -> "Delivery":
        from ingestion.delivery import Delivery

        return Delivery(self.drive_changes.handle, self.telemetry, self.noticed_audit, self.settings.max_attempts)

    @cached_property
    def drive_changes(self) -> "Drives":
        from ingestion.drives import Drives

        return Drives(
            registry=self.registry,
            feeds={SourceKind.SHAREPOINT: self.sharepoint_feed},
            links=self.links,
            reconciliation=self.reconciliation,
            documents=self.documents,
            telemetry=self.telemetry,
            ids=self.nonces,
            staleness=self.staleness,
        )

    @cached_property
    def reconciliation(self) -> "Reconciliation":
        from ingestion.reconciliation import Reconciliation

        return Reconciliation(
            sources=self.sources,
            ledger=self.ledger,
            index=self.index,
            bulk=self.bulk,
            audit=self.noticed_audit,
            telemetry=self.telemetry,
            clock=self.clock,
            ids=self.nonces,
            replica_lag=self.settings.replica_lag,
        )

    @cached_property
    def rebuild(self) -> "Rebuild":
        from ingestion.rebuild import Rebuild

        return Rebuild(
            self.registry,
            self.search_admin,
            self.ledger,
            self.drives,
            self.documents,
            self.nonces,
            known_after=self._registry_known_after,
        )

    @cached_property
    def schedules(self) -> "Schedules":
        from ingestion.schedules import Schedules

        return Schedules(
            cabinets=self.registry.list,
            ledger=self.ledger,
            documents=self.documents,
            bulk=self.bulk,
            drives=self.drives,
            ids=self.nonces,
            known_after=self._registry_known_after,
        )

    @cached_property
    def given_up(self) -> "GivenUp":
        from ingestion.given_up import GivenUp

        places = {name.replace("-", "_"): self.queue(f"{name}{POISON}").depth for name in (DOCUMENTS, BULK, DRIVES)}
        return GivenUp({**places, "dead_letters": self.dead_letters.count}, self.telemetry)

    @cached_property
    def retrieval(self) -> "Retrieval":
        from ingestion.retrieval import Retrieval

        return Retrieval(self.index, self.ledger, self.questions_embedder, self.keys, self.telemetry, self.vault)

    @cached_property
    def search_api(self) -> "SearchApi":
        from ingestion.search_api import SearchApi

        authenticated = os.environ.get("WEBSITE_AUTH_ENABLED", "").lower() == "true"  # set by the platform
        return SearchApi(self.registry, self.retrieval, authenticated)

    @property
    def _registry_known_after(self) -> float:
        return self.settings.registry_cache + 1.0
