"""The local functions host: runs a function app in Microsoft's own worker, with the triggers that Azure's host runs.

It promises what the app may rely on in Azure: an app that Azure would refuse is refused at start; queue messages at
least once, with dequeue counts and poison queues; timers on schedule; Event Grid's webhook and HTTP routes with their
keys; workers that are replaced when they crash or overrun `functionTimeout`. It prints one line of JSON with its URL
once everything listens, and leaves nothing running behind it. It must never write content to its own log.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local import server
from local.functions import host_json
from local.functions.admin import Admin
from local.functions.bindings import BindingError, FunctionDescription, runnable
from local.functions.connections import QueueAccounts
from local.functions.easy_auth import AUDIENCES, SETTING, EasyAuth
from local.functions.http import HttpTriggers
from local.functions.indexing import IndexingFailed, describe, descriptions, require_app
from local.functions.invoker import Invoker
from local.functions.journal import Journal
from local.functions.keys import host_keys
from local.functions.pool import WorkerPool
from local.functions.queues import QueueListener, poison_name
from local.functions.timers import Timer
from local.functions.webhook import PATH as WEBHOOK_PATH
from local.functions.webhook import Webhook
from local.server import Request, Response

__all__ = ["FunctionsHost", "IndexingFailed", "describe"]


@dataclass(frozen=True, slots=True)
class Size:
    workers: int = 2  # processes
    lease: int = 60  # seconds a message stays with a host that died; Azure's host takes 600, too long for a laptop
    drain: float = 10.0  # seconds that running functions have when the host stops


@dataclass(frozen=True, slots=True)
class Front:
    """What answers requests: App Service Authentication first, where it is on, then the endpoint of the path."""

    easy_auth: EasyAuth | None
    webhook: Webhook
    admin: Admin
    http: HttpTriggers

    def handle(self, request: Request) -> Response:
        admitted = request if self.easy_auth is None else self.easy_auth.admit(request)
        match admitted:
            case Response():
                return admitted
            case Request(path=path) if path == WEBHOOK_PATH:
                return self.webhook.handle(admitted)
            case Request(path=path) if path.startswith("/admin/"):
                return self.admin.handle(admitted)
            case _:
                return self.http.handle(admitted)


class FunctionsHost:
    """The workers, the triggers and the front of one app. `start`, then `stop`."""

    def __init__(self, app: Path, home: Path, size: Size, environment: Mapping[str, str]) -> None:
        require_app(app)
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._size = size
        self._environment = environment
        self._settings = host_json.read(app, environment)
        self._journal = Journal(home / "functions.log")
        self._pool = WorkerPool(app, home, size.workers, self._settings, self._journal)
        self._invoker = Invoker(self._pool, self._journal)
        self._accounts = QueueAccounts(environment)
        self._triggers: list[QueueListener | Timer] = []

    def start(self) -> Front:
        """Raises IndexingFailed or BindingError, with nothing left running."""
        indexed = self._pool.start()
        try:
            functions = [one.resolved(self._environment) for one in descriptions(indexed)]
            for function in functions:
                runnable(function)
            front = self._front(functions)
            self._triggers = [*self._listeners(functions), *self._timers(functions)]
        except BindingError:
            self._pool.stop(0.0)
            raise
        for trigger in self._triggers:
            trigger.start()
        self._journal.event("started")
        return front

    def stop(self) -> None:
        """Take no more, let what runs finish for a bounded time, end the workers."""
        self._journal.event("stopping")
        for trigger in self._triggers:
            trigger.stop()
        self._pool.stop(self._size.drain)
        for trigger in self._triggers:
            trigger.join()
        self._accounts.close()
        self._journal.event("stopped")

    def _front(self, functions: list[FunctionDescription]) -> Front:
        keys, prefix = host_keys(self._home), self._settings.route_prefix
        events = {one.name: one for one in self._active(functions, "eventGridTrigger")}
        return Front(
            easy_auth=self._app_service_authentication(),
            webhook=Webhook(events, self._invoker, keys),
            admin=Admin(
                {one.name: one for one in functions},
                prefix,
                pool=self._pool,
                invoker=self._invoker,
                journal=self._journal,
                keys=keys,
            ),
            http=HttpTriggers(self._active(functions, "httpTrigger"), prefix, self._invoker, keys),
        )

    def _active(self, functions: list[FunctionDescription], trigger: str) -> list[FunctionDescription]:
        return [one for one in functions if one.trigger_type == trigger and not one.disabled(self._environment)]

    def _app_service_authentication(self) -> EasyAuth | None:
        if self._environment.get(SETTING, "").lower() != "true":
            return None
        audiences = self._environment.get(AUDIENCES, "").split(",")
        return EasyAuth(self._home.parent / "identity" / "signing.key", [one for one in audiences if one])

    def _timers(self, functions: list[FunctionDescription]) -> list[Timer]:
        return [Timer(one, self._invoker, self._home) for one in self._active(functions, "timerTrigger")]

    def _listeners(self, functions: list[FunctionDescription]) -> list[QueueListener]:
        listeners = [self._listener(one) for one in self._active(functions, "queueTrigger")]
        for listener in listeners:
            self._invoker.observe(listener.ended)
        return listeners

    def _listener(self, function: FunctionDescription) -> QueueListener:
        account, poison = self._accounts.of(function), poison_name(function.queue)
        return QueueListener(
            function,
            account.get_queue_client(function.queue),
            account.get_queue_client(poison) if poison else None,
            settings=self._settings.queues,
            invoker=self._invoker,
            journal=self._journal,
            lease=self._size.lease,
        )


def main() -> int:
    parser: argparse.ArgumentParser = server.arguments("A functions host on a laptop.")
    parser.add_argument("--app", type=Path, required=True, help="the root of the function app")
    parser.add_argument("--workers", type=int, default=Size().workers, help="worker processes")
    parser.add_argument("--lease", type=int, default=Size().lease, help="seconds a message stays with a dead host")
    parser.add_argument("--drain", type=float, default=Size().drain, help="seconds for what runs at the stop")
    options = parser.parse_args()
    size = Size(options.workers, options.lease, options.drain)
    try:
        host = FunctionsHost(options.app, options.home, size, os.environ)
        front = host.start()
    except (IndexingFailed, BindingError, host_json.HostFileError) as error:
        print(f"The function app is refused. {error}", file=sys.stderr)
        return 1
    server.run(front.handle, options, on_stop=host.stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
