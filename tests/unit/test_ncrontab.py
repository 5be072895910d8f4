"""NCRONTAB as Azure Functions reads it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.functions.ncrontab import FIELDS, InvalidSchedule, parse

NOON = datetime(2025, 3, 14, 12, 0, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * * *", "2025-03-14 12:00:01"),
        ("0 * * * * *", "2025-03-14 12:01:00"),
        ("*/15 * * * * *", "2025-03-14 12:00:15"),
        ("0 */5 * * * *", "2025-03-14 12:05:00"),
        ("30 0 4 * * *", "2025-03-15 04:00:30"),
        ("0 0 4 * * Mon", "2025-03-17 04:00:00"),
        ("0 0 4 * * Monday-Friday", "2025-03-17 04:00:00"),
        ("0 0 4 1 Jan,JULY *", "2025-07-01 04:00:00"),
        ("0 0 0 29 2 *", "2028-02-29 00:00:00"),
        ("0 0 0 29 2 0", "2032-02-29 00:00:00"),
        ("0 0 0 13 * 5", "2025-06-13 00:00:00"),
        ("0 10/20 * * * *", "2025-03-14 12:10:00"),
        ("5,10-12 0 12 * * *", "2025-03-14 12:00:05"),
        ("0 0 12 * * *", "2025-03-15 12:00:00"),
        ("30 4 * * *", "2025-03-15 04:30:00"),
        ("0 0 0 31 12 *", "2025-12-31 00:00:00"),
    ],
)
def test_the_next_time_is_the_first_one_after(expression: str, expected: str) -> None:
    assert parse(expression).next(NOON) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_must_match_both_the_month_and_the_week() -> None:
    """Cron would fire on every Friday and on every 13th."""
    friday = parse("0 0 0 13 * 5").next(NOON)
    assert friday is not None
    assert (friday.day, friday.isoweekday()) == (13, 5)


def test_a_day_that_never_comes_has_no_next_time() -> None:
    assert parse("0 0 0 30 2 *").next(NOON) is None


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * * *",
        "60 * * * * *",
        "* 60 * * * *",
        "* * 24 * * *",
        "* * * 0 * *",
        "* * * * 13 *",
        "* * * * * 7",
        "*/0 * * * * *",
        "*/x * * * * *",
        "5-1 * * * * *",
        "a * * * * *",
        "1, * * * * *",
        "* * * * Ja *",
        "* * * ? * *",
        "-1 * * * * *",
        "00:05:00",
    ],
)
def test_what_is_not_ncrontab_is_refused(expression: str) -> None:
    with pytest.raises(InvalidSchedule):
        parse(expression)


def values(low: int, high: int) -> st.SearchStrategy[str]:
    one = st.integers(low, high)
    span = st.tuples(one, one, st.integers(1, 40)).map(lambda t: f"{min(t[:2])}-{max(t[:2])}/{t[2]}")
    return st.one_of(st.just("*"), one.map(str), span, st.lists(one.map(str), min_size=1, max_size=4).map(",".join))


EXPRESSIONS = st.tuples(*(values(field.low, min(field.high, 28)) for field in FIELDS)).map(" ".join)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001


@given(EXPRESSIONS, MOMENTS)
def test_the_next_time_matches_every_field_and_lies_ahead(expression: str, after: datetime) -> None:
    schedule = parse(expression)
    due = schedule.next(after)
    assert due is not None
    assert due > after
    assert due.microsecond == 0
    assert due.second in schedule.seconds
    assert due.minute in schedule.minutes
    assert due.hour in schedule.hours
    assert due.day in schedule.days
    assert due.month in schedule.months
    assert due.isoweekday() % 7 in schedule.weekdays


@given(EXPRESSIONS, MOMENTS)
def test_no_due_time_is_skipped(expression: str, after: datetime) -> None:
    """From any moment between two due times, the next one is the same."""
    schedule = parse(expression)
    due = schedule.next(after)
    assert due is not None
    assert schedule.next(due - timedelta(seconds=1)) == due
    assert schedule.next(after + (due - after) / 2) == due
