"""host.json and the sample settings: valid, silent about content, and without a secret."""

import json
import re

import jsonschema
import pytest

from ingestion.settings import Settings
from tests.layout import ROOT

# What the host accepts, written down from its reference: a key that it does not know, it ignores in silence.
SPAN = {"type": "string", "pattern": r"^\d\d:[0-5]\d:[0-5]\d(\.\d+)?$"}
LEVEL = {"enum": ["Trace", "Debug", "Information", "Warning", "Error", "Critical", "None"]}


def strict(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


HOST_SCHEMA = strict(
    {
        "version": {"const": "2.0"},
        "functionTimeout": SPAN,
        "extensionBundle": strict(
            {
                "id": {"const": "Microsoft.Azure.Functions.ExtensionBundle"},
                "version": {"type": "string", "pattern": r"^\[4\.\S*, 5\.0\.0\)$"},
            }
        ),
        "extensions": strict(
            {
                "http": strict({"routePrefix": {"type": "string"}}),
                "queues": strict(
                    {
                        "batchSize": {"type": "integer", "minimum": 1, "maximum": 32},
                        "newBatchThreshold": {"type": "integer", "minimum": 0},
                        "maxDequeueCount": {"type": "integer", "minimum": 1},
                        "visibilityTimeout": SPAN,
                        "maxPollingInterval": SPAN,
                        "messageEncoding": {"enum": ["base64", "none"]},
                    }
                ),
            }
        ),
        "logging": strict(
            {
                "fileLoggingMode": {"enum": ["never", "always", "debugOnly"]},
                "logLevel": {"type": "object", "additionalProperties": LEVEL},
                "applicationInsights": strict(
                    {
                        "samplingSettings": strict(
                            {
                                "isEnabled": {"type": "boolean"},
                                "maxTelemetryItemsPerSecond": {"type": "integer"},
                                "excludedTypes": {"type": "string"},
                            }
                        )
                    }
                ),
            }
        ),
    }
)


def test_host_json_says_nothing_that_the_host_would_ignore() -> None:
    jsonschema.validate(json.loads((ROOT / "host.json").read_text("utf-8")), HOST_SCHEMA)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("queues", "batchsize", 4),
        ("queues", "visibilityTimeout", 10),
        ("queues", "batchSize", 64),
        ("http", "prefix", "x"),
    ],
)
def test_a_mistyped_host_setting_is_found(section: str, key: str, value: object) -> None:
    host = json.loads((ROOT / "host.json").read_text("utf-8"))
    host["extensions"][section][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(host, HOST_SCHEMA)


def test_exceptions_are_never_sampled_away_and_nothing_is_logged_below_a_warning() -> None:
    """The clients of Azure log addresses, and so file names, at Information."""
    logging = json.loads((ROOT / "host.json").read_text("utf-8"))["logging"]
    assert "Exception" in logging["applicationInsights"]["samplingSettings"]["excludedTypes"]
    assert logging["logLevel"]["default"] == logging["logLevel"]["Function"] == "Warning"


def test_sample_settings_connect_by_identity_and_hold_no_secret() -> None:
    values = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    secret = re.compile(r"AccountKey=|SharedAccess|sig=|Password|InstrumentationKey=|[A-Za-z0-9+/]{40,}={0,2}")
    assert {name for name, value in values.items() if secret.search(value)} == set()
    assert "AzureWebJobsStorage" not in values


def test_sample_settings_start_the_worker() -> None:
    values = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    assert Settings.from_environment(values).embedding_model == values["GREFFE_EMBEDDING_MODEL"]


def test_the_host_ends_a_worker_when_the_protocol_says_that_it_is_dead() -> None:
    """The deadline of a claim counts from functionTimeout: a host that waits longer breaks assumption A3."""
    host = json.loads((ROOT / "host.json").read_text("utf-8"))
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    values = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    assert Settings.from_environment(values).function_timeout == hours * 3600 + minutes * 60 + seconds
