"""How the service is to misbehave: eventual visibility, throttling, failing items, late writes, latency. Default: not.

The switches are a JSON file in the server's home, so that they survive a kill. Chance comes from the seed and from the
number of the draw: the same seed and the same requests give the same faults.
"""

import json
import random
import threading
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from local.search.errors import invalid
from local.search.wire import Body, Json

FILE = "switches.json"


@dataclass(frozen=True, slots=True)
class Switches:
    visibility_lag_seconds: float = 0.0
    throttle_share: float = 0.0  # of requests: 503 and Retry-After
    retry_after_seconds: float = 1.0
    item_failure_share: float = 0.0  # of items in a batch: 503 inside a 207
    late_write_share: float = 0.0  # of batches: no answer, or a 500, and the write lands later all the same
    late_write_seconds: float = 2.0
    latency_seconds: float = 0.0  # of every request
    index_quota: float = 50  # Basic allows 15 indexes, S1 50, S2 200
    seed: float = 0

    def body(self) -> dict[str, Json]:
        return dict(asdict(self))


def switches_of(body: Body) -> Switches:
    """What is not named is off. Raises SearchError(400)."""
    known = {field.name for field in fields(Switches)}
    if unknown := set(body.fields) - known:
        raise invalid(f"There is no switch '{min(unknown)}'. There are: {', '.join(sorted(known))}.")
    default = Switches().body()
    return Switches(**{name: body.number(name, _number(default[name])) for name in known})


def _number(value: Json) -> float:
    return value if isinstance(value, int | float) else 0.0


class SwitchBoard:
    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._lock = threading.Lock()
        text = self._path.read_text() if self._path.exists() else "{}"
        self._set(switches_of(Body(json.loads(text), FILE)))

    def _set(self, switches: Switches) -> None:
        self.now = switches
        self._chance = random.Random(switches.seed)  # noqa: S311 - faults, not secrets

    def set(self, switches: Switches) -> None:
        with self._lock:
            written = self._path.with_suffix(".new")
            written.write_text(json.dumps(switches.body()))
            written.replace(self._path)
            self._set(switches)

    def strikes(self, share: float) -> bool:
        """Whether chance, at this share, says yes."""
        if share <= 0:
            return False
        with self._lock:
            return self._chance.random() < share
