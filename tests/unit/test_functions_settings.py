"""host.json as the local functions host reads it."""

import json
import logging
from pathlib import Path

import pytest

from local.functions.host_json import HostFileError, HostSettings, QueueSettings, read, seconds


def settings_of(folder: Path, content: object, environment: dict[str, str] | None = None) -> HostSettings:
    (folder / "host.json").write_text(json.dumps(content))
    return read(folder, environment or {})


def test_what_host_json_leaves_out_is_as_in_azure(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"version": "2.0"})
    assert settings == HostSettings(1800.0, "api", logging.INFO, QueueSettings(16, 8, 5, 0.0, 60.0, base64=True))


def test_every_setting_is_read_whatever_its_case(tmp_path: Path) -> None:
    queues = {
        "BatchSize": 4,
        "newBatchThreshold": 2,
        "maxDequeueCount": 3,
        "visibilityTimeout": "00:00:10",
        "maxPollingInterval": "00:00:02.5",
        "messageEncoding": "none",
    }
    content = {
        "version": "2.0",
        "functionTimeout": "01:00:00",
        "logging": {"logLevel": {"default": "Warning"}},
        "extensions": {"queues": queues, "http": {"routePrefix": ""}},
    }
    expected = HostSettings(3600.0, "", logging.WARNING, QueueSettings(4, 2, 3, 10.0, 2.5, base64=False))
    assert settings_of(tmp_path, content) == expected


def test_a_new_batch_is_fetched_at_half_a_batch_by_default(tmp_path: Path) -> None:
    content = {"version": "2.0", "extensions": {"queues": {"batchSize": 6}}}
    assert settings_of(tmp_path, content).queues.new_batch_threshold == 3


def test_an_app_setting_stands_over_the_file(tmp_path: Path) -> None:
    environment = {"AzureFunctionsJobHost__extensions__queues__batchSize": "1"}
    assert settings_of(tmp_path, {"version": "2.0"}, environment).queues.batch_size == 1


def test_a_function_may_run_for_ever(tmp_path: Path) -> None:
    assert settings_of(tmp_path, {"version": "2.0", "functionTimeout": "-1"}).function_timeout is None


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({}, "version"),
        ({"version": "2.0", "functionTimeout": 10}, "functiontimeout"),
        ({"version": "2.0", "extensions": {"queues": {"batchSize": 33}}}, "batchsize"),
        ({"version": "2.0", "extensions": {"queues": {"maxPollingInterval": 2000}}}, "maxpollinginterval"),
        ({"version": "2.0", "extensions": {"queues": {"messageEncoding": "utf8"}}}, "messageencoding"),
        ({"version": "2.0", "logging": {"logLevel": {"default": "Loud"}}}, "loglevel"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, content: object, named: str) -> None:
    with pytest.raises(HostFileError, match=named):
        settings_of(tmp_path, content)


def test_a_missing_or_damaged_file_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(HostFileError, match=r"No host\.json"):
        read(tmp_path, {})
    (tmp_path / "host.json").write_text("{\n  oops")
    with pytest.raises(HostFileError, match="line 2"):
        read(tmp_path, {})


@pytest.mark.parametrize(
    ("span", "expected"),
    [("00:00:30", 30.0), ("1.02:00:00", 93_600.0), ("00:05", 300.0), ("00:00:00.1", 0.1), ("30", None), ("x", None)],
)
def test_a_time_span_is_dotnets(span: str, expected: float | None) -> None:
    assert seconds(span) == expected
