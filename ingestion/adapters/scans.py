"""The pages of long scans while they are read: sealed blobs `{document}/{version}/{page}` in a container of Greffe's.

Sealing is AES-SIV under a key derived from the cabinet's secret, bound to the blob's name: a page opens for no other
cabinet, document, version or place, and destroying the cabinet's key closes all of its pages. Names are digests under
the same key. A page that does not open is none: it is read again. Without the container there is nothing kept; the
first page makes it.
"""

import base64
import hmac
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, ContainerClient
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from ingestion.adapters.transport import SharedTransport, error_code, storage_errors
from ingestion.extraction import EXTRACTION_VERSION
from ingestion.model import DocumentId, Version
from ingestion.sealing import KEY_BYTES, cipher, derived

CONTAINER = "greffe-scans"
INFO = b"greffe/scans/v1"  # separates these keys from every other that is derived from the same secret
NAMES_KEY_BYTES = 32
NAME_CHARACTERS = 26  # of base32: 130 bits
PARALLEL = 8  # blobs at once: a scan of 500 pages is taken up within seconds
MISSING = "ContainerNotFound"


class BlobScans:
    """The port `Scans`. Safe to share between threads."""

    def __init__(
        self, blob_url: str, credential: TokenCredential, transport: SharedTransport, *, container: str = CONTAINER
    ) -> None:
        self._container = ContainerClient(blob_url, container, credential=credential, **transport.storage())

    def create(self) -> None:
        """The container, where there is none yet."""
        with storage_errors("the pages of scans: creating their container"):
            try:
                self._container.create_container()
            except ResourceExistsError:
                return

    def of(self, document: DocumentId, version: Version, secret: bytes) -> "BlobPages":
        names = _Names(derived(secret, INFO, KEY_BYTES + NAMES_KEY_BYTES)[KEY_BYTES:])
        prefix = f"{document}/{names.of(f'{version} {EXTRACTION_VERSION}')}/"
        return BlobPages(self, prefix, names, cipher(secret, INFO))

    def listed(self, document: DocumentId) -> Iterator[BlobProperties]:
        return self._listed(f"{document}/")

    def drop(self, document: DocumentId) -> int:
        return self._delete([it.name for it in self.listed(document)])

    def count(self, document: DocumentId) -> int:
        return sum(1 for _ in self.listed(document))

    def drop_older(self, before: datetime) -> int:
        """Of any document: what was kept before then, and not taken up since."""
        return self._delete([it.name for it in self._listed("") if it.last_modified < before])

    def fetch(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        names = [it.name for it in self._listed(prefix)]
        with ThreadPoolExecutor(PARALLEL) as pool:
            for name, content in zip(names, pool.map(self._content, names), strict=True):
                if content is not None:
                    yield name, content

    def write(self, name: str, content: bytes) -> None:
        with storage_errors("the pages of scans: keeping one"):
            try:
                self._container.upload_blob(name, content, overwrite=True)
            except HttpResponseError as error:
                if error_code(error) != MISSING:
                    raise
                self.create()
                self._container.upload_blob(name, content, overwrite=True)

    def _content(self, name: str) -> bytes | None:
        with storage_errors("the pages of scans: reading one"):
            try:
                content: bytes = self._container.download_blob(name).readall()
            except ResourceNotFoundError:
                return None  # dropped since it was listed
            return content

    def _listed(self, prefix: str) -> Iterator[BlobProperties]:
        with storage_errors("the pages of scans: listing"):
            try:
                yield from self._container.list_blobs(name_starts_with=prefix or None)
            except HttpResponseError as error:
                if error_code(error) != MISSING:
                    raise

    def _delete(self, names: list[str]) -> int:
        with ThreadPoolExecutor(PARALLEL) as pool:
            return sum(pool.map(self._delete_one, names))

    def _delete_one(self, name: str) -> int:
        with storage_errors("the pages of scans: dropping one"):
            try:
                self._container.delete_blob(name)
            except ResourceNotFoundError:
                return 0
        return 1


@dataclass(frozen=True, slots=True)
class _Names:
    key: bytes

    def of(self, text: str) -> str:
        digest = hmac.digest(self.key, text.encode(), "sha256")
        return base64.b32encode(digest).decode().lower()[:NAME_CHARACTERS]


class BlobPages:
    """The port `Kept`: one version of one document. Page names in clear lie sealed within, beside their page."""

    def __init__(self, scans: BlobScans, prefix: str, names: _Names, cipher: AESSIV) -> None:
        self._scans = scans
        self._prefix = prefix
        self._names = names
        self._cipher = cipher

    def load(self) -> Mapping[str, str]:
        found = {}
        for blob, content in self._scans.fetch(self._prefix):
            name, separator, page = self._opened(blob, content).partition("\n")
            if separator:
                found[name] = page
        return found

    def keep(self, name: str, page: str) -> None:
        blob = self._prefix + self._names.of(name)
        self._scans.write(blob, self._cipher.encrypt(f"{name}\n{page}".encode(), [blob.encode()]))

    def _opened(self, blob: str, content: bytes) -> str:
        try:
            return self._cipher.decrypt(content, [blob.encode()]).decode()
        except (InvalidTag, ValueError):
            return ""
