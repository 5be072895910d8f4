"""What every table of ours does alike: it is made where there is none, and an entity is changed only as it was read."""

from collections.abc import Mapping

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableClient, UpdateMode

from ingestion.adapters.transport import UNREPEATED, error_code, storage_errors

Entity = Mapping[str, str | float | bytes]


def create(table: TableClient, what: str) -> None:
    """The table, where there is none yet. `what` names it in an error."""
    with storage_errors(f"{what}: creating the table"):
        try:
            table.create_table()
        except ResourceExistsError:
            return


def write(table: TableClient, entity: Entity, expected: str | None) -> str:
    """The new ETag. Where it was not as `expected` says (None: absent), the service's own refusal leaves as it is."""
    if expected is None:
        return str(table.create_entity(entity, **UNREPEATED)["etag"])
    written = table.update_entity(
        entity, UpdateMode.REPLACE, etag=expected, match_condition=MatchConditions.IfNotModified, **UNREPEATED
    )
    return str(written["etag"])


def swap(table: TableClient, entity: Entity, expected: str | None, what: str) -> bool:
    """Whether it was written: False where others changed it first.

    Raises:
        Retry: the table cannot be reached, is not there, or did not answer. Read again: it may have been written.
    """
    with storage_errors(f"{what}: writing"):
        try:
            write(table, entity, expected)
        except ResourceNotFoundError as error:
            if error_code(error) == "TableNotFound":
                raise
            return False
        except (ResourceExistsError, ResourceModifiedError):
            return False
    return True
