"""A cabinet's container, as an operator handles it: made at onboarding, filled and emptied by hand.

The worker never writes to a source; only `greffe onboard`, `add` and `rm` come through here.
"""

from collections.abc import Iterator
from pathlib import Path

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContainerClient, ContentSettings

from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.model import SourceRef, Version

PARALLEL = 4  # blocks of one large file at once


class Container:
    def __init__(self, source: SourceRef, credential: TokenCredential, transport: SharedTransport) -> None:
        self._container = ContainerClient(
            source.address, source.container, credential=credential, **transport.storage()
        )

    def create(self) -> None:
        """The container, where there is none yet."""
        with storage_errors("the cabinet's container: creating it"):
            try:
                self._container.create_container()
            except ResourceExistsError:
                return

    def upload(self, file: Path, name: str, media_type: str) -> Version:
        """Put a file under a name, over what stood there. Returns its version."""
        settings = ContentSettings(content_type=media_type)
        with storage_errors("the cabinet's container: uploading"), file.open("rb") as stream:
            answer = self._container.upload_blob(
                name, stream, overwrite=True, content_settings=settings, max_concurrency=PARALLEL
            ).get_blob_properties()
            return Version(str(answer.etag).strip('"'))

    def delete(self, name: str) -> bool:
        """Whether there was such a blob."""
        with storage_errors("the cabinet's container: deleting"):
            try:
                self._container.delete_blob(name)
            except ResourceNotFoundError:
                return False
        return True

    def names(self, prefix: str = "") -> Iterator[str]:
        with storage_errors("the cabinet's container: listing"):
            yield from self._container.list_blob_names(name_starts_with=prefix)
