"""The secret that a subscription's notifications carry: it says of which source they are, and proves that we asked.

It is made from the cabinet's secret, so that nothing has to be kept: `SOURCE.MAC`. A notification without it, or with
another's, is nobody's; destroying the cabinet's key ends its notifications, too.
"""

import base64
import hashlib
import hmac

from ingestion.model import SourceId

LABEL = b"greffe/graph-client-state/v1\0"  # separates this use of the cabinet's secret from every other
LONGEST = 128  # characters that Graph takes; a source's id has 63 at most, the MAC 43


def made(secret: bytes, source: SourceId) -> str:
    mac = hmac.digest(secret, LABEL + source.encode(), hashlib.sha256)
    return f"{source}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def named(client_state: str) -> SourceId:
    """The source that it claims to be of; not yet proved."""
    return SourceId(client_state.partition(".")[0])


def proves(client_state: str, secret: bytes, source: SourceId) -> bool:
    """JSON can spell half a surrogate pair, which has no bytes: it is another secret, and no error."""
    return hmac.compare_digest(client_state.encode(errors="replace"), made(secret, source).encode())
