"""Whole sources: a message is believed about nothing but the source that it names."""

import io
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from ingestion.drives import Drives
from ingestion.errors import Refuse
from ingestion.intake import WHOLE_SOURCE
from ingestion.model import Cabinet, CabinetId, Change, ChangeKind, DocumentId, Locator, SourceId, SourceKind, SourceRef
from ingestion.ports import FeedPage
from ingestion.reconciliation import Reconciliation
from ingestion.telemetry import start
from tests.unit.test_delivery import CHANGE, Messages
from tests.unit.test_letters import DUPONT

DRIVE = SourceRef(SourceId("dupont-sharepoint"), SourceKind.SHAREPOINT, "drive:b!x", "https://graph", "b!x")
PULL = replace(CHANGE, source=DRIVE.id, document=WHOLE_SOURCE, locator=Locator(""), kind=ChangeKind.LOOK_AGAIN)
ONE = (DocumentId("b" * 26), Locator("c2VhbGVk"))


@dataclass
class Office:
    """The registry with one drive, its feed with one change, and the link that was read to."""

    link: str = "first"
    swapped: list[str] = field(default_factory=list)
    documents: Messages = field(default_factory=Messages)

    def by_id(self, cabinet: str) -> Cabinet | None:
        return None

    def by_source(self, source: str) -> Cabinet | None:
        return replace(DUPONT, sources=(DRIVE,)) if source == DRIVE.id else None

    def by_route(self, route: str) -> tuple[Cabinet, SourceRef] | None:
        return None

    def changes(self, source: SourceRef, link: str | None) -> FeedPage:
        return FeedPage([ONE], "second", last=True)

    def renew(self, source: SourceRef) -> None:
        raise NotImplementedError

    def get(self, source: SourceRef) -> tuple[str | None, str | None]:
        return self.link, "etag"

    def swap(self, source: SourceRef, link: str, expected: str | None) -> bool:
        self.swapped.append(link)
        return True

    def pull(self, change: Change) -> str:
        telemetry = start(None, out=io.StringIO())
        none = cast("Reconciliation", None)
        feeds = {SourceKind.SHAREPOINT: self}
        ids = iter("abcdef")
        drives = Drives(self, feeds, self, none, self.documents, telemetry, lambda: next(ids), {})  # type: ignore[arg-type, return-value]
        return drives.handle(change, Messages())


def test_a_change_is_told_before_the_link_moves_on() -> None:
    office = Office()
    assert office.pull(PULL) == "pulled"
    assert [(it.cabinet, it.document) for it, _ in office.documents.sent] == [("dupont", ONE[0])]
    assert office.swapped == ["second"]


@pytest.mark.parametrize(
    "message", [replace(PULL, cabinet=CabinetId("soleil")), replace(PULL, source=SourceId("nobodys"))]
)
def test_a_message_that_the_registry_does_not_bear_out_moves_no_link(message: Change) -> None:
    """Hints in the name of another cabinet would be refused one by one, and what changed would be lost."""
    office = Office()
    with pytest.raises(Refuse):
        office.pull(message)
    assert (office.swapped, office.documents.sent) == ([], [])
