"""`greffe add` and `greffe rm`: put documents into a cabinet's container, or take them out, and wait for the index.

Nothing here speaks to an index: a file in the container raises an event, as anybody's upload does. What is waited for
is the ledger's word on the version that was put there.
"""

import mimetypes
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.adapters.build import Services
from ingestion.errors import Refuse, what_to_do
from ingestion.locators import document_id, seal
from ingestion.model import Cabinet, DocumentId, IndexRef, SourceRef, Version
from ingestion.rows import Row, chunk_keys

POLL = 0.25  # seconds between two looks at the ledger


@dataclass(frozen=True, slots=True)
class Put:
    """A document on its way. `name` is content: it is shown to the operator who typed it, and nowhere else."""

    name: str = field(repr=False)
    document: DocumentId
    version: Version


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str = field(repr=False)
    document: DocumentId
    status: str  # live, parked, gone, or waiting when the time was up
    reason: str = ""

    @property
    def advice(self) -> str:
        return what_to_do(self.reason)


def chosen(paths: Sequence[Path], *, recursive: bool) -> list[tuple[Path, str]]:
    """Each file with its name in the container: under the folder's own name, where a folder was given.

    Raises:
        Refuse: a folder without `recursive`, no file at all, or two files that would be one document.
    """
    folder = next((it for it in paths if it.is_dir()), None)
    if folder is not None and not recursive:
        raise Refuse("folder", f"{folder} is a folder; add all that lies in it with -r")
    found = list(_files(paths))
    if not found:
        raise Refuse("no_file", "there is no file to add; name files, or folders with -r")
    twice = next((name for name, times in Counter(name for _, name in found).items() if times > 1), None)
    if twice is not None:
        raise Refuse("same_name", f"two files would both be {twice}, and the second would replace the first")
    return found


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        if path.is_file():
            yield path, path.name
        else:
            root = path.resolve()
            for file in sorted(it for it in root.rglob("*") if it.is_file() and not it.name.startswith(".")):
                yield file, f"{root.name}/{file.relative_to(root).as_posix()}"


def put(services: Services, cabinet: Cabinet, source: SourceRef, file: Path, name: str) -> Put:
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    path = source.prefix + name
    version = services.container(source).upload(file, path, media_type)
    return Put(name, identity(services, cabinet, source, path), version)


def deleted(services: Services, cabinet: Cabinet, source: SourceRef, path: str) -> Put:
    """A document that was deleted at its source: no version is awaited, but that none is left."""
    return Put(path.removeprefix(source.prefix), identity(services, cabinet, source, path), Version(""))


def identity(services: Services, cabinet: Cabinet, source: SourceRef, path: str) -> DocumentId:
    """The id under which Greffe knows a path: from its seal, so only this cabinet's key can tell."""
    return document_id(source.id, seal(services.keys.secret(cabinet), source.id, path))


def wait_for(
    services: Services, cabinet: Cabinet, puts: list[Put], seconds: float, told: Callable[[int], None]
) -> list[Outcome]:
    """Until every version is live or parked, or the time is up. `told`: how many are settled, now and then."""
    return _wait(services, cabinet, {it.document: it for it in puts}, _settled, seconds, told)


def wait_gone(
    services: Services, cabinet: Cabinet, puts: list[Put], seconds: float, told: Callable[[int], None]
) -> list[Outcome]:
    """Until the index holds nothing of any, or the time is up."""

    def gone(put: Put, row: Row) -> Outcome | None:
        left = row.live or row.open or row.parked or _still_indexed(services, cabinet.active, row)
        return None if left else Outcome(put.name, put.document, row.status)

    return _wait(services, cabinet, {it.document: it for it in puts}, gone, seconds, told)


Judge = Callable[[Put, Row], Outcome | None]


def _wait(
    services: Services,
    cabinet: Cabinet,
    waiting: Mapping[DocumentId, Put],
    judge: Judge,
    seconds: float,
    told: Callable[[int], None],
) -> list[Outcome]:
    index = cabinet.active
    settled: dict[DocumentId, Outcome] = {}
    end = time.monotonic() + seconds
    while len(settled) < len(waiting) and time.monotonic() < end:
        left = [it for it in waiting if it not in settled]
        rows = services.ledger.scan(index) if len(left) > 5 else (services.ledger.get(index, it).row for it in left)
        for row in rows:
            put = waiting.get(row.document)
            if put and (outcome := judge(put, row)):
                settled[row.document] = outcome
        told(len(settled))
        if len(settled) < len(waiting):
            time.sleep(POLL)
    return [settled.get(it.document) or Outcome(it.name, it.document, "waiting") for it in waiting.values()]


def _settled(put: Put, row: Row) -> Outcome | None:
    if row.parked and row.parked.version == put.version:
        return Outcome(put.name, put.document, "parked", row.parked.reason)
    if row.live and row.live.version == put.version:
        return Outcome(put.name, put.document, "live")
    if row.erasure:
        return Outcome(put.name, put.document, row.status)
    return None


def _still_indexed(services: Services, index: IndexRef, row: Row) -> bool:
    """By lookups: a swept generation stays in its row until its deadline, long after its chunks are gone."""
    keys = [key for it in row.dead for key in chunk_keys(row.document, it.nonce, it.chunks)]
    return bool(keys) and services.index.remaining(index, row.document, keys) > 0
