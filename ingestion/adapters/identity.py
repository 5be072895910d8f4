"""Who we are to Azure: the object id that our own tokens carry, for the audit; and who we are in a cabinet's tenant."""

import base64
import json
from typing import TYPE_CHECKING

from azure.core.credentials import TokenCredential

from ingestion.adapters.transport import storage_errors

if TYPE_CHECKING:
    from azure.identity import ClientAssertionCredential

SCOPE = "https://storage.azure.com/.default"
EXCHANGE = "api://AzureADTokenExchange/.default"


def object_id(credential: TokenCredential) -> str:
    """The `oid` claim of our storage token: the managed identity, or the person at a command line.

    Raises:
        Retry: no token could be had.
    """
    with storage_errors("who we are"):
        payload = credential.get_token(SCOPE).token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["oid"])


def federated(tenant: str, client_id: str, ours: TokenCredential) -> "ClientAssertionCredential":
    """The app of this id in another tenant, without a secret: it trusts our identity's own token.

    The app registration holds our managed identity as a federated credential, and the tenant consented to the app.
    """
    from azure.identity import ClientAssertionCredential

    return ClientAssertionCredential(tenant, client_id, lambda: ours.get_token(EXCHANGE).token)
