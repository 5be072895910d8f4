"""NCRONTAB: when a timer is due. Six fields, seconds first; five mean "at second 0".

As the NCrontab library that Azure's host uses: a day must match the day of the month *and* the day of the week (unlike
cron, where one suffices), days of the week run from 0, Sunday, to 6, names may be written out or cut to three letters,
and `a/n` means from `a` to the end by `n`. Pure; times are taken and given in the time zone of the argument.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
HORIZON = timedelta(days=366 * 41)  # 29 February on one weekday comes after 40 years at the latest (around 2100)


class InvalidSchedule(ValueError):
    """Not an NCRONTAB expression: which field, what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()  # the first three letters of the names of `low`, `low` + 1, …


FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, MONTHS),
    _Field("day of week", 0, 6, WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values of each field on which a timer is due, ascending."""

    expression: str
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday

    def next(self, after: datetime) -> datetime | None:
        """The first due time strictly after `after`; None when there is none, such as 30 February."""
        moment = (after + timedelta(seconds=1)).replace(microsecond=0)
        limit = after + HORIZON
        while moment < limit:
            if self._due_on(moment) and (time := self._time_from(moment)) is not None:
                return time
            moment = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0)
        return None

    def _due_on(self, day: datetime) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays

    def _time_from(self, moment: datetime) -> datetime | None:
        """The first due time of this day at or after `moment`."""
        start = (moment.hour, moment.minute, moment.second)
        for hour in (one for one in self.hours if one >= start[0]):
            for minute in (one for one in self.minutes if (hour, one) >= start[:2]):
                for second in (one for one in self.seconds if (hour, minute, one) >= start):
                    return moment.replace(hour=hour, minute=minute, second=second)
        return None


def parse(expression: str) -> Schedule:
    """Raises InvalidSchedule."""
    texts = expression.split()
    if len(texts) == 5:
        texts = ["0", *texts]
    if len(texts) != 6:
        raise InvalidSchedule(f"{expression!r} has {len(texts)} fields; NCRONTAB has 6, the first for seconds.")
    second, minute, hour, day, month, weekday = map(_values, texts, FIELDS)
    return Schedule(
        expression,
        tuple(sorted(second)),
        tuple(sorted(minute)),
        tuple(sorted(hour)),
        frozenset(day),
        frozenset(month),
        frozenset(weekday),
    )


def _values(text: str, field: _Field) -> set[int]:
    return {value for piece in text.split(",") for value in _piece(piece, field)}


def _piece(piece: str, field: _Field) -> range:
    body, slash, step_text = piece.partition("/")
    if slash and (not step_text.isdecimal() or int(step_text) == 0):
        raise InvalidSchedule(f"{piece!r} in the field {field.name}: a step is a whole number from 1.")
    step = int(step_text) if slash else 1
    first, last = _bounds(body, field, open_ended=bool(slash))
    if first > last:
        raise InvalidSchedule(f"{piece!r} in the field {field.name}: the range runs backwards.")
    return range(first, last + 1, step)


def _bounds(body: str, field: _Field, *, open_ended: bool) -> tuple[int, int]:
    if body == "*":
        return field.low, field.high
    first, dash, last = body.partition("-")
    if dash:
        return _value(first, field), _value(last, field)
    value = _value(first, field)
    return value, field.high if open_ended else value


def _value(text: str, field: _Field) -> int:
    if text.isdecimal() and field.low <= int(text) <= field.high:
        return int(text)
    if text.isalpha() and text[:3].lower() in field.words:
        return field.low + field.words.index(text[:3].lower())
    raise InvalidSchedule(f"{text!r} is not a {field.name} from {field.low} to {field.high}.")
