"""Every night each rebuild goes one step further; one that cannot holds up no other."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from ingestion.adapters.registry import Saved
from ingestion.errors import Retry
from ingestion.model import Cabinet, CabinetId, IndexName, IndexRef
from ingestion.ports import Ledger, Queue
from ingestion.rebuild import Rebuild
from ingestion.rows import Row
from tests.unit.test_letters import DUPONT

FAILING, GOING = replace(DUPONT, id=CabinetId("failing")), replace(DUPONT, id=CabinetId("going"))


@dataclass
class Azure:
    """The registry, the search service and the ledger, of which the first cannot be written for one cabinet."""

    dropped: list[str] = field(default_factory=list)

    def load(self, cabinet: str) -> Saved | None:
        if cabinet == FAILING.id:
            raise Retry("unreachable", "the registry: reading")
        return Saved(GOING, "etag")

    def save(self, cabinet: Cabinet, expected: str | None) -> Saved | None:
        return Saved(cabinet, "next")

    def point(self, alias: str, index: IndexName) -> None:
        raise NotImplementedError

    def drop(self, index: IndexName) -> None:
        self.dropped.append(index)

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        return iter(())


@pytest.mark.parametrize("cabinets", [(FAILING, GOING), (GOING, FAILING)])
def test_a_rebuild_that_cannot_go_on_holds_up_no_other_and_is_told(cabinets: tuple[Cabinet, ...]) -> None:
    azure = Azure()
    none = cast("Queue", None)
    rebuild = Rebuild(azure, lambda _: azure, cast("Ledger", azure), none, none, str, known_after=31.0)  # type: ignore[arg-type]
    with pytest.raises(Retry):
        rebuild.advance_all(cabinets)
    assert azure.dropped == ["dupont-0"]
