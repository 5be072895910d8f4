"""The small parts under the SharePoint source: checksum, resource units, client state, notes, access lists."""

import random
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import client_state
from ingestion.adapters.checksum import quick_xor_hash
from ingestion.adapters.units import LAPSE, Rate, Units
from ingestion.errors import Busy
from ingestion.model import SourceId
from local.sharepoint import shapes


@pytest.mark.parametrize(
    ("content", "expected"),
    [  # published with rclone's implementation of the algorithm
        (b"", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        (b"J", "SgAAAAAAAAAAAAAAAQAAAAAAAAA="),
        (b"\xb5\xb4", "taAFAAAAAAAAAAAAAgAAAAAAAAA="),
    ],
)
def test_the_checksum_is_sharepoints(content: bytes, expected: str) -> None:
    assert quick_xor_hash(content) == expected


def plainly(content: bytes) -> int:
    """The definition, byte by byte."""
    total = 0
    for place, byte in enumerate(content):
        wide = byte << (place * 11 % 160)
        total ^= (wide & ((1 << 160) - 1)) | (wide >> 160)
    return total ^ (len(content) << 96)


@given(st.binary(max_size=2_000))
def test_the_checksum_is_that_of_its_definition_and_of_the_local_cloud(content: bytes) -> None:
    import base64

    made = quick_xor_hash(content)
    assert int.from_bytes(base64.b64decode(made), "little") == plainly(content)
    assert made == shapes.quick_xor_hash(content)


class MemoryBuckets:
    """The port `Buckets`, with others in between."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self.even, self.etags = 0.0, count(1)
        self.etag: str | None = None
        self.chance = chance

    def get(self, tenant: str) -> tuple[float, str | None]:
        return self.even, self.etag

    def swap(self, tenant: str, even_at: float, expected: str | None) -> bool:
        if expected != self.etag or (self.chance and self.chance.random() < 0.2):
            return False
        self.even, self.etag = even_at, str(next(self.etags))
        return True


class Time:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_no_minute_holds_more_units_than_the_tenant_has(seed: int, instances: int) -> None:
    chance, time = random.Random(seed), Time()
    buckets = MemoryBuckets(chance)
    everyone = [Units(buckets, Rate(1_200), time, time.wait) for _ in range(instances)]
    spent: list[tuple[float, int]] = []
    while len(spent) < 700:
        units = chance.choice([1, 1, 2, 5])
        try:
            chance.choice(everyone).take("tenant", units)
        except Busy as busy:
            time.now += busy.after
            continue
        spent.append((time.now, units))
        time.now += chance.choice([0.0, 0.0, 0.01, 1.0, 2 * LAPSE])
    for at, _ in spent:
        assert sum(units for when, units in spent if at - 60.0 < when <= at) <= 1_200


def test_a_tenants_units_are_no_others() -> None:
    time = Time()

    class PerTenant:
        def __init__(self) -> None:
            self.of: dict[str, MemoryBuckets] = {}

        def get(self, tenant: str) -> tuple[float, str | None]:
            return self.of.setdefault(tenant, MemoryBuckets()).get(tenant)

        def swap(self, tenant: str, even_at: float, expected: str | None) -> bool:
            return self.of[tenant].swap(tenant, even_at, expected)

    waits: list[float] = []
    units = Units(PerTenant(), Rate(1_200), time, waits.append)
    for _ in range(80):
        units.take("one", 1)
    units.take("two", 80)
    assert waits == []


def test_who_would_wait_long_comes_back_later() -> None:
    time = Time()
    units = Units(MemoryBuckets(), Rate(60), time, time.wait)
    started = time.now
    units.take("tenant", 4)
    with pytest.raises(Busy) as busy:
        units.take("tenant", 60)
    assert busy.value.after > 0
    assert time.now == started


def test_what_was_leased_and_not_spent_lapses() -> None:
    time = Time()
    buckets = MemoryBuckets()
    units = Units(buckets, Rate(1_200), time, time.wait)
    units.take("tenant", 1)
    before = buckets.even
    units.take("tenant", 1)
    assert buckets.even == before
    time.now += LAPSE
    units.take("tenant", 1)
    assert buckets.even > before


SOURCE = SourceId("dupont-sharepoint")


def test_a_client_state_names_and_proves_its_source() -> None:
    state = client_state.made(b"secret" * 6, SOURCE)
    assert client_state.named(state) == SOURCE
    assert client_state.proves(state, b"secret" * 6, SOURCE)


@given(st.text(max_size=130))
def test_no_other_client_state_proves_anything(text: str) -> None:
    assert not client_state.proves(text, b"secret" * 6, SOURCE)


def test_a_client_state_that_no_text_can_be_proves_nothing() -> None:
    """JSON can spell half a surrogate pair."""
    assert not client_state.proves(f"{SOURCE}.\ud800", b"secret" * 6, SOURCE)


def test_a_client_state_of_another_source_or_secret_proves_nothing() -> None:
    state = client_state.made(b"secret" * 6, SOURCE)
    assert not client_state.proves(state, b"another" * 5, SOURCE)
    assert not client_state.proves(state, b"secret" * 6, SourceId("other"))


def test_a_client_state_is_as_short_as_graph_wants() -> None:
    assert len(client_state.made(b"s" * 32, SourceId("a" * 63))) <= client_state.LONGEST
