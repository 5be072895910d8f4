"""The other side of the sockets, for contract tests: the local cloud's servers on loopback, one set per session.

`trust`      the certificate that every server of a session speaks with; clients trust it through their environment
`identity`   the managed-identity endpoint, so that `credential` is the real `DefaultAzureCredential`
`key_vault`  the vault's URL
`embeddings` the embedding server
`search`     the search service, with switches that make it misbehave
`storage`    Azurite: real blobs, queues and tables, and names that no other test uses
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from azure.identity import DefaultAzureCredential

from ingestion.adapters.transport import SharedTransport
from ingestion.model import Cabinet, CabinetId
from local import identity as identity_server
from local import key_vault as key_vault_server
from local import openai as openai_server
from local.ai_search import SearchServer
from local.azurite import Azurite, is_installed
from local.certificate import Certificate, certificate
from local.server import Listener


@dataclass(frozen=True, slots=True)
class Identity:
    url: str
    header: str
    signing_key: Path


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certificate]:
    made = certificate(tmp_path_factory.mktemp("certificate"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REQUESTS_CA_BUNDLE", str(made.authority))
        environment.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@pytest.fixture(scope="session")
def identity(trust: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    home = tmp_path_factory.mktemp("identity")
    listener = Listener(identity_server.handler(home), certificate=trust.bundle).start()
    found = Identity(listener.url, identity_server.header(home), home / identity_server.SIGNING_KEY)
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith(("AZURE_", "MSI_", "IDENTITY_"))]:
            environment.delenv(name)
        environment.setenv("IDENTITY_ENDPOINT", f"{found.url}/msi/token")
        environment.setenv("IDENTITY_HEADER", found.header)
        yield found
    listener.stop()


@pytest.fixture(scope="session")
def credential(identity: Identity) -> Iterator[DefaultAzureCredential]:
    found: DefaultAzureCredential = DefaultAzureCredential()
    yield found
    found.close()


@pytest.fixture(scope="session")
def transport(trust: Certificate) -> Iterator[SharedTransport]:
    shared = SharedTransport()
    yield shared
    shared.session.close()


@pytest.fixture(scope="session")
def key_vault(trust: Certificate, identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("key_vault")
    handle = key_vault_server.handler(home, identity.signing_key)
    listener = Listener(handle, certificate=trust.bundle).start()
    yield listener.url
    listener.stop()


needs_azurite = [
    pytest.mark.local_cloud,
    pytest.mark.skipif(not is_installed() and not os.environ.get("CI"), reason="Azurite is not installed"),
]


@dataclass(frozen=True, slots=True)
class Storage:
    blob: str
    queue: str
    table: str
    credential: DefaultAzureCredential
    transport: SharedTransport

    def name(self) -> str:
        """For a table, a queue or a container: one per test."""
        return f"t{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def storage(
    trust: Certificate,
    credential: DefaultAzureCredential,
    transport: SharedTransport,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Storage]:
    azurite = Azurite(tmp_path_factory.mktemp("azurite"), trust).start()
    urls = azurite.urls
    yield Storage(urls["blob"], urls["queue"], urls["table"], credential, transport)
    azurite.stop()


@dataclass(frozen=True, slots=True)
class EmbeddingService:
    url: str

    def switch(self, **switches: float | bool) -> None:
        requests.put(f"{self.url}/_switches", json=switches, timeout=5).raise_for_status()

    def meter(self) -> dict[str, int]:
        found: dict[str, int] = requests.get(f"{self.url}/_meter", timeout=5).json()
        return found


@pytest.fixture
def embeddings(trust: Certificate, identity: Identity) -> Iterator[EmbeddingService]:
    """One per test: switches and meter start at zero."""
    listener = Listener(openai_server.handler(identity.signing_key), certificate=trust.bundle).start()
    yield EmbeddingService(listener.url)
    listener.stop()


@dataclass(frozen=True, slots=True)
class SearchService:
    url: str

    def switch(self, **switches: float) -> None:
        """What is not named is off; everything written until now is visible afterwards."""
        requests.put(f"{self.url}/_switches", json=switches, timeout=5).raise_for_status()


@pytest.fixture(scope="session")
def search_service(trust: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchService]:
    server = SearchServer(tmp_path_factory.mktemp("search"))
    listener = Listener(server, certificate=trust.bundle).start()
    yield SearchService(listener.url)
    listener.stop()
    server.close()


@pytest.fixture
def search(search_service: SearchService) -> Iterator[SearchService]:
    yield search_service
    search_service.switch()


@pytest.fixture
def cabinet() -> Cabinet:
    return Cabinet(
        id=CabinetId("demo"),
        tenant_id="tenant",
        alias="demo",
        indexes=(),
        sources=(),
        policy="pseudonymise",
        policy_revision=1,
        key_name="",
        wrapped_secret=b"",
    )


def with_key(cabinet: Cabinet, key: tuple[str, bytes]) -> Cabinet:
    return replace(cabinet, key_name=key[0], wrapped_secret=key[1])
