"""Graph's subscriptions on drives, and the notifications that they ask for: ids only, late, twice or lost, as switched.

A notification goes to an Event Grid partner topic (`EventGrid:?…`) as a CloudEvent, or to a webhook that answered the
validation. Only `reauthorizationRequired` exists as a lifecycle notification of a drive.
"""

import json
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from local.client import EVENT_GRID, Client, Tokens, Unreachable
from local.sharepoint.shapes import Json, moment
from local.sharepoint.switches import SwitchBoard
from local.tokens import TENANT, write_private

LONGEST = 42_300 * 60  # seconds: the limit for drive items
LONGEST_CLIENT_STATE = 128
TOPIC_URL = "EventGrid:"
RESOURCE = re.compile(r"/?drives/([^/]+)/(?:root|items/root)/?")


class BadSubscription(ValueError):
    """Graph refuses it; the message is Graph's."""


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    resource: str
    drive: str
    notification_url: str
    lifecycle_url: str
    client_state: str
    expires: float

    def shape(self) -> Json:
        """Without its client state: Graph never gives it back."""
        return {
            "id": self.id,
            "resource": self.resource,
            "changeType": "updated",
            "clientState": None,
            "notificationUrl": self.notification_url,
            "lifecycleNotificationUrl": self.lifecycle_url or None,
            "expirationDateTime": moment(self.expires),
            "applicationId": TENANT,
            "creatorId": TENANT,
        }


Deliver = Callable[[Subscription, Json], None]


