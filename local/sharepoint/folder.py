"""A folder on disk as a drive: what people put into it, rename, move or delete there happens in SharePoint.

Looked at twice a second. A file keeps its id while it keeps its inode, so a rename on disk is a rename in the drive,
and a folder that is dragged elsewhere is a move of one item. What was known is kept beside the journal, so that the
drive goes on after a restart as if it had never been away.
"""

import base64
import json
import mimetypes
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from local.sharepoint.drive import NameTaken, NoSuchItem
from local.sharepoint.library import BadAct, Library

PAUSE = 0.5  # seconds
MEMORY = "folders.json"
DRIVE = "b!folder-"
OPEN_FOR_ALL = [["organization", ""]]  # a file on one's own disk has no access list: the whole cabinet may read


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies at a path, and the item that it is."""

    inode: int
    is_folder: bool
    size: int
    modified: int  # nanoseconds
    item: str = ""


class FolderDrives:
    def __init__(self, root: Path, library: Library) -> None:
        self._root = root
        self._library = library
        self._file = root.parent / MEMORY
        stored = json.loads(self._file.read_text()) if self._file.exists() else {}
        self._known = {name: {path: Seen(**it) for path, it in seen.items()} for name, seen in stored.items()}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self) -> "FolderDrives":
        self.look()
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def look(self) -> None:
        """Take over what changed on disk since the last look."""
        for folder in sorted(it for it in self._root.iterdir() if it.is_dir()):
            drive = f"{DRIVE}{folder.name}"
            if drive not in self._library.drives:
                self._library.do({"act": "drive", "drive": drive, "name": folder.name, "grants": OPEN_FOR_ALL})
            before = self._known.get(folder.name, {})
            self._take_away(drive, before, folder)
            after = self._taken_over(drive, before, dict(_scan(folder)), folder)
            if after != before:
                self._known[folder.name] = after
                self._remember()

    def _take_away(self, drive: str, before: dict[str, Seen], folder: Path) -> None:
        """Files that went to the recycle bin in SharePoint itself leave the disk."""
        for path, seen in before.items():
            if not seen.is_folder and self._is_deleted(drive, seen.item):
                (folder / path).unlink(missing_ok=True)

    def _is_deleted(self, drive: str, item: str) -> bool:
        state = self._library.drive(drive).known(item)
        return state is None or state.deleted

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE):
            try:
                self.look()
            except (OSError, NameTaken, NoSuchItem, BadAct) as error:
                sys.stderr.write(f"a folder could not be followed, trying again: {type(error).__name__}\n")

    def _taken_over(self, drive: str, before: dict[str, Seen], now: dict[str, Seen], folder: Path) -> dict[str, Seen]:
        """Folders first, so that what lies in them finds them; what went, last."""
        by_inode = {(it.inode, it.is_folder): (path, it) for path, it in before.items()}
        after: dict[str, Seen] = {}
        for path in sorted(now, key=lambda it: (it.count("/"), it)):
            seen = now[path]
            parent, _, name = path.rpartition("/")
            into = after[parent].item if parent else ""
            old_path, old = by_inode.pop((seen.inode, seen.is_folder), ("", None))
            if old is None:
                item = self._made(drive, into, name, seen, folder / path)
            else:
                item = old.item
                self._followed(drive, (old_path, old), (path, seen), (into, before, after), folder)
            after[path] = replace(seen, item=item)
        gone = {path for path, _ in by_inode.values()}
        for path in sorted(it for it in gone if it.rpartition("/")[0] not in gone):
            if self._is_deleted(drive, before[path].item):
                continue
            self._library.do({"act": "delete", "drive": drive, "item": before[path].item})
        return after

    def _made(self, drive: str, into: str, name: str, seen: Seen, file: Path) -> str:
        act: dict[str, object] = {"act": "folder", "drive": drive, "parent": into, "name": name}
        if not seen.is_folder:
            media_type = mimetypes.guess_type(name)[0] or ""
            act |= {"act": "put", "content": _bytes(file), "media_type": media_type}
        return str(self._library.do(act)["item"])

    def _followed(
        self,
        drive: str,
        old: tuple[str, Seen],
        new: tuple[str, Seen],
        place: tuple[str, dict[str, Seen], dict[str, Seen]],
        folder: Path,
    ) -> None:
        """A rename, a move or an edit of what was known. What came along with its folder did not move itself."""
        (old_path, was), (path, seen), (into, before, _) = old, new, place
        old_parent, _, old_name = old_path.rpartition("/")
        name = path.rpartition("/")[2]
        if name != old_name or (before[old_parent].item if old_parent else "") != into:
            move = {"act": "move", "drive": drive, "item": was.item, "parent": into or "root", "name": name}
            self._library.do(move)
        if not seen.is_folder and (seen.size, seen.modified) != (was.size, was.modified):
            content = _bytes(folder / path)
            self._library.do({"act": "edit", "drive": drive, "item": was.item, "content": content})

    def _remember(self) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(
            json.dumps({name: {path: asdict(it) for path, it in seen.items()} for name, seen in self._known.items()})
        )
        part.replace(self._file)


def _scan(folder: Path, prefix: str = "") -> Iterator[tuple[str, Seen]]:
    for entry in os.scandir(folder):
        if entry.name.startswith((".", "~$")) or entry.is_symlink():
            continue
        found = entry.stat()
        is_folder = entry.is_dir()
        path = f"{prefix}{entry.name}"
        yield (
            path,
            Seen(found.st_ino, is_folder, 0 if is_folder else found.st_size, 0 if is_folder else found.st_mtime_ns),
        )
        if is_folder:
            yield from _scan(Path(entry.path), f"{path}/")


def _bytes(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
