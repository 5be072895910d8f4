"""Azurite's access log, read line by line from where one stopped: which blobs were written, and which deleted.

The log says what was answered, not what was sent: a copy shows by its 202, a batch delete only as a batch, and a delete
of a blob's snapshots looks like that of the blob. A position names a file and an offset in it; files come in order, one
per start of Azurite.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

# Written by the platform itself: in Azure they would lie in another account, or be filtered out.
PLATFORM_CONTAINERS = re.compile(r"deadletters|greffe-.*|azure-webjobs-.*|\$.*")

_REQUEST = re.compile(rb'"(PUT|DELETE|POST) (\S+) HTTP/[\d.]+" (\d{3}) ')


class Operation(StrEnum):
    PUT_BLOB = "PutBlob"
    PUT_BLOCK_LIST = "PutBlockList"
    COPY_BLOB = "CopyBlob"
    DELETE_BLOB = "DeleteBlob"
    BATCH = "Batch"  # of deletes, in one container or (container "") anywhere


@dataclass(frozen=True, slots=True, order=True)
class Position:
    log: int = 0  # number of the file; 0: none yet
    offset: int = 0  # of the first byte not yet read


@dataclass(frozen=True, slots=True)
class Entry:
    operation: Operation
    container: str
    blob: str  # decoded
    at: Position  # where its line begins


def parse(line: bytes, at: Position) -> Entry | None:
    """None for a line that changes no blob of a client."""
    match = _REQUEST.search(line)
    if match is None:
        return None
    method, target, status = match[1].decode(), match[2].decode("latin-1"), int(match[3])
    split = urlsplit(target)
    query = parse_qs(split.query)
    _, _account, container, *rest = [*split.path.split("/", 3), ""]
    operation = _operation(method, status, query)
    blob = unquote(rest[0])
    if operation is None or PLATFORM_CONTAINERS.fullmatch(container) or (not blob and operation is not Operation.BATCH):
        return None
    return Entry(operation, container, blob, at)


def _operation(method: str, status: int, query: dict[str, list[str]]) -> Operation | None:
    """Queues and tables answer other numbers to the same methods (204), or have no blob in their path."""
    comp = query.get("comp", [""])[0]
    match method, status, comp:
        case "PUT", 201, "":
            return Operation.PUT_BLOB
        case "PUT", 202, "":
            return Operation.COPY_BLOB
        case "PUT", 201, "blocklist":
            return Operation.PUT_BLOCK_LIST
        case "DELETE", 202, "" if "snapshot" not in query:
            return Operation.DELETE_BLOB
        case "POST", 202, "batch":
            return Operation.BATCH
    return None


class AccessLog:
    """The files of a folder as one stream of whole lines."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, since: Position, most: int = 1 << 20) -> tuple[list[Entry], Position]:
        """What was written since, and the position after it. Equal positions: nothing new."""
        later = self._after(since.log)  # asked first: what a file gained before the next one began is not skipped
        file = self._file(since.log)
        if since.log and file.stat().st_size > since.offset:
            with file.open("rb") as stream:
                stream.seek(since.offset)
                chunk = stream.read(most)
            whole = chunk[: chunk.rfind(b"\n") + 1]
            if whole:
                return list(_entries(whole, since)), Position(since.log, since.offset + len(whole))
        return ([], since) if later is None else ([], Position(later, 0))

    def forget(self, before: Position) -> None:
        """Remove the files that were read to their end."""
        for number in self._numbers():
            if number < before.log:
                self._file(number).unlink()

    def _after(self, number: int) -> int | None:
        """Numbers follow each other; the first one need not be 1. This runs fifty times a second: no listing."""
        if number:
            return number + 1 if self._file(number + 1).exists() else None
        return min(self._numbers(), default=None)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06}.log"

    def _numbers(self) -> list[int]:
        return [int(file.stem) for file in self._folder.glob("*.log")]


def _entries(whole: bytes, since: Position) -> Iterator[Entry]:
    offset = since.offset
    for line in whole.splitlines(keepends=True):
        entry = parse(line, Position(since.log, offset))
        if entry is not None:
            yield entry
        offset += len(line)
