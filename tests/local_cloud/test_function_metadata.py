"""Microsoft's own worker on this repository's app: it indexes what is declared, and refuses a copy that is broken."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.functions.bindings import FunctionDescription
from local.functions.indexing import IndexingFailed, describe
from local.functions.ncrontab import parse
from tests.layout import DEPLOYED_FILES, DEPLOYED_FOLDERS, ROOT
from tests.unit.test_function_app import TRIGGERS


@pytest.fixture(scope="module")
def indexed() -> Mapping[str, FunctionDescription]:
    return {one.name: one for one in describe(ROOT)}


def test_the_worker_indexes_exactly_the_declared_functions(indexed: Mapping[str, FunctionDescription]) -> None:
    assert set(indexed) == set(TRIGGERS)


def test_every_function_is_bound_as_declared_and_to_nothing_else(indexed: Mapping[str, FunctionDescription]) -> None:
    for name, declared in TRIGGERS.items():
        one = indexed[name]
        properties = {**one.trigger.properties, "type": one.trigger_type}
        assert {key: str(properties.get(key)).lower() for key in declared} == {
            key: str(value).lower() for key, value in declared.items()
        }, name
        others = [(it.type, it.direction) for it in one.bindings[1:]]
        assert others == ([("http", "out")] if one.trigger_type == "httpTrigger" else []), name


def test_every_queue_trigger_speaks_to_greffes_own_storage(indexed: Mapping[str, FunctionDescription]) -> None:
    connections = {one.connection for one in indexed.values() if one.trigger_type == "queueTrigger"}
    assert connections == {"GREFFE_STORAGE"}


def test_every_schedule_is_one(indexed: Mapping[str, FunctionDescription]) -> None:
    """The worker does not read it, and Azure would only say so at run time."""
    schedules = [one.schedule for one in indexed.values() if one.trigger_type == "timerTrigger"]
    assert [parse(it) for it in schedules]


def copy(folder: Path, function_app: str) -> Path:
    """The app as it is deployed, with another function_app.py."""
    folder.mkdir()
    for name in DEPLOYED_FOLDERS:
        (folder / name).symlink_to(ROOT / name)
    for name in DEPLOYED_FILES:
        shutil.copy(ROOT / name, folder / name)
    (folder / "function_app.py").write_text(function_app)
    return folder


WHOLE = (ROOT / "function_app.py").read_text()


def test_the_copy_that_is_broken_below_is_whole_before(tmp_path: Path) -> None:
    assert {one.name for one in describe(copy(tmp_path / "app", WHOLE))} == set(TRIGGERS)


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("def tidy(timer: func.TimerRequest)", "def tidy(time: func.TimerRequest)"),  # no such binding
        ("def poll_drives(", "def tidy("),  # the name of another
        ("def tidy(timer: func.TimerRequest)", "def tidy(timer: func.QueueMessage)"),  # another trigger's type
        ('@app.timer_trigger(arg_name="timer", schedule="0 30 4 * * *")\n', "@app.function_name('retention')\n"),
    ],
)
def test_a_broken_copy_is_refused(whole: str, broken: str, tmp_path: Path) -> None:
    assert WHOLE.count(whole) == 1
    with pytest.raises(IndexingFailed):
        describe(copy(tmp_path / "app", WHOLE.replace(whole, broken)))
