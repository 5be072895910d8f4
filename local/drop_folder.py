"""Folders that are mirrored into containers: what is dropped in HOME/drop/CONTAINER/ is uploaded, what is removed goes.

Promises: a file is read only once it has stopped changing; a blob that somebody else wrote, also over one of ours, is
never deleted; a folder that cannot be listed is an error, not an empty folder; what was mirrored is remembered in
HOME/drop.json, so that a removal counts even if nothing ran. Must never say a file's name: it may end in a log.
"""

import json
import mimetypes
import os
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local.client import Storage, Unreachable

POLL = 0.3  # seconds between two looks at the folders
CONTAINERS_EVERY = 2.0  # seconds between two questions for new containers: each is a line in Azurite's access log
# Containers of Event Grid, of Greffe itself, of the host and of the service.
NOT_DOCUMENTS = re.compile(r"deadletters|greffe-.*|azure-.*|\$.*")
# What editors, browsers and systems leave beside a document, or write before it is one.
PASSING = re.compile(r"[.~].*|.*(~|\.(tmp|part|partial|crdownload|download))|thumbs\.db|desktop\.ini", re.IGNORECASE)

Mark = tuple[int, int]  # size and time of change (ns): together they tell one state of a file from the next
Files = Mapping[str, tuple[Path, Mark]]  # by the name of the blob


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What we put: the state of the file, and the blob's version, so that only that one is ever deleted."""

    size: int
    changed_ns: int
    etag: str

    @property
    def mark(self) -> Mark:
        return self.size, self.changed_ns


class DropFolder:
    """`look` is one poll; `watching` polls until it is left. One instance per home."""

    def __init__(self, home: Path, storage: Storage, said: Callable[[str], None]) -> None:
        self.folder = home / "drop"
        self._memory = home / "drop.json"
        self._storage = storage
        self._said = said
        self._mirrored = _read(self._memory)
        self._before: dict[str, Files] = {}
        self._containers: list[str] = []
        self._ask_at = 0.0
        self._complaints: set[str] = set()

    def look(self) -> None:
        """Mirror what has been as it is since the look before. Trouble is said once, for as long as it lasts."""
        trouble: set[str] = set()
        try:
            self._ask_for_containers()
        except Unreachable as error:
            trouble.add(f"Drop folder: {error}; trying again.")
        for container in self._containers:
            try:
                trouble |= self._mirror(container)
            except OSError as error:
                trouble.add(f"Drop folder of {container}: {_words(error)}; trying again.")
        for complaint in sorted(trouble - self._complaints):
            self._said(complaint)
        self._complaints = trouble

    def watch(self, stopped: threading.Event) -> None:
        while not stopped.wait(POLL):
            self.look()

    def _ask_for_containers(self) -> None:
        if time.monotonic() < self._ask_at:
            return
        self._containers = [it for it in self._storage.containers() if not NOT_DOCUMENTS.fullmatch(it)]
        self._ask_at = time.monotonic() + CONTAINERS_EVERY
        if gone := self._mirrored.keys() - set(self._containers):  # a new one of the same name begins empty
            self._mirrored = {name: held for name, held in self._mirrored.items() if name not in gone}
            self._remember()

    def _mirror(self, container: str) -> set[str]:
        """One container. Returns what went wrong with single files; the others are not kept waiting."""
        folder = self.folder / container
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        now, before = files(folder), self._before.get(container)
        self._before[container] = now
        if before is None:
            return set()
        held = self._mirrored.setdefault(container, {})
        changed, removed = changes(before, now, held)
        trouble = set()
        for name in changed:
            if complaint := self._put(container, name, *now[name]):
                trouble.add(complaint)
        for name in removed:
            if complaint := self._delete(container, name):
                trouble.add(complaint)
        return trouble

    def _put(self, container: str, name: str, file: Path, mark: Mark) -> str | None:
        try:
            body = file.read_bytes()
            if _mark(file) != mark:
                return None  # it changed under our hands: a later look finds it at rest
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"Drop folder of {container}: a file cannot be read: {_words(error)}; trying again."
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        answer = self._storage.put_blob(container, name, body, media_type)
        if answer.status != 201:
            return f"Drop folder of {container}: storage answers {answer.status} to a file; trying again."
        self._mirrored[container][name] = Mirrored(*mark, answer.headers["etag"])
        self._remember()
        return None

    def _delete(self, container: str, name: str) -> str | None:
        """404: somebody was first. 412: somebody wrote over it, it is theirs."""
        answer = self._storage.delete_blob(container, name, self._mirrored[container][name].etag)
        if answer.status not in (202, 404, 412):
            return f"Drop folder of {container}: storage answers {answer.status} to a deletion; trying again."
        del self._mirrored[container][name]
        self._remember()
        return None

    def _remember(self) -> None:
        """Whole or not at all: half a memory would leave blobs that nobody deletes."""
        held = {container: {it: asdict(m) for it, m in held.items()} for container, held in self._mirrored.items()}
        written = self._memory.with_suffix(".writing")
        written.touch(mode=0o600)
        written.write_text(json.dumps(held))
        written.replace(self._memory)


def changes(before: Files, now: Files, mirrored: Mapping[str, Mirrored]) -> tuple[list[str], list[str]]:
    """Names to put and names to delete: what differs from the mirror, and has not changed between two looks."""
    resting = {name: mark for name, (_, mark) in now.items() if name in before and before[name][1] == mark}
    changed = [name for name, mark in resting.items() if name not in mirrored or mirrored[name].mark != mark]
    removed = [name for name in mirrored if name not in now and name not in before]
    return changed, removed


def files(folder: Path) -> Files:
    """Every document beneath, by its name as a blob.

    Raises:
        OSError: a folder could not be listed. What is missing from half a list would be deleted.
    """
    found: dict[str, tuple[Path, Mark]] = {}
    for at, folders, names in os.walk(folder, onerror=_fail):
        folders[:] = sorted(it for it in folders if not PASSING.fullmatch(it))
        for name in sorted(it for it in names if not PASSING.fullmatch(it)):
            file = Path(at, name)
            if mark := _mark_if_file(file):
                found[_blob_name(file.relative_to(folder))] = file, mark
    return found


@contextmanager
def watching(drop: DropFolder) -> Iterator[None]:
    """A thread that looks until the block is left; then it has ended."""
    stopped = threading.Event()
    thread = threading.Thread(target=drop.watch, args=(stopped,), name="drop-folder")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _blob_name(relative: Path) -> str:
    """NFC: macOS takes names apart, and one document must not be two. Bytes that are no text become question marks."""
    readable = os.fsencode(relative.as_posix()).decode("utf-8", errors="replace")
    return unicodedata.normalize("NFC", readable)


def _mark(file: Path) -> Mark:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _mark_if_file(file: Path) -> Mark | None:
    """None for a socket, a broken link, and what went while we looked."""
    try:
        return _mark(file) if file.is_file() else None
    except FileNotFoundError:
        return None


def _fail(error: OSError) -> None:
    raise error


def _words(error: OSError) -> str:
    """Without the name of the file, which the system's message quotes."""
    return str(error) if isinstance(error, Unreachable) else os.strerror(error.errno or 0)


def _read(file: Path) -> dict[str, dict[str, Mirrored]]:
    if not file.exists():
        return {}
    held = json.loads(file.read_text())
    return {container: {name: Mirrored(**it) for name, it in names.items()} for container, names in held.items()}
