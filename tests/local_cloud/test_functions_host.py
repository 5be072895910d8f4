"""The functions host around small apps: HTTP, Event Grid, timers, workers that crash or hang, keys, Easy Auth."""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.functions.bindings import BindingError
from local.functions.indexing import IndexingFailed, describe
from tests.layout import ROOT
from tests.local_cloud.hosted import Hosted, alive, app_in, hosted, until

APP = """
@app.route(route="greet/{name}", auth_level=func.AuthLevel.ANONYMOUS, methods=["GET", "POST"])
def greet(req: func.HttpRequest) -> func.HttpResponse:
    body = f"{req.method} {req.route_params['name']} {req.params.get('q')} {req.get_body().decode()}"
    return func.HttpResponse(body, status_code=201, headers={"X-Reply": req.headers["x-ask"]})

@app.route(route="greet/nobody", auth_level=func.AuthLevel.ANONYMOUS)
def literal(req: func.HttpRequest) -> str:
    return "literal"

@app.route(route="locked")
def locked(req: func.HttpRequest) -> str:
    return "open"

@app.route(route="owner", auth_level=func.AuthLevel.ADMIN)
def owner(req: func.HttpRequest) -> str:
    return "open"

@app.route(route="meet", auth_level=func.AuthLevel.ANONYMOUS)
def meet(req: func.HttpRequest) -> str:
    \"\"\"Returns once another call is here too.\"\"\"
    note("here")
    while NOTES.read_text().count("here") < 2:
        time.sleep(0.01)
    return str(os.getpid())

@app.route(route="pid", auth_level=func.AuthLevel.ANONYMOUS)
async def pid(req: func.HttpRequest, context: func.Context) -> str:
    return f"{os.getpid()} {context.trace_context.trace_parent}"

@app.route(route="fail", auth_level=func.AuthLevel.ANONYMOUS)
def fail(req: func.HttpRequest) -> str:
    raise LookupError("SECRET of Dupont")

@app.route(route="hang", auth_level=func.AuthLevel.ANONYMOUS)
def hang(req: func.HttpRequest) -> str:
    note("hanging", os.getpid())
    time.sleep(600)
    return "never"

@app.event_grid_trigger(arg_name="event")
def on_event(event: func.EventGridEvent) -> None:
    note("event", type(event).__name__, event.id, event.subject)
    if event.id == "bad":
        raise ValueError("SECRET of Dupont")

@app.timer_trigger(arg_name="timer", schedule="%TICK%", use_monitor=False)
def tick(timer: func.TimerRequest) -> None:
    note("tick", timer.past_due)

@app.timer_trigger(arg_name="timer", schedule="0 0 4 * * *", run_on_startup=True)
def nightly(timer: func.TimerRequest) -> None:
    note("nightly", timer.past_due, timer.schedule_status.get("Last") if timer.schedule_status else None)
"""
ENVIRONMENT = {"TICK": "*/1 * * * * *"}
EVENT = {
    "topic": "t",
    "subject": "/blobServices/default/containers/c/blobs/a",
    "eventType": "Microsoft.Storage.BlobCreated",
    "eventTime": "2025-01-01T10:00:00.1234567Z",
    "dataVersion": "1",
    "data": {},
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """One host for the tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("host")
    with hosted(app_in(folder / "app", APP), folder / "home", environment=ENVIRONMENT) as running:
        yield running


def test_an_http_function_gets_the_request_and_answers_it(host: Hosted) -> None:
    answer = host.call("POST", "/api/greet/zo%C3%A9?q=un+deux", "été".encode(), {"X-Ask": "yes"})
    assert (answer.status, answer.body.decode()) == (201, "POST zoé un deux été")
    assert answer.headers["x-reply"] == "yes"


def test_a_literal_route_beats_a_parameter(host: Hosted) -> None:
    assert host.call("GET", "/api/greet/nobody").body == b"literal"


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/api/greet/x"), ("GET", "/api/none"), ("GET", "/greet/x")])
def test_what_no_route_takes_is_404(host: Hosted, method: str, path: str) -> None:
    assert host.call(method, path).status == 404


@pytest.mark.parametrize(("path", "opens"), [("/api/locked", "functions"), ("/api/owner", "master")])
def test_a_function_opens_to_the_key_of_its_level_only(host: Hosted, path: str, opens: str) -> None:
    keys = {"master": host.keys["master"], "functions": host.keys["functions"]["default"]}
    assert host.call("GET", path).status == 401
    assert host.call("GET", f"{path}?code=wrong").status == 401
    assert host.call("GET", path, headers={"x-functions-key": keys["master"]}).status == 200
    assert host.call("GET", f"{path}?code={keys['functions']}").status == (200 if opens == "functions" else 401)


def test_a_function_that_fails_answers_500_and_its_message_stays_out_of_the_hosts_log(host: Hosted) -> None:
    answer = host.call("GET", "/api/fail")
    assert (answer.status, answer.body) == (500, b"")
    until(lambda: "LookupError" in host.log, "the failure is in the log")
    assert "SECRET" not in host.log
    assert host.counts("fail")["failures"] >= 1


def test_calls_overlap_and_are_spread_over_the_workers(host: Hosted) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        pids = [one.body for one in threads.map(lambda _: host.call("GET", "/api/meet"), range(2))]
    assert {int(pid) for pid in pids} == set(host.workers)


def test_a_trace_goes_on_from_the_request_and_starts_where_there_is_none(host: Hosted) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert host.call("GET", "/api/pid", headers={"traceparent": trace}).body.decode().endswith(f" {trace}")
    assert len(host.call("GET", "/api/pid").body.split()[1]) == len(trace)


def test_event_grid_is_answered_with_its_validation_code(host: Hosted) -> None:
    event = {**EVENT, "id": "1", "data": {"validationCode": "a-b-c", "validationUrl": "https://x"}}
    answer = host.event("on_event", [event], "SubscriptionValidation")
    assert (answer.status, json.loads(answer.body)) == (200, {"validationResponse": "a-b-c"})


def test_cloud_events_are_validated_by_options(host: Hosted) -> None:
    key = host.keys["systems"]["eventgrid_extension"]
    path = f"/runtime/webhooks/eventgrid?functionName=on_event&code={key}"
    answer = host.call("OPTIONS", path, headers={"WebHook-Request-Origin": "eventgrid.azure.net"})
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "eventgrid.azure.net")


def test_each_event_of_a_payload_is_an_invocation_and_one_failure_fails_the_payload(host: Hosted) -> None:
    events = [{**EVENT, "id": one} for one in ("e1", "bad", "e2")]
    assert host.event("on_event", events).status == 500
    assert host.event("ON_EVENT", events[:1]).status == 202
    assert [note.split()[2] for note in host.notes if " EventGridEvent " in note and "e1" in note] == ["e1", "e1"]
    assert any("EventGridEvent e2" in note for note in host.notes)


def test_a_single_cloud_event_arrives_as_one(host: Hosted) -> None:
    event = {"specversion": "1.0", "id": "c1", "source": "/s", "type": "t", "subject": "s", "data": {}}
    assert host.event("on_event", event).status == 202
    assert "event CloudEvent c1 s" in host.notes


def test_the_webhook_wants_its_key_a_known_function_and_a_kind(host: Hosted) -> None:
    assert host.event("on_event", [], key="wrong").status == 401
    assert host.event("on_event", [], key=host.keys["functions"]["default"]).status == 401
    assert host.event("greet", []).status == 404
    assert host.event("on_event", [], "Rumour").status == 400


def test_a_timer_fires_every_second_without_being_late(host: Hosted) -> None:
    until(lambda: host.notes.count("tick False") >= 2, "two ticks")


def test_run_on_startup_fires_once_at_the_start(host: Hosted) -> None:
    until(lambda: any(note.startswith("nightly False") for note in host.notes), "the first run")


def test_an_operator_lists_functions_and_runs_one_by_hand(host: Hosted) -> None:
    listed = {one["name"]: one for one in json.loads(host.admin("GET", "functions").body)}
    assert listed["greet"]["invoke_url_template"] == "/api/greet/{name}"
    assert listed["tick"]["config"]["bindings"][0]["schedule"] == "*/1 * * * * *"
    before = sum(note.startswith("nightly") for note in host.notes)
    assert host.admin("POST", "functions/nightly", b"{}").status == 202
    until(lambda: sum(note.startswith("nightly") for note in host.notes) > before, "nightly by hand")
    event = json.dumps({"input": json.dumps({**EVENT, "id": "by-hand"})}).encode()
    assert host.admin("POST", "functions/on_event", event).status == 202
    until(lambda: any("by-hand" in note for note in host.notes), "on_event by hand")


@pytest.mark.parametrize("path", ["/admin/functions", "/admin/host/status"])
def test_the_hosts_own_endpoints_want_the_master_key(host: Hosted, path: str) -> None:
    assert host.call("GET", path).status == 401
    assert host.call("GET", path, headers={"x-functions-key": host.keys["functions"]["default"]}).status == 401


def test_a_worker_that_is_killed_fails_its_call_and_is_replaced(tmp_path: Path) -> None:
    with (
        hosted(app_in(tmp_path / "app", APP), tmp_path / "home", "--workers", "1", environment=ENVIRONMENT) as host,
        concurrent.futures.ThreadPoolExecutor(1) as thread,
    ):
        (first,) = host.workers
        hanging = thread.submit(host.call, "GET", "/api/hang")
        until(lambda: f"hanging {first}" in host.notes, "the call runs")
        os.kill(first, signal.SIGKILL)
        assert hanging.result(30).status == 500
        until(lambda: len(host.workers) == 1, "a worker is back")
        assert host.workers != [first]
        assert host.call("GET", "/api/greet/nobody").status == 200
        assert "WorkerProcessExit" in host.log


def test_a_call_that_overruns_function_timeout_takes_its_worker_and_the_others_in_it_with_it(tmp_path: Path) -> None:
    app = app_in(tmp_path / "app", APP, {"functionTimeout": "00:00:01"})
    with (
        hosted(app, tmp_path / "home", "--workers", "1", environment=ENVIRONMENT) as host,
        concurrent.futures.ThreadPoolExecutor(2) as threads,
    ):
        (first,) = host.workers
        late = threads.submit(host.call, "GET", "/api/hang")
        until(lambda: f"hanging {first}" in host.notes, "the call runs")
        time.sleep(0.5)
        other = threads.submit(host.call, "GET", "/api/hang")
        assert (late.result(30).status, other.result(30).status) == (500, 500)
        until(lambda: host.workers not in ([], [first]), "another worker is there")
        assert "timed-out  FunctionTimeout" in host.log
        assert "crashed  WorkerProcessExit" in host.log


def test_nothing_is_left_when_the_host_stops_or_is_killed(tmp_path: Path) -> None:
    app = app_in(
        tmp_path / "app",
        APP
        + """
import subprocess
note("child", subprocess.Popen(["sleep", "600"]).pid)
""",
    )

    def children(host: Hosted) -> list[int]:
        return [int(note.split()[1]) for note in host.notes if note.startswith("child")] + host.workers

    with hosted(app, tmp_path / "one", environment=ENVIRONMENT) as host:
        started = children(host)
        assert host.stop() == 0
        assert len(started) == 4
        assert not any(alive(pid) for pid in started)
    with hosted(app, tmp_path / "two", environment=ENVIRONMENT) as host:
        started = children(host)
        host.process.kill()
        until(lambda: not any(alive(pid) for pid in started), "the workers follow their host")


def test_a_timer_that_was_due_while_the_host_was_down_fires_at_once_as_past_due(tmp_path: Path) -> None:
    app, home = app_in(tmp_path / "app", APP), tmp_path / "home"
    with hosted(app, home, environment=ENVIRONMENT) as host:
        until(lambda: any(note.startswith("nightly") for note in host.notes), "the run on startup")
        host.stop()
    file = home / "timers" / "nightly.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "next": "2025-01-01T04:00:00+00:00"}))
    with hosted(app, home, environment=ENVIRONMENT) as host:
        until(lambda: any(note.startswith("nightly True") for note in host.notes), "the missed run")


@pytest.mark.parametrize(
    ("setting", "app_environment"),
    [("AzureWebJobs.greet.Disabled", ENVIRONMENT), ("AzureWebJobs__greet__Disabled", ENVIRONMENT)],
)
def test_a_disabled_function_is_listed_and_not_run(
    tmp_path: Path, setting: str, app_environment: dict[str, str]
) -> None:
    app = app_in(tmp_path / "app", APP)
    with hosted(app, tmp_path / "home", "--workers", "1", environment={**app_environment, setting: "true"}) as host:
        assert host.call("GET", "/api/greet/x").status == 404
        assert b'"greet"' in host.admin("GET", "functions").body


def test_describe_tells_every_function_with_its_trigger_as_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    body = """
@app.queue_trigger(arg_name="msg", queue_name="%DOCUMENTS%", connection="GREFFE")
def ingest(msg: func.QueueMessage) -> None:
    pass

@app.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
def poll(timer: func.TimerRequest) -> None:
    pass
"""
    ingest, poll = describe(app_in(tmp_path / "app", body))
    assert (ingest.name, ingest.trigger_type, ingest.queue) == ("ingest", "queueTrigger", "%DOCUMENTS%")
    assert ingest.connection == "GREFFE"
    assert ingest.resolved({"DOCUMENTS": "documents"}).queue == "documents"
    with pytest.raises(BindingError, match="Set the app setting DOCUMENTS"):
        ingest.resolved({})
    assert (poll.trigger_type, poll.schedule) == ("timerTrigger", "0 */5 * * * *")


BROKEN = {
    "wrong annotation": (
        '@app.queue_trigger("m", "q", "C")\ndef f(m: func.TimerRequest) -> None: ...',
        "do not match",
    ),
    "undeclared argument": (
        '@app.queue_trigger("m", "q", "C")\ndef f(m: func.QueueMessage, x: str) -> None: ...',
        "declared in Python but not",
    ),
    "duplicate name": (
        '@app.queue_trigger("m", "q", "C")\ndef f(m: func.QueueMessage) -> None: ...\n' * 2,
        "does not have a unique function name",
    ),
    "missing module": ("import no_such_module", "No module named 'no_such_module'"),
    "syntax": ("def f(:", "SyntaxError"),
    "its own exit": ("raise SystemExit(3)", "ended while it imported"),
}


@pytest.mark.parametrize(("body", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_app_is_refused_with_the_workers_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    with pytest.raises(IndexingFailed, match=message):
        describe(app_in(tmp_path / "app", body))


REFUSED = {
    "broken": ("import no_such_module", {}, "No module named"),
    "schedule": ('@app.timer_trigger("t", "61 * * * * *")\ndef f(t: func.TimerRequest) -> None: ...', {}, "second"),
    "setting": ('@app.timer_trigger("t", "%WHEN%")\ndef f(t: func.TimerRequest) -> None: ...', {}, "app setting WHEN"),
    "connection": (
        '@app.queue_trigger("m", "q", "Docs")\ndef f(m: func.QueueMessage) -> None: ...',
        {},
        "Docs__queueServiceUri",
    ),
    "trigger": (
        '@app.blob_trigger("b", "c/{name}", "Docs")\ndef f(b: func.InputStream) -> None: ...',
        {},
        "has no blobTrigger",
    ),
    "host.json": ("", {"functionTimeout": "soon"}, "functiontimeout"),
}


@pytest.mark.parametrize(("body", "settings", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_the_host_refuses_to_start_what_azure_would_refuse_and_says_why(
    tmp_path: Path, body: str, settings: dict[str, object], message: str
) -> None:
    app = app_in(tmp_path / "app", body, settings)
    finished = subprocess.run(
        [sys.executable, "-m", "local.functions_host", "--app", app, "--home", tmp_path / "home", "--workers", "1"],
        cwd=ROOT,
        env={**os.environ, "NOTES": str(tmp_path / "notes")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 1
    assert message in finished.stderr
    assert finished.stdout == ""
