"""Azurite: real blobs, queues and tables on loopback, over HTTPS with Entra tokens.

Promises: the same addresses after a restart; every acknowledged write kept by `stop`. Must never be killed with
SIGKILL: it saves late, and would lose what it acknowledged in the last seconds.

Its access log is the only trace of who wrote what (`local/blob_events.py` reads it). It holds blob names, so it lies
with the data and not among the logs. Each start opens a file of its own: the reader drops those that it has read.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.certificate import Certificate
from local.ports import LOOPBACK, kept

ACCOUNT = "devstoreaccount1"
SERVICES = ("blob", "queue", "table")
START_SECONDS = 60.0  # a cold disk takes 6, a warm one 1.5
STOP_SECONDS = 20.0


class AzuriteMissing(RuntimeError):
    """Neither installed nor named by GREFFE_AZURITE."""


class AzuriteFailed(RuntimeError):
    """It did not start, or did not end when asked."""


def executable() -> Path:
    """GREFFE_AZURITE, else the one that `npm install` put beside the code, else the one on PATH."""
    beside = Path(__file__).parent.parent / "node_modules" / ".bin" / "azurite"
    for candidate in (os.environ.get("GREFFE_AZURITE"), beside, shutil.which("azurite")):
        if candidate and Path(candidate).exists():
            return Path(candidate)
    raise AzuriteMissing("Azurite is not installed: run `npm install`, or set GREFFE_AZURITE to its path.")


def is_installed() -> bool:
    try:
        executable()
    except AzuriteMissing:
        return False
    return shutil.which("node") is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an Azurite keeps what under its home."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def access(self) -> Path:
        return self.home / "access"  # 000001.log, 000002.log, …: one per start

    def next_log(self) -> Path:
        numbers = [int(file.stem) for file in self.access.glob("*.log")]
        return self.access / f"{max(numbers, default=0) + 1:06}.log"


class Azurite:
    """One process with three services. `start` returns when all three listen."""

    def __init__(self, home: Path, certificate: Certificate, *, ports: Mapping[str, int] | None = None) -> None:
        self.layout = Layout(home)
        self._certificate = certificate
        self._ports = ports or kept(home / "ports.json", SERVICES)
        self._process: subprocess.Popen[bytes] | None = None
        self._log = self.layout.next_log()
        self.errors = home / "errors.log"

    @property
    def urls(self) -> dict[str, str]:
        """By service: blob, queue, table. Known before the start."""
        return {name: f"https://{LOOPBACK}:{self._ports[name]}/{ACCOUNT}" for name in SERVICES}

    @property
    def pid(self) -> int | None:
        return self._process.pid if self.is_running and self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def command(self) -> list[str]:
        ports = [part for name in SERVICES for part in (f"--{name}Port", str(self._ports[name]))]
        files = ["--location", str(self.layout.data), "--cert", str(self._certificate.chain)]
        files += ["--key", str(self._certificate.key)]
        # Today's SDKs are ahead of the API versions that Azurite knows.
        switches = ["--oauth", "basic", "--skipApiVersionCheck", "--disableTelemetry"]
        return [str(executable()), *files, *ports, *switches]

    def start(self) -> "Azurite":
        self.launch()
        self.wait_ready()
        return self

    def launch(self) -> None:
        self.layout.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.layout.access.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log = self.layout.next_log()
        with self._log.open("ab") as output, self.errors.open("ab") as errors:
            # A session of its own: Ctrl-C is for the cloud, which then stops its parts in order.
            self._process = subprocess.Popen(self.command(), stdout=output, stderr=errors, start_new_session=True)

    def wait_ready(self) -> None:
        """Until all three services listen."""
        deadline = time.monotonic() + START_SECONDS
        while self._log.read_bytes().count(b"is successfully listening at") < len(SERVICES):
            if not self.is_running:
                raise AzuriteFailed(f"Azurite ended while starting: see {self.errors}.")
            if time.monotonic() > deadline:
                self.stop()
                raise AzuriteFailed(f"Azurite does not listen after {START_SECONDS:.0f} s.")
            time.sleep(0.02)

    def stop(self) -> None:
        """SIGTERM, then wait: it writes its state to disk on the way out."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AzuriteFailed(f"Azurite (process {self._process.pid}) does not end on SIGTERM.") from None
        self._process = None

    def kill(self) -> None:
        raise AzuriteFailed("Azurite would lose what it acknowledged in its last seconds: stop it instead.")
