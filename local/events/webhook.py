"""How Event Grid speaks to a webhook: the handshake that proves it wants the events, and a delivery."""

import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.client import Client, Unreachable
from local.events.dead_letters import timestamp
from local.events.schemas import Schema
from local.events.store import Delivery
from local.events.subscriptions import Subscription

ORIGIN = "eventgrid.azure.net"


class NotValidated(RuntimeError):
    """The endpoint did not prove that it wants the events: the subscription is not made."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int | None  # None: no answer
    outcome: str  # of a missing answer: TimedOut or GenericError


class Webhook:
    def __init__(self, subscription: Subscription, *, answer_seconds: float) -> None:
        split = urlsplit(subscription.endpoint)
        self._client = Client(f"{split.scheme}://{split.netloc}", timeout=answer_seconds)
        self._path = split.path + (f"?{split.query}" if split.query else "")
        self._subscription = subscription

    def close(self) -> None:
        self._client.close()

    def validate(self, topic: str, now: float) -> None:
        """Raises NotValidated. A CloudEvents endpoint is asked by OPTIONS, another by a validation code."""
        try:
            if self._subscription.schema is Schema.CLOUD_EVENTS:
                self._ask_by_options()
            else:
                self._ask_by_code(topic, now)
        except Unreachable as error:
            raise NotValidated(f"The endpoint does not answer: {error}.") from None

    def _ask_by_options(self) -> None:
        answer = self._client.call("OPTIONS", self._path, headers={"WebHook-Request-Origin": ORIGIN})
        allowed = answer.headers.get("webhook-allowed-origin", "")
        if answer.status not in {200, 204} or allowed not in {ORIGIN, "*"}:
            raise NotValidated(f"The endpoint answers {answer.status} to OPTIONS, and allows {allowed or 'no'} origin.")

    def _ask_by_code(self, topic: str, now: float) -> None:
        code = str(uuid.uuid4()).upper()
        event = {
            "id": str(uuid.uuid4()),
            "topic": topic,
            "subject": "",
            "data": {"validationCode": code},
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": timestamp(now),
            "metadataVersion": "1",
            "dataVersion": "2",
        }
        headers = self._headers("SubscriptionValidation", 0) | {"Content-Type": "application/json; charset=utf-8"}
        answer = self._client.call("POST", self._path, headers=headers, body=json.dumps([event]).encode())
        if answer.status != 200 or not _echoes(answer.body, code):
            raise NotValidated(f"The endpoint answers {answer.status} to the validation, without its code.")

    def deliver(self, deliveries: Sequence[Delivery]) -> Reply:
        """One call, of one event unless the subscription batches."""
        first = deliveries[0]
        cloud, batched = self._subscription.schema is Schema.CLOUD_EVENTS, self._subscription.batch > 1
        joined = ",".join(it.event for it in deliveries)
        # A single CloudEvent travels bare; the Event Grid schema is always an array.
        payload = joined if cloud and not batched else f"[{joined}]"
        kind = ("cloudevents-batch+json" if batched else "cloudevents+json") if cloud else "json"
        headers = self._headers("Notification", first.attempts) | {
            "Content-Type": f"application/{kind}; charset=utf-8",
            "aeg-output-event-id": str(json.loads(first.event)["id"]),
        }
        try:
            status = self._client.call("POST", self._path, headers=headers, body=payload.encode()).status
        except Unreachable as error:
            return Reply(None, "TimedOut" if error.timed_out else "GenericError")
        return Reply(status, "")

    def _headers(self, kind: str, attempts: int) -> dict[str, str]:
        return {
            "aeg-event-type": kind,
            "aeg-subscription-name": self._subscription.name.upper(),
            "aeg-delivery-count": str(attempts),
            "aeg-metadata-version": "1",
            "aeg-data-version": "",
        }


def _echoes(body: bytes, code: str) -> bool:
    try:
        reply = json.loads(body)
    except ValueError:
        return False
    echoed = str(reply.get("validationResponse", "")) if isinstance(reply, dict) else ""
    return secrets.compare_digest(echoed.upper().encode(), code.encode())
