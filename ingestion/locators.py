"""A path is content ("Divorce Dupont.pdf" names a client), so outside the source it travels sealed, as a `Locator`.

Sealing is AES-SIV under a key derived from the cabinet's secret: deterministic, so that two events for one path give
one document; authenticated, so that a locator of another cabinet, source or key is refused and never half-read.
Never log a path, and never put one into an exception: this module's errors say only that a seal does not fit.
"""

import base64
import hashlib

from cryptography.exceptions import InvalidTag

from ingestion.errors import Refuse
from ingestion.model import DocumentId, Locator, SourceId
from ingestion.sealing import cipher

INFO = b"greffe/locator/v1"  # separates this key from every other that is derived from the same secret
PAD_TO = 32  # bytes: a sealed length tells a name's length to the next 32 only
END_OF_PATH = b"\x80"  # ISO/IEC 7816-4 padding: this byte, then zeros
ID_CHARACTERS = 26  # of base32: 130 bits, so a hundred million documents do not meet


def seal(secret: bytes, source: SourceId, path: str) -> Locator:
    """The path, sealed for one source of the cabinet whose secret this is. base64url without padding."""
    sealed = cipher(secret, INFO).encrypt(_padded(path.encode()), [source.encode()])
    return _text(sealed)


def open_(secret: bytes, source: SourceId, locator: Locator) -> str:
    """The path again. Refuse("bad_locator") where another cabinet, source or key sealed it, or nobody did."""
    try:
        padded = cipher(secret, INFO).decrypt(_bytes(locator), [source.encode()])
    except (InvalidTag, ValueError):
        raise Refuse(
            "bad_locator",
            f"a locator does not open with the key of the cabinet that owns source {source!r}: it was sealed for "
            "another cabinet, source or key. Send a new event for the document.",
        ) from None
    return padded.rstrip(b"\0").removesuffix(END_OF_PATH).decode()


def document_id(source: SourceId, locator: Locator) -> DocumentId:
    """26 characters of a-z and 2-7. The locator is sealed, so the id can be made from it without the secret."""
    digest = hashlib.sha256(f"{source}\0{locator}".encode()).digest()
    return DocumentId(base64.b32encode(digest).decode().lower()[:ID_CHARACTERS])


def _text(sealed: bytes) -> Locator:
    return Locator(base64.urlsafe_b64encode(sealed).rstrip(b"=").decode())


def _bytes(locator: Locator) -> bytes:
    """Base64 has spare bits: another spelling of the same seal would be a second document, so it is an error."""
    sealed = base64.b64decode(locator + "=" * (-len(locator) % 4), altchars=b"-_", validate=True)
    if _text(sealed) != locator:
        raise ValueError("not the canonical spelling")
    return sealed


def _padded(path: bytes) -> bytes:
    ended = path + END_OF_PATH
    return ended + b"\0" * (-len(ended) % PAD_TO)
