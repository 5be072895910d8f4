"""The vault on real tables and a real key: names come back to their cabinet, and never once they are forgotten."""

import time
from dataclasses import dataclass, replace

import pytest
from azure.data.tables import TableClient
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from ingestion.adapters.key_vault import KeyVaultKeys
from ingestion.adapters.vault import TableVault
from ingestion.errors import Retry
from ingestion.model import Cabinet
from redaction import Mention, Redactor
from tests.contract.conftest import Storage, needs_azurite, with_key

pytestmark = needs_azurite

NAME = Mention("Naqm4snc7284", "SURNAME", "TESSANDIER")
GIVEN = Mention("Gaqm4snc7284", "GIVEN", "Aurélien")


@dataclass
class Secret:
    """The port `Keys`: the secret of every cabinet."""

    value: bytes = bytes(range(32))

    def secret(self, cabinet: Cabinet) -> bytes:
        return self.value


@dataclass
class Made:
    vault: TableVault
    keys: Secret
    forms: TableClient
    data_keys: TableClient


@pytest.fixture
def made(storage: Storage) -> Made:
    names = (storage.name(), storage.name())
    keys = Secret()
    vault = TableVault(storage.table, storage.credential, storage.transport, keys, tables=names)
    vault.create()
    options = storage.transport.core()
    forms, data_keys = (TableClient(storage.table, it, credential=storage.credential, **options) for it in names)
    return Made(vault, keys, forms, data_keys)


def test_what_was_remembered_is_revealed_to_its_cabinet(made: Made, cabinet: Cabinet) -> None:
    assert made.vault.remember(cabinet, [NAME, GIVEN]) == 2
    assert made.vault.reveal(cabinet, [NAME.token, "Nothing2"]) == {NAME.token: ("TESSANDIER",)}


def test_a_replay_writes_nothing_and_a_new_form_joins_the_old(made: Made, cabinet: Cabinet) -> None:
    made.vault.remember(cabinet, [NAME])
    before = made.forms.get_entity(cabinet.id, NAME.token).metadata["etag"]
    assert made.vault.remember(cabinet, [NAME]) == 0
    assert made.forms.get_entity(cabinet.id, NAME.token).metadata["etag"] == before
    assert made.vault.remember(cabinet, [Mention(NAME.token, "SURNAME", "Tessandier")]) == 1
    assert made.vault.reveal(cabinet, [NAME.token])[NAME.token] == ("TESSANDIER", "Tessandier")


def test_a_forgotten_subject_leaves_no_key_and_a_copy_of_its_forms_stays_shut(made: Made, cabinet: Cabinet) -> None:
    made.vault.remember(cabinet, [NAME, GIVEN])
    copy = made.forms.get_entity(cabinet.id, NAME.token)
    assert made.vault.forget(cabinet, NAME.token)
    made.forms.upsert_entity(copy)  # somebody restores a backup
    assert made.vault.reveal(cabinet, [NAME.token, GIVEN.token]) == {GIVEN.token: ("Aurélien",)}
    assert made.vault.known(cabinet, [NAME.token, GIVEN.token]) == {GIVEN.token}


def test_a_subject_that_is_met_again_begins_anew_over_a_restored_copy(made: Made, cabinet: Cabinet) -> None:
    made.vault.remember(cabinet, [NAME])
    copy = made.forms.get_entity(cabinet.id, NAME.token)
    made.vault.forget(cabinet, NAME.token)
    made.forms.upsert_entity(copy)
    assert made.vault.remember(cabinet, [Mention(NAME.token, "SURNAME", "Tessandier")]) == 1
    assert made.vault.reveal(cabinet, [NAME.token]) == {NAME.token: ("Tessandier",)}


def test_a_worker_that_ended_between_key_and_forms_is_no_harm(made: Made, cabinet: Cabinet) -> None:
    made.vault.remember(cabinet, [NAME])
    made.forms.delete_entity(cabinet.id, NAME.token)
    assert made.vault.reveal(cabinet, [NAME.token]) == {}
    assert made.vault.remember(cabinet, [NAME]) == 1
    assert made.vault.reveal(cabinet, [NAME.token]) == {NAME.token: ("TESSANDIER",)}


