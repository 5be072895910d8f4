"""Keys in Key Vault: the adapter through the unchanged SDK, challenge authentication included."""

from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, KeyWrapAlgorithm

from ingestion.adapters.key_vault import CACHE_SECONDS, KeyVaultKeys
from ingestion.adapters.transport import SharedTransport
from ingestion.errors import Retry
from ingestion.model import Cabinet
from local.key_vault import Keyring
from tests.contract.conftest import with_key


class Now:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def keys(key_vault: str, credential: DefaultAzureCredential, transport: SharedTransport, now: Now) -> KeyVaultKeys:
    return KeyVaultKeys(key_vault, credential, transport, now, random_bytes=lambda count: b"s" * count)


def test_what_was_wrapped_is_unwrapped(keys: KeyVaultKeys, cabinet: Cabinet) -> None:
    made = keys.create("wraps")
    assert keys.secret(with_key(cabinet, made)) == b"s" * 32
    assert b"ssss" not in made[1]


def test_two_cabinets_have_keys_of_their_own(keys: KeyVaultKeys, cabinet: Cabinet) -> None:
    one, other = keys.create("one"), keys.create("other")
    with pytest.raises(Retry) as refused:
        keys.secret(with_key(cabinet, (one[0], other[1])))
    assert refused.value.code == "key_mismatch"


def test_a_secret_is_kept_in_memory_for_a_bounded_time(keys: KeyVaultKeys, cabinet: Cabinet, now: Now) -> None:
    ours = with_key(cabinet, keys.create("bounded"))
    keys.secret(ours)
    keys._keys.begin_delete_key("bounded")
    assert keys.secret(ours) == b"s" * 32
    now.seconds += CACHE_SECONDS
    with pytest.raises(Retry):
        keys.secret(ours)


def test_a_destroyed_key_ends_the_cabinet_at_once_and_says_what_to_do(keys: KeyVaultKeys, cabinet: Cabinet) -> None:
    ours = with_key(cabinet, keys.create("destroyed"))
    keys.secret(ours)
    keys.destroy(ours.key_name)
    with pytest.raises(Retry) as refused:
        keys.secret(ours)
    assert refused.value.code == "key_unavailable"
    assert "Recover" in str(refused.value)
    assert refused.value.__cause__ is None


def test_destroying_twice_is_destroying_once(keys: KeyVaultKeys) -> None:
    key_name, _ = keys.create("twice")
    keys.destroy(key_name, purge=True)
    keys.destroy(key_name, purge=True)


def test_a_deleted_key_is_recoverable_and_a_purged_one_is_not(
    keys: KeyVaultKeys, key_vault: str, credential: DefaultAzureCredential, cabinet: Cabinet
) -> None:
    client = KeyClient(key_vault, credential)
    ours = with_key(cabinet, keys.create("recoverable"))
    keys.destroy(ours.key_name)
    client.begin_recover_deleted_key("recoverable").wait()
    assert keys.secret(ours) == b"s" * 32
    keys.destroy(ours.key_name, purge=True)
    with pytest.raises(ResourceNotFoundError):
        client.begin_recover_deleted_key("recoverable")


def test_the_name_of_a_deleted_key_is_not_taken_silently(keys: KeyVaultKeys) -> None:
    keys.destroy(keys.create("in-the-bin")[0])
    with pytest.raises(Retry, match="recoverable"):
        keys.create("in-the-bin")


def test_a_new_version_does_not_lock_out_what_the_old_one_wrapped(
    keys: KeyVaultKeys, key_vault: str, credential: DefaultAzureCredential, cabinet: Cabinet
) -> None:
    ours = with_key(cabinet, keys.create("rotated"))
    client = KeyClient(key_vault, credential)
    newer = client.create_rsa_key("rotated", size=2048)
    assert newer.properties.version != ours.key_name.partition("/")[2]
    assert len(list(client.list_properties_of_key_versions("rotated"))) == 2
    assert keys.secret(ours) == b"s" * 32


def test_the_server_wraps_what_it_unwraps(key_vault: str, credential: DefaultAzureCredential) -> None:
    key = KeyClient(key_vault, credential).create_rsa_key("on-the-server", size=2048)
    remote = CryptographyClient(key.id, credential)
    remote._initialized = True  # no local provider: both operations go over the wire
    remote._keys_get_forbidden = True
    wrapped = remote.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"secret").encrypted_key
    assert remote.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped).key == b"secret"


def test_keys_survive_a_restart_in_private_files(tmp_path: Path) -> None:
    made = Keyring(tmp_path).create("durable", 2048, ["wrapKey"])
    assert Keyring(tmp_path).version("durable", "") == made
    assert [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()] == [0o600]


def test_an_unreachable_vault_is_a_retry(credential: DefaultAzureCredential, now: Now, cabinet: Cabinet) -> None:
    keys = KeyVaultKeys("https://127.0.0.1:1", credential, SharedTransport(), now)
    with pytest.raises(Retry) as refused:
        keys.secret(with_key(cabinet, ("any/1", b"x")))
    assert refused.value.code == "unreachable"
