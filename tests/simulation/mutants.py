"""Each guard of the protocol, taken away: a small patch of the shipped code by name, which the simulator must find.

A guard that can go without a violation is either not needed or not tested; both are worth knowing. `why` is the line
of the table in `docs/protocol.md`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

from ingestion import attempt, protocol, rebuild, reconcile, reconciliation
from ingestion.attempt import Attempts
from ingestion.delivery import Delivery, Failed
from ingestion.drives import Drives
from ingestion.errors import Busy, Park, Retry
from ingestion.job import CLAIM_ROUNDS, Job, Ports
from ingestion.model import Change, ChangeKind, Head, IndexState, Nonce, Version
from ingestion.orders import Orders
from ingestion.ports import Queue, Stored
from ingestion.protocol import Look, Verdict
from ingestion.rebuild import Rebuild
from ingestion.reconcile import Worker
from ingestion.reconciliation import Reconciliation
from ingestion.rows import Generation, Parked, Row, State
from ingestion.sweep import Sweeper
from tests.simulation import story
from tests.simulation.runs import Plan
from tests.simulation.world import SKEW


@dataclass(frozen=True, slots=True)
class Mutant:
    why: str
    patches: tuple[tuple[object, str, object], ...]
    zombies: bool = False  # only a world without assumption A3 shows it
    hostile: bool = False  # found sooner where every trouble meets
    weather: tuple[tuple[str, float], ...] = ()  # what must come together, in every run

    def plan(self, name: str) -> Plan:
        return Plan(mutant=name, stop_at_first=True, hostile=self.hostile, zombies=self.zombies, weather=self.weather)

    @contextmanager
    def applied(self) -> Iterator[None]:
        with ExitStack() as stack:
            for target, name, instead in self.patches:
                stack.enter_context(patch.object(target, name, instead))
            yield


def _one(why: str, target: object, name: str, instead: object, *, hostile: bool = False, **weather: float) -> Mutant:
    return Mutant(why, ((target, name, instead),), hostile=hostile, weather=tuple(weather.items()))


# protocol.py


def _commit_unfenced(row: Row, nonce: Nonce, settled_at: float | None) -> Row | None:
    ours = row.generation(nonce)
    if ours is None:
        return None
    others = tuple(replace(it, state=State.DEAD) for it in row.generations if it.nonce != nonce)
    return replace(row, generations=(*others, replace(ours, state=State.LIVE)), parked=None)


def _plan_nothing(row: Row, nonce: Nonce, chunks: int) -> Row | None:
    return row if row.generation(nonce) else None


_commit = protocol.commit


def _commit_always_settled(row: Row, nonce: Nonce, settled_at: float | None) -> Row | None:
    return _commit(row, nonce, 0.0)


def _commit_keeps_old(row: Row, nonce: Nonce, settled_at: float | None) -> Row | None:
    done = _commit(row, nonce, settled_at)
    if done is None:
        return None
    return replace(done, generations=tuple(it for it in done.generations if it.state is State.LIVE))


def _claim_leaves_open(row: Row, generation: Generation) -> Row:
    return replace(row, generations=(*row.generations, generation))


def _retire_leaves_open(row: Row) -> Row:
    return replace(row, generations=protocol._dead(row, (State.LIVE,)), parked=None)


def _forget_at_once(row: Row, swept: frozenset[Nonce], began: float, ended: float) -> Row:
    past = tuple(replace(it, deadline=0.0) if it.state is State.DEAD else it for it in row.generations)
    return _forget(replace(row, generations=past), swept, began, ended)


def _forget_unacknowledged(row: Row, swept: frozenset[Nonce], began: float, ended: float) -> Row:
    return _forget(row, frozenset(it.nonce for it in row.dead), began, ended)


def _emptied_when_it_began(row: Row, swept: frozenset[Nonce], began: float, ended: float) -> Row:
    return _forget(row, swept, began, began - SKEW)


_forget = protocol.forget
_decide = protocol.decide
_erase = protocol.erase


def _never_expire(row: Row, now: float) -> Row:
    return row


def _decide_without_busy(row: Row, look: Look) -> Verdict:
    found = _decide(row, look)
    agrees = look.version is not None and protocol._agrees(row, look)
    return Verdict.DONE if found is Verdict.BUSY and agrees else found


def _decide_done_beside_dead_attempt(row: Row, look: Look) -> Verdict:
    found = _decide(row, look)
    return Verdict.DONE if found is Verdict.FENCE else found


def _decide_undoes_newer(row: Row, look: Look) -> Verdict:
    found = _decide(row, look)
    if found is Verdict.DONE and row.live and row.live.revision > look.revision:
        return Verdict.CLAIM
    return Verdict.CLAIM if found is Verdict.SUPERSEDED else found


def _decide_never_full(row: Row, look: Look) -> Verdict:
    found = _decide(row, look)
    return Verdict.CLAIM if found is Verdict.FULL else found


def _decide_takeover(row: Row, look: Look) -> Verdict:
    return _decide(row, replace(look, owner=row.open.owner) if row.open else look)


def _certify_drops_tombstone(row: Row, now: float) -> Row:
    return replace(row, erasure=None)


def _certify_keeps_path(row: Row, now: float) -> Row:
    if row.erasure is None:
        raise ValueError
    return replace(row, erasure=replace(row.erasure, certified_at=now))


def _erase_waits(row: Row, now: float) -> Row:
    return row if row.open else _erase(row, now)


def _certifiable_at_once(row: Row, now: float, replica_lag: float) -> bool:
    return _certifiable(row, now, 0.0)


_certifiable = protocol.certifiable


def _park_takes_old(row: Row, nonce: Nonce, parked: Parked, *, keep_old: bool) -> Row | None:
    return _park(row, nonce, parked, keep_old=False)


def _park_unfenced(row: Row, nonce: Nonce, parked: Parked, *, keep_old: bool) -> Row | None:
    return replace(row, generations=protocol._dead(row, (State.OPEN,)), parked=parked)


_park = protocol.park


# The worker


def _source_first(self: Worker, job: Job) -> str:
    try:
        head: Head | Park | None = self._look(job)
    except Park as denied:
        head = denied

    def remembered(_: Worker, job: Job) -> Head | None:
        if isinstance(head, Park):
            raise head
        return head

    return _converge(_With(self, _look=remembered), job)  # type: ignore[arg-type]


class _With:
    """A worker, or its attempts, with some methods of its own, for one call: others run in between."""

    def __init__(self, worker: Worker | Attempts, **methods: Callable[..., object]) -> None:
        self._worker, self._methods = worker, methods

    def __getattr__(self, name: str) -> object:
        if name in self._methods:
            return self._methods[name].__get__(self)
        found = getattr(type(self._worker), name, None)
        return found.__get__(self) if callable(found) else getattr(self._worker, name)


_converge = Worker._converge
_make = Attempts.make
_step_back = Worker._step_back
_look = Worker._look
_place = Worker._place


def _read_before_claim(self: Attempts, job: Job, stored: Stored, head: Head) -> str | None:
    try:
        read: object = self._read(job, head)
    except Park as parked:
        read = parked

    def remembered(*_: object) -> object:
        if isinstance(read, Park):
            raise read
        return read

    return _make(_With(self, _read=remembered), job, stored, head)  # type: ignore[arg-type]


def _claim_blind(self: Attempts, job: Job, stored: Stored, head: Head) -> str | None:
    now = self._ports.ledger.get(job.index, job.change.document)
    return _make(self, job, Stored(stored.row, now.etag), head)


def _step_back_blind(self: Worker, job: Job, stored: Stored, verdict: Verdict) -> str | None:
    now = self._ports.ledger.get(job.index, job.change.document)
    return _step_back(self, job, Stored(stored.row, now.etag), verdict)


def _advance_blind(self: Ports, job: Job, stored: Stored, change: Callable[[Row], Row | None]) -> Stored:
    """The change is made to the row that was read first, whatever it has become."""
    for _ in range(CLAIM_ROUNDS):
        row = change(stored.row)
        if row is None:
            raise Retry("fenced", "fenced", after=1.0)
        now = self.ledger.get(job.index, job.change.document)
        if swapped := self.ledger.swap(job.index, row, now.etag):
            return swapped
    raise Retry("contended", "contended", after=1.0)


def _look_denied_is_absent(self: Worker, job: Job) -> Head | None:
    try:
        return _look(self, job)
    except Park:
        return None


def _look_error_is_absent(self: Worker, job: Job) -> Head | None:
    try:
        return _look(self, job)
    except Retry:
        return None


def _place_by_message(self: Worker, change: Change) -> object:
    cabinet = self._ports.registry.by_id(change.cabinet)
    own = self._ports.registry.by_source(change.source)
    source = own.source(change.source) if own else None
    return (cabinet, source) if cabinet and source else _place(self, change)


def _no_promise(self: Ports, job: Job) -> None: ...


def _second_look_if_it_disagrees(self: Ports, job: Job) -> None:
    if job.change.kind is ChangeKind.DELETED:
        _promise_second_look(self, job)


_promise_second_look = Ports.promise_second_look


def _after_nothing(self: Worker, job: Job, row: Row) -> None: ...


def _every_item_done(results: Sequence[object], job: Job) -> set[str]:
    return {it.key for it in results}  # type: ignore[attr-defined]


def _never_elsewhere(self: Worker, job: Job) -> list[object]:
    return []


def _placed_on_tombstones(self: Job, row: Row) -> Row:
    return replace(row, source=self.source.id, locator=self.change.locator)


def _decide_unheld(row: Row, look: Look) -> Verdict:
    return _decide(replace(row, held_since=None), look)


def _tombstone_on_held(self: Orders, job: Job, row: Row) -> Row:
    return protocol.erase(job.placed(row), self.ports.clock())


def _given_once(obey: Callable[[], object], *_: object) -> None:
    obey()


def _unhold_alone(self: Orders, job: Job) -> Row:
    stored = self.ports.ledger.get(job.index, job.change.document)
    return self.ports.advance(job, stored, protocol.unhold).row


def _never_as_the_active(job: Job, row: Row, others: object) -> Row:
    return row


def _recognise_anything(self: Ports, job: Job) -> None: ...


def _no_release(*_: object, **__: object) -> None: ...


class _Deaf:
    def send(self, change: Change, *, delay: float = 0.0) -> None: ...


def _mark_once(self: Worker, job: Job, stored: Stored, why: Park) -> str | None:
    return _mark(self, replace(job, queue=_Deaf()), stored, why)


_mark = Worker._mark


def _release_loosely(self: Attempts, job: Job, nonce: Nonce, ended_at: float | None, *, trusted: bool = True) -> None:
    self._release(job, nonce, ended_at, trusted=trusted)


def _always_news(row: Row, look: Look) -> Row:
    return _ask(row, replace(look, version=Version("another")))


_ask = protocol.ask


def _left_to_nobody(self: Worker, job: Job, stored: Stored, look: Look) -> bool:
    return True


def _asked_in_vain(row: Row, *, owner_is_gone: bool = False) -> bool:
    return row.look_owed


def _dies_in_vain(row: Row, *, owner_is_gone: bool = False) -> bool:
    return _owes_a_look(row)


_owes_a_look = protocol._owes_a_look


def _always_marks(row: Row, parked: Parked) -> bool:
    return row.parked is not None and replace(row.parked, at=parked.at) == parked


def _always_in_time(self: Attempts, job: Job) -> None: ...


def _write_fire_and_forget(self: Attempts, job: Job, chunks: Sequence[object]) -> bool:
    try:
        self._ports.index.upload(job.index, chunks)  # type: ignore[arg-type]
    except Retry:
        return True
    return True


# Sweeps, deliveries, feeds, comparisons, rebuilds

_sweep = Sweeper.sweep
_fenced = Sweeper._fenced
_certified = Sweeper._certified
_delete_dead = Sweeper._delete_dead


def _no_sweep(self: Sweeper, job: Job) -> Row:
    return self._ports.ledger.get(job.index, job.change.document).row


def _delete_before_fence(self: Sweeper, job: Job, now: float) -> Stored | None:
    row = self._ports.ledger.get(job.index, job.change.document).row
    if row.open and row.open.deadline < now:
        _delete_dead(self, job, protocol.expire(row, now))
    return _fenced(self, job, now)


def _certify_unseen(self: Sweeper, job: Job, row: Row) -> Row:
    """A receipt on the strength of acknowledged deletes."""
    now = self._ports.clock()
    return protocol.certify(row, now) if protocol.certifiable(row, now, 0.0) else row


def _no_next_promise(self: Sweeper, job: Job, rows: Sequence[Row]) -> None: ...


def _record_after(self: Sweeper, job: Job, before: Row, after: Row) -> None: ...


def _deliver_ack_when_busy(self: Delivery, change: Change, queue: Queue) -> str:
    def handle(change: Change, queue: Queue) -> str:
        try:
            return self.handle(change, queue)
        except Busy:
            return "busy"

    return _deliver(replace(self, handle=handle), change, queue)


def _deliver_swallows(self: Delivery, change: Change, queue: Queue) -> str:
    try:
        return _deliver(self, change, queue)
    except Failed:
        return "failed"


def _deliver_quotes(self: Delivery, change: Change, queue: Queue) -> str:
    try:
        return self.handle(change, queue)
    except Exception as bug:  # noqa: BLE001 - the mutant: it lets a bug's own words out
        if isinstance(bug, ValueError):
            raise Failed(str(bug)) from None
    return _deliver(self, change, queue)


def _deliver_same_id(self: Delivery, change: Change, queue: Queue) -> str:
    return _deliver(replace(self, ids=lambda: change.id), change, queue)


_deliver = Delivery.deliver


def _pull_saves_first(
    self: Drives, feed: object, cabinet: object, source: object, change: Change, queue: Queue
) -> None:
    class Late:
        def __init__(self, queue: Queue) -> None:
            self.queue, self.held = queue, []  # type: ignore[var-annotated]

        def send(self, change: Change, *, delay: float = 0.0) -> None:
            self.held.append((change, delay))

    late = Late(self.documents)
    _pull(replace(self, documents=late), feed, cabinet, source, change, queue)  # type: ignore[arg-type]
    for held, delay in late.held:
        self.documents.send(held, delay=delay)


_pull = Drives._pull
_drive_handle = Drives.handle


def _pull_once(self: Drives, change: Change, queue: Queue) -> str:
    return _drive_handle(replace(self, staleness=dict.fromkeys(self.staleness, 0.0)), change, queue)


def _adopt_nothing(self: Reconciliation, *_: object) -> bool:
    return False


def _never_gone(self: Reconciliation, *_: object) -> bool:
    return True


def _never_settled(row: Row | None, version: Version) -> bool:
    return True


def _agree_with_parked(old: Row, new: Row | None) -> bool:
    return (new is not None and new.parked is not None) or _agree(old, new)


_agree = rebuild._agree


def _swap_unready(self: Rebuild, cabinet: object) -> rebuild.Progress:
    return rebuild.Progress(0, 0)


def _swapped_twice(cabinet: object, new: object) -> object:
    after = {IndexState.ACTIVE: IndexState.RETIRING, IndexState.BUILDING: IndexState.ACTIVE}
    return tuple(replace(it, state=after.get(it.state, it.state)) for it in cabinet.indexes)  # type: ignore[attr-defined]


MUTANTS: dict[str, Mutant] = {
    "commit_unfenced": _one("no fence at commit", protocol, "commit", _commit_unfenced),
    "plan_nothing": _one("no intent before writing: a dead worker's keys are unknown", protocol, "plan", _plan_nothing),
    "always_settled": _one(
        "a commit counts as answered although an answer was lost", protocol, "commit", _commit_always_settled
    ),
    "old_not_kept": _one("the replaced version is forgotten unswept", protocol, "commit", _commit_keeps_old),
    "claim_leaves_open": _one("a claim leaves the others OPEN", protocol, "claim", _claim_leaves_open),
    "retire_leaves_open": _one("a retire leaves others OPEN", protocol, "retire", _retire_leaves_open),
    "no_quarantine": _one("forgotten at the first sweep, before the deadline", protocol, "forget", _forget_at_once),
    "delete_unacknowledged": _one(
        "forgotten although a delete was not acknowledged", protocol, "forget", _forget_unacknowledged
    ),
    "never_expire": _one("an attempt past its deadline is not fenced by a sweep", protocol, "expire", _never_expire),
    "done_beside_open": _one(
        "“nothing to do” beside somebody's attempt, which read something older",
        protocol,
        "decide",
        _decide_without_busy,
    ),
    "dead_attempt_left": _one(
        "“nothing to do” beside a dead worker's attempt", protocol, "decide", _decide_done_beside_dead_attempt
    ),
    "revision_falls": _one("older code may undo newer work", protocol, "decide", _decide_undoes_newer),
    "never_full": _one("no cap on generations", protocol, "decide", _decide_never_full),
    "takeover": _one("anybody may take a document over at once", protocol, "decide", _decide_takeover, hostile=True),
    "tombstone_dropped": _one("the receipt takes the tombstone away", protocol, "certify", _certify_drops_tombstone),
    "path_kept": _one("the receipt leaves the sealed path", protocol, "certify", _certify_keeps_path),
    "path_again": _one("a second erasure brings the sealed path back", Job, "placed", _placed_on_tombstones),
    "erase_waits": _one("an erasure waits for an attempt, and is answered", protocol, "erase", _erase_waits),
    "receipt_at_once": _one("a receipt before the replicas agree", protocol, "certifiable", _certifiable_at_once),
    "lag_from_the_start": _one(
        "the replicas' time counts from the start of the deletes, by another clock",
        protocol,
        "forget",
        _emptied_when_it_began,
    ),
    "receipt_unseen": _one(
        "a receipt for acknowledged deletes, without lookups", Sweeper, "_certified", _certify_unseen
    ),
    "receipt_unaudited": _one("the receipt reaches no audit", Sweeper, "_record", _record_after),
    "park_takes_old": _one("a failed re-ingestion takes the old version away", protocol, "park", _park_takes_old),
    "park_unfenced": _one("a fenced worker parks what another took over", protocol, "park", _park_unfenced),
    "source_first": _one("the source is asked before the row", Worker, "_converge", _source_first),
    "read_before_claim": _one("the content is read before the claim", Attempts, "make", _read_before_claim),
    "claim_blind": _one("a claim without compare-and-swap", Attempts, "make", _claim_blind),
    "retire_blind": _one("a retire without compare-and-swap", Worker, "_step_back", _step_back_blind),
    "advance_blind": _one(
        "plan and commit on the row read first, without compare-and-swap", Ports, "advance", _advance_blind
    ),
    "denied_is_absent": _one("a permission lost counts as a deletion", Worker, "_look", _look_denied_is_absent),
    "error_is_absent": _one("an error of the source counts as a deletion", Worker, "_look", _look_error_is_absent),
    "cabinet_of_message": _one("the cabinet is taken from the message", Worker, "_place", _place_by_message),
    "no_second_look": Mutant(
        "no second look at a stale source",
        ((Ports, "promise_second_look", _no_promise), (Drives, "handle", _pull_once)),
    ),
    "second_look_on_deletions": _one(
        "a second look only when the event disagrees", Ports, "promise_second_look", _second_look_if_it_disagrees
    ),
    "no_look_after_nothing": _one(
        "no second look when a stale answer agrees", Worker, "_promise_after_nothing", _after_nothing
    ),
    "feed_read_once": _one("a drive is not read again when its answer may be stale", Drives, "handle", _pull_once),
    "items_ignored": _one("207 taken for success", attempt, "_done", _every_item_done),
    "write_unanswered": _one("an answer that never came is taken for one", Attempts, "_write", _write_fire_and_forget),
    "tombstone_in_one_index": _one(
        "a tombstone in one index does not count in the other", Worker, "_elsewhere", _never_elsewhere
    ),
    "hold_not_kept": _one("a deletion takes a held document away", protocol, "decide", _decide_unheld),
    "hold_erased": _one("an erasure takes a held document away", Orders, "_tombstone", _tombstone_on_held),
    "hold_lifted_in_silence": _one(
        "a hold is lifted without another look at the source", Orders, "_unhold", _unhold_alone
    ),
    "order_given_once": _one(
        "an order is not given again when the indexes changed meanwhile", story, "in_every_index", _given_once
    ),
    "left_behind": _one(
        "who stalls past a rebuild's end goes by the index that was left", Ports, "recognise", _recognise_anything
    ),
    "hold_not_rebuilt": _one("a rebuild forgets a hold", reconcile, "_as_the_active", _never_as_the_active),
    "no_sweep": _one("no sweep after the fact", Sweeper, "sweep", _no_sweep),
    "delete_before_fence": _one(
        "keys of an expired attempt are deleted before it is fenced", Sweeper, "_fenced", _delete_before_fence
    ),
    "no_next_sweep": _one("a sweep does not promise the next", Sweeper, "promise_next", _no_next_promise),
    "merged_unmarked": _one(
        "a hint about a busy document is dropped, not left in its row", Worker, "_is_left_to_others", _left_to_nobody
    ),
    "asked_in_vain": _one(
        "an attempt ends without the look that was left with it", protocol, "_owes_a_look", _asked_in_vain
    ),
    "dies_in_vain": _one(
        "a hint about what is under way is forgotten when its worker dies", protocol, "_owes_a_look", _dies_in_vain
    ),
    "marks_of_two_revisions": _one(
        "a denied document is marked over newer code's mark", protocol, "is_marked", _always_marks, hostile=True
    ),
    "held_by_a_bug": _one(
        "a worker that gives up keeps the row until its deadline", Attempts, "_release_or_own", _no_release
    ),
    "marked_unseen": _one("a mark is not followed by another look", Worker, "_mark", _mark_once),
    "released_loosely": _one(
        "a copy is sent although the row could not be released", Attempts, "_release_or_own", _release_loosely
    ),
    "asked_for_the_same": _one(
        "a hint about what is under way counts as news of something else", protocol, "ask", _always_news
    ),
    "written_out_of_time": _one(
        "a write begins after the host's time limit", Attempts, "_still_in_time", _always_in_time
    ),
    "ack_when_busy": _one("a message that must wait is acknowledged", Delivery, "deliver", _deliver_ack_when_busy),
    "failure_swallowed": _one("a failed delivery is acknowledged", Delivery, "deliver", _deliver_swallows),
    "content_in_exception": _one("an exception quotes the document", Delivery, "deliver", _deliver_quotes),
    "copies_share_an_id": _one("copies sent again share one id", Delivery, "deliver", _deliver_same_id),
    "token_first": _one("the feed's link is saved before its changes are queued", Drives, "_pull", _pull_saves_first),
    "nothing_adopted": Mutant(
        "orphans found by a comparison are left", ((Reconciliation, "_adopt", _adopt_nothing),), zombies=True
    ),
    "comparison_blind": _one("a comparison finds nothing unsettled", reconciliation, "_settled", _never_settled),
    "parked_agrees": _one("a rebuild ends although it refuses what is shown", rebuild, "_agree", _agree_with_parked),
    "swap_unready": _one("the alias moves before the new index agrees", Rebuild, "progress", _swap_unready),
    "swapped_twice": _one("two who end one rebuild retire its index", rebuild, "_swapped", _swapped_twice),
}
