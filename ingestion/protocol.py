"""Every way a document's row may change. Pure: no clock, no randomness, no I/O.

Every function here is the content of one compare-and-swap: it takes the row that was read and gives the row to write.
The argument why this is enough, and what each guard is for, stands in `docs/protocol.md`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from ingestion.model import Locator, Nonce, Revision, Version
from ingestion.rows import Asked, Erasure, Generation, Parked, Row, State

MAX_GENERATIONS = 16  # bounds the row and the work of a sweep; takeover fights grew rows to 52 without it


# What to do


class Verdict(StrEnum):
    DONE = "done"
    CLAIM = "claim"
    RETIRE = "retire"  # the source says absent, or the document is erased, and something is OPEN or LIVE
    FENCE = "fence"  # the row agrees with the source but for a dead worker's attempt
    BUSY = "busy"  # somebody else works on it: they are asked to look again when they are done
    SUPERSEDED = "superseded"  # newer code made the live version: older code must not undo it
    FULL = "full"  # too many generations wait for their deadline


@dataclass(frozen=True, slots=True)
class Look:
    """What a worker knows when it decides: read after the row was, so that a stale answer cannot retire it."""

    version: Version | None  # None: the source says "not found"
    revision: Revision
    owner: str
    now: float
    insist: bool = False  # make it again, although the row agrees: a damaged one is repaired
    retry: bool = False  # read it again although it is parked: what kept it from being read may be gone
    mended: bool = False  # just now: an attempt under way may have met what kept it from being read


def decide(row: Row, look: Look) -> Verdict:
    if row.erasure is not None or (look.version is None and row.held_since is None):
        return Verdict.RETIRE if row.open or row.live or (row.parked and not row.erasure) else Verdict.DONE
    if (other := row.open) and other.owner != look.owner and look.now <= other.deadline:
        return Verdict.BUSY  # even when LIVE agrees: what this attempt read may be older, and commit after us
    if look.version is None or _agrees(row, look):  # held: what the source no longer has stays as it was
        return Verdict.FENCE if row.open else Verdict.DONE
    if row.live and row.live.revision > look.revision:
        return Verdict.SUPERSEDED
    return Verdict.CLAIM if len(row.generations) < MAX_GENERATIONS else Verdict.FULL


def _agrees(row: Row, look: Look) -> bool:
    if look.insist:
        return False
    if row.parked:
        return not look.retry and row.parked.version == look.version and row.parked.revision >= look.revision
    return row.live is not None and row.live.version == look.version and row.live.revision >= look.revision


# How a row changes. Each returns the new row; `None` means fenced: somebody took the document from us, stop.


def claim(row: Row, generation: Generation) -> Row:
    """Add our attempt; every other OPEN one is fenced by the same swap.

    A look that is owed, or was left with a dead attempt, is ours: the source was asked after the row was read, and will
    be after this swap. It is news only if we die; our message may be done with by another delivery, and not come back.
    """
    heir = replace(generation, asked=Asked.SAME) if row.look_owed or row.asked else generation
    return replace(row, generations=(*_all_open_dead(row), heir), look_owed=False)


def ask(row: Row, look: Look) -> Row:
    """A hint that finds somebody at work is left with them, in the row, instead of coming back again and again.

    Messages that wait in a queue multiply: each crash between sending one again and acknowledging it makes two. And
    two about a document that nothing can read would ask each other for another look for ever, were `SAME` not `SAME`.
    """
    return replace(row, generations=tuple(_asked(it, look) if it.state is State.OPEN else it for it in row.generations))


def _asked(made: Generation, look: Look) -> Generation:
    same = not look.mended and made.version == look.version and made.revision >= look.revision
    return replace(made, asked=Asked.SAME if same and made.asked is not Asked.NEWS else Asked.NEWS)


def plan(row: Row, nonce: Nonce, chunks: int) -> Row | None:
    """Record what will be written before the first write: a dead worker's keys must be known to its sweeper."""
    return _change_open(row, nonce, chunks=chunks)


