"""Sealing under a cabinet's secret: AES-SIV, with a key of its own for each use.

Deterministic, so that the same thing is sealed the same each time; authenticated, so that what another cabinet, place
or key sealed does not open. A key is derived by HKDF (RFC 5869) from the secret and from `info`, which names the use.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 64  # AES-256-SIV takes two keys of 32 (RFC 5297)


def derived(secret: bytes, info: bytes, length: int) -> bytes:
    """Key material of one use. A longer one begins as the shorter one does."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


def cipher(secret: bytes, info: bytes) -> AESSIV:
    return AESSIV(derived(secret, info, KEY_BYTES))
