"""What befalls the cloud meanwhile: SIGKILL for workers, host and search server, throttling, a storage that stops.

In a thread of its own, so that it strikes whatever people are doing. Its own calls may fail while it does: then it
strikes elsewhere.
"""

import json
import os
import random
import signal
import threading
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field

from local.client import Unreachable
from local.cloud import Cloud

PAUSE = (0.05, 1.2)  # seconds between two blows: some workers die before they have begun


@dataclass(slots=True)
class Weather:
    cloud: Cloud
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    broken: BaseException | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._rage, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """No blow falls after this returns, and every part runs.

        Raises:
            What broke the weather itself: then nothing was tested from there on.
        """
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if self.broken is not None:
            raise self.broken
        for part in ("ai_search", "openai"):
            self._switch(part, throttle_share=0.0, item_failure_share=0.0)

    def _rage(self) -> None:
        try:
            while not self._over.wait(self.chance.uniform(*PAUSE)):
                self._strike()
        except BaseException as error:  # noqa: BLE001 - told by `end`, in the thread that waits for it
            self.broken = error

    def _strike(self) -> None:
        blow = self.chance.choices(
            (self._kill_workers, self._kill_host, self._restart_search, self._throttle, self._restart_storage),
            (84, 4, 6, 5, 1),
        )[0]
        with suppress(Unreachable, OSError, ValueError):  # the host is down, or says nothing that can be read
            blow()

    def _kill_workers(self) -> None:
        for pid in self._workers():
            if self.chance.random() < 0.7:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.counts["kills"] += 1

    def _kill_host(self) -> None:
        self.cloud.kill("functions_host")
        self.counts["kills"] += 1
        self.cloud.restart("functions_host")

    def _restart_search(self) -> None:
        self.cloud.kill("ai_search")
        self.counts["kills"] += 1
        self.cloud.restart("ai_search")

    def _throttle(self) -> None:
        self._switch("ai_search", throttle_share=0.3, item_failure_share=0.2, seed=self.chance.randrange(1000))
        self._switch("openai", throttle_share=0.3)
        self.counts["throttlings"] += 1

    def _restart_storage(self) -> None:
        self.cloud.restart("azurite")
        self.counts["storage_restarts"] += 1

    def _switch(self, part: str, **switches: float) -> None:
        if part == "openai":
            switches.pop("item_failure_share", None)
        with closing(self.cloud.client(part)) as client:
            client.call("PUT", "/_switches", body=json.dumps(switches).encode())

    def _workers(self) -> list[int]:
        key = json.loads(self.cloud.layout.function_keys.read_text())["master"]
        with closing(self.cloud.client("functions_host")) as host:
            status = json.loads(host.call("GET", "/admin/host/status", headers={"x-functions-key": key}).body)
        return [int(it) for it in status["workers"]]
