"""The ledger in Azure Tables: one entity per document and index, changed only on the ETag that was read.

PartitionKey is the physical index, RowKey the document: a point read, and a conditional write, are linearizable there.
The row travels as JSON in one property; what is searched for stands beside it as columns. Never repeat a conditional
write blindly: a second try cannot tell its own first success from a refusal. A lost answer is looked for instead.
"""

from collections.abc import Iterator

from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient

from ingestion.adapters import entities
from ingestion.adapters.transport import (
    SharedTransport,
    error_code,
    map_storage_error,
    storage_errors,
)
from ingestion.errors import Retry
from ingestion.model import DocumentId, IndexRef
from ingestion.ports import Stored
from ingestion.rows import Row

TABLE = "ledger"
LARGEST_ROW = 60_000  # bytes of UTF-16, as Tables counts; a property may hold 64 KiB
PAGE = 1_000  # entities; the service's own maximum
_UNKNOWN = frozenset({408, 500, 502, 503, 504})  # statuses after which a write may have happened, or not


class TableLedger:
    """The port `Ledger`. Safe to share between threads."""

    def __init__(
        self, table_url: str, credential: TokenCredential, transport: SharedTransport, *, table: str = TABLE
    ) -> None:
        self._table = TableClient(table_url, table, credential=credential, **transport.core())

    def create(self) -> None:
        """The table, where there is none yet."""
        entities.create(self._table, "the ledger")

    def get(self, index: IndexRef, document: DocumentId) -> Stored:
        with storage_errors("the ledger: reading a row"):
            try:
                entity = self._table.get_entity(index.name, document)
            except ResourceNotFoundError as error:
                if error_code(error) == "TableNotFound":  # nothing is known of the row: not the same as "no row"
                    raise
                return Stored(Row(document), None)
            return Stored(Row.from_json(str(entity["row"])), str(entity.metadata["etag"]))

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        entity = _entity(index, row)
        try:
            return Stored(row, entities.write(self._table, entity, expected))
        except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError) as error:
            if error_code(error) == "TableNotFound":
                raise map_storage_error(error, "the ledger: writing a row") from None
            return None
        except HttpResponseError as error:
            if error.status_code not in _UNKNOWN:
                raise map_storage_error(error, "the ledger: writing a row") from None
        except AzureError:
            pass  # no answer: settled below
        return self._settled(index, row)

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        wanted = "PartitionKey eq @index" + (" and attention eq true" if attention else "")
        with storage_errors("the ledger: listing rows"):
            found = self._table.query_entities(
                wanted, parameters={"index": index.name}, select=["row"], results_per_page=PAGE
            )
            for entity in found:
                yield Row.from_json(str(entity["row"]))

    def _settled(self, index: IndexRef, row: Row) -> Stored:
        """After a lost answer: our row is there, or nobody knows. It may still land, so this is never a refusal."""
        try:
            stored = self.get(index, row.document)
        except Retry:
            stored = None
        if stored is None or stored.row != row:
            raise Retry(
                "ledger_unknown",
                f"document {row.document}: the ledger did not say whether a row was written. Look again.",
            )
        return stored


def _entity(index: IndexRef, row: Row) -> entities.Entity:
    text = row.to_json()
    if (size := len(text.encode("utf-16-le"))) > LARGEST_ROW:
        raise Retry(
            "ledger_row_too_large",
            f"document {row.document}: its row has {size} bytes, {LARGEST_ROW} is the maximum. Sweep its generations.",
        )
    return {
        "PartitionKey": index.name,
        "RowKey": row.document,
        "row": text,
        "attention": row.attention,
        "status": row.status,
    }
