"""Small worlds: one quick enough to be explored whole each time, and ways through others that once ended badly."""

from dataclasses import dataclass, field

import pytest

from ingestion.rows import Asked
from tests.simulation.exhaustive import QUICK, Scope, State, World, explore


@dataclass(slots=True)
class Way:
    """One way through a small world, told by who goes on."""

    world: World
    at: State = field(default_factory=State)

    def happens(self, label: str) -> None:
        self.at = next(after for it, after in self.world.steps(self.at) if it == label)

    def goes_on(self, message: str, which: int = 0, *, fails: bool = False) -> str:
        """One call of the `which`-th worker that handles this message."""
        handling = [it for it in self.at.runs if it.message.id == message][which]
        others = tuple(it for it in self.at.runs if it is not handling)
        steps = self.world._asks(self.at, handling, others)
        label, self.at = next(it for it in steps if fails == it[0].endswith(" fails") or it[0] == f"{message} fails")
        return label

    def ends(self, message: str, which: int = 0) -> None:
        while self.goes_on(message, which) not in (f"{message} is acknowledged", f"{message} fails"):
            pass


@pytest.mark.parametrize("scope", QUICK, ids=lambda it: it.name)
def test_no_interleaving_of_a_small_world_breaks_it(scope: Scope) -> None:
    found = explore(scope)
    assert found.broken == "", found.path
    assert found.whole


def test_no_hint_is_lost_with_an_attempt_whose_message_another_delivery_was_done_with() -> None:
    scope = Scope("", ("v1", "v2"), redeliveries=1, errors=1)
    way = Way(World(scope))
    way.happens("the source changes")
    way.happens("deliver e0")
    way.happens("deliver e0")
    way.ends("e0", 1)  # the message is acknowledged while its first delivery still sleeps
    way.happens("the source changes")
    while not (way.at.row and way.at.row.open):
        way.goes_on("e0")
    way.happens("deliver e1")
    way.ends("e1")  # left with the attempt of a message that is gone
    assert way.at.row.asked is Asked.SAME
    way.goes_on("e0", fails=True)
    way.ends("e0")
    found = explore(scope, start=way.at)
    assert found.broken == "", found.path
    assert found.whole
