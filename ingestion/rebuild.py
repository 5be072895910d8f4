"""A second index beside the first, filled by the same worker while both follow the source; then the alias moves.

Needed when what is stored in an index changes shape: schema, embedding model, dimensions. There is no moment without
answers: the old index answers until the new one agrees with it, and a rebuild that fails leaves the old one as it was.
A tombstone in one index counts in all of them: the worker asks the others before it puts a document into a new one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from ingestion.errors import GreffeError, ParkReason, Refuse, Retry
from ingestion.intake import WHOLE_SOURCE
from ingestion.model import Cabinet, Change, ChangeKind, DocumentId, IndexName, IndexRef, IndexState, Locator, SourceId
from ingestion.ports import Ledger, Nonces, Queue
from ingestion.rows import Row, State


class Saved(Protocol):
    @property
    def cabinet(self) -> Cabinet: ...

    @property
    def etag(self) -> str: ...


class Registrar(Protocol):
    """The registry as it is changed: by compare-and-swap, never from a cache."""

    def load(self, cabinet: str) -> Saved | None: ...

    def save(self, cabinet: Cabinet, expected: str | None) -> Saved | None: ...


class SearchService(Protocol):
    def point(self, alias: str, index: IndexName) -> None: ...

    def drop(self, index: IndexName) -> None: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows of the active index, and how many of them the new one agrees with."""

    agreed: int
    total: int

    @property
    def complete(self) -> bool:
        return self.agreed == self.total


@dataclass(frozen=True, slots=True)
class Rebuild:
    registrar: Registrar
    service: Callable[[str], SearchService]  # by endpoint
    ledger: Ledger
    drives: Queue
    documents: Queue
    ids: Nonces
    known_after: float  # seconds until every instance goes by a new registry entry

    def begin(self, cabinet: Cabinet, index: IndexRef) -> None:
        """Let `index`, which exists and is empty, follow the sources beside the active one.

        From the registry's word on, erasures reach both. The comparison of each source then fills the new one.

        Raises:
            Refuse: another rebuild of the cabinet is under way.
        """
        self._change(cabinet, lambda it: replace(it, indexes=_with(it, index)))
        for source in cabinet.sources:
            comparison = self._message(cabinet, source.id, WHOLE_SOURCE, Locator(""), ChangeKind.RECONCILE)
            self.drives.send(comparison, delay=self.known_after)

    def progress(self, cabinet: Cabinet) -> Progress:
        """How far the new index is. Tombstones and holds that it lacks are sent to it on the way."""
        old, new = _in_state(cabinet, IndexState.ACTIVE), _in_state(cabinet, IndexState.BUILDING)
        if old is None or new is None:
            return Progress(0, 0)
        made = {row.document: row for row in self.ledger.scan(new)}
        rows = [row for row in self.ledger.scan(old) if row.status != "gone" or row.held_since is not None]
        for row in rows:
            twin = made.get(row.document) or Row(row.document)
            if row.erasure and not twin.erasure:
                self.documents.send(self._message(cabinet, row.source, row.document, row.locator, ChangeKind.ERASE))
            elif (row.held_since is None) != (twin.held_since is None):
                self.documents.send(self._message(cabinet, row.source, row.document, row.locator, ChangeKind.RECONCILE))
        return Progress(sum(_agree(row, made.get(row.document)) for row in rows), len(rows))

    def advance(self, cabinet: Cabinet) -> str:
        """One step further, as far as it may go: swap when the new index agrees, drop what the alias has left."""
        retiring = _in_state(cabinet, IndexState.RETIRING)
        if retiring is not None and not any(map(_may_be_written, self.ledger.scan(retiring, attention=True))):
            self._drop(cabinet, retiring)
            return "dropped"
        if _in_state(cabinet, IndexState.BUILDING) is None:
            return "nothing"
        if not self.progress(cabinet).complete:
            return "building"
        self._swap(cabinet)
        return "swapped"

    def advance_all(self, cabinets: Iterable[Cabinet]) -> None:
        """One step further, each. A cabinet whose rebuild cannot go on holds up no other.

        Raises:
            GreffeError: of the last that failed, when all had their turn.
        """
        failed: GreffeError | None = None
        for cabinet in cabinets:
            try:
                self.advance(cabinet)
            except GreffeError as error:
                failed = error
        if failed is not None:
            raise failed

    def abandon(self, cabinet: Cabinet) -> None:
        """A rebuild that cannot end: the new index goes, the old one was never touched."""
        if new := _in_state(cabinet, IndexState.BUILDING):
            self._drop(cabinet, new)

    def _swap(self, cabinet: Cabinet) -> None:
        """The alias first: should we die in between, the registry still says so, and this is done again."""
        new = _in_state(cabinet, IndexState.BUILDING)
        if new is None:
            return
        self.service(new.endpoint).point(cabinet.alias, new.name)
        self._change(cabinet, lambda it: replace(it, indexes=_swapped(it, new.name)))

    def _drop(self, cabinet: Cabinet, index: IndexRef) -> None:
        """From the registry first: no worker may write to an index that is going."""
        self._change(cabinet, lambda it: replace(it, indexes=_without(it, index)))
        self.service(index.endpoint).drop(IndexName(index.name))

    def _change(self, cabinet: Cabinet, change: Callable[[Cabinet], Cabinet]) -> None:
        saved = self.registrar.load(cabinet.id)
        if saved is None:
            raise Refuse("unknown_cabinet", f"Cabinet {cabinet.id} is no longer in the registry.")
        if self.registrar.save(change(saved.cabinet), saved.etag) is None:
            raise Retry("contended", f"Cabinet {cabinet.id}: its registry entry changed at the same time.", after=1.0)

    def _message(
        self, cabinet: Cabinet, source: SourceId, document: DocumentId, locator: Locator, kind: ChangeKind
    ) -> Change:
        return Change(self.ids(), source, cabinet.id, document, locator, kind, self.ids())