def test_a_destroyed_key_of_the_cabinet_closes_the_whole_vault(made: Made, cabinet: Cabinet) -> None:
    made.vault.remember(cabinet, [NAME, GIVEN])

    def gone(cabinet: Cabinet) -> bytes:
        raise Retry("key_unavailable", "Key Vault has no such key.")

    made.keys.secret = gone  # type: ignore[method-assign]  # Key Vault's answer for a key that is purged
    with pytest.raises(Retry):
        made.vault.reveal(cabinet, [NAME.token, GIVEN.token])
    boxes = [row["box"] for row in made.forms.list_entities()]
    keys = [row["key"] for row in made.data_keys.list_entities()]
    assert len(boxes) == len(keys) == 2
    for box, key in zip(boxes, keys, strict=True):  # all that a thief of both tables holds
        with pytest.raises(InvalidUnwrap):
            aes_key_unwrap(bytes(32), key)
        with pytest.raises(InvalidTag):
            AESGCM(bytes(32)).decrypt(box[:12], box[12:], None)


def test_once_its_key_in_key_vault_is_destroyed_nobody_reveals_a_token_of_the_cabinet_again(
    storage: Storage, key_vault: str, cabinet: Cabinet
) -> None:
    names = (storage.name(), storage.name())

    def worker() -> tuple[KeyVaultKeys, TableVault]:
        keys = KeyVaultKeys(key_vault, storage.credential, storage.transport, time.time)
        return keys, TableVault(storage.table, storage.credential, storage.transport, keys, tables=names)

    keys, vault = worker()
    vault.create()
    ours = with_key(cabinet, keys.create("shredded"))
    redaction = Redactor("pseudonymise", keys.secret(ours)).redact(["M. Aurélien TESSANDIER signe."])
    vault.remember(ours, redaction.mentions)
    tokens = [it.token for it in redaction.mentions]
    assert "TESSANDIER" in {form for forms in vault.reveal(ours, tokens).values() for form in forms}

    keys.destroy(ours.key_name, purge=True)
    for _, reader in ((keys, vault), worker()):  # the one that knew the secret, and one that starts
        with pytest.raises(Retry) as refused:
            reader.reveal(ours, tokens)
        assert refused.value.code == "key_unavailable"
    again, after = worker()
    renewed = with_key(cabinet, again.create("shredded"))  # the same name is another key
    with pytest.raises(Retry):
        again.secret(replace(renewed, wrapped_secret=ours.wrapped_secret))
    with pytest.raises(Retry) as sealed:
        after.reveal(renewed, tokens)
    assert sealed.value.code == "vault_sealed"
    written = Redactor("pseudonymise", again.secret(renewed)).redact(["M. Aurélien TESSANDIER signe."])
    assert not set(tokens) & {it.token for it in written.mentions}


def test_another_secret_opens_nothing(made: Made, cabinet: Cabinet) -> None:
    made.vault.remember(cabinet, [NAME])
    made.keys.value = bytes(32)
    with pytest.raises(Retry) as refused:
        made.vault.reveal(cabinet, [NAME.token])
    assert refused.value.code == "vault_sealed"


def test_no_name_is_in_the_tables(made: Made, cabinet: Cabinet) -> None:
    made.vault.remember(cabinet, [NAME, GIVEN])
    rows = [*made.forms.list_entities(), *made.data_keys.list_entities()]
    assert len(rows) == 4
    assert not any("TESSANDIER" in str(row) or b"TESSANDIER" in row.get("box", b"") for row in rows)


def test_more_tokens_than_a_query_takes_are_asked_in_several(made: Made, cabinet: Cabinet) -> None:
    many = [Mention(f"Naqm4snc{index:04}", "SURNAME", f"Nom {index}") for index in range(30)]
    assert made.vault.remember(cabinet, many) == 30
    assert len(made.vault.reveal(cabinet, [it.token for it in many])) == 30
