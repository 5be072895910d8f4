"""A cabinet's secret, wrapped by its key in Key Vault. Destroying the key makes every copy of the secret useless.

Only the wrapped secret is ever stored; the plain one lives in memory, for `CACHE_SECONDS` at most, so that a destroyed
key ends all work on the cabinet within that time. `key_name` carries the key's version: a rotation in the vault adds
a version, and what the old one wrapped still opens.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.keyvault.keys import KeyClient, KeyOperation
from azure.keyvault.keys.crypto import CryptographyClient, KeyWrapAlgorithm

from ingestion.adapters.transport import SharedTransport, map_storage_error
from ingestion.errors import Retry
from ingestion.model import Cabinet
from ingestion.ports import Clock

SECRET_BYTES = 32
RSA_BITS = 3072  # ANSSI, guide des mécanismes cryptographiques: at least 3072 for use beyond 2030
CACHE_SECONDS = 300.0  # the longest that work goes on after a key is destroyed
CACHED = 1_000  # cabinets; an instance that serves more starts again with an empty cache
DELETE_SECONDS = 60.0  # Key Vault takes a few
ALGORITHM = KeyWrapAlgorithm.rsa_oaep_256

_Wrapped = tuple[str, bytes]  # key name, wrapped secret


class KeyVaultKeys:
    """The port `Keys`, and what onboarding and offboarding need. Safe to share between threads."""

    def __init__(
        self,
        vault_url: str,
        credential: TokenCredential,
        transport: SharedTransport,
        clock: Clock,
        *,
        hardware: bool = False,  # a Premium vault keeps the key in an HSM
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._vault_url = vault_url.rstrip("/")
        self._credential = credential
        self._transport = transport
        self._clock = clock
        self._hardware = hardware
        self._random_bytes = random_bytes
        self._keys = KeyClient(self._vault_url, credential, **transport.core())
        self._secrets: dict[tuple[str, _Wrapped], tuple[bytes, float]] = {}
        self._lock = threading.Lock()

    def secret(self, cabinet: Cabinet) -> bytes:
        """32 bytes. Retry("key_unavailable") where the key is deleted, disabled or denied to us."""
        which = (cabinet.id, (cabinet.key_name, cabinet.wrapped_secret))
        now = self._clock()
        with self._lock:
            known = self._secrets.get(which)
        if known is not None and now < known[1]:
            return known[0]
        secret = self._unwrap(cabinet.key_name, cabinet.wrapped_secret)
        with self._lock:
            if len(self._secrets) >= CACHED:
                self._secrets.clear()
            self._secrets[which] = (secret, now + CACHE_SECONDS)
        return secret

    def create(self, name: str) -> tuple[str, bytes]:
        """For onboarding: a key, and a fresh secret wrapped by it. (`key_name`, `wrapped_secret`) of the cabinet."""
        with _vault_errors(name):
            key = self._keys.create_rsa_key(
                name,
                size=RSA_BITS,
                hardware_protected=self._hardware,
                key_operations=[KeyOperation.wrap_key, KeyOperation.unwrap_key],
            )
            key_name = f"{key.name}/{key.properties.version}"
            wrapped = self._cryptography(key_name).wrap_key(ALGORITHM, self._random_bytes(SECRET_BYTES))
        return key_name, wrapped.encrypted_key

    def destroy(self, key_name: str, *, purge: bool = False) -> None:
        """For offboarding: nothing that was sealed under this key opens again; recoverable until it is purged.

        Idempotent. Purging needs a vault without purge protection; with it, the key goes when its period is over.
        """
        name = key_name.partition("/")[0]
        with self._lock:
            self._secrets.clear()
        with _vault_errors(name):
            self._delete(name)
            if purge:
                self._purge(name)

    def _delete(self, name: str) -> None:
        try:
            deletion = self._keys.begin_delete_key(name)
            deletion.wait(timeout=DELETE_SECONDS)
        except HttpResponseError as error:
            if error.status_code != 404:
                raise
            return
        if deletion.status() != "finished":
            raise Retry("key_deleting", f"key {name!r} is still being deleted. Ask again in a minute.")

    def _purge(self, name: str) -> None:
        try:
            self._keys.purge_deleted_key(name)
        except HttpResponseError as error:
            if error.status_code != 404:
                raise

    def _unwrap(self, key_name: str, wrapped: bytes) -> bytes:
        with _vault_errors(key_name):
            secret = self._cryptography(key_name).unwrap_key(ALGORITHM, wrapped).key
        if len(secret) != SECRET_BYTES:
            raise Retry("key_mismatch", f"key {key_name!r} unwrapped {len(secret)} bytes, not {SECRET_BYTES}.")
        return secret

    def _cryptography(self, key_name: str) -> CryptographyClient:
        key = f"{self._vault_url}/keys/{key_name}"
        return CryptographyClient(key, self._credential, **self._transport.core())


@contextmanager
def _vault_errors(key_name: str) -> Iterator[None]:
    """403 and 404 are what a destroyed, disabled or denied key looks like; 409 a name still in the vault's bin."""
    try:
        yield
    except HttpResponseError as error:
        raise _of_status(error, key_name) from None
    except AzureError as error:
        raise map_storage_error(error, f"key {key_name!r}") from None


def _of_status(error: HttpResponseError, key_name: str) -> Exception:
    match error.status_code:
        case 403 | 404:
            return Retry(
                "key_unavailable",
                f"key {key_name!r} cannot be used ({error.status_code}): it is deleted, disabled, or denied to this "
                "identity. Recover or enable it, or grant Key Vault Crypto Service Encryption User, then replay.",
            )
        case 409:
            return Retry(
                "key_unavailable",
                f"a key named {key_name!r} is deleted but recoverable. Recover it, purge it, or choose another name.",
            )
        case 400:
            return Retry(
                "key_mismatch",
                f"key {key_name!r} refuses the operation: the secret was wrapped by another key. "
                "Restore the cabinet's entry in the registry.",
            )
        case _:
            return map_storage_error(error, f"key {key_name!r}")
