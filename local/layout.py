"""Where a local cloud keeps what, and the settings that its parts and its clients get.

All of it follows from the home and the ports, so that it is known before anything runs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.azurite import ACCOUNT
from local.certificate import Certificate
from local.ports import LOOPBACK
from local.tokens import TENANT

# In the order of their start; the slowest of those that others wait for goes first.
PARTS = (
    "azurite",
    "identity",
    "key_vault",
    "openai",
    "ai_search",
    "event_grid",
    "blob_events",
    "graph",
    "functions_host",
)
SERVICES = {"azurite": ("azurite_blob", "azurite_queue", "azurite_table")}  # the parts with more ports than one
PLAIN = frozenset({"identity"})  # HTTP: App Service's own identity endpoint is, too

NOTICES_TOPIC = "notices"
GRAPH_TOPIC = "graph"
GRAPH_NOTIFICATIONS = f"EventGrid:?resourcegroup=local&partnertopic={GRAPH_TOPIC}&location=local"
EMBEDDING_MODEL = "greffe-hashed-ngrams"
EMBEDDING_DIMENSIONS = 1024


@dataclass(frozen=True, slots=True)
class Layout:
    home: Path

    def of(self, part: str) -> Path:
        return self.home / part

    def log(self, part: str) -> Path:
        return self.home / "logs" / f"{part}.log"

    @property
    def ports(self) -> Path:
        return self.home / "ports.json"

    @property
    def environment(self) -> Path:
        return self.home / "local.env"

    @property
    def state(self) -> Path:
        return self.home / "cloud.json"  # of the cloud that runs: its id and its parts

    @property
    def lock(self) -> Path:
        return self.home / "cloud.lock"  # held while a cloud runs on this home

    @property
    def signing_key(self) -> Path:
        return self.of("identity") / "signing.key"

    @property
    def function_keys(self) -> Path:
        return self.of("functions_host") / "keys.json"


def port_names() -> list[str]:
    return [name for part in PARTS for name in SERVICES.get(part, (part,))]


def urls(ports: Mapping[str, int]) -> dict[str, str]:
    """By part; Azurite's by service, with the account."""
    found = {}
    for name, port in ports.items():
        scheme = "http" if name in PLAIN else "https"
        account = f"/{ACCOUNT}" if name in SERVICES["azurite"] else ""
        found[name] = f"{scheme}://{LOOPBACK}:{port}{account}"
    return found


def environment(at: Mapping[str, str], identity_header: str, certificate: Certificate) -> dict[str, str]:
    """What the functions and the command line get: settings as in Azure, and trust in our certificate."""
    storage = {
        "blobServiceUri": at["azurite_blob"],
        "queueServiceUri": at["azurite_queue"],
        "tableServiceUri": at["azurite_table"],
        "credential": "managedidentity",
    }
    return {
        **{f"GREFFE_STORAGE__{name}": value for name, value in storage.items()},
        **{f"AzureWebJobsStorage__{name}": value for name, value in storage.items()},
        "GREFFE_SEARCH_ENDPOINT": at["ai_search"],
        "GREFFE_EMBEDDING_BASE_URL": f"{at['openai']}/v1/",
        "GREFFE_EMBEDDING_MODEL": EMBEDDING_MODEL,
        "GREFFE_EMBEDDING_DIMENSIONS": str(EMBEDDING_DIMENSIONS),
        "GREFFE_KEY_VAULT_URI": at["key_vault"],
        "GREFFE_TENANT_ID": TENANT,
        "GREFFE_EVENT_GRID_URL": at["event_grid"],
        "GREFFE_NOTICES_TOPIC": f"{at['event_grid']}/topics/{NOTICES_TOPIC}/api/events",
        "GREFFE_FUNCTIONS_URL": at["functions_host"],
        "GREFFE_GRAPH_URL": f"{at['graph']}/v1.0",
        "GREFFE_GRAPH_NOTIFICATION_URL": GRAPH_NOTIFICATIONS,
        # One machine has one clock, and one SQLite file no replicas.
        "GREFFE_CLOCK_SKEW_SECONDS": "1",
        "GREFFE_REPLICA_LAG_SECONDS": "1",
        "GREFFE_SOURCE_STALENESS_SECONDS": "1",
        "GREFFE_REGISTRY_CACHE_SECONDS": "1",
        "WEBSITE_AUTH_ENABLED": "True",
        "IDENTITY_ENDPOINT": f"{at['identity']}/msi/token",
        "IDENTITY_HEADER": identity_header,
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",  # DefaultAzureCredential tries no other
        "REQUESTS_CA_BUNDLE": str(certificate.authority),
        "SSL_CERT_FILE": str(certificate.authority),
        "NO_PROXY": f"{LOOPBACK},localhost",
    }


def write_environment(file: Path, settings: Mapping[str, str]) -> None:
    """NAME="value" lines, as `set -a; . local.env` and the command line read them. For its owner only."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text("".join(f"{name}={json.dumps(value)}\n" for name, value in settings.items()))
