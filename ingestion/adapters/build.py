"""Chooses and connects: settings in, use cases out. The only place that knows every adapter.

Everything is made on first use and then kept for the life of the process: an instance that only takes events in never
imports a parser, a tokenizer or a recognizer.
"""

import io
import os
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.adapters.queues import StorageQueue, from_message
from ingestion.adapters.transport import SharedTransport
from ingestion.errors import Refuse
from ingestion.model import Nonce, SourceKind, SourceRef
from ingestion.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from ingestion.adapters.ai_search import AISearchIndex
    from ingestion.adapters.audit import TableAudit
    from ingestion.adapters.blob import BlobSource
    from ingestion.adapters.containers import Container
    from ingestion.adapters.dead_letters import BlobDeadLetters
    from ingestion.adapters.document_intelligence import DocumentIntelligenceOcr
    from ingestion.adapters.drive_notes import TableNotes
    from ingestion.adapters.graph import GraphDrives
    from ingestion.adapters.key_vault import KeyVaultKeys
    from ingestion.adapters.links import TableLinks
    from ingestion.adapters.openai import OpenAIEmbedder
    from ingestion.adapters.registry import TableRegistry
    from ingestion.adapters.search_admin import SearchAdmin
    from ingestion.adapters.sharepoint import SharePointSource
    from ingestion.adapters.sharepoint_feed import SharePointFeed
    from ingestion.adapters.tables import TableLedger
    from ingestion.adapters.units import TableBuckets
    from ingestion.adapters.vault import TableVault
    from ingestion.delivery import Delivery
    from ingestion.drives import Drives
    from ingestion.intake import Intake
    from ingestion.model import Cabinet
    from ingestion.pipeline import Pipeline, Voters
    from ingestion.ports import Audit, Source
    from ingestion.rebuild import Rebuild
    from ingestion.reconcile import Worker
    from ingestion.reconciliation import Reconciliation
    from ingestion.retrieval import Retrieval
    from ingestion.schedules import Schedules
    from ingestion.search_api import SearchApi
    from ingestion.telemetry import Telemetry

DOCUMENTS, BULK, DRIVES = "documents", "documents-bulk", "drives"  # as function_app.py's triggers name them
POISON = "-poison"  # the host's suffix


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


