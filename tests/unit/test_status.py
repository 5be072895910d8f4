"""What a status says of a cabinet while a rebuild fills a second index: what is parked there is seen, too."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import pytest

from ingestion.adapters.build import Services
from ingestion.errors import Park, ParkReason, Retry
from ingestion.locators import seal
from ingestion.model import (
    Cabinet,
    CabinetId,
    Head,
    IndexRef,
    IndexState,
    Locator,
    SourceId,
    SourceKind,
    SourceRef,
    Version,
)
from operations import names, status
from tests.unit.test_letters import DUPONT, Ledger, parked


@dataclass
class Office:
    """What a status needs of the services, where no document has a flag and no source is followed."""

    ledger: Ledger
    audited: list[tuple[str, str]] = field(default_factory=list)

    @property
    def index(self) -> "Office":
        return self

    @property
    def audit(self) -> "Office":
        return self

    def search_admin(self, endpoint: str) -> "Office":
        return self

    def count(self, index: str) -> int:
        return 0

    def flagged(self, index: IndexRef, flags: object) -> list[object]:
        return []

    def record(self, cabinet: str, action: str, **fields: object) -> None:
        self.audited.append((cabinet, action))

    def status(self, cabinet: Cabinet, *, names: bool = False) -> status.CabinetStatus:
        return status.of_cabinet(cast("Services", self), cabinet, names=names)


ROWS = {"dupont-1": [parked("a")], "dupont-2": [parked("b")], "dupont-0": [parked("c")]}


def test_what_is_parked_in_the_index_that_is_being_built_is_told_and_in_the_one_that_goes_is_not() -> None:
    told = Office(Ledger(ROWS)).status(DUPONT)
    assert [(it.document, it.index) for it in told.parked] == [("a", "dupont-1"), ("b", "dupont-2")]
    assert [it.state for it in told.indexes] == [IndexState.ACTIVE, IndexState.BUILDING, IndexState.RETIRING]


def test_a_cabinet_whose_service_is_away_is_named_and_hides_no_other() -> None:
    class Away(Office):
        def search_admin(self, endpoint: str) -> Office:
            if endpoint == "https://away":
                raise Retry("forbidden", "the search service: counting: 403.")
            return self

    gone = replace(DUPONT, id=CabinetId("soleil"), indexes=(replace(DUPONT.active, endpoint="https://away"),))
    states, failed = status.of_each(cast("Services", Away(Ledger(ROWS))), [gone, DUPONT], names=False)
    assert [it.cabinet for it in states] == ["dupont"]
    assert {name: failure.code for name, failure in failed.items()} == {"soleil": "forbidden"}


@pytest.mark.parametrize("names", [True, False])
def test_names_are_audited_and_a_source_that_is_gone_has_none(names: bool) -> None:
    office = Office(Ledger(ROWS))
    assert {it.name for it in office.status(DUPONT, names=names).parked} == {None}
    assert office.audited == ([("dupont", "names_shown")] if names else [])


DRIVE = SourceRef(SourceId("d-sp"), SourceKind.SHAREPOINT, "drive:b!x", "https://graph", "b!x")
HEAD = Head(Version("v"), 1, "Bail.pdf", "Clients/Dupont", "application/pdf", datetime.now(UTC), ())


@dataclass
class Library:
    """A library, and what it says of a document."""

    says: Head | Exception | None

    @property
    def sources(self) -> dict[SourceKind, "Library"]:
        return {SourceKind.SHAREPOINT: self}

    def head(self, source: SourceRef, locator: Locator) -> Head | None:
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.mark.parametrize(
    ("says", "name"),
    [
        (HEAD, "Clients/Dupont/Bail.pdf"),
        (replace(HEAD, folder=""), "Bail.pdf"),
        (None, None),
        (Park(ParkReason.FORBIDDEN), None),
        (Retry("unreachable", "Graph"), None),
    ],
)
def test_a_name_in_a_library_is_its_path_there_and_no_id_of_an_item(
    says: Head | Exception | None, name: str | None
) -> None:
    cabinet = replace(DUPONT, sources=(DRIVE,))
    assert names.shown(cast("Services", Library(says)), cabinet, DRIVE.id, Locator("sealed")) == name


def test_a_name_is_the_one_that_the_other_commands_take() -> None:
    """Less the prefix, as `greffe rm` and `greffe erase --name` add it again."""
    source = SourceRef(SourceId("d-blob"), SourceKind.BLOB, "blob:a/b", "https://a", "b", prefix="Clients/")
    cabinet = replace(DUPONT, sources=(source,))

    @dataclass
    class Keys:
        @property
        def keys(self) -> "Keys":
            return self

        def secret(self, cabinet: Cabinet) -> bytes:
            return b"k" * 32

    locator = seal(b"k" * 32, source.id, "Clients/Bail.pdf")
    assert names.shown(cast("Services", Keys()), cabinet, source.id, locator) == "Bail.pdf"
