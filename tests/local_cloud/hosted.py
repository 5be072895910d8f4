"""A functions host for tests: a small app written to a folder, the real host around it in a process of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.layout import ROOT

HEADER = """
import os
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()
NOTES = Path(os.environ["NOTES"])


def note(*words: object) -> None:
    with NOTES.open("a") as lines:
        lines.write(" ".join(map(str, words)) + "\\n")
"""


def app_in(folder: Path, body: str, host_json: Mapping[str, object] | None = None) -> Path:
    """A function app: `body` after an import of azure.functions, `app`, and `note`, which writes to a file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "function_app.py").write_text(HEADER + textwrap.dedent(body))
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **(host_json or {})}))
    return folder


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


class Hosted:
    """A running host."""

    def __init__(self, process: "subprocess.Popen[str]", home: Path, notes: Path) -> None:
        self.process = process
        self.home = home
        self._notes = notes
        assert process.stdout is not None
        self.url = str(json.loads(process.stdout.readline())["url"])
        self.keys = json.loads((home / "keys.json").read_text())

    @property
    def notes(self) -> list[str]:
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    @property
    def log(self) -> str:
        return (self.home / "functions.log").read_text()

    def call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        answer = Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
        connection.close()
        return answer

    def admin(self, method: str, path: str, body: bytes = b"") -> Answer:
        return self.call(method, f"/admin/{path}", body, {"x-functions-key": self.keys["master"]})

    def event(self, function: str, payload: object, kind: str = "Notification", key: str | None = None) -> Answer:
        code = self.keys["systems"]["eventgrid_extension"] if key is None else key
        path = f"/runtime/webhooks/eventgrid?functionName={function}&code={code}"
        return self.call("POST", path, json.dumps(payload).encode(), {"aeg-event-type": kind})

    @property
    def status(self) -> dict[str, object]:
        return cast("dict[str, object]", json.loads(self.admin("GET", "host/status").body))

    @property
    def workers(self) -> list[int]:
        return cast("list[int]", self.status["workers"])

    def counts(self, function: str) -> dict[str, int]:
        return cast("dict[str, dict[str, int]]", self.status["functions"])[function]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def hosted(app: Path, home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Hosted]:
    """The host of `app`, stopped at the end however the test ends."""
    notes = home.parent / "notes.txt"
    process = subprocess.Popen(
        [sys.executable, "-m", "local.functions_host", "--app", str(app), "--home", str(home), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NOTES": str(notes), **(environment or {})},
    )
    try:
        yield Hosted(process, home, notes)
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for something that another process does; fail with `what` when it does not come."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"never: {what}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Running: neither gone nor a zombie that waits for its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
