"""The way back from a token to a name, for those who may: sealed per subject, so that one subject can be forgotten.

Promises: surface forms are sealed with AES-256-GCM under a data key of their subject (a token), bound to cabinet and
token; each data key is wrapped under one derived from the cabinet's secret, which its key in Key Vault wraps.
Destroying a subject's data key makes its forms unreadable for ever, in every backup of the store that holds no key;
destroying the cabinet's key does so for the cabinet. Never logs, never answers for another cabinet.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from redaction.redactor import Mention

NONCE_BYTES = 12
KEY_BYTES = 32
INFO = b"greffe/vault-key/v1"


class VaultError(Exception):
    """The sealed form cannot be opened: another key, another cabinet, or bytes that were changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One subject as it is stored; nothing in it can be read without the cabinet's key."""

    token: str
    wrapped_key: bytes  # b"" once the subject is forgotten
    box: bytes  # nonce and ciphertext of the surface forms; b"" while there are none
    revision: str = ""  # the store's own; compared on replace


class KeyWrapper(Protocol):
    """What wraps data keys for one cabinet."""

    def wrap(self, key: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes) -> bytes: ...


class CabinetKey:
    """Wraps data keys under a key derived from the cabinet's secret, which only its key in Key Vault unwraps.

    Not one call to Key Vault for each subject: a cabinet's first load names more people than the service would serve.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=INFO).derive(secret)

    def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._key, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._key, wrapped)
        except InvalidUnwrap:
            raise VaultError("a data key does not open under this cabinet's key") from None


class VaultStore(Protocol):
    """Rows of one cabinet by token. `replace` is atomic and refuses (False) when the revision is not the stored one."""

    def get(self, tokens: Sequence[str]) -> dict[str, Sealed]: ...

    def replace(self, sealed: Sealed) -> bool: ...


class Vault:
    """The vault of one cabinet."""

    def __init__(
        self, cabinet: str, store: VaultStore, keys: KeyWrapper, random: Callable[[int], bytes] = token_bytes
    ) -> None:
        self._cabinet = cabinet
        self._store = store
        self._keys = keys
        self._random = random

    def remember(self, mentions: Iterable[Mention]) -> int:
        """Adds surface forms; says how many subjects changed. Idempotent, safe against other workers."""
        by_token: dict[str, dict[str, set[str]]] = {}
        for mention in mentions:
            by_token.setdefault(mention.token, {}).setdefault(mention.kind, set()).add(mention.surface)
        stored = self._store.get(sorted(by_token))
        return sum(self._remember(stored.get(token), token, forms) for token, forms in sorted(by_token.items()))

    def reveal(self, tokens: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Surface forms by token, less the unknown and the forgotten. The caller authorises and audits."""
        found: dict[str, tuple[str, ...]] = {}
        for token, sealed in self._store.get(sorted(set(tokens))).items():
            if sealed.wrapped_key and sealed.box:
                forms = self._open(sealed, self._keys.unwrap(sealed.wrapped_key))
                found[token] = tuple(sorted({form for written in forms.values() for form in written}))
        return found

    def forget(self, token: str) -> bool:
        """Destroys the subject's data key and forms; later mentions begin anew under another key."""
        while (sealed := self._store.get([token]).get(token)) is not None and sealed.wrapped_key:
            if self._store.replace(Sealed(token, b"", b"", sealed.revision)):
                return True
        return False

    def _remember(self, sealed: Sealed | None, token: str, forms: Mapping[str, set[str]]) -> int:
        while True:
            known, key, wrapped = self._known(sealed)
            union = {kind: sorted(set(known.get(kind, ())) | forms.get(kind, set())) for kind in {*known, *forms}}
            if union == {kind: sorted(written) for kind, written in known.items()}:
                return 0
            revision = sealed.revision if sealed is not None else ""
            if self._store.replace(Sealed(token, wrapped, self._seal(token, union, key), revision)):
                return 1
            sealed = self._store.get([token]).get(token)  # somebody was first

    def _known(self, sealed: Sealed | None) -> tuple[dict[str, list[str]], bytes, bytes]:
        if sealed is None or not sealed.wrapped_key:
            key = self._random(KEY_BYTES)
            return {}, key, self._keys.wrap(key)
        key = self._keys.unwrap(sealed.wrapped_key)
        return self._open(sealed, key) if sealed.box else {}, key, sealed.wrapped_key

    def _seal(self, token: str, forms: Mapping[str, list[str]], key: bytes) -> bytes:
        nonce = self._random(NONCE_BYTES)
        plain = json.dumps(forms, ensure_ascii=False, sort_keys=True).encode()
        return nonce + AESGCM(key).encrypt(nonce, plain, self._bound(token))

    def _open(self, sealed: Sealed, key: bytes) -> dict[str, list[str]]:
        nonce, box = sealed.box[:NONCE_BYTES], sealed.box[NONCE_BYTES:]
        try:
            plain = AESGCM(key).decrypt(nonce, box, self._bound(sealed.token))
        except InvalidTag:
            raise VaultError("a sealed form does not open under this cabinet's key") from None
        forms: dict[str, list[str]] = json.loads(plain)
        return forms

    def _bound(self, token: str) -> bytes:
        return f"greffe/vault/v1\x1f{self._cabinet}\x1f{token}".encode()
