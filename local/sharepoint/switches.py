"""How the service is to misbehave, beside what it does on a good day. Default: not at all.

Chance comes from a seed: the same requests in the same order meet the same faults.
"""

import random
import threading
from collections import deque
from dataclasses import asdict, dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Switches:
    throttled_share: float = 0.0  # of requests: 429 and Retry-After
    unavailable_share: float = 0.0  # of requests: 503 and Retry-After
    retry_after: float = 1.0  # seconds
    units_per_minute: float = 0.0  # resource units before everything is answered 429; 0: no limit
    lag: float = 0.0  # seconds that every read is behind
    page: float = 200.0  # items of a page
    repeats: float = 0.0  # of items in a delta: told twice, first as they were before
    resync: float = 0.0  # 1 or 2: the next delta with a token is answered 410, in one of its two kinds
    bare_deletes: float = 0.0  # 1: a deleted item is told by its id alone
    unmarked_folders: float = 0.0  # 1: a folder whose sharing changed is told, but not that it was its sharing
    ancestors: float = 0.0  # 1: a delta tells the folders above each item, too, even where they are not wanted
    forbidden: float = 0.0  # 1: everything of drives is denied
    permissions_forbidden: float = 0.0  # 1: permissions are denied
    missing: float = 0.0  # 1: every drive is answered 404, as when the site is gone
    lost_notifications: float = 0.0  # share
    repeated_notifications: float = 0.0  # share
    notification_delay: float = 0.05  # seconds; changes meanwhile share one notification
    seed: float = 0.0


class BadSwitch(ValueError):
    """No such switch, or not a number."""


class SwitchBoard:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.set(Switches())

    def set(self, switches: Switches) -> None:
        with self._lock:
            self.now = switches
            self._chance = random.Random(switches.seed)  # noqa: S311 - faults, not secrets

    def turn(self, wanted: object) -> dict[str, object]:
        """Switches by name; what is not named stays as it is."""
        known = {it.name for it in fields(Switches)}
        if not isinstance(wanted, dict) or not all(
            name in known and isinstance(value, int | float) for name, value in wanted.items()
        ):
            raise BadSwitch(f"switches are numbers: {', '.join(sorted(known))}")
        self.set(replace(self.now, **wanted))
        return asdict(self.now)

    def hits(self, share: float) -> bool:
        with self._lock:
            return share > 0.0 and self._chance.random() < share

    def once(self, name: str) -> float:
        """The value of a switch that goes off by being met."""
        with self._lock:
            value: float = getattr(self.now, name)
            self.now = replace(self.now, **{name: 0.0})
            return value


class Meter:
    """Resource units and calls, as SharePoint counts them for throttling."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls: dict[str, int] = {}
        self.units = 0
        self._window: deque[tuple[float, int]] = deque()  # of the last minute
        self._within = 0

    def count(self, kind: str, units: int, now: float) -> float:
        """Adds a call; the units of the last minute, this one included."""
        with self._lock:
            self.calls[kind] = self.calls.get(kind, 0) + 1
            self.units += units
            self._window.append((now, units))
            self._within += units
            while self._window[0][0] <= now - 60.0:
                self._within -= self._window.popleft()[1]
            return float(self._within)

    def read(self) -> dict[str, object]:
        with self._lock:
            return {"units": self.units, "calls": dict(self.calls)}

    def reset(self) -> None:
        with self._lock:
            self.calls, self.units = {}, 0
            self._window.clear()
            self._within = 0
