"""Timer triggers: each fires on its NCRONTAB schedule, in UTC, never twice at once.

With `useMonitor` (the default, off below one minute as in Azure) the last and next time are kept in the host's home:
a start after a due time that was missed fires at once, once, with IsPastDue. `runOnStartup` fires at every start.
"""

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.functions import ncrontab
from local.functions.bindings import BindingError, FunctionDescription
from local.functions.invoker import Invoker
from local.functions.messages import Json

MONITORED_FROM = timedelta(minutes=1)
NEVER = "0001-01-01T00:00:00"  # .NET's DateTime.MinValue: the timer has not fired yet


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """What the monitor remembers. Times as ISO texts, UTC; `next` is None for a schedule that is never due again."""

    last: str
    next: str | None
    expression: str

    @property
    def due(self) -> datetime | None:
        return None if self.next is None else datetime.fromisoformat(self.next)


class Timer:
    """One timer-triggered function. Raises BindingError for a schedule that is not NCRONTAB."""

    def __init__(self, function: FunctionDescription, invoker: Invoker, home: Path) -> None:
        self._function = function
        self._invoker = invoker
        self._schedule = schedule_of(function)
        self._monitored = _monitored(function, self._schedule)
        self._file = home / "timers" / f"{function.name}.json"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        now = datetime.now(UTC)
        status = self._remembered(now)
        if status.due is not None and status.due <= now:
            status = self._fire(status, past_due=True)
        elif self._function.trigger.flag("runOnStartup", False):
            status = self._fire(status, past_due=False)
        while status.due is not None and not self._wait_until(status.due):
            status = self._fire(status, past_due=False)

    def _wait_until(self, due: datetime) -> bool:
        """True when the host stops first."""
        while (left := (due - datetime.now(UTC)).total_seconds()) > 0:
            if self._stopping.wait(min(left, 60.0)):  # a laptop's clock may jump: look again every minute
                return True
        return self._stopping.is_set()

    def _fire(self, status: TimerStatus, *, past_due: bool) -> TimerStatus:
        begun = datetime.now(UTC)
        self._invoker.run(self._function, timer_info(status if self._monitored else None, past_due=past_due))
        updated = self._status(last=begun.isoformat(), after=datetime.now(UTC))
        self._remember(updated)
        return updated

    def _status(self, last: str, after: datetime) -> TimerStatus:
        due = self._schedule.next(after)
        return TimerStatus(last, None if due is None else due.isoformat(), self._schedule.expression)

    def _remembered(self, now: datetime) -> TimerStatus:
        """A schedule that was changed since starts anew."""
        if self._monitored and self._file.exists():
            status = TimerStatus(**json.loads(self._file.read_text(encoding="utf-8")))
            if status.expression == self._schedule.expression:
                return status
        status = self._status(NEVER, now)
        self._remember(status)
        return status

    def _remember(self, status: TimerStatus) -> None:
        if not self._monitored:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        content = {"last": status.last, "next": status.next, "expression": status.expression}
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self._file)


def schedule_of(function: FunctionDescription) -> ncrontab.Schedule:
    """Raises BindingError: Microsoft's worker does not check schedules, its host refuses them at start."""
    try:
        return ncrontab.parse(function.schedule)
    except ncrontab.InvalidSchedule as error:
        raise BindingError(f"Function {function.name}: the schedule {error}") from None


def timer_info(status: TimerStatus | None, *, past_due: bool) -> Json:
    """What a timer function receives, as the real host writes it."""
    remembered = None if status is None else {"Last": status.last, "Next": status.next, "LastUpdated": status.last}
    return Json(
        json.dumps(
            {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": remembered, "IsPastDue": past_due},
        )
    )


def _monitored(function: FunctionDescription, schedule: ncrontab.Schedule) -> bool:
    if not function.trigger.flag("useMonitor", True):
        return False
    first = schedule.next(datetime.now(UTC))
    second = schedule.next(first) if first else None
    return first is None or second is None or second - first >= MONITORED_FROM
