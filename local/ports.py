"""The ports of a local cloud: chosen once, then kept, because addresses are stored (in the registry, in subscriptions).

They lie below the range that systems lend to outgoing connections: a part that restarts finds its own port free.
"""

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

RANGE = range(20_000, 32_000)  # Linux lends from 32768, macOS and Windows from 49152
LOOPBACK = "127.0.0.1"


class PortTaken(RuntimeError):
    """Another program holds a port that belongs to this home."""


def kept(file: Path, names: Iterable[str]) -> dict[str, int]:
    """A port for each name: the one in `file`, or a free one that is written there."""
    ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in names if name not in ports]
    for name in missing:
        ports[name] = _free(set(ports.values()))
    if missing:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(ports, indent=2) + "\n")
    return {name: ports[name] for name in names}


def demand_free(ports: dict[str, int]) -> None:
    """Say so before anything starts, rather than let one part fail in its log."""
    for name, port in ports.items():
        if not _is_free(port):
            raise PortTaken(
                f"Port {port} ({name}) is in use. Stop the program that holds it, or start with another --home."
            )


def _free(taken: set[int]) -> int:
    for port in random.SystemRandom().sample(RANGE, len(RANGE)):
        if port not in taken and _is_free(port):
            return port
    raise PortTaken(f"No free port between {RANGE.start} and {RANGE.stop}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
