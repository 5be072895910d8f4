"""The protocol as a state machine: whatever the order of workers, sweeps, erasures and lost answers, a row stays sane.

Rows are only ever reached as the worker reaches them: by what `decide` says, and by swaps of which any may land while
its caller is told that it did not.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from ingestion import protocol
from ingestion.model import DocumentId, Locator, Nonce, Revision, SourceId, Version
from ingestion.protocol import MAX_GENERATIONS, Look, Verdict
from ingestion.rows import Asked, Erasure, Generation, Parked, Row, State, chunk_keys

DOCUMENT = DocumentId("a" * 26)
LIFETIME = 100.0
V1, V2 = Version("0x1"), Version("0x2")
OWNERS = ("m1", "m2", "m3")


def generation(nonce: str, state: State, **fields: object) -> Generation:
    made = Generation(Nonce(nonce), state, V1, Revision(1), "m1", deadline=LIFETIME, chunks=3)
    return replace(made, **fields)  # type: ignore[arg-type]


def row(*generations: Generation, **fields: object) -> Row:
    return replace(Row(DOCUMENT, generations=generations), **fields)  # type: ignore[arg-type]


def look(version: Version | None = V1, *, revision: int = 1, owner: str = "m1", now: float = 0.0) -> Look:
    return Look(version, Revision(revision), owner, now)


class Protocol(RuleBasedStateMachine):
    """One row, many workers: every rule is one swap. `lost`: it landed, and its caller was told nothing."""

    attempts: Bundle[Nonce] = Bundle("attempts")

    def __init__(self) -> None:
        super().__init__()
        self.row = Row(DOCUMENT)
        self.now = 0.0
        self.made = 0
        self.dead: set[Nonce] = set()
        self.forgotten: set[Nonce] = set()
        self.tombstone = False

    def swap(self, new: Row) -> None:
        left = {it.nonce for it in self.row.generations} - {it.nonce for it in new.generations}
        self.forgotten |= left
        self.row = Row.from_json(new.to_json())

    @initialize(version=st.sampled_from([V1, V2]))
    def source(self, version: Version) -> None:
        self.version: Version | None = version

    @rule(version=st.sampled_from([V1, V2, None]))
    def the_source_changes(self, version: Version | None) -> None:
        self.version = version

    @rule(seconds=st.sampled_from([0.5, 30.0, LIFETIME, 3 * LIFETIME]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=attempts, owner=st.sampled_from(OWNERS), revision=st.integers(1, 2), insist=st.booleans())
    def a_worker_looks(self, owner: str, revision: int, insist: bool) -> Nonce:
        """Decide, and do what was decided, as the worker does."""
        look = Look(self.version, Revision(revision), owner, self.now, insist)
        nonce = Nonce(f"n{self.made}")
        match protocol.decide(self.row, look):
            case Verdict.CLAIM:
                assert self.version is not None
                self.made += 1
                deadline = self.now + LIFETIME
                attempt = Generation(nonce, State.OPEN, self.version, look.revision, owner, deadline)
                self.swap(protocol.claim(self.row, attempt))
            case Verdict.RETIRE:
                self.swap(protocol.retire(self.row))
                assert protocol.decide(self.row, look) is Verdict.DONE
            case Verdict.FENCE:
                self.swap(protocol.fence(self.row))
                assert protocol.decide(self.row, look) is Verdict.DONE
        return nonce

    @rule(nonce=attempts, chunks=st.integers(0, 5))
    def plan(self, nonce: Nonce, chunks: int) -> None:
        self.only_if_open(nonce, protocol.plan(self.row, nonce, chunks))

    @rule(nonce=consumes(attempts), settled=st.booleans())
    def commit(self, nonce: Nonce, settled: bool) -> None:
        new = protocol.commit(self.row, nonce, self.now if settled else None)
        self.only_if_open(nonce, new)
        if new is not None:
            assert self.row.live is not None
            assert self.row.live.nonce == nonce
            assert self.row.parked is None

    @rule(nonce=consumes(attempts), keep_old=st.booleans())
    def park(self, nonce: Nonce, keep_old: bool) -> None:
        before = self.row.live
        parked = Parked("encrypted", V1, Revision(1), self.now)
        new = protocol.park(self.row, nonce, parked, keep_old=keep_old)
        self.only_if_open(nonce, new)
        if new is not None:
            assert self.row.live == (before if keep_old else None)

    @rule()
    def a_hint_is_left(self) -> None:
        before = self.row
        self.swap(protocol.ask(self.row, Look(self.version, Revision(1), "m9", self.now)))
        assert bool(self.row.asked) == (before.open is not None)

    @rule()
    def another_look_is_promised(self) -> None:
        self.swap(protocol.look_promised(self.row))
        assert not self.row.look_owed

    @rule()
    def the_source_denies_us(self) -> None:
        before = self.row
        self.swap(protocol.mark(self.row, Parked("forbidden", Version(""), Revision(1), self.now)))
        assert self.row.generations == before.generations

    def only_if_open(self, nonce: Nonce, new: Row | None) -> None:
        held = self.row.generation(nonce)
        assert (new is not None) == (held is not None and held.state is State.OPEN)
        if new is not None:
            self.swap(new)

    @rule()
    def erase(self) -> None:
        self.swap(protocol.erase(self.row, self.now))
        self.tombstone = True
        assert protocol.erase(self.row, self.now + 1.0) == self.row

    @precondition(lambda self: self.tombstone)
    @rule()
    def lift(self) -> None:
        self.swap(protocol.lift(self.row))
        self.tombstone = False

    @rule(behind=st.sampled_from([0.0, 1.0, 2 * LIFETIME]), everything=st.booleans())
    def sweep(self, behind: float, everything: bool) -> None:
        """A pass that began a while ago; either every delete was acknowledged, or none was."""
        self.swap(protocol.expire(self.row, self.now))
        began = max(self.now - behind, 0.0)
        before = self.row
        swept = frozenset(it.nonce for it in before.dead if everything)
        self.swap(protocol.forget(before, swept, began, began))
        assert protocol.forget(self.row, swept, began, began) == self.row
        for it in before.generations:
            if self.row.generation(it.nonce) is None:
                assert it.state is State.DEAD
                assert everything or not it.chunks
                assert it.deadline < began

    @rule(lag=st.sampled_from([0.0, 5.0]))
    def certify(self, lag: float) -> None:
        if protocol.certifiable(self.row, self.now, lag):
            assert not self.row.generations
            assert self.row.erasure is not None
            assert self.row.erasure.emptied_at is not None
            assert self.now >= self.row.erasure.emptied_at + lag
            self.swap(protocol.certify(self.row, self.now))
            assert self.row.status == "erased"
            assert self.row.locator == ""
            assert not protocol.certifiable(self.row, self.now + 1.0, lag)

    @invariant()
    def at_most_one_is_open_and_at_most_one_is_live(self) -> None:
        states = [it.state for it in self.row.generations]
        assert states.count(State.OPEN) <= 1
        assert states.count(State.LIVE) <= 1

    @invariant()
    def dead_is_absorbing(self) -> None:
        now_dead = {it.nonce for it in self.row.dead}
        assert {it.nonce for it in self.row.generations} & self.dead <= now_dead
        self.dead |= now_dead

    @invariant()
    def what_is_forgotten_never_returns(self) -> None:
        assert not {it.nonce for it in self.row.generations} & self.forgotten

    @invariant()
    def an_erased_document_has_nothing_open_or_live(self) -> None:
        assert (self.row.erasure is not None) == self.tombstone
        if self.tombstone:
            assert self.row.open is None
            assert self.row.live is None
            assert self.row.parked is None
            assert not self.row.look_owed

    @invariant()
    def a_row_is_bounded_and_its_nonces_differ(self) -> None:
        assert len(self.row.generations) <= MAX_GENERATIONS
        assert len({it.nonce for it in self.row.generations}) == len(self.row.generations)

    @invariant()
    def whoever_is_owed_something_asks_for_attention(self) -> None:
        owed = self.row.open is not None or bool(self.row.dead) or self.row.look_owed
        uncertified = self.row.erasure is not None and self.row.erasure.certified_at is None
        assert self.row.attention == (owed or uncertified)
        assert (self.row.status == "live") == (
            self.row.live is not None and self.row.parked is None and self.row.erasure is None
        )


Protocol.TestCase.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
TestRowsStaySane = Protocol.TestCase


# Rows at large: reachable or not, as an adapter may have to carry them

nonces = st.text("0123456789abcdef", min_size=1, max_size=32).map(Nonce)
times = st.floats(0, 4e9)
words = st.text(max_size=20)
generations = st.builds(
    Generation,
    nonce=nonces,
    state=st.sampled_from(State),
    version=words.map(Version),
    revision=st.integers(0, 2**60).map(Revision),
    owner=words,
    deadline=times,
    chunks=st.integers(0, 5000),
    asked=st.sampled_from(Asked),
    swept=st.booleans(),
)
rows = st.builds(
    Row,
    document=st.just(DOCUMENT),
    source=words.map(SourceId),
    locator=words.map(Locator),
    generations=st.lists(generations, max_size=4, unique_by=lambda it: it.nonce).map(tuple),
    parked=st.none() | st.builds(Parked, words, words.map(Version), st.integers(0).map(Revision), times),
    erasure=st.none()
    | st.builds(
        Erasure,
        times,
        st.lists(st.tuples(nonces, st.integers(0, 9)), max_size=3).map(tuple),
        st.none() | times,
        st.none() | times,
    ),
    held_since=st.none() | times,
    look_owed=st.booleans(),
)


@given(rows)
def test_a_row_survives_its_json(given_row: Row) -> None:
    assert Row.from_json(given_row.to_json()) == given_row


def test_a_row_of_another_version_of_greffe_is_refused() -> None:
    with pytest.raises(ValueError, match="deploy that version"):
        Row.from_json(row().to_json().replace('"v":1', '"v":2'))


@given(rows, times)
def test_a_swap_that_landed_unseen_may_be_made_again(it: Row, now: float) -> None:
    """Whoever was told "no answer" reads the row and applies the change again: nothing moves a second time."""
    nonce = it.generations[0].nonce if it.generations else Nonce("n")
    changes = (
        lambda r: protocol.plan(r, nonce, 7) or r,
        protocol.fence,
        protocol.retire,
        lambda r: protocol.expire(r, now),
        lambda r: protocol.erase(r, now),
        protocol.lift,
        lambda r: protocol.adopt(r, Nonce("orphan"), 3),
        lambda r: protocol.mark(r, Parked("forbidden", V1, Revision(1), now)),
        lambda r: protocol.forget(r, frozenset(g.nonce for g in r.dead), now, now),
    )
    for change in changes:
        once = change(it)
        assert change(once) == once


def open_row(chunks: int = 3) -> Row:
    return row(generation("old", State.LIVE, version=V2), generation("n", State.OPEN, chunks=chunks))


def test_a_claim_that_landed_unseen_is_claimed_again_by_its_own_message_only() -> None:
    claimed = row(generation("lost", State.OPEN))
    assert protocol.decide(claimed, look(owner="m1", now=1.0)) is Verdict.CLAIM
    assert protocol.decide(claimed, look(owner="m2", now=1.0)) is Verdict.BUSY
    again = protocol.claim(claimed, generation("n2", State.OPEN))
    assert [(it.nonce, it.state) for it in again.generations] == [("lost", State.DEAD), ("n2", State.OPEN)]


def test_a_commit_that_landed_unseen_is_found_done() -> None:
    committed = protocol.commit(open_row(), Nonce("n"), None)
    assert committed is not None
    assert protocol.commit(committed, Nonce("n"), None) is None
    assert protocol.decide(committed, look()) is Verdict.DONE


def test_a_park_that_landed_unseen_is_found_done() -> None:
    parked = protocol.park(open_row(), Nonce("n"), Parked("bomb", V1, Revision(1), 5.0), keep_old=True)
    assert parked is not None
    assert protocol.decide(parked, look()) is Verdict.DONE
    assert parked.status == "parked"


LIVE = generation("live", State.LIVE)
OPEN = generation("open", State.OPEN, owner="m2")
DEAD = generation("dead", State.DEAD)
PARKED = Parked("encrypted", V1, Revision(1), 0.0)
TOMBSTONE = Erasure(0.0)
FULL = tuple(generation(f"d{n}", State.DEAD) for n in range(MAX_GENERATIONS))


@pytest.mark.parametrize(
    ("held", "seen", "verdict"),
    [
        (row(), look(), Verdict.CLAIM),
        (row(), look(None), Verdict.DONE),
        (row(LIVE), look(), Verdict.DONE),
        (row(LIVE), look(V2), Verdict.CLAIM),
        (row(LIVE), look(revision=2), Verdict.CLAIM),
        (row(LIVE), look(None), Verdict.RETIRE),
        (row(OPEN), look(None), Verdict.RETIRE),
        (row(DEAD), look(None), Verdict.DONE),
        (row(DEAD), look(), Verdict.CLAIM),
        (row(OPEN), look(), Verdict.BUSY),
        (row(OPEN), look(now=LIFETIME), Verdict.BUSY),
        (row(OPEN), look(now=LIFETIME + 0.1), Verdict.CLAIM),
        (row(OPEN), look(owner="m2"), Verdict.CLAIM),
        (row(LIVE, OPEN), look(), Verdict.BUSY),  # LIVE agrees, but what is OPEN may have read something older
        (row(LIVE, OPEN), look(now=LIFETIME + 0.1), Verdict.FENCE),
        (row(LIVE, OPEN), look(owner="m2"), Verdict.FENCE),
        (row(generation("live", State.LIVE, revision=2)), look(V2), Verdict.SUPERSEDED),
        (row(generation("live", State.LIVE, revision=2)), look(), Verdict.DONE),
        (row(parked=PARKED), look(), Verdict.DONE),
        (row(LIVE, parked=PARKED), look(V2), Verdict.CLAIM),
        (row(parked=PARKED), look(revision=2), Verdict.CLAIM),
        (row(parked=PARKED), look(None), Verdict.RETIRE),
        (row(parked=PARKED), replace(look(), insist=True), Verdict.CLAIM),
        (row(parked=PARKED), replace(look(), retry=True), Verdict.CLAIM),
        (row(LIVE), replace(look(), retry=True), Verdict.DONE),
        (row(LIVE), replace(look(), insist=True), Verdict.CLAIM),
        (row(*FULL), look(), Verdict.FULL),
        (row(*FULL), look(None), Verdict.DONE),
        (row(erasure=TOMBSTONE), look(), Verdict.DONE),
        (row(erasure=TOMBSTONE), replace(look(), insist=True), Verdict.DONE),
        (row(DEAD, erasure=TOMBSTONE), look(V2), Verdict.DONE),
    ],
)
def test_a_row_and_a_look_at_the_source_decide(held: Row, seen: Look, verdict: Verdict) -> None:
    assert protocol.decide(held, seen) is verdict


def test_a_generation_that_was_written_is_kept_until_its_deadline_has_passed() -> None:
    """Until then a stalled worker's write may still land, after our delete."""
    swept = frozenset({Nonce("dead")})
    assert protocol.forget(row(DEAD), swept, LIFETIME, LIFETIME).dead == (replace(DEAD, swept=True),)
    assert protocol.forget(row(DEAD), frozenset(), LIFETIME + 1, LIFETIME + 1).dead == (DEAD,)
    assert protocol.forget(row(DEAD), swept, LIFETIME + 0.1, LIFETIME + 0.1).dead == ()


