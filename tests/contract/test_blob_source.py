"""Blob storage as a source: what is there, what is not, what may not be told, and versions that hold."""

from collections.abc import Callable
from dataclasses import replace
from email.message import Message

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from azure.storage.blob import ContainerClient, ContentSettings

from ingestion.adapters.blob import BlobSource
from ingestion.errors import GreffeError, Park, ParkReason, Refuse, Retry
from ingestion.locators import document_id, seal
from ingestion.model import Locator, SourceId, SourceKind, SourceRef, Version
from tests.contract.conftest import Storage, needs_azurite

pytestmark = needs_azurite

SECRET = b"k" * 32
PATH = "clients/Divorce Dupont n° 1 (v2) + 50 %#.pdf"


@pytest.fixture
def container(storage: Storage) -> ContainerClient:
    options = storage.transport.storage()
    made = ContainerClient(storage.blob, storage.name(), credential=storage.credential, **options)
    made.create_container()
    return made


@pytest.fixture
def source(container: ContainerClient, storage: Storage) -> SourceRef:
    name = container.container_name
    return SourceRef(SourceId("blob-1"), SourceKind.BLOB, f"blob:a/{name}", storage.blob, name, principals=("g1",))


@pytest.fixture
def made(storage: Storage) -> Callable[..., BlobSource]:
    def make(max_bytes: int = 1_000_000) -> BlobSource:
        return BlobSource(storage.credential, storage.transport, lambda _: SECRET, max_bytes=max_bytes)

    return make


@pytest.fixture
def blobs(made: Callable[..., BlobSource]) -> BlobSource:
    return made()


def sealed(source: SourceRef, path: str = PATH) -> Locator:
    return seal(SECRET, source.id, path)


def test_a_document_is_described_without_its_bytes(
    blobs: BlobSource, source: SourceRef, container: ContainerClient
) -> None:
    written = container.upload_blob(
        PATH, b"Entre les parties", content_settings=ContentSettings(content_type="application/pdf")
    ).get_blob_properties()
    head = blobs.head(source, sealed(source))
    assert head is not None
    assert (head.title, head.folder) == ("Divorce Dupont n° 1 (v2) + 50 %#.pdf", "clients")
    assert (head.size, head.media_type, head.principals) == (17, "application/pdf", ("g1",))
    assert head.modified_at == written.last_modified
    assert f'"{head.version}"' == written.etag


@pytest.mark.parametrize(
    "path", ["a.pdf", "é/cessionnè.pdf", "l'acte.pdf", "a+b %20 #1?.pdf", "  deux espaces .txt", "日本/契約.docx"]
)
def test_every_name_is_read_back(path: str, blobs: BlobSource, source: SourceRef, container: ContainerClient) -> None:
    container.upload_blob(path, path.encode())
    head = blobs.head(source, sealed(source, path))
    assert head is not None
    assert blobs.read(source, sealed(source, path), head) == path.encode()
    assert [it[:2] for it in blobs.enumerate(source)] == [
        (document_id(source.id, sealed(source, path)), sealed(source, path))
    ]


def test_what_is_not_there_is_absent(blobs: BlobSource, source: SourceRef) -> None:
    assert blobs.head(source, sealed(source)) is None


def test_a_missing_container_is_an_error_and_not_an_absence(blobs: BlobSource, source: SourceRef) -> None:
    gone = replace(source, container="never-made")
    for asked in (lambda: blobs.head(gone, sealed(gone)), lambda: list(blobs.enumerate(gone))):
        with pytest.raises(Retry) as refused:
            asked()
        assert refused.value.code == "container_missing"


def test_what_lies_outside_the_prefix_is_absent(
    blobs: BlobSource, source: SourceRef, container: ContainerClient
) -> None:
    container.upload_blob("in/a.txt", b"a")
    container.upload_blob("out/b.txt", b"b")
    scoped = replace(source, prefix="in/")
    assert blobs.head(scoped, sealed(scoped, "out/b.txt")) is None
    assert blobs.head(scoped, sealed(scoped, "in/a.txt")) is not None
    assert [it[1] for it in blobs.enumerate(scoped)] == [sealed(scoped, "in/a.txt")]


def test_a_changed_document_is_never_read_for_its_old_version(
    blobs: BlobSource, source: SourceRef, container: ContainerClient
) -> None:
    container.upload_blob(PATH, b"one")
    head = blobs.head(source, sealed(source))
    assert head is not None
    container.upload_blob(PATH, b"two", overwrite=True)
    with pytest.raises(Retry) as refused:
        blobs.read(source, sealed(source), head)
    assert refused.value.code == "changed"


