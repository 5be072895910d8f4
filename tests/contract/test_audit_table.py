"""The audit log on real tables: a chain that does not fork, read newest first, each cabinet by itself."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from azure.core.rest import HttpRequest

from ingestion.adapters.audit import TableAudit
from ingestion.adapters.transport import SharedTransport
from ingestion.audit import first_break
from ingestion.errors import Retry
from tests.contract.conftest import Storage, needs_azurite

pytestmark = needs_azurite


@pytest.fixture(scope="module")
def audit(storage: Storage) -> TableAudit:
    ticks = count(1_700_000_000)
    made = TableAudit(storage.table, storage.credential, storage.transport, lambda: float(next(ticks)), "0b1c-operator")
    made.create()
    made.create()
    return made


def test_what_is_recorded_is_read_back_newest_first(audit: TableAudit, storage: Storage) -> None:
    cabinet = storage.name()
    audit.record(cabinet, "onboarded", index="demo-1")
    audit.record(cabinet, "erased", document="a" * 26, rows=3, share=0.5)
    newest, oldest = audit.newest_first(cabinet)
    assert (newest.sequence, newest.action, newest.actor) == (1, "erased", "0b1c-operator")
    assert dict(newest.fields) == {"document": "a" * 26, "rows": 3, "share": 0.5}
    assert (oldest.sequence, oldest.action) == (0, "onboarded")
    assert newest.previous == oldest.hash
    assert newest.at > oldest.at


def test_a_cabinet_without_entries_has_an_empty_log(audit: TableAudit, storage: Storage) -> None:
    assert list(audit.newest_first(storage.name())) == []


def test_two_cabinets_have_two_chains(audit: TableAudit, storage: Storage) -> None:
    one, other = storage.name(), storage.name()
    for cabinet in (one, other, one):
        audit.record(cabinet, "erased")
    assert [it.sequence for it in audit.newest_first(one)] == [1, 0]
    assert [it.sequence for it in audit.newest_first(other)] == [0]


def test_many_writers_at_once_make_one_whole_chain(audit: TableAudit, storage: Storage) -> None:
    cabinet = storage.name()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda it: audit.record(cabinet, "erased", rows=it), range(16)))
    entries = list(audit.newest_first(cabinet))[::-1]
    assert first_break(entries) is None
    assert sorted(int(it.fields["rows"]) for it in entries) == list(range(16))


def test_an_entry_that_somebody_changed_in_the_table_breaks_the_chain(audit: TableAudit, storage: Storage) -> None:
    cabinet = storage.name()
    for rows in range(3):
        audit.record(cabinet, "erased", rows=rows)
    [target] = [
        it for it in audit._table.query_entities(f"PartitionKey eq '{cabinet}'") if '"sequence":1,' in it["entry"]
    ]
    audit._table.update_entity({**target, "entry": target["entry"].replace('"rows":1', '"rows":7')})
    assert first_break(list(audit.newest_first(cabinet))[::-1]) == 2


def test_an_entry_that_somebody_deleted_from_the_table_breaks_the_chain(audit: TableAudit, storage: Storage) -> None:
    cabinet = storage.name()
    for rows in range(3):
        audit.record(cabinet, "erased", rows=rows)
    oldest = list(audit._table.query_entities(f"PartitionKey eq '{cabinet}'"))[-1]
    audit._table.delete_entity(oldest)
    assert first_break(list(audit.newest_first(cabinet))[::-1]) == 0


class LosesAnAnswer(SharedTransport):
    """A transport whose first write lands and is answered 503 all the same: the SDK then sends it again."""

    def __init__(self) -> None:
        super().__init__()
        self.loses = 1

    def send(self, request: HttpRequest, **options: Any) -> Any:
        response = super().send(request, **options)
        if request.method == "POST" and self.loses:
            self.loses -= 1
            response.status_code = 503
        return response


def test_an_entry_whose_answer_was_lost_is_written_once(audit: TableAudit, storage: Storage) -> None:
    cabinet, transport = storage.name(), LosesAnAnswer()
    TableAudit(storage.table, storage.credential, transport, lambda: 1.0, "x").record(cabinet, "erased")
    assert transport.loses == 0
    assert [it.sequence for it in audit.newest_first(cabinet)] == [0]
    transport.session.close()


def test_a_log_that_cannot_be_written_is_an_error(audit: TableAudit) -> None:
    """What must be provable is not lost in silence."""
    audit._table.delete_table()
    with pytest.raises(Retry) as missing:
        audit.record("dupont", "erased")
    assert missing.value.code == "missing"
    audit.create()
