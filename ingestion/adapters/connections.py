"""The vendors' side of a process: every adapter, connected once, on first use.

Nothing is imported before it is asked for: an instance that only takes events in never loads Graph's or a parser's
modules. What is made of the adapters, and for whom, stands in `build.py`.
"""

import io
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from ingestion.adapters.queues import StorageQueue
from ingestion.adapters.transport import SharedTransport
from ingestion.errors import Refuse
from ingestion.model import SourceKind, SourceRef
from ingestion.settings import Settings
from ingestion.telemetry import silence_vendors

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
    from ingestion.adapters.scans import BlobScans
    from ingestion.adapters.search_admin import SearchAdmin
    from ingestion.adapters.sharepoint import SharePointSource
    from ingestion.adapters.sharepoint_feed import SharePointFeed
    from ingestion.adapters.tables import TableLedger
    from ingestion.adapters.units import TableBuckets
    from ingestion.adapters.vault import TableVault
    from ingestion.model import Cabinet
    from ingestion.ports import Audit, Source
    from ingestion.telemetry import Telemetry

DOCUMENTS, BULK, DRIVES = "documents", "documents-bulk", "drives"  # as function_app.py's triggers name them
POISON = "-poison"  # the host's suffix


class Connections:
    """`operator`: a person at a command line. The audit then names them, and spans stay out of their terminal."""

    def __init__(self, settings: Settings, *, operator: bool = False) -> None:
        self.settings = settings
        self._operator = operator
        self._open = ExitStack()
        self.clock = time.time
        silence_vendors()  # before the first of them can say anything: a timer may be the first to call, without a span

    def close(self) -> None:
        """End what was opened: connections, and the parsers' process. A function's process just ends."""
        self._open.close()

    @cached_property
    def credential(self) -> "TokenCredential":
        """Over our transport, for its time-outs: azure-identity's own are 300 s each, of a worker's ten minutes."""
        from azure.identity import DefaultAzureCredential

        return self._open.enter_context(DefaultAzureCredential(**self.transport.core()))

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
            self.registry, self.ledger, self.audit, self.links, self.vault, self.drive_notes, self.unit_buckets,
            self.scans, self.documents, self.bulk, self.drives,
        ):  # fmt: skip
            made.create()

    @cached_property
    def dead_letters(self) -> "BlobDeadLetters":
        from ingestion.adapters.dead_letters import BlobDeadLetters

        settings = self.settings
        return BlobDeadLetters(settings.blob_uri, settings.dead_letters, self.credential, self.transport)

    @cached_property
    def scans(self) -> "BlobScans":
        from ingestion.adapters.scans import BlobScans

        return BlobScans(self.settings.blob_uri, self.credential, self.transport)

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

        return AISearchIndex(self.credential, self.transport, beside=self.scans.count)

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
    def questions_embedder(self) -> "OpenAIEmbedder":
        """Less patient than a worker's: whoever asks is answered by words after seconds, not half a minute."""
        from chunking.tokens import count
        from ingestion.adapters.openai import FOR_A_QUESTION, OpenAIEmbedder, entra_api_key

        key = entra_api_key(self.credential)
        embedder = OpenAIEmbedder(self.settings.embedding_url, key, count, limits=FOR_A_QUESTION)
        self._open.callback(embedder.close)
        return embedder

    @cached_property
    def ocr(self) -> "DocumentIntelligenceOcr | None":
        """For cabinets that choose it; made without a call, so that others do not pay for it."""
        if not self.settings.ocr_endpoint:
            return None
        from ingestion.adapters.document_intelligence import DocumentIntelligenceOcr

        return DocumentIntelligenceOcr(self.settings.ocr_endpoint, self.credential, self.transport)

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