def test_a_commit_whose_writes_were_all_answered_need_not_be_waited_for() -> None:
    committed = protocol.commit(open_row(), Nonce("n"), 7.0)
    assert committed is not None
    assert committed.live is not None
    assert committed.live.deadline == 7.0
    late = protocol.commit(open_row(), Nonce("n"), LIFETIME + 50)
    assert late is not None
    assert late.live is not None
    assert late.live.deadline == LIFETIME


def test_an_erasure_remembers_the_keys_that_its_proof_must_look_up() -> None:
    erased = protocol.erase(row(LIVE, OPEN, DEAD), 9.0)
    assert erased.erasure is not None
    assert erased.erasure.written == (("live", 3), ("open", 3), ("dead", 3))
    assert chunk_keys(DOCUMENT, Nonce("live"), 2) == [f"{DOCUMENT}-live-0", f"{DOCUMENT}-live-1"]


def test_a_hint_is_left_with_whoever_works_on_the_document_until_they_are_done() -> None:
    asked = protocol.ask(row(LIVE, OPEN, DEAD), look(V2))
    assert [it.asked for it in asked.generations] == ["", Asked.NEWS, ""]
    assert Row.from_json(asked.to_json()) == asked
    committed = protocol.commit(asked, OPEN.nonce, None)
    assert committed is not None
    assert committed.live == replace(OPEN, state=State.LIVE)


