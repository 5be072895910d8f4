"""The audit chain: whoever changes, drops, adds or reorders an entry is found out, at the entry where it happened."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.audit import START, Entry, first_break, following

actions = st.lists(
    st.tuples(
        st.floats(0, 4e9),
        st.sampled_from(["greffe", "0b1c"]),
        st.sampled_from(["erased", "replayed", "onboarded"]),
        st.dictionaries(st.sampled_from(["document", "rows", "code"]), st.integers(0, 9) | st.text(max_size=5)),
    ),
    min_size=1,
    max_size=8,
)


def chain(given_actions: Sequence[tuple[float, str, str, dict[str, int | str]]]) -> list[Entry]:
    entries: list[Entry] = []
    for at, actor, action, fields in given_actions:
        entries.append(following(entries[-1] if entries else None, at, actor, action, fields))
    return entries


chains = actions.map(chain)


@given(chains)
def test_a_chain_that_nobody_touched_is_whole(entries: list[Entry]) -> None:
    assert first_break(entries) is None
    assert entries[0].previous == START
    assert [it.sequence for it in entries] == list(range(len(entries)))


def test_an_empty_chain_is_whole() -> None:
    assert first_break([]) is None


@given(chains, st.data())
def test_an_entry_that_was_changed_is_found_by_the_next_one(entries: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    it = entries[at]
    changed = data.draw(
        st.sampled_from(
            [
                replace(it, at=it.at + 1.0),
                replace(it, actor="somebody"),
                replace(it, action="lifted"),
                replace(it, fields={**it.fields, "more": 1}),
            ]
        )
    )
    forged = [*entries[:at], changed, *entries[at + 1 :]]
    assert first_break(forged) == (at + 1 if at + 1 < len(entries) else None)  # the last is held by a receipt's hash
    assert changed.hash != it.hash


@given(chains, st.data())
def test_an_entry_that_was_dropped_or_doubled_is_found(entries: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    dropped = [*entries[:at], *entries[at + 1 :]]
    assert first_break(dropped) == (at if at + 1 < len(entries) else None)
    assert first_break([*entries[: at + 1], *entries[at:]]) == at + 1


@given(chains.filter(lambda it: len(it) > 1), st.data())
def test_two_entries_that_changed_places_are_found(entries: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 2))
    swapped = [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]
    assert first_break(swapped) == at


def test_a_chain_rewritten_from_an_entry_on_has_other_hashes_to_its_end() -> None:
    """What is known outside, such as the hash on a receipt, no longer fits."""
    real = chain([(float(n), "greffe", "erased", {"rows": n}) for n in range(4)])
    forged = chain([(float(n), "greffe", "erased", {"rows": max(n, 1)}) for n in range(4)])
    assert first_break(forged) is None
    assert all(a.hash != b.hash for a, b in zip(real, forged, strict=True))


@pytest.mark.parametrize("fields", [{"a": 1, "b": 2}, {"b": 2, "a": 1}])
def test_the_order_of_fields_changes_no_hash(fields: dict[str, int]) -> None:
    assert following(None, 1.0, "greffe", "erased", fields).hash == (
        following(None, 1.0, "greffe", "erased", dict(sorted(fields.items()))).hash
    )
