"""What was last seen of a drive, in Azure Tables: where each folder stood, and who may read each file.

It saves calls and decides nothing: a note that is lost is read again from Graph. Ids and keyed digests only, no name.
An access list is written on the ETag that was read before Graph was asked, so that a list which changed meanwhile is
never covered by an older one.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, TableEntity, UpdateMode

from ingestion.adapters import entities
from ingestion.adapters.transport import SharedTransport, error_code, storage_errors
from ingestion.model import SourceId

TABLE = "drivenotes"
BATCH = 100  # operations in one transaction; Tables' own limit
PAGE = 1_000

Entity = dict[str, str | float]


@dataclass(frozen=True, slots=True)
class Note:
    """Of a file: its folder and its access list. Of a folder: its folder, its name as a digest, who found it there.

    Of the folder that is watched as a whole also the access list that a comparison met.
    """

    parent: str
    principals: tuple[str, ...] | None = None  # None: to be read
    read_at: float = 0.0  # seconds; when Graph was asked for them
    changed_at: float = 0.0  # seconds; when Graph said that they changed
    name: str = ""  # a folder's, as a keyed digest; "" makes it a file
    since: str = ""  # digest of the link whose reading found the folder there


class Notes(Protocol):
    """Compare-and-swap per item; `expire` is blind, and changes the ETag of all that it names."""

    def get(self, source: SourceId, item: str) -> tuple[Note | None, str | None]: ...

    def put(self, source: SourceId, item: str, note: Note, expected: str | None) -> bool: ...

    def learn(self, source: SourceId, folders: Mapping[str, Note]) -> None:
        """Write folders, whatever stood there."""

    def expire(self, source: SourceId, files: Iterable[str], now: float) -> None:
        """Their access lists are to be read again."""

    def forget(self, source: SourceId, item: str) -> None: ...

    def all(self, source: SourceId) -> dict[str, Note]: ...


class TableNotes:
    """The port `Notes`. Safe to share between threads."""

    def __init__(
        self, table_url: str, credential: TokenCredential, transport: SharedTransport, *, table: str = TABLE
    ) -> None:
        self._table = TableClient(table_url, table, credential=credential, **transport.core())

    def create(self) -> None:
        """The table, where there is none yet."""
        entities.create(self._table, "the drive notes")

    def get(self, source: SourceId, item: str) -> tuple[Note | None, str | None]:
        with storage_errors("the drive notes: reading"):
            try:
                entity = self._table.get_entity(source, item)
            except ResourceNotFoundError as error:
                if error_code(error) == "TableNotFound":
                    raise
                return None, None
            return _note(entity), str(entity.metadata["etag"])

    def put(self, source: SourceId, item: str, note: Note, expected: str | None) -> bool:
        entity = _entity(source, item, note)
        return entities.swap(self._table, entity, expected, "the drive notes")

    def learn(self, source: SourceId, folders: Mapping[str, Note]) -> None:
        self._write([_entity(source, item, note) for item, note in folders.items()], UpdateMode.REPLACE)

    def expire(self, source: SourceId, files: Iterable[str], now: float) -> None:
        changed: list[Entity] = [
            {"PartitionKey": source, "RowKey": item, "principals": "", "changed_at": now} for item in files
        ]
        self._write(changed, UpdateMode.MERGE)

    def forget(self, source: SourceId, item: str) -> None:
        with storage_errors("the drive notes: removing one"):
            self._table.delete_entity(source, item)

    def all(self, source: SourceId) -> dict[str, Note]:
        with storage_errors("the drive notes: listing"):
            found = self._table.query_entities(
                "PartitionKey eq @source", parameters={"source": source}, results_per_page=PAGE
            )
            return {str(it["RowKey"]): _note(it) for it in found}

    def _write(self, entities: list[Entity], mode: UpdateMode) -> None:
        with storage_errors("the drive notes: writing"):
            for at in range(0, len(entities), BATCH):
                batch = [("upsert", it, {"mode": mode}) for it in entities[at : at + BATCH]]
                self._table.submit_transaction(batch)


def _entity(source: SourceId, item: str, note: Note) -> Entity:
    return {
        "PartitionKey": source,
        "RowKey": item,
        "parent": note.parent,
        "principals": "" if note.principals is None else json.dumps(note.principals),
        "read_at": note.read_at,
        "changed_at": note.changed_at,
        "name": note.name,
        "since": note.since,
    }


def _note(entity: TableEntity) -> Note:
    principals = str(entity.get("principals", ""))
    return Note(
        parent=str(entity.get("parent", "")),
        principals=tuple(json.loads(principals)) if principals else None,
        read_at=float(entity.get("read_at", 0.0)),
        changed_at=float(entity.get("changed_at", 0.0)),
        name=str(entity.get("name", "")),
        since=str(entity.get("since", "")),
    )
