"""The whole: bad weather for so long and until so many kills; then quiet, and the judgement."""

import os
import random
import time
from contextlib import closing
from pathlib import Path

from ingestion.adapters.build import Services
from ingestion.settings import Settings
from local.cloud import Cloud
from tests.chaos.judge import Judge
from tests.chaos.people import People
from tests.chaos.weather import Weather

LIFETIME = {"GREFFE_FUNCTION_TIMEOUT_SECONDS": "60", "GREFFE_IN_FLIGHT_SECONDS": "5"}  # seconds; quarantines stay short
HOST_TIMEOUT = {"AzureFunctionsJobHost__functionTimeout": "00:01:00"}
MUST_BE_ZERO = (
    "unfinished", "divergences", "resurrections", "foreign_writes", "lost_events", "orphan_chunks", "content_leaked",
    "erased_text_found", "erased_without_receipt", "held_erased",
)  # fmt: skip


def run(home: Path, *, seconds: float, kills: int, seed: int) -> dict[str, int]:
    cloud = Cloud(home / "cloud")
    cloud.environment.update({**LIFETIME, **HOST_TIMEOUT})
    with cloud:
        cloud.turn(time_scale=50.0, duplicate_share=0.1, disorder_seconds=2.0)
        os.environ.update(cloud.environment)
        with closing(Services(Settings.from_environment(os.environ), operator=True)) as services:
            people = People(services, random.Random(seed), home)
            people.onboard()
            weather = Weather(cloud, random.Random(~seed))
            _live_through(people, weather, seconds, kills)
            return _judged(Judge(cloud, people), people, weather)


def _live_through(people: People, weather: Weather, seconds: float, kills: int) -> None:
    weather.begin()
    end = time.monotonic() + seconds
    try:
        while weather.broken is None and (time.monotonic() < end or weather.counts["kills"] < kills):
            people.act()
            time.sleep(people.chance.uniform(0.0, 0.6))
    finally:
        weather.end()


def _judged(judge: Judge, people: People, weather: Weather) -> dict[str, int]:
    counts = dict.fromkeys(MUST_BE_ZERO, 0)
    counts["unfinished"] += not judge.settle()
    counts["lost_events"] += judge.lost_events()
    counts["unfinished"] += not judge.compare()
    left = {f"waiting_{name}": n for name, n in judge.waiting().items() if n}
    return {"kills": 0, **counts, **judge.verdict(), **weather.counts, **people.counts, **left}