def commit(row: Row, nonce: Nonce, settled_at: float | None) -> Row | None:
    """Ours LIVE, the former LIVE one DEAD, in one swap.

    `settled_at`: the moment by which every request of this generation had been answered for good. Nothing is in
    flight then, so a later sweep need not wait for the deadline. None where an answer was lost on the way.
    """
    ours = _owned(row, nonce)
    if ours is None:
        return None
    deadline = ours.deadline if settled_at is None else min(settled_at, ours.deadline)
    others = tuple(replace(it, state=State.DEAD) for it in row.generations if it.nonce != nonce)
    live = replace(ours, state=State.LIVE, deadline=deadline, asked=Asked.NOTHING)
    return replace(row, generations=(*others, live), parked=None, look_owed=_owes_a_look(row))


def park(row: Row, nonce: Nonce, parked: Parked, *, keep_old: bool) -> Row | None:
    """This version cannot be ingested: our attempt is DEAD, the old version stays or goes by policy."""
    if _owned(row, nonce) is None:
        return None
    going = (State.OPEN,) if keep_old or row.held_since is not None else (State.OPEN, State.LIVE)
    left = _ended(_dead(row, going), nonce, parked.at)
    return replace(row, generations=left, parked=parked, look_owed=_owes_a_look(row))


def mark(row: Row, parked: Parked) -> Row:
    """The source denies us the document: nothing is taken away on the strength of that, people see it.

    Not of an erased one: nobody is to mend that.
    """
    return row if row.erasure else replace(row, parked=parked)


def is_marked(row: Row, parked: Parked) -> bool:
    """So already: marking again would write, and look again, for ever. Newer code's mark is as good as ours:

    while two revisions run, each would mark over the other's, and every mark asks for a second look.
    """
    was = row.parked
    return (
        was is not None
        and (was.reason, was.version) == (parked.reason, parked.version)
        and was.revision >= parked.revision
    )


def adopt(row: Row, nonce: Nonce, chunks: int) -> Row:
    """Chunks of a generation that the row no longer knows were found in the index: sweep them like any DEAD one.

    Safe only for a row read after the index was: the nonce cannot come back, claims make new ones. A row that is full
    waits for the next comparison.
    """
    if row.generation(nonce) is not None or len(row.generations) >= MAX_GENERATIONS:
        return row
    orphan = Generation(nonce, State.DEAD, Version(""), Revision(0), owner="", deadline=0.0, chunks=chunks)
    return replace(row, generations=(*row.generations, orphan))


def fence(row: Row) -> Row:
    return replace(row, generations=_all_open_dead(row), look_owed=_owes_a_look(row))


def release(row: Row, nonce: Nonce, ended_at: float | None) -> Row:
    """Who gives up says so: nobody need wait for the attempt's deadline. `ended_at` None: its worker may be alive."""
    fenced = fence(row)
    return fenced if ended_at is None else replace(fenced, generations=_ended(fenced.generations, nonce, ended_at))


def _ended(generations: tuple[Generation, ...], nonce: Nonce, at: float) -> tuple[Generation, ...]:
    """By its own worker: where it never planned it wrote nothing, and will not."""
    return tuple(
        replace(it, deadline=min(it.deadline, at)) if it.nonce == nonce and it.chunks == 0 else it for it in generations
    )


def expire(row: Row, now: float) -> Row:
    """OPEN past its deadline → DEAD, before its keys are touched: a worker that wakes up finds itself fenced."""
    if row.open is None or row.open.deadline >= now:
        return row
    return replace(fence(row), look_owed=_owes_a_look(row, owner_is_gone=True))


def retire(row: Row) -> Row:
    return replace(row, generations=_dead(row, (State.OPEN, State.LIVE)), parked=None, look_owed=_owes_a_look(row))