@pytest.mark.parametrize("before", [row(LIVE, replace(OPEN, asked=Asked.SAME)), replace(row(LIVE), look_owed=True)])
def test_a_claim_takes_over_a_look_that_is_owed_and_leaves_it_if_its_worker_dies(before: Row) -> None:
    claimed = protocol.claim(before, replace(OPEN, nonce=Nonce("heir")))
    assert (claimed.look_owed, claimed.asked) == (False, Asked.SAME)
    committed = protocol.commit(claimed, Nonce("heir"), None)
    assert committed is not None
    assert not committed.look_owed
    assert protocol.expire(claimed, OPEN.deadline + 1.0).look_owed


def test_an_attempt_that_never_planned_is_kept_until_its_deadline_unless_its_own_worker_says_that_it_is_over() -> None:
    """It may still be alive, and keep pages of a scan and names in the vault: no receipt before."""
    started = replace(OPEN, chunks=0)
    everything = frozenset({OPEN.nonce})
    fenced = protocol.erase(row(started), 10.0)
    assert protocol.forget(fenced, everything, began=OPEN.deadline, ended=OPEN.deadline).generations
    assert protocol.forget(fenced, everything, began=OPEN.deadline + 1.0, ended=OPEN.deadline + 1.0).erasure == replace(
        fenced.erasure or TOMBSTONE, emptied_at=OPEN.deadline + 1.0
    )
    for by_another in (protocol.fence(row(started)), protocol.release(row(started), OPEN.nonce, None)):
        assert protocol.forget(by_another, everything, began=21.0, ended=21.0).generations
    parked = protocol.park(row(started), OPEN.nonce, replace(PARKED, at=20.0), keep_old=True)
    assert parked is not None
    for over in (protocol.release(row(started), OPEN.nonce, 20.0), parked):
        assert not protocol.forget(over, everything, began=21.0, ended=21.0).generations