def _with(cabinet: Cabinet, index: IndexRef) -> tuple[IndexRef, ...]:
    """Once only: an operator who began a rebuild, and was not told so, begins it again.

    Raises:
        Refuse: somebody else began one. Two would end in two active indexes.
    """
    if any(it.name == index.name for it in cabinet.indexes):
        return cabinet.indexes
    if _in_state(cabinet, IndexState.BUILDING):
        raise Refuse("rebuild_under_way", f"Cabinet {cabinet.id}: another rebuild is under way; wait for its end.")
    return (*cabinet.indexes, index)


def _swapped(cabinet: Cabinet, new: IndexName) -> tuple[IndexRef, ...]:
    """Once only: a timer and an operator may both find the new index ready, and a second swap would retire it."""
    if not any(it.name == new and it.state is IndexState.BUILDING for it in cabinet.indexes):
        return cabinet.indexes
    after = {IndexState.ACTIVE: IndexState.RETIRING, IndexState.BUILDING: IndexState.ACTIVE}
    return tuple(replace(it, state=after.get(it.state, it.state)) for it in cabinet.indexes)


def _without(cabinet: Cabinet, index: IndexRef) -> tuple[IndexRef, ...]:
    """All but `index`, if it is still what the caller saw.

    Raises:
        Retry: it has become the active one in the meantime.
    """
    if any(it.name == index.name and it.state is not index.state for it in cabinet.indexes):
        raise Retry("contended", f"Cabinet {cabinet.id}: its indexes changed at the same time. Look again.", after=1.0)
    return tuple(it for it in cabinet.indexes if it.name != index.name)


def _in_state(cabinet: Cabinet, state: IndexState) -> IndexRef | None:
    return next((it for it in cabinet.indexes if it.state is state), None)


def _may_be_written(row: Row) -> bool:
    """An attempt may still write to it. A receipt that is owed keeps no index: what is dropped shows nothing."""
    return any(it.state is not State.LIVE for it in row.generations)


def _agree(old: Row, new: Row | None) -> bool:
    """The new index holds what the old one does, or has a reason of its own not to."""
    if new is None:
        return False
    if old.erasure:
        return new.erasure is not None and not new.generations
    if (old.held_since is None) != (new.held_since is None):
        return False
    if new.parked and old.live:
        return _is_refused_by_both(old, new)
    return old.live is None or (new.live is not None and new.live.version == old.live.version)


def _is_refused_by_both(old: Row, new: Row) -> bool:
    """The old index shows a version that the source no longer has, of a document that it cannot read either.

    Anything else that the new one parked while the old one shows it is for a person to decide: a rebuild that the new
    index refuses, or during which the source denies us, must not end in an index with nothing in it.
    """
    if old.parked is None or new.parked is None or new.parked.reason == ParkReason.FORBIDDEN:
        return False
    return old.parked.version == new.parked.version
