"""The shipped worker in a hostile world: some hundred seeds here, twenty thousand in CI, a million at night."""

import inspect
import random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.rows import Row
from ingestion.sweep import Sweeper
from tests.simulation import crash_sweep
from tests.simulation.chance import HOSTILE, Chance, swarm
from tests.simulation.mutants import MUTANTS
from tests.simulation.runs import Plan, digest, run_seeds, shrink
from tests.simulation.story import finish, play

ONCE_FAILED = {  # seed: what it found, as the worlds of that day had it; each is kept as a run that must hold
    14: "a second erasure brought the sealed path back",
    30: "a stale answer that agreed lost an event",
    71: "a crash between the ledger and the audit lost a receipt's entry",
    89: "two who ended one rebuild retired its index",
    139: "an error met while a bug was acted on carried the bug's words along",
    103: "a document that is denied was looked at for ever",
    197: "a receipt came while a replica still showed the document",
    287: "a rebuild ended although the new index had parked what the old one showed",
    352: "a second stale answer that agreed",
    938: "messages that waited for a busy document were doubled by lost answers until nothing settled",
    2885: "a document that meets a bug held its row against every other message",
    50_006_534: "a hold was lifted after the look that was promised for it",
    20_004_691: "an erasure spanned a rebuild: its tombstone was in an index that had left the registry",
    10_011_750: "a document was marked as denied after others had found that it no longer was",
    5481: "the promised sweep of an erasure came before its tombstone",
    9628: "a retiring index that came back from long ago was kept for a receipt, and kept the receipt from coming",
    15668: "the judge blamed an alias that a stalled process moved for what came meanwhile",
    70_029_254: "a promised look came before the commit that it covered, and what followed was nobody's",
    70_002_921: "a retiring index with chunks that no row knows was asked for a receipt for ever",
    100_005_152: "hints that each moved the row kept one another from moving it",
    100_017_194: "a full row kept the dead attempt of the message that met it, whose copy waited for it",
    100_029_915: "the judge blamed an alias for what policy takes away, and only the new index had looked at",
    100_037_517: "a throttled message left the attempt of its own dead delivery to its copy",
    100_039_056: "looks promised twice over kept a document that meets a bug busy",
    100_053_109: "a replay was left as no news with an attempt that had met what was mended since",
    120_010_060: "replays that were owed bred in two indexes",
    120_012_564: "a denied message left the attempt of its own dead delivery to its copy",
    130_145_216: "a look that was owed died with a claim whose message another delivery had done with",
    130_162_210: "two operators began a rebuild at once, and both became the active index",
    8846: "a delivery whose message was done marked a document as denied that others had found to be gone",
    4213: "a comparison that was given up on was replayed as a mere look at its source",
    140_003_976: "what was promised to who trusted a failed worker did not read again what is parked",
    1194: "the judge called a rebuild stuck that waited for a held document past its retention",
    120_008_805: "looks that were promised for a bug's sake doubled in two indexes",
    151_028_357: "forty sweeps of an erased document asked for a receipt that an old index's chunks kept from coming",
    151_056_868: "the same, and what was deleted at last had a receipt before every replica knew",
    160_438_009: "an erasure that began before a rebuild's end undid a hold that was answered after it",
    5452: "the judge blamed a commit for a chunk that the index had lost again",
    200_277_611: "old code and new took turns with a document that no code can read",
    200_368_005: "the judge took the answer of one lift of a hold for that of another",
    200_373_395: "the same",
    202_429_897: "the judge took a document for held whose hold was lifted while it was being ordered",
}
HOSTILE_ONCE_FAILED = {
    300_000_240: "replays that were owed bred in two indexes",
    49: "two copies under one id took a document from each other for ever",
    1037: "two revisions marked a denied document over each other's mark, and looked again each time",
    1622: "a document that meets a bug held its row against every other message",
}
QUICK_MUTANTS = ("commit_unfenced", "plan_nothing", "tombstone_dropped", "items_ignored", "content_in_exception")