class Services:
    """`operator`: a person at a command line. The audit then names them, and spans stay out of their terminal."""

    def __init__(self, settings: Settings, *, operator: bool = False) -> None:
        self.settings = settings
        self._operator = operator
        self._open = ExitStack()
        self.clock = time.time
        self.nonces = new_nonce

    def close(self) -> None:
        """End what was opened: connections, and the parsers' process. A function's process just ends."""
        self._open.close()

    # What function_app.py calls

    def ingest(self, message: str) -> str:
        return self.delivery.deliver(from_message(message), self.documents)

    def ingest_bulk(self, message: str) -> str:
        return self.delivery.deliver(from_message(message), self.bulk)

    def pull(self, message: str) -> str:
        return self.drive_delivery.deliver(from_message(message), self.drives)

    def reindex_stale(self) -> None:
        self.schedules.reindex_stale()
        for cabinet in self.registry.list():
            self.rebuild.advance(cabinet)

    def renew_subscriptions(self) -> int:
        return self.schedules.renew_subscriptions()

    # The vendors' side

    @cached_property
    def credential(self) -> "TokenCredential":
        from azure.identity import DefaultAzureCredential

        return self._open.enter_context(DefaultAzureCredential())

    @cached_property
    def transport(self) -> SharedTransport:
        transport = SharedTransport()
        self._open.callback(transport.end)
        return transport

    @cached_property
    def telemetry(self) -> "Telemetry":
        from ingestion.telemetry import start

        if self._operator:
            return start(None, out=io.StringIO())
        if not self.settings.azure_monitor:
            return start(None)
        from ingestion.adapters.azure_monitor import exporter

        return start(exporter(self.settings.azure_monitor, self.credential))

    def queue(self, name: str) -> StorageQueue:
        return StorageQueue(self.settings.queue_uri, name, self.credential, self.transport)

    @cached_property
    def documents(self) -> StorageQueue:
        return self.queue(DOCUMENTS)

    @cached_property
    def bulk(self) -> StorageQueue:
        return self.queue(BULK)

    @cached_property
    def drives(self) -> StorageQueue:
        return self.queue(DRIVES)

    @cached_property
    def registry(self) -> "TableRegistry":
        from ingestion.adapters.registry import TableRegistry

        return TableRegistry(
            self.settings.table_uri,
            self.credential,
            self.transport,
            self.clock,
            cache_seconds=self.settings.registry_cache,
        )

    @cached_property
    def keys(self) -> "KeyVaultKeys":
        from ingestion.adapters.key_vault import KeyVaultKeys

        return KeyVaultKeys(self.settings.vault_uri, self.credential, self.transport, self.clock)

    @cached_property
    def ledger(self) -> "TableLedger":
        from ingestion.adapters.tables import TableLedger

        return TableLedger(self.settings.table_uri, self.credential, self.transport)

    @cached_property
    def audit(self) -> "TableAudit":
        from ingestion.adapters.audit import TableAudit
        from ingestion.adapters.identity import object_id

        actor = object_id(self.credential)
        return TableAudit(self.settings.table_uri, self.credential, self.transport, self.clock, actor)

    @cached_property
    def noticed_audit(self) -> "Audit":
        """The audit, with operators told of what they must hear of, where the deployment has a topic for it."""
        if not self.settings.notices:
            return self.audit
        from ingestion.adapters.notices import NoticedAudit

        return NoticedAudit(self.audit, self.settings.notices, self.credential, self.transport)

    @cached_property
    def vault(self) -> "TableVault":
        from ingestion.adapters.vault import TableVault

        return TableVault(self.settings.table_uri, self.credential, self.transport, self.keys)

    @cached_property
    def links(self) -> "TableLinks":
        from ingestion.adapters.links import TableLinks

        return TableLinks(self.settings.table_uri, self.credential, self.transport)

    def prepare_storage(self) -> None:
        """The tables and queues, where there are none yet. In Azure the deployment makes them; this finds them."""
        for made in (
            self.registry,
            self.ledger,
            self.audit,
            self.links,
            self.vault,
            self.drive_notes,
            self.unit_buckets,
            self.documents,
            self.bulk,
            self.drives,
        ):
            made.create()

    @cached_property
    def dead_letters(self) -> "BlobDeadLetters":
        from ingestion.adapters.dead_letters import BlobDeadLetters

        settings = self.settings
        return BlobDeadLetters(settings.blob_uri, settings.dead_letters, self.credential, self.transport)

    @cached_property
    def blobs(self) -> "BlobSource":
        from ingestion.adapters.blob import BlobSource

        return BlobSource(self.credential, self.transport, self._secret_of, max_bytes=self.settings.max_document_bytes)

    @cached_property
    def sharepoint(self) -> "SharePointSource":
        from ingestion.adapters.sharepoint import SharePointSource

        return SharePointSource(
            self.graph,
            self.drive_notes,
            self._secret_of,
            self.clock,
            staleness=self.settings.source_staleness,
            max_bytes=self.settings.max_document_bytes,
        )

    @cached_property
    def sharepoint_feed(self) -> "SharePointFeed":
        from ingestion.adapters.sharepoint_feed import SharePointFeed

        url = self.settings.graph_notifications
        return SharePointFeed(self.graph, self.drive_notes, self._secret_of, self.clock, notification_url=url)

    @cached_property
    def sources(self) -> "Mapping[SourceKind, Source]":
        return {SourceKind.BLOB: self.blobs, SourceKind.SHAREPOINT: self.sharepoint}

    @cached_property
    def graph(self) -> "GraphDrives":
        return self.graph_of(self._tenant_of)

    def graph_of(self, tenant: Callable[[SourceRef], str]) -> "GraphDrives":
        """Onboarding knows a source's tenant before the registry does."""
        from ingestion.adapters.graph import GraphDrives
        from ingestion.adapters.units import Rate, Units

        units = Units(self.unit_buckets, Rate(self.settings.graph_units), self.clock, time.sleep)
        made = GraphDrives(self._credential_in, tenant, units)
        self._open.callback(made.close)
        return made

    @cached_property
    def drive_notes(self) -> "TableNotes":
        from ingestion.adapters.drive_notes import TableNotes

        return TableNotes(self.settings.table_uri, self.credential, self.transport)

    @cached_property
    def unit_buckets(self) -> "TableBuckets":
        from ingestion.adapters.units import TableBuckets

        return TableBuckets(self.settings.table_uri, self.credential, self.transport)

    @cached_property
    def index(self) -> "AISearchIndex":
        from ingestion.adapters.ai_search import AISearchIndex

        return AISearchIndex(self.credential, self.transport)

    def container(self, source: SourceRef) -> "Container":
        from ingestion.adapters.containers import Container

        return Container(source, self.credential, self.transport)

    def search_admin(self, endpoint: str) -> "SearchAdmin":
        from ingestion.adapters.search_admin import SearchAdmin

        return SearchAdmin(endpoint, self.credential, self.transport)

    @cached_property
    def embedder(self) -> "OpenAIEmbedder":
        from chunking.tokens import count
        from ingestion.adapters.openai import OpenAIEmbedder, entra_api_key

        embedder = OpenAIEmbedder(self.settings.embedding_url, entra_api_key(self.credential), count)
        self._open.callback(embedder.close)
        return embedder

    @cached_property
    def ocr(self) -> "DocumentIntelligenceOcr | None":
        """For cabinets that choose it; made without a call, so that others do not pay for it."""
        if not self.settings.ocr_endpoint:
            return None
        from ingestion.adapters.document_intelligence import DocumentIntelligenceOcr

        return DocumentIntelligenceOcr(self.settings.ocr_endpoint, self.credential, self.transport)

    # The use cases

    @cached_property
    def intake(self) -> "Intake":
        from ingestion.intake import Intake

        return Intake(self.registry, self.keys, self.documents, self.drives, self.telemetry)

    @cached_property
    def pipeline(self) -> "Pipeline":
        from chunking import ChunkSettings
        from ingestion.extraction import Limits
        from ingestion.extraction.sandbox import Sandbox
        from ingestion.pipeline import Pipeline

        settings = self.settings
        limits = Limits(
            document_bytes=settings.max_document_bytes,
            wall_seconds=settings.extraction_seconds,
            memory_bytes=settings.extraction_bytes,
        )
        sandbox = Sandbox(limits, slots=settings.extractors)
        self._open.callback(sandbox.close)
        return Pipeline(sandbox.extract, ChunkSettings(max_chunks=settings.max_chunks), self._voters)

    @cached_property
    def _voters(self) -> "Voters":
        if not self.settings.redaction_voters:
            return ()
        from redaction.voters import load

        return tuple(load(Path(self.settings.redaction_voters)).items())

    @cached_property
    def worker(self) -> "Worker":
        from ingestion.job import Limits, Ports
        from ingestion.reconcile import Worker

        settings = self.settings
        ports = Ports(
            registry=self.registry,
            keys=self.keys,
            sources=self.sources,
            ledger=self.ledger,
            index=self.index,
            embedder=self.embedder,
            audit=self.noticed_audit,
            clock=self.clock,
            nonces=self.nonces,
            wait=time.sleep,
            vault=self.vault,
            ocr=self.ocr,
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
    def retrieval(self) -> "Retrieval":
        from ingestion.retrieval import Retrieval

        return Retrieval(self.index, self.ledger, self.embedder, self.keys, self.telemetry, self.vault)

    @cached_property
    def search_api(self) -> "SearchApi":
        from ingestion.search_api import SearchApi

        authenticated = os.environ.get("WEBSITE_AUTH_ENABLED", "").lower() == "true"  # set by the platform
        return SearchApi(self.registry, self.retrieval, authenticated)

    @property
    def _registry_known_after(self) -> float:
        return self.settings.registry_cache + 1.0

    def _secret_of(self, source: SourceRef) -> bytes:
        """The secret that a source's locators are sealed with: its cabinet's."""
        return self.keys.secret(self._cabinet_of(source))

    def _tenant_of(self, source: SourceRef) -> str:
        return self._cabinet_of(source).tenant_id

    def _cabinet_of(self, source: SourceRef) -> "Cabinet":
        cabinet = self.registry.by_source(source.id)
        if cabinet is None:
            raise Refuse("unknown_source", f"Source {source.id} is in no cabinet; onboard it.")
        return cabinet

    def _credential_in(self, tenant: str) -> "TokenCredential":
        """Ours at home; in a cabinet's own tenant, the app that it consented to, to which ours federates."""
        if tenant == self.settings.tenant_id or not self.settings.graph_client_id:
            return self.credential
        from ingestion.adapters.identity import federated

        return self._open.enter_context(federated(tenant, self.settings.graph_client_id, self.credential))

    @cached_property
    def staleness(self) -> dict[SourceKind, float]:
        """Blob storage reads its own writes; SharePoint promises nothing of the kind."""
        return {SourceKind.BLOB: 0.0, SourceKind.SHAREPOINT: self.settings.source_staleness}
