"""How often a queue is asked."""

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from local.functions.pace import MINIMUM, Pace, longer


@given(st.floats(MINIMUM, 60), st.floats(MINIMUM, 60))
def test_a_pause_grows_and_never_beyond_its_limit(pause: float, longest: float) -> None:
    grown = longer(pause, longest)
    assert grown <= longest
    assert grown > pause or grown == longest


def test_a_poller_that_found_something_asks_again_at_once() -> None:
    pace = Pace(3600)
    pace.unreachable()
    pace.found()
    assert pace.wait()


def test_a_nudge_wakes_a_poller_that_had_gone_quiet() -> None:
    pace = Pace(3600)
    pace.unreachable()
    threading.Timer(0.05, pace.nudge, [0.0]).start()
    assert pace.wait()


def test_a_nudge_never_delays_the_next_question() -> None:
    pace = Pace(3600)
    pace.found()
    pace.nudge(3600)
    assert pace.wait()


def test_a_stopped_poller_asks_no_more() -> None:
    pace = Pace(3600)
    pace.unreachable()
    threading.Timer(0.05, pace.stop).start()
    assert not pace.wait()


def test_an_empty_queue_is_not_asked_at_once_again() -> None:
    pace = Pace(3600)
    before = time.monotonic()
    pace.empty()
    assert pace.wait()
    assert time.monotonic() - before >= MINIMUM
