"""When Event Grid tries again, and when it gives up. Pure.

Source: "Event Grid message delivery and retry" (learn.microsoft.com). All durations are Azure's; `time_scale` divides
them where they are applied.
"""

from dataclasses import dataclass
from http import HTTPStatus

MINUTE, HOUR = 60.0, 3600.0
SCHEDULE = (10.0, 30.0, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)
AT_LEAST = {404: 5 * MINUTE, 408: 2 * MINUTE, 503: 30.0}  # some answers earn a longer pause
DELIVERED = frozenset({200, 201, 202, 203, 204})
NEVER_RETRIED = frozenset({400, 401, 403, 413})  # webhooks
DEAD_LETTER_DELAY = 5 * MINUTE
DEAD_LETTER_PATIENCE = 4 * HOUR  # how long an unavailable container is waited for, before the event is dropped
DEAD_LETTER_PAUSE = MINUTE  # between two tries to write there (ours: Azure does not say)
JITTER = 0.1  # "a small randomization": its size is ours

_NAMES = {408: "TimedOut", 429: "Busy", 503: "Busy"}


@dataclass(frozen=True, slots=True)
class Policy:
    max_attempts: int = 30  # 1 to 30
    minutes_to_live: int = 1440  # 1 to 1440


def outcome(status: int) -> str:
    """The word that a dead letter carries for an answer."""
    if status in _NAMES:
        return _NAMES[status]
    try:
        return HTTPStatus(status).name.title().replace("_", "")
    except ValueError:
        return f"HttpStatus{status}"


def pause(attempts: int, status: int | None, chance: float) -> float:
    """Seconds until the next try, after `attempts` of them. `chance` in [0, 1) spreads it."""
    step = SCHEDULE[min(attempts, len(SCHEDULE)) - 1]
    return max(step, AT_LEAST.get(status or 0, 0.0)) * (1 + JITTER * chance)


def verdict(attempts: int, status: int | None, policy: Policy) -> str | None:
    """Why the event is given up after this failure, in the words of a dead letter; None to try again."""
    if status in NEVER_RETRIED:
        return f"UndeliverableDueToHttp{outcome(status)}"
    if attempts >= policy.max_attempts:
        return "MaxDeliveryAttemptsExceeded"
    return None
