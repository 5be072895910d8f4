"""The registry on real tables: one owner for a place, changes on the ETag that was read, a cache that ends."""

from dataclasses import replace

import pytest

from ingestion.adapters.registry import CACHE_SECONDS, TableRegistry, from_json, to_json
from ingestion.errors import Refuse
from ingestion.model import (
    Cabinet,
    CabinetId,
    IndexName,
    IndexRef,
    IndexState,
    OcrChoice,
    SourceId,
    SourceKind,
    SourceRef,
)
from tests.contract.conftest import Storage, needs_azurite

pytestmark = needs_azurite


class Now:
    seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def table(storage: Storage) -> str:
    return storage.name()


@pytest.fixture
def registry(storage: Storage, table: str, now: Now) -> TableRegistry:
    made = TableRegistry(storage.table, storage.credential, storage.transport, now, table=table)
    made.create()
    return made


def source(name: str, route: str | None = None) -> SourceRef:
    return SourceRef(
        SourceId(name), SourceKind.BLOB, route or f"blob:account/{name}", "https://a.invalid", name, "in/", ("g1",)
    )


@pytest.fixture
def dupont(cabinet: Cabinet) -> Cabinet:
    index = IndexRef(IndexName("dupont-1"), "https://s.invalid", IndexState.BUILDING, "1", "model", 64)
    return replace(
        cabinet,
        id=CabinetId("dupont"),
        indexes=(index,),
        sources=(source("dupont-a"), source("dupont-b")),
        wrapped_secret=b"\x00\xff",
        retention_days=30,
    )


def test_a_cabinet_survives_its_json(dupont: Cabinet) -> None:
    assert from_json(to_json(dupont)) == dupont


def test_who_reads_scans_is_kept_and_embedded_where_nobody_chose(dupont: Cabinet) -> None:
    chosen = replace(dupont, ocr=OcrChoice.SERVICE)
    assert from_json(to_json(chosen)) == chosen
    assert from_json(to_json(dupont).replace(',"ocr":"embedded"', "")) == dupont
    assert len({chosen.recipe, dupont.recipe}) == 2


def test_a_saved_cabinet_is_found_by_id_source_and_route(registry: TableRegistry, dupont: Cabinet) -> None:
    saved = registry.save(dupont, None)
    assert saved == registry.load("dupont")
    assert registry.by_id("dupont") == dupont
    assert registry.by_source("dupont-b") == dupont
    assert registry.by_route("blob:account/dupont-a") == (dupont, source("dupont-a"))
    assert list(registry.list()) == [dupont]


@pytest.mark.parametrize("odd", ["", "a/b", "a'b", "é", "x" * 500])
def test_what_nobody_registered_is_nobodys(odd: str, registry: TableRegistry, dupont: Cabinet) -> None:
    registry.save(dupont, None)
    assert (registry.by_id(odd), registry.by_source(odd), registry.by_route(odd)) == (None, None, None)


def test_a_second_create_and_a_stale_etag_are_refused(registry: TableRegistry, dupont: Cabinet) -> None:
    first = registry.save(dupont, None)
    assert first is not None
    assert registry.save(dupont, None) is None
    assert registry.save(replace(dupont, policy="strict"), first.etag) is not None
    assert registry.save(replace(dupont, policy="off"), first.etag) is None
    assert registry.remove(dupont.id, first.etag) is False
    loaded = registry.load("dupont")
    assert loaded is not None
    assert loaded.cabinet.policy == "strict"


@pytest.mark.parametrize(
    "stolen",
    [source("martin-a", "blob:account/dupont-a"), source("dupont-a", "blob:account/martin")],
    ids=["route", "source id"],
)
def test_a_place_that_another_cabinet_owns_is_refused(
    stolen: SourceRef, registry: TableRegistry, dupont: Cabinet
) -> None:
    registry.save(dupont, None)
    martin = replace(dupont, id=CabinetId("martin"), sources=(source("martin-z"), stolen))
    with pytest.raises(Refuse) as refused:
        registry.save(martin, None)
    assert refused.value.code == "route_taken"
    assert registry.load("martin") is None
    assert registry.by_source("martin-z") is None


def test_of_two_cabinets_that_claim_a_place_at_once_one_is_refused_whole(
    registry: TableRegistry, dupont: Cabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.save(dupont, None)
    monkeypatch.setattr(registry, "_refuse_taken", lambda *_: None)  # as if both had looked before either wrote
    martin = replace(dupont, id=CabinetId("martin"))
    assert registry.save(martin, None) is None
    assert registry.load("martin") is None


def test_a_source_that_is_given_up_is_free_for_others(registry: TableRegistry, dupont: Cabinet) -> None:
    first = registry.save(dupont, None)
    assert first is not None
    assert registry.save(replace(dupont, sources=(source("dupont-a"), source("dupont-c"))), first.etag)
    assert registry.save(replace(dupont, id=CabinetId("martin"), sources=(source("dupont-b"),)), None)
    assert registry.by_route("blob:account/dupont-c") is not None
    owner = registry.by_source("dupont-b")
    assert owner is not None
    assert owner.id == "martin"


def test_a_removed_cabinet_leaves_nothing(registry: TableRegistry, dupont: Cabinet) -> None:
    saved = registry.save(dupont, None)
    assert saved is not None
    assert registry.remove(dupont.id, saved.etag) is True
    assert registry.by_route("blob:account/dupont-a") is None
    assert list(registry._table.list_entities()) == []


def test_a_change_made_elsewhere_is_seen_when_the_cache_ends(
    registry: TableRegistry, storage: Storage, table: str, now: Now, dupont: Cabinet
) -> None:
    elsewhere = TableRegistry(storage.table, storage.credential, storage.transport, now, table=table)
    assert registry.by_source("dupont-a") is None
    elsewhere.save(dupont, None)
    assert registry.by_source("dupont-a") is None
    assert registry.current("dupont") == dupont, "who has to be certain asks past the cache"
    assert registry.current("nobody") is None
    now.seconds += CACHE_SECONDS
    assert registry.by_source("dupont-a") == dupont


@pytest.mark.parametrize(
    "change",
    [
        {"id": CabinetId("Dupont & Fils")},
        {"sources": (source("same"), source("same"))},
        {"sources": (source("one", "blob:a/b"), source("two", "blob:a/b"))},
        {"sources": (source("Not an id"),)},
        {"sources": tuple(source(f"s{n}") for n in range(46))},
    ],
    ids=["id", "twice an id", "twice a route", "source id", "too many"],
)
def test_a_cabinet_that_cannot_be_stored_is_refused(
    change: dict[str, object], registry: TableRegistry, dupont: Cabinet
) -> None:
    with pytest.raises(Refuse) as refused:
        registry.save(replace(dupont, **change), None)  # type: ignore[arg-type]
    assert refused.value.code == "bad_cabinet"


def test_a_cabinet_of_the_most_sources_can_be_saved_and_turned_over(registry: TableRegistry, dupont: Cabinet) -> None:
    first = registry.save(replace(dupont, sources=tuple(source(f"a{n}") for n in range(45))), None)
    assert first is not None
    half = tuple(source(f"a{n}") for n in range(22)) + tuple(source(f"b{n}") for n in range(22))
    assert registry.save(replace(dupont, sources=half), first.etag) is not None
    assert registry.by_source("b21") is not None
