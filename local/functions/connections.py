"""Which storage account a trigger's `connection` means, and a client for it.

`NAME__queueServiceUri` is an identity-based connection, with DefaultAzureCredential (and `NAME__clientId` for a
user-assigned identity); `NAME` alone is a connection string. What is missing is an error that names the setting.
"""

from collections.abc import Mapping

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential
from azure.storage.queue import LinearRetry, QueueServiceClient

from local.functions.bindings import BindingError, FunctionDescription


class QueueAccounts:
    """One client per connection."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._clients: dict[str, QueueServiceClient] = {}

    def of(self, function: FunctionDescription) -> QueueServiceClient:
        name = function.connection
        if name not in self._clients:
            self._clients[name] = self._connect(function.name, name)
        return self._clients[name]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _connect(self, function: str, name: str) -> QueueServiceClient:
        # Short and few: a poller asks again anyway, and a message that is not settled comes back by its lease.
        policy = LinearRetry(backoff=1, retry_total=2)
        if uri := self._environment.get(f"{name}__queueServiceUri"):
            return QueueServiceClient(uri, credential=self._credential(name), retry_policy=policy)
        if text := self._environment.get(name):
            return QueueServiceClient.from_connection_string(text, retry_policy=policy)
        raise BindingError(
            f"Function {function}: no storage account for the connection {name}. Set {name}__queueServiceUri."
        )

    def _credential(self, name: str) -> TokenCredential:
        client = self._environment.get(f"{name}__clientId")
        return DefaultAzureCredential(managed_identity_client_id=client) if client else DefaultAzureCredential()
