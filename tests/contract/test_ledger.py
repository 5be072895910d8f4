"""The ledger's guarantees, on real tables: conditional writes that refuse, and answers that get lost on the way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from ingestion.adapters.tables import TableLedger
from ingestion.errors import Retry
from ingestion.model import (
    DocumentId,
    IndexName,
    IndexRef,
    IndexState,
    Locator,
    Nonce,
    Revision,
    SourceId,
    Version,
)
from ingestion.ports import Stored
from ingestion.rows import Erasure, Generation, Parked, Row, State
from tests.contract.conftest import Storage, needs_azurite

pytestmark = needs_azurite

DOCUMENT = DocumentId("a" * 26)
INDEX = IndexRef(IndexName("demo-1"), "https://s.invalid", IndexState.ACTIVE, "1", "model", 64)
OTHER = replace(INDEX, name=IndexName("demo-2"))


@pytest.fixture
def ledger(storage: Storage) -> TableLedger:
    made = TableLedger(storage.table, storage.credential, storage.transport, table=storage.name())
    made.create()
    return made


def generation(nonce: str, state: State = State.LIVE) -> Generation:
    return Generation(Nonce(nonce), state, Version("0x8D"), Revision(3), "message", 1_700_000_000.5, 12)


def row(*nonces: str, document: DocumentId = DOCUMENT) -> Row:
    return Row(document, SourceId("blob"), Locator("bG9j"), tuple(generation(it, State.DEAD) for it in nonces))


def stored(ledger: TableLedger, wanted: Row) -> Stored:
    written = ledger.swap(INDEX, wanted, None)
    assert written is not None
    return written


def test_a_document_without_a_row_has_an_empty_one(ledger: TableLedger) -> None:
    assert ledger.get(INDEX, DOCUMENT) == Stored(Row(DOCUMENT), None)


def test_what_is_written_is_read_back(ledger: TableLedger) -> None:
    whole = Row(
        DOCUMENT,
        SourceId("blob"),
        Locator("bG9j"),
        (generation("n1"), generation("n2", State.DEAD)),
        Parked("encrypted", Version("v"), Revision(2), 17.25),
        Erasure(3.5, ((Nonce("n0"), 4),), 5.0),
    )
    written = stored(ledger, whole)
    assert ledger.get(INDEX, DOCUMENT) == written == Stored(whole, written.etag)


def test_a_second_create_is_refused(ledger: TableLedger) -> None:
    first = stored(ledger, row("n1"))
    assert ledger.swap(INDEX, row("n2"), None) is None
    assert ledger.get(INDEX, DOCUMENT) == first


def test_a_stale_etag_is_refused(ledger: TableLedger) -> None:
    first = stored(ledger, row("n1"))
    second = ledger.swap(INDEX, row("n2"), first.etag)
    assert second is not None
    assert second.etag != first.etag
    assert ledger.swap(INDEX, row("n3"), first.etag) is None
    assert ledger.get(INDEX, DOCUMENT) == second


def test_the_etag_of_a_deleted_and_recreated_row_is_refused(ledger: TableLedger) -> None:
    first = stored(ledger, row("n1"))
    ledger._table.delete_entity(INDEX.name, DOCUMENT)
    assert ledger.swap(INDEX, row("n2"), first.etag) is None
    stored(ledger, row("n1"))
    assert ledger.swap(INDEX, row("n2"), first.etag) is None


def test_rows_of_two_indexes_do_not_meet(ledger: TableLedger) -> None:
    stored(ledger, row("n1"))
    assert ledger.get(OTHER, DOCUMENT).etag is None
    assert list(ledger.scan(OTHER)) == []


def test_of_many_concurrent_increments_none_is_lost(ledger: TableLedger) -> None:
    stored(ledger, row())

    def add(worker: int) -> None:
        for step in range(6):
            while True:
                now = ledger.get(INDEX, DOCUMENT)
                more = replace(now.row, generations=(*now.row.generations, generation(f"{worker}-{step}")))
                if ledger.swap(INDEX, more, now.etag) is not None:
                    break

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    nonces = {it.nonce for it in ledger.get(INDEX, DOCUMENT).row.generations}
    assert nonces == {f"{worker}-{step}" for worker in range(8) for step in range(6)}


def test_of_many_creates_one_wins(ledger: TableLedger) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda it: ledger.swap(INDEX, row(f"n{it}"), None), range(8)))
    assert sum(it is not None for it in answers) == 1


def test_a_scan_passes_every_page_and_only_those_owed_something(
    ledger: TableLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.adapters.tables.PAGE", 7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for letter in letters:
        live = replace(row(), generations=(generation("n1"),), document=DocumentId(letter * 26))
        stored(ledger, live if letter not in "fq" else row("n1", document=DocumentId(letter * 26)))
    assert [it.document[0] for it in ledger.scan(INDEX)] == list(letters)
    assert [it.document[0] for it in ledger.scan(INDEX, attention=True)] == ["f", "q"]


def test_a_row_beyond_the_services_limit_is_not_sent(ledger: TableLedger) -> None:
    with pytest.raises(Retry) as refused:
        ledger.swap(INDEX, replace(row(), locator=Locator("x" * 40_000)), None)
    assert refused.value.code == "ledger_row_too_large"


def test_a_missing_table_is_an_error_and_not_an_empty_ledger(storage: Storage) -> None:
    nowhere = TableLedger(storage.table, storage.credential, storage.transport, table=storage.name())
    with pytest.raises(Retry, match="does not exist"):
        nowhere.get(INDEX, DOCUMENT)
    for expected in (None, 'W/"anything"'):
        with pytest.raises(Retry, match="does not exist"):
            nowhere.swap(INDEX, row("n1"), expected)


def losing(ledger: TableLedger, monkeypatch: pytest.MonkeyPatch, how: str, lands: bool) -> None:
    """The next write loses its answer, after it landed or before."""
    create = ledger._table.create_entity

    def lost(entity: dict[str, object], **options: Any) -> None:
        if lands:
            create(entity, **options)
        if how == "no answer":
            raise ServiceResponseError("https://…/Divorce Dupont")
        error = HttpResponseError("https://…/Divorce Dupont")
        error.status_code = 503
        raise error

    monkeypatch.setattr(ledger._table, "create_entity", lost)


@pytest.mark.parametrize("how", ["no answer", "503"])
def test_a_lost_answer_is_looked_for_and_found(how: str, ledger: TableLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    losing(ledger, monkeypatch, how, lands=True)
    assert ledger.swap(INDEX, row("n1"), None) == ledger.get(INDEX, DOCUMENT)


@pytest.mark.parametrize("how", ["no answer", "503"])
def test_a_lost_write_is_never_called_refused(how: str, ledger: TableLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    losing(ledger, monkeypatch, how, lands=False)
    with pytest.raises(Retry) as unknown:
        ledger.swap(INDEX, row("n1"), None)
    assert unknown.value.code == "ledger_unknown"
    assert "Dupont" not in str(unknown.value)
