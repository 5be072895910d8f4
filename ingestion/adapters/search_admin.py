"""Indexes and aliases of a search service: made at onboarding, swapped by a rebuild, dropped at the end."""

from collections.abc import Mapping

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import SearchAlias, SearchIndex

from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.model import IndexName


class SearchAdmin:
    def __init__(self, endpoint: str, credential: TokenCredential, transport: SharedTransport) -> None:
        self._client = SearchIndexClient(endpoint, credential, **transport.core())

    def create(self, definition: Mapping[str, object]) -> None:
        """Create the index, or leave it as it is where it is already what the definition says."""
        with storage_errors("the search service: creating an index"):
            self._client.create_or_update_index(SearchIndex(definition))

    def point(self, alias: str, index: IndexName) -> None:
        """Let the alias answer for this index; queries follow within 10 s, and never meet none."""
        with storage_errors("the search service: pointing an alias"):
            self._client.create_or_update_alias(SearchAlias(name=alias, indexes=[index]))

    def drop(self, index: IndexName) -> None:
        """Delete an index that no alias names. One that is gone is gone."""
        with storage_errors("the search service: dropping an index"):
            try:
                self._client.delete_index(index)
            except ResourceNotFoundError:
                return

    def drop_alias(self, alias: str) -> None:
        with storage_errors("the search service: dropping an alias"):
            try:
                self._client.delete_alias(alias)
            except ResourceNotFoundError:
                return

    def count(self, index: IndexName) -> int | None:
        """Chunks in the index; None where there is no such index."""
        with storage_errors("the search service: counting"):
            try:
                return int(self._client.get_index_statistics(index).document_count)
            except HttpResponseError as error:
                if error.status_code == 404:
                    return None
                raise
