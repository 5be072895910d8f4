"""The triggers: a binding comes in, a use case is called. No logic, and no exception that could quote a document.

Every import of weight waits in `ingestion.adapters.build` until a use case needs it: an instance that only takes events
in starts in a fraction of a second.
"""

import json
from collections.abc import Mapping

import azure.functions as func

from ingestion.adapters.build import services
from ingestion.failures import leaves_stripped

app = func.FunctionApp()

STORAGE = "GREFFE_STORAGE"  # prefix of the identity-based connection's settings


# Events: translated, sealed and enqueued within milliseconds


@app.event_grid_trigger(arg_name="event")
@leaves_stripped
def on_blob_event(event: func.EventGridEvent) -> None:
    """Blob storage: created, deleted, renamed; from the account's system topic."""
    services().intake.receive(_plain(event))


@app.event_grid_trigger(arg_name="event")
@leaves_stripped
def on_graph_event(event: func.EventGridEvent) -> None:
    """SharePoint: something changed in a drive; from Microsoft Graph's partner topic."""
    services().intake.receive(_plain(event))


# Queues: the work


@app.queue_trigger(arg_name="message", queue_name="documents", connection=STORAGE)
@leaves_stripped
def ingest_document(message: func.QueueMessage) -> None:
    """One document, after a fresh event."""
    services().ingest(message.get_body().decode())


@app.queue_trigger(arg_name="message", queue_name="documents-bulk", connection=STORAGE)
@leaves_stripped
def ingest_document_bulk(message: func.QueueMessage) -> None:
    """One document of a backfill, a rebuild or a comparison."""
    services().ingest_bulk(message.get_body().decode())


@app.queue_trigger(arg_name="message", queue_name="drives", connection=STORAGE)
@leaves_stripped
def pull_drive_changes(message: func.QueueMessage) -> None:
    """One source as a whole: its delta is read, or it is compared."""
    services().pull(message.get_body().decode())


# Timers (NCRONTAB: seconds first, UTC)


@app.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
@leaves_stripped
def tidy(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name must be a parameter
    """Rows to which a commit, a sweep or a receipt is owed; pages of scans that nobody took up again."""
    services().tidy()


@app.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
@leaves_stripped
def poll_drives(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Drives whose notifications may have been lost."""
    services().schedules.poll_drives()


@app.timer_trigger(arg_name="timer", schedule="0 0 */6 * * *")
@leaves_stripped
def renew_subscriptions(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Subscriptions of drives end after 42,300 minutes at the latest."""
    services().renew_subscriptions()


@app.timer_trigger(arg_name="timer", schedule="0 0 1 * * *")
@leaves_stripped
def reconcile_cabinets(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Source, ledger and index of every cabinet, compared."""
    services().schedules.reconcile_cabinets()


@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
@leaves_stripped
def reindex_stale(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Documents that older code or an older policy made; rebuilds under way."""
    services().reindex_stale()


@app.timer_trigger(arg_name="timer", schedule="0 30 4 * * *")
@leaves_stripped
def retention(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Documents that are past their cabinet's retention."""
    services().schedules.retention()


# Questions


@app.route(route="graph/notifications", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@leaves_stripped
def on_graph_notification(req: func.HttpRequest) -> func.HttpResponse:
    """SharePoint, where Graph calls us itself instead of its partner topic; the key is in the address it was given."""
    if token := req.params.get("validationToken"):
        return func.HttpResponse(token, mimetype="text/plain")
    status = services().intake.receive_from_graph(req.get_body())
    return func.HttpResponse(status_code=status)


@app.route(route="cabinets/{cabinet}/search", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@leaves_stripped
def search(req: func.HttpRequest) -> func.HttpResponse:
    """A signed-in user's question to a cabinet."""
    headers = {name.lower(): value for name, value in req.headers.items()}
    status, body = services().search_api.answer(req.route_params["cabinet"], headers, req.get_body())
    return func.HttpResponse(json.dumps(body, ensure_ascii=False), status_code=status, mimetype="application/json")


def _plain(event: func.EventGridEvent | func.CloudEvent) -> Mapping[str, object]:
    """The event as it was sent: the worker decodes by payload, so either class arrives under either annotation."""
    if isinstance(event, func.CloudEvent):
        time = event.time.isoformat() if event.time else None
        return {"specversion": "1.0", "type": event.type, "source": event.source, "subject": event.subject,
                "time": time, "data": event.get_json()}  # fmt: skip
    time = event.event_time.isoformat() if event.event_time else None
    return {"eventType": event.event_type, "topic": event.topic, "subject": event.subject,
            "eventTime": time, "data": event.get_json()}  # fmt: skip