def test_a_row_whose_sweep_failed_says_so_until_one_went_through() -> None:
    unplanned = replace(DEAD, nonce=Nonce("unplanned"), chunks=0)
    assert row(LIVE, DEAD, unplanned).unswept
    assert not protocol.forget(row(LIVE, DEAD, unplanned), frozenset({DEAD.nonce}), 0.0, 0.0).unswept


def test_a_hint_is_left_with_nobody_where_nobody_works() -> None:
    assert protocol.ask(row(LIVE, DEAD), look()) == row(LIVE, DEAD)


def test_a_hint_about_what_is_being_made_is_no_news_and_takes_none_away() -> None:
    assert protocol.ask(row(OPEN), look(V1)).asked is Asked.SAME
    assert protocol.ask(row(OPEN), look(V1, revision=2)).asked is Asked.NEWS
    assert protocol.ask(row(OPEN), replace(look(V1), mended=True)).asked is Asked.NEWS
    news = protocol.ask(row(OPEN), look(V2))
    assert protocol.ask(news, look(V1)).asked is Asked.NEWS


@pytest.mark.parametrize(
    ("left", "gone", "owed"),
    [("", False, False), ("same", False, False), ("same", True, True), ("news", False, True), ("news", True, True)],
)
def test_an_attempt_that_ends_owes_the_look_that_hints_left_with_it(left: str, gone: bool, owed: bool) -> None:
    asked = row(LIVE, replace(OPEN, asked=Asked(left), chunks=0))
    ended = protocol.expire(asked, OPEN.deadline + 1.0) if gone else protocol.fence(asked)
    assert (ended.look_owed, ended.attention, ended.unswept) == (owed, True, owed)
    assert not protocol.claim(ended, replace(OPEN, nonce=Nonce("next"))).look_owed
    assert not protocol.look_promised(ended).look_owed
    assert Row.from_json(ended.to_json()) == ended


@pytest.mark.parametrize(("held", "marked"), [(1, False), (2, True), (3, True)])
def test_a_mark_of_newer_code_is_as_good_as_ours(held: int, marked: bool) -> None:
    """While two revisions run, each would mark a denied document over the other's mark for ever."""
    before = row(parked=Parked("forbidden", Version(""), Revision(held), 1.0))
    assert protocol.is_marked(before, Parked("forbidden", Version(""), Revision(2), 9.0)) is marked


def test_only_an_erasure_can_be_certified() -> None:
    with pytest.raises(ValueError, match="erase it first"):
        protocol.certify(row(), 1.0)
