"""Who we are to Azure: the object id that our own tokens carry. For the audit; nothing is granted by it."""

import base64
import json

from azure.core.credentials import TokenCredential

SCOPE = "https://storage.azure.com/.default"


def object_id(credential: TokenCredential) -> str:
    """The `oid` claim of our storage token: the managed identity, or the person at a command line."""
    payload = credential.get_token(SCOPE).token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["oid"])
