"""The one way in which every server of the local cloud listens: HTTPS on loopback, kept alive, answered at once.

A server is a function from `Request` to `Response`. `run` makes it a process: it prints one line of JSON with its URL
when it listens, and ends on SIGTERM. Nagle is off and each answer leaves in one write: otherwise a call costs 44 ms
instead of under 2 (the delayed acknowledgement of the other side).
"""

import argparse
import json
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str  # decoded, without the query
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    raw_path: str = ""  # as sent, still percent-encoded, without the query

    def json(self) -> object:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


Handler = Callable[[Request], Response]


class Listener:
    """A handler on a port. Threads are daemons: `stop` does not wait for a client that keeps its connection."""

    def __init__(self, handle: Handler, *, port: int = 0, certificate: Path | None = None) -> None:
        self._http = _Server((LOOPBACK, port), _connection_of(handle))
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.tls = context
            self._scheme = "https"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://{LOOPBACK}:{self._http.server_address[1]}"

    def start(self) -> "Listener":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: object, client_address: object) -> None:
        """In the connection's own thread: a slow handshake must not hold up the accept loop."""
        connection = request
        assert isinstance(connection, socket.socket)  # noqa: S101 - narrows the stdlib's type
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                return  # a port scan, or a client without our certificate: its own error tells it
        with connection:  # the wrapped one: `shutdown_request` knows only the plain socket, which is detached by now
            self.RequestHandlerClass(connection, client_address, self)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _connection_of(handle: Handler) -> type[BaseHTTPRequestHandler]:
    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            split = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=unquote(split.path),
                query=dict(parse_qsl(split.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self._body(),
                raw_path=split.path,
            )
            self._send(handle(request))

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                pieces = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    pieces.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(pieces)
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _send(self, response: Response) -> None:
            head = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
            headers = {"Content-Length": str(len(response.body)), **response.headers}
            head += [f"{name}: {value}" for name, value in headers.items()]
            body = b"" if self.command == "HEAD" else response.body
            self.wfile.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

        def log_message(self, *_: object) -> None:
            """Silent: each server writes its own log, without content."""

    return Connection


def arguments(description: str) -> argparse.ArgumentParser:
    """What every server of the local cloud takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument("--home", type=Path, required=True, help="the folder of its state")
    parser.add_argument("--certificate", type=Path, help="PEM with key and chain; without it, plain HTTP")
    return parser


def run(handle: Handler, options: argparse.Namespace, on_stop: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT. Prints `{"url": …}` once it listens."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    listener = Listener(handle, port=options.port, certificate=options.certificate).start()
    print(json.dumps({"url": listener.url}), flush=True)
    stopped.wait()
    listener.stop()
    on_stop()
