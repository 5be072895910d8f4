"""What two orders of one document, and somebody who read its row in between, may do to each other."""

import pytest

from ingestion.model import ChangeKind
from ingestion.ports import Stored
from tests.simulation.chance import CALM, Chance
from tests.simulation.story import Story


@pytest.fixture
def story() -> Story:
    """A document that is there, in calm weather."""
    story = Story(Chance.of_seed(1), CALM)
    story.set_scene(small=True)
    story.change(story.first)
    story.world.run()
    return story


@pytest.mark.parametrize("order", [ChangeKind.HOLD, ChangeKind.UNHOLD])
def test_an_order_asked_for_again_refuses_whoever_read_the_row_before(story: Story, order: ChangeKind) -> None:
    """Who follows the index that was the active one may be about to let go of a hold that is ordered anew."""
    _obeyed(story, order)
    before = _stored(story)
    _obeyed(story, order)
    assert _stored(story).row == before.row
    assert _stored(story).etag != before.etag


def _obeyed(story: Story, order: ChangeKind) -> None:
    story.order(story.first, order)
    story.world.run()


def _stored(story: Story) -> Stored:
    document = story.first
    [index] = story.office.registrations.current(document.cabinet).indexes
    return story.office.ledger.peek(index, document.id)
