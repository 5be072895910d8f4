"""The tenant's sites and their drives, kept in one journal of what people did: replayed, it gives the same drives.

`people` here are tests, an operator, or whoever drags files into the folder on disk; each act is one line.
"""

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, cast

from local.sharepoint.drive import Drive, Grant, NoSuchItem

SITE = "tenant.sharepoint.com,5f0c9e4e-0000-4000-8000-00000000000c,5f0c9e4e-0000-4000-8000-00000000000d"
SITE_PATH = "/sites/cabinet"
Act = Mapping[str, object]


class BadAct(ValueError):
    """Not an act, or one that cannot be."""


class Library:
    """One site with any number of drives. Every change goes through `do`."""

    def __init__(
        self,
        journal: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: f"01{uuid.uuid4().hex.upper()}",
        changed: Callable[[str], None] = lambda _: None,  # told the drive's id
    ) -> None:
        self.drives: dict[str, Drive] = {}
        self.changed = changed
        self._clock = clock
        self._new_id = new_id
        self._given: dict[str, object] = {}  # time and ids of the act that is replayed
        self.lock = threading.RLock()
        self._journal: IO[str] | None = None
        if journal is not None:
            self._replay(journal)
            self._journal = journal.open("a")

    def do(self, act: Act) -> dict[str, object]:
        """One act: drive, folder, put, edit, move, delete, restore, share. Returns the id of what it made or met.

        Raises:
            BadAct, NoSuchItem, NameTaken
        """
        with self.lock:
            given = {**act, "at": act.get("at", self._clock()), "item": act.get("item", self._new_id())}
            self._given = given
            try:
                made = self._done(given)
            finally:
                self._given = {}
            if self._journal is not None:
                self._journal.write(json.dumps(given) + "\n")
                self._journal.flush()
        self.changed(str(given["drive"]))
        return {"item": made}

    def now(self) -> float:
        at = self._given.get("at")
        return at if isinstance(at, float) else self._clock()

    def drive(self, drive: str) -> Drive:
        found = self.drives.get(drive)
        if found is None:
            raise NoSuchItem(drive)
        return found

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def _replay(self, journal: Path) -> None:
        journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for line in journal.read_text().splitlines() if journal.exists() else []:
            try:
                self.do(json.loads(line))
            except json.JSONDecodeError:
                break  # the last line of a server that was killed while it wrote

    def _done(self, act: Act) -> str:
        name, drive = _text(act, "name"), _text(act, "drive")
        if act.get("act") == "drive":
            self.drives[drive] = Drive(
                drive, name, self.now, lambda: f"01ROOT{drive[2:26].upper()}", _grants(act) or ()
            )
            return self.drives[drive].root
        return self._act_in(self.drive(drive), act, _text(act, "item"), name)

    def _act_in(self, drive: Drive, act: Act, item: str, name: str) -> str:
        parent = _text(act, "parent")
        match act.get("act"):
            case "folder":
                return drive.make_folder(parent or drive.root, name, item).id
            case "put":
                return drive.put(parent or drive.root, name, _content(act), _text(act, "media_type"), item).id
            case "edit":
                return drive.edit(item, _content(act)).id
            case "move":
                return drive.move(item, parent=parent or None, name=name or None).id
            case "delete":
                return drive.delete(item, alone=bool(act.get("alone"))).id
            case "restore":
                return drive.restore(item, alone=bool(act.get("alone"))).id
            case "share":
                return drive.share(item, _grants(act), told=not act.get("silent")).id
        raise BadAct("an act is one of drive, folder, put, edit, move, delete, restore, share")


def _text(act: Act, name: str) -> str:
    value = act.get(name, "")
    if not isinstance(value, str):
        raise BadAct(f"{name} is a text")
    return value


def _content(act: Act) -> bytes:
    return base64.b64decode(_text(act, "content"))


def _grants(act: Act) -> tuple[Grant, ...] | None:
    """[[kind, to, role?], …]; absent: inherited."""
    given = act.get("grants")
    if given is None:
        return None
    listed = cast("list[list[str]]", given)
    return tuple(
        Grant(f"{number}-{kind}-{to}"[:60], kind, to, role[0] if role else "read")
        for number, (kind, to, *role) in enumerate(listed)
    )
