"""Where each feed was read to, in Azure Tables: one row per source, changed by compare-and-swap.

A delta link may carry a token, and is a secret for as long as it is valid: it stays in this table.
"""

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient

from ingestion.adapters import entities
from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.model import SourceRef

TABLE = "links"
_PARTITION = "feed"


class TableLinks:
    def __init__(self, table_url: str, credential: TokenCredential, transport: SharedTransport) -> None:
        self._table = TableClient(table_url, TABLE, credential=credential, **transport.core())

    def create(self) -> None:
        """The table, where there is none yet."""
        entities.create(self._table, "the feed links")

    def get(self, source: SourceRef) -> tuple[str | None, str | None]:
        with storage_errors("the feed links: reading"):
            try:
                entity = self._table.get_entity(_PARTITION, source.id)
            except ResourceNotFoundError:
                return None, None
            return str(entity["link"]), str(entity.metadata["etag"])

    def forget(self, source: SourceRef) -> None:
        """The feed begins anew."""
        with storage_errors("the feed links: removing one"):
            self._table.delete_entity(_PARTITION, source.id)

    def swap(self, source: SourceRef, link: str, expected: str | None) -> bool:
        entity = {"PartitionKey": _PARTITION, "RowKey": source.id, "link": link}
        return entities.swap(self._table, entity, expected, "the feed links")
