"""Files that were damaged at random end in blocks or in a typed refusal: no reader raises anything else.

Bounded, for every run of the suite; `tests/fuzz/hunt.py` goes on for as long as it is let.
"""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.errors import Park
from ingestion.extraction.sandbox import Sandbox
from tests.fuzz.seeds import ENTRIES, LIMITS, SEEDS

Change = tuple[int, int, bytes]  # where, in thousandths; how many bytes are replaced; by what
_CHANGES = st.lists(st.tuples(st.integers(0, 999), st.integers(0, 12), st.binary(max_size=6)), min_size=1, max_size=4)


def damaged(data: bytes, changes: list[Change]) -> bytes:
    for place, length, piece in changes:
        at = place * len(data) // 1_000
        data = data[:at] + piece + data[at + length :]
    return data


@pytest.mark.parametrize("name", sorted(ENTRIES))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=_CHANGES)
def test_a_damaged_file_gives_blocks_or_a_typed_refusal(name: str, changes: list[Change]) -> None:
    with suppress(Park):
        ENTRIES[name](damaged(SEEDS.get(name, SEEDS["a.p7m"]), changes))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as sandbox:
        yield sandbox


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=_CHANGES)
def test_a_damaged_pdf_cannot_hurt_the_sandbox(sandbox: Sandbox, changes: list[Change]) -> None:
    with suppress(Park):
        sandbox.extract(damaged(SEEDS["a.pdf"], changes), "a.pdf")
    assert sandbox.helper_pid is not None
