"""A drive with all of its past: items by id, what each was at any moment, and the order in which they changed.

Nothing is ever overwritten: an item is a list of states, each with its time. So a delta can start anywhere, and a
reader can be shown how things stood some seconds ago, as a replica would. Pure but for what is given: time and ids.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

ROOT = "root"


class NoSuchItem(LookupError):
    """There is no item of this id, or it is deleted."""


class NameTaken(ValueError):
    """The folder has an item of this name already."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody's access: to a person or a group by object id, or by a link whose scope is not "users"."""

    id: str
    kind: str  # user, group, site_group, organization, anonymous
    to: str = ""  # object id
    role: str = "read"
    password: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """An item at a moment. `grants` are its own; None inherits those of its folder."""

    id: str
    name: str
    parent: str  # "" for the root
    is_folder: bool
    content: str = ""  # digest of its bytes
    size: int = 0
    media_type: str = ""
    edits: int = 1  # of the content: the cTag
    changes: int = 1  # of anything: the eTag
    modified: float = 0.0
    deleted: bool = False
    grants: tuple[Grant, ...] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the drive's journal of changes; its place in the list, from 1, is the token that follows it."""

    item: str
    at: float
    sharing: bool = False


@dataclass
class Drive:
    id: str
    name: str
    clock: Callable[[], float]
    new_id: Callable[[], str]
    grants: tuple[Grant, ...] = ()  # of the library itself
    items: dict[str, list[tuple[float, State]]] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    ever_in: dict[str, dict[str, None]] = field(default_factory=dict)  # what has ever been in a folder
    root: str = ""

    def __post_init__(self) -> None:
        self.root = self.new_id()
        self._write(State(self.root, ROOT, "", is_folder=True, grants=self.grants))

    # --- what there is ---

    def state(self, item: str, at: float | None = None) -> State:
        """NoSuchItem where it never was, was not yet, or is deleted."""
        found = self.known(self.root if item == ROOT else item, at)
        if found is None or found.deleted:
            raise NoSuchItem(item)
        return found

    def known(self, item: str, at: float | None = None) -> State | None:
        """Also of what is deleted; None where it was not there yet."""
        past = self.items.get(item, [])
        moment = self.clock() if at is None else at
        return next((state for since, state in reversed(past) if since <= moment), None)

    def by_path(self, names: Sequence[str], at: float | None = None) -> State:
        """From the root down; names are met in any case. NoSuchItem."""
        found = self.state(self.root, at)
        for name in names:
            inside = self.children(found.id, at)
            following = next((it for it in inside if it.name.casefold() == name.casefold()), None)
            if following is None:
                raise NoSuchItem(name)
            found = following
        return found

    def children(self, folder: str, at: float | None = None) -> list[State]:
        states = (self.known(it, at) for it in list(self.ever_in.get(folder, ())))
        return [it for it in states if it is not None and it.parent == folder and not it.deleted]

    def ancestors(self, state: State, at: float | None = None) -> Iterator[State]:
        """From its folder up to the root; deleted ones included."""
        parent = self.known(state.parent, at) if state.parent else None
        while parent is not None:
            yield parent
            parent = self.known(parent.parent, at) if parent.parent else None

    def descendants(self, folder: str) -> Iterator[State]:
        """Folders before what lies in them."""
        for it in self.children(folder):
            yield it
            if it.is_folder:
                yield from self.descendants(it.id)

    def path(self, state: State, at: float | None = None) -> str:
        """Names from the root down, without it: "" for the root itself."""
        names = [it.name for it in (state, *self.ancestors(state, at)) if it.parent]
        return "/".join(reversed(names))

    def effective(self, state: State, at: float | None = None) -> list[tuple[Grant, State]]:
        """Who may read, each with the item that the grant stands on."""
        for it in (state, *self.ancestors(state, at)):
            if it.grants is not None:
                return [(grant, it) for grant in it.grants]
        return []

    def content(self, state: State) -> bytes:
        return self.contents[state.content]

    # --- how it changes ---

    def make_folder(self, parent: str, name: str, item: str | None = None) -> State:
        return self._add(State(item or self.new_id(), name, self._folder(parent).id, is_folder=True))

    def put(self, parent: str, name: str, content: bytes, media_type: str = "", item: str | None = None) -> State:
        """A new file."""
        digest = self._keep(content)
        made = State(
            item or self.new_id(),
            name,
            self._folder(parent).id,
            is_folder=False,
            content=digest,
            size=len(content),
            media_type=media_type or "application/octet-stream",
        )
        return self._add(made)

    def edit(self, item: str, content: bytes) -> State:
        was = self.state(item)
        return self._change(replace(was, content=self._keep(content), size=len(content), edits=was.edits + 1))

    def move(self, item: str, *, parent: str | None = None, name: str | None = None) -> State:
        """Rename, move, or both. What lies in a folder comes along and is not told of it."""
        was = self.state(item)
        to = self._folder(parent).id if parent else was.parent
        if any(it.id == was.id for it in (self.state(to), *self.ancestors(self.state(to)))):
            raise NameTaken("a folder cannot be moved into itself")
        called = name or was.name
        self._refuse_taken(to, called, but=was.id)
        return self._change(replace(was, parent=to, name=called))

    def delete(self, item: str, *, alone: bool = False) -> State:
        """To the recycle bin, with what lies in it. `alone`: nothing is told of what lies in it."""
        was = self.state(item)
        for it in list(self.descendants(was.id)) if was.is_folder else []:
            self._write(replace(it, deleted=True), told=not alone)
        return self._change(replace(was, deleted=True))

    def restore(self, item: str, *, alone: bool = False) -> State:
        """Out of the recycle bin, under its old id; a folder with what was deleted with it.

        `alone`: nothing is told of what lies in it.
        """
        was = self.known(item)
        if was is None or not was.deleted:
            raise NoSuchItem(item)
        parent = self.known(was.parent)
        to = was.parent if parent is not None and not parent.deleted else self.root
        self._refuse_taken(to, was.name)
        when = self.items[item][-1][0]
        back = self._change(replace(was, parent=to, deleted=False))
        self._restore_in(item, when, told=not alone)
        return back

    def share(self, item: str, grants: tuple[Grant, ...] | None, *, told: bool = True) -> State:
        """Its own access list; None: that of its folder again. Only the item itself is told of it, no descendant."""
        was = self.state(item)
        changed = replace(was, grants=grants)
        self._write(changed, told=told, sharing=True)
        return changed

    def _restore_in(self, folder: str, when: float, *, told: bool) -> None:
        """What went at that moment; what somebody had deleted before stays in the bin."""
        for item in list(self.ever_in.get(folder, ())):
            since, it = self.items[item][-1]
            if it.parent == folder and it.deleted and since == when:
                self._write(replace(it, deleted=False, changes=it.changes + 1, modified=self.clock()), told=told)
                self._restore_in(item, when, told=told)

    def _add(self, state: State) -> State:
        self._refuse_taken(state.parent, state.name)
        return self._change(replace(state, changes=0))

    def _change(self, state: State) -> State:
        changed = replace(state, changes=state.changes + 1, modified=self.clock())
        self._write(changed)
        return changed

    def _write(self, state: State, *, told: bool = True, sharing: bool = False) -> None:
        now = self.clock()
        self.items.setdefault(state.id, []).append((now, state))
        self.ever_in.setdefault(state.parent, {})[state.id] = None
        if told:
            self.log.append(Entry(state.id, now, sharing))

    def _folder(self, item: str) -> State:
        found = self.state(item)
        if not found.is_folder:
            raise NoSuchItem(item)
        return found

    def _refuse_taken(self, folder: str, name: str, but: str = "") -> None:
        if any(it.name.casefold() == name.casefold() and it.id != but for it in self.children(folder)):
            raise NameTaken("the folder has an item of this name")

    def _keep(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self.contents[digest] = content
        return digest

    # --- what changed ---

    def changes(self, since: int, at: float) -> tuple[list[tuple[str, bool]], int]:
        """Each item that changed after `since`, once, by its last change; and the token that follows. A sharing change
        among them marks the item."""
        seen: dict[str, bool] = {}
        until = since
        for number, entry in enumerate(self.log[since:], start=since + 1):
            if entry.at > at:
                break
            seen[entry.item] = seen.pop(entry.item, False) or entry.sharing
            until = number
        return list(seen.items()), until

    def everything(self, at: float) -> tuple[list[str], int]:
        """Every item that is there, folders before what lies in them, and the token that follows."""
        _, until = self.changes(0, at)
        by_parent: dict[str, list[State]] = {}
        for item in self.items:
            state = self.known(item, at)
            if state is not None and not state.deleted:
                by_parent.setdefault(state.parent, []).append(state)
        found: list[str] = []
        left = [self.root]
        while left:
            found.append(left.pop())
            left += [it.id for it in reversed(by_parent.get(found[-1], []))]
        return found, until