class Subscriptions:
    """Kept in one file, so that they outlive a kill."""

    def __init__(self, file: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        stored = json.loads(file.read_text()) if file is not None and file.exists() else []
        self._all = {it["id"]: Subscription(**it) for it in stored}

    def all(self) -> list[Subscription]:
        """Those that have not ended; Graph forgets the others."""
        with self._lock:
            return [it for it in self._all.values() if it.expires > self._clock()]

    def get(self, subscription: str) -> Subscription | None:
        return next((it for it in self.all() if it.id == subscription), None)

    def make(self, asked: object, drives: Mapping[str, object]) -> Subscription:
        it = asked if isinstance(asked, dict) else {}
        found = RESOURCE.fullmatch(str(it.get("resource", "")))
        if found is None or found[1] not in drives:
            raise BadSubscription("Subscription resource is not a drive's root.")
        if it.get("changeType") != "updated":
            raise BadSubscription("ChangeType for drive items must be 'updated'.")
        if len(str(it.get("clientState") or "")) > LONGEST_CLIENT_STATE:
            raise BadSubscription("clientState is longer than 128 characters.")
        url = str(it.get("notificationUrl", ""))
        if not url.startswith(("https://", TOPIC_URL)):
            raise BadSubscription("notificationUrl must be HTTPS or an Event Grid partner topic.")
        made = Subscription(
            str(uuid.uuid4()),
            str(it["resource"]),
            found[1],
            url,
            str(it.get("lifecycleNotificationUrl") or ""),
            str(it.get("clientState") or ""),
            self._expiry(it),
        )
        self._keep(made)
        return made

    def renew(self, subscription: Subscription, asked: object) -> Subscription:
        renewed = replace(subscription, expires=self._expiry(asked if isinstance(asked, dict) else {}))
        self._keep(renewed)
        return renewed

    def remove(self, subscription: str) -> bool:
        with self._lock:
            gone = self._all.pop(subscription, None)
            self._save()
        return gone is not None

    def _expiry(self, asked: Mapping[str, object]) -> float:
        try:
            expires = datetime.fromisoformat(str(asked.get("expirationDateTime"))).astimezone(UTC).timestamp()
        except ValueError:
            raise BadSubscription("expirationDateTime is not a date.") from None
        if not self._clock() < expires <= self._clock() + LONGEST:
            raise BadSubscription("Subscription expiration can only be 42300 minutes in the future.")
        return expires

    def _keep(self, subscription: Subscription) -> None:
        with self._lock:
            self._all[subscription.id] = subscription
            self._save()

    def _save(self) -> None:
        if self._file is not None:
            write_private(self._file, json.dumps([asdict(it) for it in self._all.values()]).encode())


def notification(it: Subscription) -> Json:
    """What changed is not said: the drive is."""
    return {
        "subscriptionId": it.id,
        "subscriptionExpirationDateTime": moment(it.expires),
        "clientState": it.client_state or None,
        "changeType": "updated",
        "resource": f"drives/{it.drive}/root",
        "resourceData": {"@odata.type": "#Microsoft.Graph.DriveItem"},
        "tenantId": TENANT,
    }


def reauthorization(it: Subscription) -> Json:
    return {
        "subscriptionId": it.id,
        "subscriptionExpirationDateTime": moment(it.expires),
        "clientState": it.client_state or None,
        "tenantId": TENANT,
        "lifecycleEvent": "reauthorizationRequired",
    }


class Notifier:
    """Tells subscribers that a drive changed: a thread that waits a moment, so that many changes make one message."""

    def __init__(self, subscriptions: Subscriptions, switches: SwitchBoard, deliver: Deliver) -> None:
        self._subscriptions = subscriptions
        self._switches = switches
        self._deliver = deliver
        self._drives: set[str] = set()
        self._woken = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Notifier":
        self._thread.start()
        return self

    def stop(self) -> None:
        with self._woken:
            self._stopped = True
            self._woken.notify()
        self._thread.join()

    def changed(self, drive: str) -> None:
        with self._woken:
            self._drives.add(drive)
            self._woken.notify()

    def _run(self) -> None:
        while True:
            with self._woken:
                self._woken.wait_for(lambda: self._drives or self._stopped)
                if self._stopped:
                    return
            time.sleep(self._switches.now.notification_delay)
            with self._woken:
                drives, self._drives = self._drives, set()
            for it in self._subscriptions.all():
                if it.drive in drives and not self._switches.hits(self._switches.now.lost_notifications):
                    times = 1 + self._switches.hits(self._switches.now.repeated_notifications)
                    for _ in range(times):
                        self._deliver(it, notification(it))


class Delivery:
    """To Event Grid's partner topic, or to a webhook. What cannot be delivered is lost: Graph gives up, too."""

    def __init__(self, event_grid: Client | None, tokens: Tokens | None, topic: str) -> None:
        self._event_grid = event_grid
        self._tokens = tokens
        self._topic = topic

    def __call__(self, it: Subscription, data: Json) -> None:
        lifecycle = "lifecycleEvent" in data
        url = (it.lifecycle_url if lifecycle else it.notification_url) or it.notification_url
        try:
            if url.startswith(TOPIC_URL):
                kind = "SubscriptionReauthorizationRequired" if lifecycle else "DriveItemUpdated"
                self._publish(it, data, f"Microsoft.Graph.{kind}")
            else:
                _post(url, json.dumps({"value": [data]}).encode(), "application/json")
        except Unreachable as error:
            sys.stderr.write(f"a notification was not delivered: {error}\n")

    def _publish(self, it: Subscription, data: Json, kind: str) -> None:
        if self._event_grid is None or self._tokens is None:
            raise Unreachable("there is no Event Grid")
        event = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "type": kind,
            "source": f"/tenants/{TENANT}/applications/{TENANT}",
            "subject": f"drives/{it.drive}/root",
            "time": moment(time.time()),
            "datacontenttype": "application/json",
            "data": data,
        }
        headers = {
            "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
            **self._tokens.authorization(EVENT_GRID),
        }
        path = f"/topics/{self._topic}/api/events"
        answer = self._event_grid.call("POST", path, headers=headers, body=json.dumps([event]).encode())
        if answer.status != 200:
            raise Unreachable(f"event grid answers {answer.status}")


def validate(url: str) -> bool:
    """The handshake of a webhook: it gives the token back as plain text."""
    if url.startswith(TOPIC_URL):
        return True
    token = f"Validation: {uuid.uuid4()}"
    mark = "&" if urlsplit(url).query else "?"
    try:
        answered = _post(f"{url}{mark}validationToken={quote(token)}", b"", "text/plain; charset=utf-8")
    except Unreachable:
        return False
    return answered == token.encode()


def _post(url: str, body: bytes, media_type: str) -> bytes:
    split = urlsplit(url)
    client = Client(f"{split.scheme}://{split.netloc}", timeout=10.0)
    try:
        answer = client.call("POST", f"{split.path}?{split.query}", headers={"Content-Type": media_type}, body=body)
    finally:
        client.close()
    if answer.status not in (200, 202):
        raise Unreachable(f"the webhook answers {answer.status}")
    return answer.body