def test_every_index_ends_equal_to_its_source_whatever_happens_on_the_way() -> None:
    report = run_seeds(range(100_000, 100_120), Plan())
    assert not report.failures


def test_it_does_so_when_every_trouble_meets() -> None:
    report = run_seeds(range(200_000, 200_008), Plan(hostile=True))
    assert not report.failures


def test_late_writes_without_end_cost_orphans_until_a_comparison_and_never_more() -> None:
    report = run_seeds(range(300_000, 300_020), Plan(zombies=True))
    assert not report.failures


@pytest.mark.parametrize("seed", ONCE_FAILED)
@pytest.mark.parametrize("dramas", [True, False])
def test_what_once_failed_holds(seed: int, dramas: bool) -> None:
    assert not run_seeds([seed], Plan(dramas=dramas)).failures


@pytest.mark.parametrize("seed", HOSTILE_ONCE_FAILED)
def test_what_once_failed_when_every_trouble_met_holds(seed: int) -> None:
    assert not run_seeds([seed], Plan(hostile=True)).failures


def test_one_seed_is_one_run_byte_for_byte() -> None:
    assert digest(7, Plan()) == digest(7, Plan())
    assert digest(7, Plan()) != digest(8, Plan())


@pytest.mark.parametrize("name", QUICK_MUTANTS)
def test_a_guard_that_is_taken_away_is_missed(name: str) -> None:
    assert run_seeds(range(100), MUTANTS[name].plan(name)).failures


@pytest.mark.parametrize("name", MUTANTS)
def test_what_stands_for_a_guard_can_be_called_like_it(name: str) -> None:
    """Else a mutant falls to its own TypeError, whatever the guard was for."""
    for target, attribute, instead in MUTANTS[name].patches:
        guard = inspect.getattr_static(target, attribute)
        assert callable(guard)
        assert callable(instead)
        asked = inspect.signature(guard).parameters.values()
        by_name = {it.name: it for it in asked if it.kind is it.KEYWORD_ONLY}
        inspect.signature(instead).bind(*(it for it in asked if it.kind is not it.KEYWORD_ONLY), **by_name)


def test_a_failure_shrinks_to_a_quieter_run_that_fails_too() -> None:
    with MUTANTS["items_ignored"].applied():
        failing = run_seeds(range(100), Plan(stop_at_first=True)).failures[0]
        muted = shrink(failing.seed, Plan(), budget=20)
    assert muted


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(0, 2**32), st.booleans())
def test_hypothesis_finds_no_world_in_which_it_does_not(fate: random.Random, pace: int, hostile: bool) -> None:
    chance = Chance(fate, random.Random(pace))
    weather = HOSTILE if hostile else swarm(chance)
    finish(play(chance, weather, small=True), weather, replay=3)


@pytest.mark.parametrize("scene", crash_sweep.SCENES[:5], ids=lambda it: it.name)
def test_a_crash_at_any_call_changes_nothing_in_the_end(scene: crash_sweep.Scene) -> None:
    runs, wrong = crash_sweep.sweep(scene)
    assert runs > 50
    assert wrong == []


def test_an_erasure_would_wait_for_a_comparison_if_it_did_not_take_what_an_old_index_holds() -> None:
    erasure = next(it for it in crash_sweep.SCENES if "long ago" in it.name)
    assert not crash_sweep.play(erasure, None).world.happened["poisoned"]
    with patch.object(Sweeper, "_adopt_strays", lambda *_: None):
        assert crash_sweep.play(erasure, None).world.happened["poisoned"]


def test_a_deletion_whose_sweep_failed_would_wait_for_a_promise_if_its_message_did_not_sweep_again() -> None:
    deletion = next(it for it in crash_sweep.SCENES if it.name == "a deletion")
    with patch.object(Row, "unswept", new=False):
        _, wrong = crash_sweep.sweep(deletion)
    assert any("ERROR" in it and "waits for a promise" in it for it in wrong)
