"""The calling side of loopback for parts of the local cloud: HTTP kept alive, and tokens from the identity endpoint.

The products' SDKs are for the product. A part that only sends three kinds of requests starts in a third of the time
without them. Trust comes from the environment (SSL_CERT_FILE), as for every other client, or from a file.
"""

import http.client
import json
import re
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

STORAGE = "https://storage.azure.com/"
EVENT_GRID = "https://eventgrid.azure.net/"
STORAGE_API = "2021-12-02"
TOKEN_MARGIN = 300.0  # seconds before its end at which a token is fetched anew


class Unreachable(OSError):
    """No answer: refused, reset or out of time. `timed_out` tells which."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Client:
    """One server. Connections are kept and lent to whichever thread calls."""

    def __init__(self, url: str, *, timeout: float = 30.0, authority: Path | None = None) -> None:
        split = urlsplit(url)
        self._secure = split.scheme == "https"
        self._address = (split.hostname or "", split.port or (443 if self._secure else 80))
        self._prefix = split.path.rstrip("/")
        self._timeout = timeout
        self._context = ssl.create_default_context(cafile=authority) if self._secure else None
        self._idle: deque[http.client.HTTPConnection] = deque()

    def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request. Unreachable when there is no answer; a kept connection that was closed is replaced first."""
        sent = {"Content-Length": str(len(body)), **(headers or {})}
        while True:
            connection, kept = self._borrow()
            try:
                return self._exchange(connection, method, path, sent, body)
            except TimeoutError:
                raise Unreachable("no answer in time", timed_out=True) from None
            except (OSError, http.client.HTTPException) as error:
                # The server may have closed a kept connection while it lay idle; a new one tells the truth.
                if not kept or not isinstance(error, ConnectionError | http.client.BadStatusLine):
                    raise Unreachable(type(error).__name__) from None

    def close(self) -> None:
        """The kept connections. A later call opens anew."""
        while self._idle:
            self._idle.pop().close()

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        try:
            connection.request(method, self._prefix + path, body=body, headers=dict(headers))
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        self._idle.append(connection)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _borrow(self) -> tuple[http.client.HTTPConnection, bool]:
        """The connection used last, or a new one; and whether it was kept."""
        try:
            return self._idle.pop(), True
        except IndexError:
            return self._connect(), False

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._address
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)


class Tokens:
    """Bearer tokens by the managed-identity protocol of App Service (IDENTITY_ENDPOINT, IDENTITY_HEADER)."""

    def __init__(self, endpoint: str, header: str, clock: Callable[[], float] = time.time) -> None:
        split = urlsplit(endpoint)
        self._client = Client(f"{split.scheme}://{split.netloc}")
        self._path = split.path
        self._header = header
        self._clock = clock
        self._held: dict[str, tuple[str, float]] = {}

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Tokens":
        return cls(environment["IDENTITY_ENDPOINT"], environment["IDENTITY_HEADER"])

    def close(self) -> None:
        self._client.close()

    def authorization(self, resource: str) -> dict[str, str]:
        token, ends = self._held.get(resource, ("", 0.0))
        if ends - TOKEN_MARGIN < self._clock():
            token, ends = self._fetch(resource)
            self._held[resource] = (token, ends)
        return {"Authorization": f"Bearer {token}"}

    def _fetch(self, resource: str) -> tuple[str, float]:
        path = f"{self._path}?api-version=2019-08-01&resource={quote(resource, safe='')}"
        answer = self._client.call("GET", path, headers={"X-IDENTITY-HEADER": self._header})
        if answer.status != 200:
            raise Unreachable(f"the identity endpoint answers {answer.status}")
        body = json.loads(answer.body)
        return str(body["access_token"]), float(body["expires_on"])


class Storage:
    """The few calls to blobs and queues that the local cloud itself makes."""

    def __init__(
        self, blob_url: str, queue_url: str, table_url: str, tokens: Tokens, authority: Path | None = None
    ) -> None:
        self._blob_url = blob_url.rstrip("/")
        self._blobs = Client(blob_url, authority=authority)
        self._queues = Client(queue_url, authority=authority)
        self._tables = Client(table_url, authority=authority)
        self._tokens = tokens

    @property
    def blob_url(self) -> str:
        return self._blob_url

    @classmethod
    def of(cls, environment: Mapping[str, str], tokens: Tokens) -> "Storage":
        return cls(
            environment["GREFFE_STORAGE__blobServiceUri"],
            environment["GREFFE_STORAGE__queueServiceUri"],
            environment["GREFFE_STORAGE__tableServiceUri"],
            tokens,
        )

    def close(self) -> None:
        self._blobs.close()
        self._queues.close()
        self._tables.close()

    def make_container(self, name: str) -> None:
        _demand(self._call(self._blobs, "PUT", f"/{name}?restype=container"), 201, 409)

    def make_queue(self, name: str) -> None:
        _demand(self._call(self._queues, "PUT", f"/{name}"), 201, 204, 409)

    def make_table(self, name: str) -> None:
        headers = {"Content-Type": "application/json", "Accept": "application/json;odata=nometadata"}
        body = json.dumps({"TableName": name}).encode()
        _demand(self._call(self._tables, "POST", "/Tables", headers, body), 201, 204, 409)

    def head_blob(self, container: str, name: str) -> Answer:
        return self._call(self._blobs, "HEAD", f"/{container}/{quote(name, safe='/~')}")

    def put_blob(self, container: str, name: str, body: bytes, media_type: str = "application/json") -> Answer:
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": media_type}
        return self._call(self._blobs, "PUT", f"/{container}/{quote(name, safe='/~')}", headers, body)

    def delete_blob(self, container: str, name: str, etag: str) -> Answer:
        """Only the version that `etag` names; 412 where another stands there."""
        return self._call(self._blobs, "DELETE", f"/{container}/{quote(name, safe='/~')}", {"If-Match": etag})

    def containers(self) -> list[str]:
        """The names of all. They are a-z, 0-9, - and $, so that the XML needs no parser."""
        names: list[str] = []
        marker = ""
        while True:
            answer = self._call(self._blobs, "GET", f"/?comp=list&marker={quote(marker, safe='')}")
            _demand(answer, 200)
            page = answer.body.decode()
            names += re.findall(r"<Name>([a-z0-9$-]+)</Name>", page)
            following = re.search(r"<NextMarker>([^<]+)</NextMarker>", page)
            if following is None:
                return names
            marker = following[1]

    def _call(
        self, client: Client, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        signed = {"x-ms-version": STORAGE_API, **self._tokens.authorization(STORAGE), **(headers or {})}
        return client.call(method, path, headers=signed, body=body)


def _demand(answer: Answer, *statuses: int) -> None:
    if answer.status not in statuses:
        raise Unreachable(f"storage answers {answer.status} {answer.headers.get('x-ms-error-code', '')}")
