"""`python -m local up | down | status | demo [--home DIR]`: the local cloud from a terminal.

`up` stays in the foreground until Ctrl-C. `down` stops an `up` that runs elsewhere. `status` says what listens, and
exits with 1 when something does not. `demo` shows the whole way on a cloud of its own, which goes with it.
"""

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from local import layout
from local.azurite import AzuriteFailed, AzuriteMissing
from local.client import Unreachable
from local.cloud import Cloud, CloudRuns, running, wait_ended
from local.drop_folder import DropFolder, watching
from local.parts import PartFailed
from local.ports import LOOPBACK, PortTaken, kept

HOME = Path(".greffe")
STOP_SECONDS = 90.0
WATCH_SECONDS = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "status", "demo"))
    parser.add_argument("--home", type=Path, default=HOME, help="the folder of its state (default: .greffe)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes of the functions host")
    options = parser.parse_args()
    match options.command:
        case "up":
            return up(options.home, options.workers)
        case "down":
            return down(options.home)
        case "demo":
            from local import demo  # the product is imported for it alone

            return demo.run()
        case _:
            return status(options.home)


def up(home: Path, workers: int) -> int:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    began = time.monotonic()
    try:
        cloud = Cloud(home, workers=workers).start()
    except (AzuriteFailed, AzuriteMissing, CloudRuns, PartFailed, PortTaken, Unreachable) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        with cloud.storage() as storage:
            drop = DropFolder(cloud.layout.home, storage, said)
            said(summary(cloud, drop, time.monotonic() - began))
            with watching(drop):
                watch(cloud, stopped)
    finally:
        said("Stopping …")
        cloud.stop()
    return 0


def watch(cloud: Cloud, stopped: threading.Event) -> None:
    """Until told to stop. A part that ends by itself is said, and started again."""
    while not stopped.wait(WATCH_SECONDS):
        for name in cloud.ended():
            said(f"{name} has ended; starting it again. Its log: {cloud.layout.log(name)}")
            cloud.restart(name)


def said(words: str) -> None:
    print(words, flush=True)


def summary(cloud: Cloud, drop: DropFolder, seconds: float) -> str:
    names = {
        "azurite_blob": "Blobs",
        "azurite_queue": "Queues",
        "azurite_table": "Tables",
        "ai_search": "AI Search",
        "openai": "Embeddings",
        "key_vault": "Key Vault",
        "identity": "Identity",
        "event_grid": "Event Grid",
        "graph": "SharePoint",
        "functions_host": "Functions",
    }
    lines = [f"The local cloud is up after {seconds:.1f} s.", ""]
    lines += [f"  {label:<11} {cloud.urls[name]}" for name, label in names.items()]
    lines += [
        "",
        f"  {'Settings':<11} {cloud.layout.environment}",
        f"  {'Logs':<11} {cloud.layout.home / 'logs'}",
        f"  {'Documents':<11} {drop.folder / 'CABINET'}: a file dropped there is uploaded, a removed one deleted",
        "",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


def down(home: Path) -> int:
    pid = running(home)
    if pid is None:
        print(f"No cloud runs on {home}.")
        return 0
    with contextlib.suppress(ProcessLookupError):  # killed: its leash is ending what it left
        os.kill(pid, signal.SIGTERM)
    if wait_ended(home, STOP_SECONDS):
        print("Stopped.")
        return 0
    print(f"Process {pid} has not ended after {STOP_SECONDS:.0f} s.", file=sys.stderr)
    return 1


def status(home: Path) -> int:
    if running(home) is None:
        print(f"No cloud runs on {home}.")
        return 1
    ports = kept(layout.Layout(home.resolve()).ports, layout.port_names())
    states = {name: listens(port) for name, port in ports.items()}
    for name, url in layout.urls(ports).items():
        print(f"{'up  ' if states[name] else 'DOWN'}  {name:<15} {url}")
    return 0 if all(states.values()) else 1


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


if __name__ == "__main__":
    sys.exit(main())
