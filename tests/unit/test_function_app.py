"""The triggers, without a host: which there are, what they are bound to, how events are read, what a start costs."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import cast

import azure.functions as func
import pytest

import function_app
from ingestion.adapters.build import BULK, DOCUMENTS, DRIVES
from ingestion.events import sightings
from tests.layout import ROOT
from tests.unit.test_events import DEAD, NAMES, RAISED, TOPIC, as_cloud_event, blob_event
from tests.unit.test_settings import GOOD

HEAVY = (
    "presidio_analyzer", "spacy", "openai", "msgraph", "pypdf", "pypdfium2", "tiktoken", "numpy", "lxml",
    "azure.search",
)  # fmt: skip
TRIGGERS: Mapping[str, Mapping[str, object]] = {
    "on_blob_event": {"type": "eventGridTrigger"},
    "on_graph_event": {"type": "eventGridTrigger"},
    "ingest_document": {"type": "queueTrigger", "queueName": DOCUMENTS, "connection": "GREFFE_STORAGE"},
    "ingest_document_bulk": {"type": "queueTrigger", "queueName": BULK, "connection": "GREFFE_STORAGE"},
    "pull_drive_changes": {"type": "queueTrigger", "queueName": DRIVES, "connection": "GREFFE_STORAGE"},
    "tidy": {"type": "timerTrigger", "schedule": "0 */5 * * * *"},
    "poll_drives": {"type": "timerTrigger", "schedule": "0 */5 * * * *"},
    "renew_subscriptions": {"type": "timerTrigger", "schedule": "0 0 */6 * * *"},
    "reconcile_cabinets": {"type": "timerTrigger", "schedule": "0 0 1 * * *"},
    "reindex_stale": {"type": "timerTrigger", "schedule": "0 0 3 * * *"},
    "retention": {"type": "timerTrigger", "schedule": "0 30 4 * * *"},
    "on_graph_notification": {"type": "httpTrigger", "route": "graph/notifications", "authLevel": "FUNCTION"},
    "search": {"type": "httpTrigger", "route": "cabinets/{cabinet}/search", "authLevel": "FUNCTION"},
}


@cache  # azure.functions lists an app once, and calls a second listing a duplicate
def triggers() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for one in function_app.app.get_functions():
        declared = json.loads(one.get_function_json())
        [trigger] = [it for it in declared["bindings"] if it["type"].endswith("Trigger")]
        found[str(one.get_function_name())] = trigger
    return found


def test_the_app_has_these_triggers_and_no_others() -> None:
    declared = triggers()
    assert set(declared) == set(TRIGGERS)
    for name, wanted in TRIGGERS.items():
        assert {key: declared[name].get(key) for key in wanted} == wanted, name


def test_the_search_is_asked_by_post_only() -> None:
    assert [str(it) for it in triggers()["search"]["methods"]] == ["POST"]  # type: ignore[attr-defined]


def test_every_queue_has_exactly_one_reader() -> None:
    read = [it["queueName"] for it in triggers().values() if it["type"] == "queueTrigger"]
    assert sorted(map(str, read)) == sorted([DOCUMENTS, BULK, DRIVES])


# Both classes of an event, as the worker makes them

EVENTS = [
    *(blob_event("BlobCreated", name, api="PutBlob", url="https://…") for name in NAMES),
    blob_event("BlobRenamed", "b.pdf", sourceUrl="https://cabinets.dfs.core.windows.net/dupont/a.pdf"),
    blob_event("DirectoryDeleted", "Clients"),
    {
        **blob_event("", ""),
        "eventType": "Microsoft.Graph.DriveItemUpdated",
        "subject": "drives",
        "data": {"resource": "drives/b!x/root"},
    },
]


def event_grid_event(event: Mapping[str, object]) -> func.EventGridEvent:
    return func.EventGridEvent(
        id="e1",
        data=cast("dict[str, object]", event["data"]),
        topic=TOPIC,
        subject=str(event["subject"]),
        event_type=str(event["eventType"]),
        event_time=datetime.fromtimestamp(RAISED, UTC),
        data_version="",
    )


def cloud_event(event: Mapping[str, object]) -> func.CloudEvent:
    return func.CloudEvent(
        id="e1",
        source=TOPIC,
        type=str(event["eventType"]),
        subject=str(event["subject"]),
        time=datetime.fromtimestamp(RAISED, UTC),
        data=event["data"],
        specversion="1.0",
    )


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_of_either_class_says_what_it_said_on_the_wire(event: Mapping[str, object]) -> None:
    """The worker decodes by payload, so each class arrives under each annotation."""
    wanted = sightings(event)
    assert wanted
    assert sightings(function_app._plain(event_grid_event(event))) == wanted
    assert sightings(function_app._plain(cloud_event(event))) == wanted
    assert sightings(as_cloud_event(event)) == wanted
    assert sightings({**event, **DEAD}) == wanted


def test_an_event_without_a_time_is_read_all_the_same() -> None:
    event = event_grid_event(EVENTS[0])
    timeless = func.EventGridEvent(
        id="e", data=event.get_json(), topic=event.topic, subject=event.subject, event_type=event.event_type,
        event_time=None, data_version="",
    )  # fmt: skip
    assert sightings(function_app._plain(timeless))[0].raised_at == 0.0


# What a start costs

INTAKE = """
import json, sys
from dataclasses import replace

import function_app
from tests.unit.test_events import blob_event
from tests.unit.test_intake import Messages, OneCabinet, OneSecret

intake = function_app.services().intake
documents = Messages()
real = replace(intake, registry=OneCabinet(), keys=OneSecret(), documents=documents)
real.receive(blob_event("BlobCreated", "Divorce Dupont.pdf", api="PutBlob"))
assert len(documents.sent) == 1
print(json.dumps(sorted(sys.modules)))
"""


def test_an_instance_that_takes_an_event_in_loads_nothing_heavy() -> None:
    """The real intake with its real clients, less the network; `tests` itself brings pytest in, and nothing heavy."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(INTAKE)],
        cwd=ROOT,
        env={**GOOD, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    loaded = set(json.loads(ended.stdout))
    assert {name for name in HEAVY if name in loaded} == set()
    assert "azure.storage.queue" in loaded
    assert "Dupont" not in ended.stderr


def test_an_import_alone_needs_no_settings_and_no_client() -> None:
    code = "import sys, function_app; print('azure.data.tables' in sys.modules, 'azure.identity' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.split() == ["False", "False"]