def _owes_a_look(row: Row, *, owner_is_gone: bool = False) -> bool:
    """Whether the end of the attempt under way leaves the source to be asked once more.

    In the row, and by a message that is sent after the swap: one that is sent before may come while we stall, find the
    document busy and its news left already, and be done, and so may every hint after it. Also where whoever ends it has
    just asked the source: a hint that comes between the answer and the swap leaves no trace of its own.
    """
    return row.look_owed or row.asked is Asked.NEWS or (row.asked is Asked.SAME and owner_is_gone)


def look_promised(row: Row) -> Row:
    return replace(row, look_owed=False)


def erase(row: Row, now: float) -> Row:
    """From anywhere, never waits. Asking again keeps the first date. That nothing holds it, the caller has asked."""
    written = tuple((it.nonce, it.chunks) for it in row.generations)
    erasure = row.erasure or Erasure(requested_at=now, written=written)
    return replace(retire(row), erasure=erasure, held_since=None, look_owed=False)


def hold(row: Row, now: float) -> Row:
    """Under a legal hold. Asking again keeps the first date; a tombstone is beyond holding."""
    return row if row.erasure or row.held_since is not None else replace(row, held_since=now)


def unhold(row: Row) -> Row:
    return replace(row, held_since=None)


def lift(row: Row) -> Row:
    """An operator's explicit and audited act; what was erased stays erased, the document may come again."""
    return replace(row, erasure=None)


def forget(row: Row, swept: frozenset[Nonce], began: float, ended: float) -> Row:
    """Drop the DEAD generations whose keys a delete pass from `began` to `ended` was acknowledged for, every one.

    Not before their deadline: until then a stalled worker's write may still land, after our delete; and one that has
    not planned yet may still keep what lies beside the index, pages of a scan and names in the vault. An erased row is
    empty from the end of the pass that took its last generation: replicas may have heard of those deletes only then.
    """

    def gone(it: Generation) -> bool:
        return it.state is State.DEAD and it.nonce in swept and it.deadline < began

    left = tuple(replace(it, swept=it.swept or it.nonce in swept) for it in row.generations if not gone(it))
    erasure = row.erasure
    if erasure and erasure.certified_at is None and not left and (row.generations or erasure.emptied_at is None):
        erasure = replace(erasure, emptied_at=ended)
    return replace(row, generations=left, erasure=erasure)


def certifiable(row: Row, now: float, replica_lag: float) -> bool:
    """May lookups prove the erasure now? Not before every replica had time to see the last delete."""
    erasure = row.erasure
    if erasure is None or erasure.certified_at is not None or erasure.emptied_at is None:
        return False
    return not row.generations and now >= erasure.emptied_at + replica_lag


def certify(row: Row, now: float) -> Row:
    """The receipt is issued; the sealed path goes too, the tombstone stays."""
    if row.erasure is None:
        raise ValueError(f"document {row.document}: no erasure to certify; erase it first")
    return replace(row, locator=Locator(""), erasure=replace(row.erasure, certified_at=now))


def owns(row: Row, nonce: Nonce) -> bool:
    return _owned(row, nonce) is not None


def _owned(row: Row, nonce: Nonce) -> Generation | None:
    ours = row.generation(nonce)
    return ours if ours is not None and ours.state is State.OPEN else None


def _change_open(row: Row, nonce: Nonce, *, chunks: int) -> Row | None:
    ours = _owned(row, nonce)
    if ours is None:
        return None
    changed = replace(ours, chunks=chunks)
    return replace(row, generations=tuple(changed if it.nonce == nonce else it for it in row.generations))


def _dead(row: Row, states: tuple[State, ...]) -> tuple[Generation, ...]:
    return tuple(replace(it, state=State.DEAD) if it.state in states else it for it in row.generations)


def _all_open_dead(row: Row) -> tuple[Generation, ...]:
    return _dead(row, (State.OPEN,))
