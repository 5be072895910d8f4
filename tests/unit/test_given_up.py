"""What was given up on is told by counts, place by place, and only where there is something."""

import io
import json

from ingestion.given_up import GivenUp
from ingestion.telemetry import start


def test_each_place_that_holds_something_is_told_and_no_other() -> None:
    told = io.StringIO()
    places = {"documents": lambda: 3, "documents_bulk": lambda: 0, "dead_letters": lambda: 40}
    assert GivenUp(places, start(None, out=told)).tell() == 43
    spans = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [(it["name"], it["kind"], it["rows"]) for it in spans] == [
        ("given_up", "documents", 3),
        ("given_up", "dead_letters", 40),
    ]
