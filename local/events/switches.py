"""What a test, or a person, can do to the weather: duplicates, disorder, delay, loss, and the speed of time."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

_SHARES = frozenset({"duplicate_share", "loss_share"})


@dataclass(frozen=True, slots=True)
class Switches:
    duplicate_share: float = 0.0  # of deliveries that are made twice
    loss_share: float = 0.0  # of deliveries that are never made
    disorder_seconds: float = 0.0  # each delivery is held back by a random time up to this; not scaled
    delay_seconds: float = 0.0  # each delivery is held back by this; not scaled
    time_scale: float = 1.0  # seconds of Azure in one second here, for retries, time to live and dead letters
    answer_seconds: float = 30.0  # how long a webhook may take; not scaled, since its work is not
    seed: int = 0  # the same seed and the same publishing order give the same weather


class BadSwitch(ValueError):
    """Not a switch, or not a value that it takes."""


def turned(switches: Switches, body: object) -> Switches:
    """`switches` with those of `body` turned."""
    if not isinstance(body, Mapping):
        raise BadSwitch("Send an object of switches.")
    known = {field.name for field in fields(Switches)}
    for name, value in body.items():
        if name not in known:
            raise BadSwitch(f"No switch {name!r}. There are: {', '.join(sorted(known))}.")
        _check(str(name), value)
    return replace(switches, **body)


def _check(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadSwitch(f"{name} takes a number from 0.")
    if name in _SHARES and value > 1:
        raise BadSwitch(f"{name} is a share: 0 to 1.")
    if name in {"time_scale", "answer_seconds"} and value == 0:
        raise BadSwitch(f"{name} cannot be 0.")
    if name == "seed" and not isinstance(value, int):
        raise BadSwitch("seed is a whole number.")


def written(switches: Switches) -> str:
    return json.dumps(asdict(switches))


def read(text: str) -> Switches:
    return Switches(**json.loads(text))
