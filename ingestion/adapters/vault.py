"""The vault in Azure Tables: what each token hides, sealed, in one table; the keys that open it, wrapped, in another.

One row per cabinet and token in each. A subject's data key is wrapped under a key that is derived from the cabinet's
secret, which its key in Key Vault wraps: destroying that key closes the whole vault, deleting a row of keys closes one
subject, for ever, as no copy of that table is kept: back up the forms, never the keys. A row of forms names the key
that sealed it, so that a late write under a destroyed key is never taken for more than noise.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableClient, TableEntity

from ingestion.adapters import entities
from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.errors import Retry
from ingestion.model import Cabinet
from ingestion.ports import Keys
from redaction.redactor import Mention
from redaction.vault import CabinetKey, Sealed, Vault, VaultError

FORMS, KEYS = "vault", "vaultkeys"
AT_ONCE = 12  # rows asked for in one query: the service takes 15 comparisons in a filter


class TableVault:
    """The port `Vault`, and what operators need of it. Safe to share between threads."""

    def __init__(
        self,
        table_url: str,
        credential: TokenCredential,
        transport: SharedTransport,
        keys: Keys,
        *,
        tables: tuple[str, str] = (FORMS, KEYS),
    ) -> None:
        options = transport.core()
        self._forms = TableClient(table_url, tables[0], credential=credential, **options)
        self._data_keys = TableClient(table_url, tables[1], credential=credential, **options)
        self._keys = keys

    def create(self) -> None:
        """The tables, where there are none yet."""
        for table in (self._forms, self._data_keys):
            entities.create(table, "the vault")

    def remember(self, cabinet: Cabinet, mentions: Sequence[Mention]) -> int:
        """Adds what is new; how many subjects changed. A replay writes nothing."""
        return self._of(cabinet).remember(mentions) if mentions else 0

    def known(self, cabinet: Cabinet, tokens: Iterable[str]) -> frozenset[str]:
        """Which of some tokens the cabinet has ever given out, and not forgotten."""
        rows = _Rows(self._forms, self._data_keys, cabinet.id).get(sorted(set(tokens)))
        return frozenset(token for token, row in rows.items() if row.wrapped_key)

    def reveal(self, cabinet: Cabinet, tokens: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Surface forms by token, less the unknown and the forgotten. The caller authorises, and writes the audit."""
        try:
            return self._of(cabinet).reveal(tokens)
        except VaultError:
            raise Retry("vault_sealed", f"The vault of cabinet {cabinet.id} does not open under its key.") from None

    def forget(self, cabinet: Cabinet, token: str) -> bool:
        """Destroys a subject's data key, then what it sealed."""
        return self._of(cabinet).forget(token)

    def _of(self, cabinet: Cabinet) -> Vault:
        rows = _Rows(self._forms, self._data_keys, cabinet.id)
        return Vault(cabinet.id, rows, CabinetKey(self._keys.secret(cabinet)))


class _Rows:
    """The port `VaultStore` of one cabinet."""

    def __init__(self, forms: TableClient, data_keys: TableClient, cabinet: str) -> None:
        self._forms = forms
        self._data_keys = data_keys
        self._cabinet = cabinet

    def get(self, tokens: Sequence[str]) -> dict[str, Sealed]:
        with storage_errors("the vault: reading"):
            keys = {token: _bytes(it["key"]) for token, it in self._rows(self._data_keys, tokens)}
            found = {token: Sealed(token, key, b"") for token, key in keys.items()}  # its worker ended in between
            for token, it in self._rows(self._forms, tokens):
                found[token] = _sealed(token, keys.get(token, b""), it, str(it.metadata["etag"]))
            return found

    def replace(self, sealed: Sealed) -> bool:
        with storage_errors("the vault: writing"):
            if not sealed.wrapped_key:
                return self._destroy(sealed)
            return self._keep_key(sealed) and self._write(sealed)

    def _destroy(self, sealed: Sealed) -> bool:
        """The key first: from here on the forms are noise, whoever still writes them."""
        for table in (self._data_keys, self._forms):
            try:
                table.delete_entity(self._cabinet, sealed.token)
            except ResourceNotFoundError:
                continue
        return True

    def _keep_key(self, sealed: Sealed) -> bool:
        """The subject's key before anything is sealed under it; False where another worker's stands already."""
        row = {"PartitionKey": self._cabinet, "RowKey": sealed.token, "key": sealed.wrapped_key}
        try:
            self._data_keys.create_entity(row)
        except ResourceExistsError:
            stored = self._data_keys.get_entity(self._cabinet, sealed.token)
            return _bytes(stored["key"]) == sealed.wrapped_key
        return True

    def _write(self, sealed: Sealed) -> bool:
        row: entities.Entity = {
            "PartitionKey": self._cabinet,
            "RowKey": sealed.token,
            "box": sealed.box,
            "under": _name(sealed.wrapped_key),
        }
        return entities.swap(self._forms, row, sealed.revision or None, "the vault")

    def _rows(self, table: TableClient, tokens: Sequence[str]) -> Iterator[tuple[str, TableEntity]]:
        for some in batched(tokens, AT_ONCE, strict=False):
            wanted = " or ".join(f"RowKey eq @t{index}" for index in range(len(some)))
            parameters = {
                "cabinet": self._cabinet,
                **{f"t{index}": token for index, token in enumerate(some)},
            }
            for row in table.query_entities(f"PartitionKey eq @cabinet and ( {wanted} )", parameters=parameters):
                yield str(row["RowKey"]), row


def _sealed(token: str, wrapped: bytes, row: TableEntity, revision: str) -> Sealed:
    """Without a key, or sealed under another than the present one, a subject is as if forgotten."""
    usable = bool(wrapped) and str(row["under"]) == _name(wrapped)
    return Sealed(token, wrapped, _bytes(row["box"]) if usable else b"", revision)


def _name(wrapped: bytes) -> str:
    return hashlib.sha256(wrapped).hexdigest()[:16]


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise Retry("vault_malformed", "A row of the vault is not what was written there; restore the table.")
    return value
