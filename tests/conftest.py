"""What holds for every run: a file's tests stay in one worker, and all of `tests/local_cloud/` in the same one.

Two local clouds at once would only slow each other down. xdist's own groups (`--dist loadgroup`) do nothing, without a
word, under pytest 9.2 (pytest-xdist issue 1386), so the grouping is ours: by folder.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

TOGETHER = "tests/local_cloud/"


class OneCloud(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)  # absent when a run is made without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneCloud | None:
    return OneCloud(config, log) if config.getoption("dist") == "loadfile" else None