def test_a_document_that_went_while_it_was_read_is_looked_at_again(
    blobs: BlobSource, source: SourceRef, container: ContainerClient
) -> None:
    container.upload_blob(PATH, b"one")
    head = blobs.head(source, sealed(source))
    assert head is not None
    container.delete_blob(PATH)
    with pytest.raises(Retry) as refused:
        blobs.read(source, sealed(source), head)
    assert refused.value.code == "changed"


def test_too_large_a_document_is_parked_before_a_byte_is_read(
    made: Callable[..., BlobSource], source: SourceRef, container: ContainerClient
) -> None:
    container.upload_blob(PATH, b"x" * 101)
    small = made(max_bytes=100)
    head = small.head(source, sealed(source))
    assert head is not None
    small._containers.clear()
    small._credential = None  # type: ignore[assignment]  # any request would fail
    with pytest.raises(Park) as parked:
        small.read(source, sealed(source), head)
    assert parked.value.reason is ParkReason.TOO_LARGE


def test_an_empty_document_is_read_as_empty(blobs: BlobSource, source: SourceRef, container: ContainerClient) -> None:
    container.upload_blob("empty.txt", b"")
    head = blobs.head(source, sealed(source, "empty.txt"))
    assert head is not None
    assert (head.size, blobs.read(source, sealed(source, "empty.txt"), head)) == (0, b"")


def test_the_version_of_a_listing_is_the_version_of_a_head(
    blobs: BlobSource, source: SourceRef, container: ContainerClient
) -> None:
    container.upload_blob(PATH, b"one")
    head = blobs.head(source, sealed(source))
    assert head is not None
    assert [version for _, _, version in blobs.enumerate(source)] == [head.version]


def test_a_directory_is_no_document(blobs: BlobSource, source: SourceRef, container: ContainerClient) -> None:
    container.upload_blob("clients", b"", metadata={"hdi_isfolder": "true"})
    assert blobs.head(source, sealed(source, "clients")) is None
    assert list(blobs.enumerate(source)) == []


def test_a_locator_of_another_source_is_refused(blobs: BlobSource, source: SourceRef) -> None:
    with pytest.raises(Refuse):
        blobs.head(source, seal(SECRET, SourceId("blob-2"), PATH))


class Answer:
    """A response of a status, as azure-core shows it to its errors."""

    def __init__(self, status: int, code: str) -> None:
        self.status_code = status
        self.reason = "https://account/clients/Divorce Dupont"
        self.headers = Message()
        self.headers["x-ms-error-code"] = code
        self.headers["Retry-After"] = "7"


def failing(status: int, code: str) -> HttpResponseError:
    error = HttpResponseError("https://account/clients/Divorce Dupont.pdf failed")
    error.status_code = status
    error.response = Answer(status, code)  # type: ignore[assignment]
    return error


@pytest.mark.parametrize(
    ("status", "code", "kind", "expected"),
    [
        (403, "AuthorizationPermissionMismatch", Park, "forbidden"),
        (409, "BlobArchived", Park, "forbidden"),
        (404, "", Retry, "missing"),
        (404, "ResourceNotFound", Retry, "missing"),
        (401, "InvalidAuthenticationInfo", Retry, "unauthenticated"),
        (412, "ConditionNotMet", Retry, "changed"),
        (429, "", Retry, "throttled"),
        (503, "ServerBusy", Retry, "throttled"),
        (500, "InternalError", Retry, "unavailable"),
        (400, "InvalidUri", Retry, "rejected"),
        (0, "", Retry, "unreachable"),
    ],
)
def test_every_failure_has_its_rung_and_says_no_name(
    status: int,
    code: str,
    kind: type[GreffeError],
    expected: str,
    blobs: BlobSource,
    source: SourceRef,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = failing(status, code) if status else ServiceRequestError("https://account/Divorce Dupont.pdf")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(blobs, "_blob", fail)
    with pytest.raises(GreffeError) as met:
        blobs.head(source, sealed(source))
    assert (type(met.value), met.value.code) == (kind, expected)
    assert "Dupont" not in str(met.value)
    assert met.value.__suppress_context__
    if isinstance(met.value, Retry) and expected == "throttled":
        assert met.value.after == 7


def test_a_listing_that_is_denied_parks_nothing(
    blobs: BlobSource, source: SourceRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: SourceRef) -> None:
        raise failing(403, "AuthorizationPermissionMismatch")

    monkeypatch.setattr(blobs, "_container", fail)
    with pytest.raises(Retry) as refused:
        list(blobs.enumerate(source))
    assert refused.value.code == "forbidden"


def test_a_version_has_no_quotes(blobs: BlobSource, source: SourceRef, container: ContainerClient) -> None:
    container.upload_blob(PATH, b"one")
    head = blobs.head(source, sealed(source))
    assert head is not None
    assert head.version == Version(head.version.strip('"'))
