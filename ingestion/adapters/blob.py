"""Blob storage as a source. A locator is a sealed path; only here and in the worker's memory is the path in clear.

Blob storage answers strongly consistently: what `head` says is the truth of that moment. Only the service's own
"BlobNotFound" is an absence; a missing container, a denied access or a 404 without a code is an error. No message
holds a name: azure-core's messages do, and never pass.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from azure.core import MatchConditions
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobProperties, ContainerClient

from ingestion.adapters.transport import SharedTransport, error_code, map_storage_error
from ingestion.errors import GreffeError, Park, ParkReason, Retry
from ingestion.locators import document_id, open_, seal
from ingestion.model import DocumentId, Head, Locator, SourceRef, Version

ABSENT = "BlobNotFound"
COLD = frozenset({"BlobArchived", "BlobBeingRehydrated"})
DIRECTORY = "hdi_isfolder"  # metadata of a directory where the account has a hierarchical namespace


class BlobSource:
    """The port `Source`. Safe to share between threads."""

    def __init__(
        self,
        credential: TokenCredential,
        transport: SharedTransport,
        secret: Callable[[SourceRef], bytes],  # of the cabinet that owns the source
        *,
        max_bytes: int,
    ) -> None:
        self._credential = credential
        self._transport = transport
        self._secret = secret
        self._max_bytes = max_bytes
        self._containers: dict[tuple[str, str], ContainerClient] = {}

    def head(self, source: SourceRef, locator: Locator) -> Head | None:
        path = open_(self._secret(source), source.id, locator)
        if source.leaving or not path.startswith(source.prefix):
            return None
        with _source_errors(source):
            try:
                properties = self._blob(source, path).get_blob_properties()
            except ResourceNotFoundError as error:
                if error_code(error) == ABSENT:
                    return None
                raise
        return None if _is_directory(properties) else _head(source, path, properties)

    def read(self, source: SourceRef, locator: Locator, head: Head) -> bytes:
        if head.size > self._max_bytes:
            raise Park(
                ParkReason.TOO_LARGE,
                f"The file has {head.size} bytes; the limit is {self._max_bytes}. "
                "Split it, or raise GREFFE_MAX_DOCUMENT_BYTES.",
            )
        path = open_(self._secret(source), source.id, locator)
        with _source_errors(source):
            download = self._blob(source, path).download_blob(
                etag=f'"{head.version}"', match_condition=MatchConditions.IfNotModified
            )
            return download.readall()

    def enumerate(self, source: SourceRef) -> Iterator[tuple[DocumentId, Locator, Version]]:
        if source.leaving:
            return
        secret = self._secret(source)
        with _listing_errors(source):
            blobs = self._container(source).list_blobs(name_starts_with=source.prefix or None, include=["metadata"])
            for properties in blobs:
                if not _is_directory(properties):
                    locator = seal(secret, source.id, properties.name)
                    yield document_id(source.id, locator), locator, _version(properties)

    def _blob(self, source: SourceRef, path: str) -> BlobClient:
        return self._container(source).get_blob_client(path)

    def _container(self, source: SourceRef) -> ContainerClient:
        place = (source.address, source.container)
        if place not in self._containers:
            self._containers[place] = ContainerClient(*place, credential=self._credential, **self._transport.storage())
        return self._containers[place]


def _head(source: SourceRef, path: str, properties: BlobProperties) -> Head:
    folder, _, title = path.rpartition("/")
    return Head(
        version=_version(properties),
        size=properties.size,
        title=title,
        folder=folder,
        media_type=properties.content_settings.content_type or "",
        modified_at=properties.last_modified,
        principals=source.principals,
    )


def _version(properties: BlobProperties) -> Version:
    """Without its quotes: a HEAD has them, a listing and an event do not."""
    return Version(str(properties.etag).strip('"'))


def _is_directory(properties: BlobProperties) -> bool:
    return (properties.metadata or {}).get(DIRECTORY, "").lower() == "true"


@contextmanager
def _source_errors(source: SourceRef) -> Iterator[None]:
    try:
        yield
    except HttpResponseError as error:
        raise _of_document(error, source) from None
    except AzureError as error:
        raise map_storage_error(error, f"source {source.id}") from None


@contextmanager
def _listing_errors(source: SourceRef) -> Iterator[None]:
    """Denied is a matter of the whole source here: no document is parked for it."""
    try:
        yield
    except AzureError as error:
        if error_code(error) == "ContainerNotFound":
            raise _container_missing(source) from None
        raise map_storage_error(error, f"source {source.id}: listing") from None


def _of_document(error: HttpResponseError, source: SourceRef) -> GreffeError:
    code = error_code(error)
    match error.status_code:
        case 403:
            return Park(ParkReason.FORBIDDEN)
        case 404 if code == "ContainerNotFound":
            return _container_missing(source)
        case 404 if code == ABSENT:
            return Retry("changed", f"source {source.id}: the document went while it was read. It is looked at again.")
        case 409 if code in COLD:
            return Park(
                ParkReason.FORBIDDEN, "The file is in the archive tier. Bring it back to a warmer one, then replay."
            )
        case 412:
            return Retry("changed", f"source {source.id}: the document changed while it was read. It is read again.")
        case _:
            return map_storage_error(error, f"source {source.id}")


def _container_missing(source: SourceRef) -> Retry:
    return Retry(
        "container_missing",
        f"source {source.id}: its container does not exist. Restore it, or end it with `greffe unwatch`; nothing is "
        "deleted.",
    )
