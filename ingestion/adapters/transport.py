"""How every Azure client of ours talks: bounded time, few retries, one pool of connections, errors on our ladder.

The protocol's deadline counts on the bound: a write that was given up must not land after `LONGEST_CALL` seconds. And
no vendor's message leaves this module: azure-core writes URLs into its exceptions, and a URL holds a blob's name.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypedDict

import requests
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry as UrllibRetry

from ingestion.errors import GreffeError, Retry

CONNECT_SECONDS = 4  # a region answers a handshake in milliseconds; a lost SYN is sent again after 1 and after 3 s
READ_SECONDS = 14  # between two bytes; storage answers a point request in under 1 s, and gives up itself at 30
RETRIES = 2  # more belongs to the queue, which waits without holding an instance
PAUSE_SECONDS = 1  # of backoff, about; an SDK adds up to 2
LONGEST_PAUSE = 3.0  # also for a Retry-After: what asks for more goes back to the queue
LONGEST_CALL = (RETRIES + 1) * (CONNECT_SECONDS + READ_SECONDS) + RETRIES * LONGEST_PAUSE  # seconds: 60
THROTTLED_SECONDS = 10.0  # where a service does not say when to come back
POOL = 32  # connections to one host: as many as one instance works on messages, with room


class StorageOptions(TypedDict):
    """What BlobServiceClient and QueueServiceClient take; their own policy ignores Retry-After."""

    transport: RequestsTransport
    retry_total: int
    initial_backoff: int
    increment_base: int
    random_jitter_range: int


class CoreOptions(TypedDict):
    """What the clients with azure-core's retry policy take: Tables, Key Vault, AI Search."""

    transport: RequestsTransport
    retry_total: int
    retry_backoff_factor: float
    retry_backoff_max: int


class Unrepeated(TypedDict):
    """For one conditional write: an SDK that repeats a write on its own cannot tell its own success from a refusal."""

    retry_total: int
    retry_read: int
    retry_status: int


UNREPEATED = Unrepeated(retry_total=0, retry_read=0, retry_status=0)


class SharedTransport(RequestsTransport):  # type: ignore[misc]  # azure-core exports it by __getattr__
    """One pool for all clients of a process. Closing a client leaves it open; no pause exceeds `LONGEST_PAUSE`."""

    def __init__(self) -> None:
        session = requests.Session()
        # Not urllib3's own retries: they multiply with the SDK's, and it logs the URL of each.
        once = UrllibRetry(total=False, redirect=False, raise_on_status=False)
        session.mount("https://", HTTPAdapter(pool_connections=POOL, pool_maxsize=POOL, max_retries=once))
        # Here and not in the clients' options: a client that is given a transport ignores its own time-outs.
        super().__init__(
            session=session, session_owner=False, connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
        )

    def end(self) -> None:
        """Close the pool itself; a process does it when it ends."""
        self.session.close()

    def sleep(self, duration: float) -> None:
        """azure-core sleeps for whatever a Retry-After asks, be it an hour."""
        super().sleep(min(duration, LONGEST_PAUSE))

    def storage(self) -> StorageOptions:
        return StorageOptions(
            transport=self,
            retry_total=RETRIES,
            initial_backoff=PAUSE_SECONDS,
            increment_base=1,  # added to the first: 2 s, give or take the jitter
            random_jitter_range=PAUSE_SECONDS,
        )

    def core(self) -> CoreOptions:
        return CoreOptions(
            transport=self,
            retry_total=RETRIES,
            retry_backoff_factor=PAUSE_SECONDS,
            retry_backoff_max=int(LONGEST_PAUSE),
        )


def error_code(error: AzureError) -> str:
    """The service's own code, such as BlobNotFound; "" where there is none. A word of theirs, never a name of ours."""
    code = getattr(error, "error_code", None)
    if code is None and isinstance(error, HttpResponseError):
        code = _headers(error).get("x-ms-error-code")
    return str(getattr(code, "value", code) or "")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After`; a date there counts as none."""
    for name, unit in (("retry-after-ms", 1000.0), ("x-ms-retry-after-ms", 1000.0), ("Retry-After", 1.0)):
        value = headers.get(name, "")
        if value.replace(".", "", 1).isdigit():
            return float(value) / unit
    return None


def map_storage_error(error: AzureError, what: str) -> GreffeError:
    """`what`: our own words for what was being done, such as "the ledger: writing a row". Raise it `from None`."""
    if isinstance(error, HttpResponseError) and error.status_code is not None:
        return _of_status(error, error.status_code, what)
    if isinstance(error, ClientAuthenticationError):
        return Retry("unauthenticated", f"{what}: no token could be had. Check the managed identity, or sign in.")
    if isinstance(error, ServiceRequestError):
        return Retry("unreachable", f"{what}: the service cannot be reached. Check its address and the network.")
    if isinstance(error, ServiceResponseError):
        return Retry("answer_lost", f"{what}: the request was sent and no answer came. It may have taken effect.")
    return Retry("storage_failed", f"{what}: the call failed ({type(error).__name__}). It is tried again.")


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Puts what azure-core raises inside on our ladder."""
    try:
        yield
    except AzureError as error:
        raise map_storage_error(error, what) from None


def _headers(error: HttpResponseError) -> Mapping[str, str]:
    headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
    return headers


def _patience(headers: Mapping[str, str]) -> float:
    """Tables and AI Search throttle without a word of how long: five deliveries within a minute would be poison."""
    asked = retry_after(headers)
    return THROTTLED_SECONDS if asked is None else asked


def _of_status(error: HttpResponseError, status: int, what: str) -> Retry:
    told = f"{what}: {status} {error_code(error)}".rstrip()
    headers = _headers(error)
    match status:
        case 401:
            return Retry("unauthenticated", f"{told}. The token was refused: check the managed identity.")
        case 403:
            return Retry("forbidden", f"{told}. Grant the managed identity its role on this resource.")
        case 404:
            return Retry("missing", f"{told}. It does not exist: deploy it, or run `greffe onboard`.")
        case 409 | 412:
            return Retry("conflict", f"{told}. Something else changed it at the same time.")
        case 429 | 503:
            return Retry("throttled", f"{told}. The service asks for patience.", after=_patience(headers))
        case 408 | 500 | 502 | 504:
            return Retry("unavailable", f"{told}. The service failed.", after=retry_after(headers))
        case _:
            return Retry("rejected", f"{told}. The service rejects the request itself.")
