"""Whatever the policy, the moment and the zone: a walk day by day over the calendar agrees."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from loyalty.earning.terms import (
    available_from,
    dates_of,
    expires_at,
    expiry_text,
    parse_expiry,
    slides_to,
)
from loyalty.types import Terms

many = settings(max_examples=400, deadline=None)

DAY = timedelta(days=1)
LENGTH = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}

zones = st.sampled_from(
    ["Europe/Amsterdam", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "America/Havana"]
).map(ZoneInfo)
moments = st.one_of(
    st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    # around leap days, ends of months, clock changes and the day that Apia left out
    st.builds(
        lambda day, seconds: (
            datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
        ),
        st.sampled_from(
            [
                date(2024, 2, 29),
                date(2026, 1, 31),
                date(2026, 3, 29),
                date(2026, 10, 25),
                date(2026, 3, 8),
                date(2026, 11, 1),
                date(2011, 12, 29),
                date(2011, 12, 31),
                date(2026, 12, 31),
                date(2026, 6, 30),
            ]
        ),
        st.integers(-86_400, 2 * 86_400),
    ),
)
terms_of_days = st.integers(1, 800).map(lambda days: {"kind": "term", "days": days})
terms_of_months = st.integers(1, 60).map(lambda months: {"kind": "term", "months": months})
ends = st.builds(
    lambda period, after: {"kind": "end_of", "period": period, "after": after},
    st.sampled_from(sorted(LENGTH)),
    st.integers(0, 6),
)
days_of_year = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
dates = st.lists(
    st.one_of(days_of_year, st.just("02-29")), min_size=1, max_size=20, unique=True
).map(lambda days: {"kind": "dates", "dates": days})
policies = st.one_of(terms_of_days, terms_of_months, ends, dates)


def first_instant_after(day: date, zone: ZoneInfo) -> datetime:
    """Found by asking the clock there, halving the time in which the day must end."""
    low = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 2 * 86_400
    high = low + 5 * 86_400
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).date() > day:
            high = middle
        else:
            low = middle + 1
    return datetime.fromtimestamp(low, UTC)


def walk(day: date, is_last: Callable[[date], bool]) -> date:
    while not is_last(day):
        day += DAY
    return day


def same_day_later(day: date, months: int) -> date:
    """A month on is the day before the first of the month after, unless the day comes sooner."""
    firsts = 0
    month = day.replace(day=1)
    while firsts < months:
        month += DAY
        firsts += month.day == 1
    wanted = month
    while wanted.day < day.day and (wanted + DAY).day != 1:
        wanted += DAY
    return wanted


def last_day(policy: dict[str, Any], day: date) -> date:
    match policy:
        case {"days": days}:
            return day + DAY * days
        case {"months": months}:
            return same_day_later(day, months)
        case {"period": period, "after": after}:
            length = LENGTH[period]
            for _ in range(after):
                day = walk(day, lambda on: (on + DAY).day == 1 and on.month % length == 0) + DAY
            return walk(day, lambda on: (on + DAY).day == 1 and on.month % length == 0)
        case _:
            named = set(policy["dates"])

            def is_named(on: date) -> bool:
                short = f"{on:%m-%d}" == "02-28" and (on + DAY).month == 3 and "02-29" in named
                return f"{on:%m-%d}" in named or short

            return walk(day + DAY, is_named)


@many
@given(policy=policies, at=moments, zone=zones)
@example(
    policy={"kind": "term", "months": 1},
    at=datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC),
    zone=ZoneInfo("Europe/Amsterdam"),
)
@example(
    policy={"kind": "term", "months": 12},
    at=datetime(2024, 2, 29, 12, tzinfo=UTC),
    zone=ZoneInfo("America/New_York"),
)
@example(
    policy={"kind": "term", "days": 1},
    at=datetime(2011, 12, 29, 20, tzinfo=UTC),
    zone=ZoneInfo("Pacific/Apia"),
)
def test_points_lapse_as_the_last_day_ends_there(policy, at, zone):
    day = at.astimezone(zone).date()

    assert expires_at(parse_expiry(policy), at, zone) == first_instant_after(
        last_day(policy, day), zone
    )


@many
@given(policy=policies, at=moments, zone=zones)
def test_points_are_good_for_the_whole_day_on_which_they_were_earned_at_least(policy, at, zone):
    end = expires_at(parse_expiry(policy), at, zone)

    assert end is not None
    assert end > at
    assert end >= first_instant_after(at.astimezone(zone).date(), zone)


@many
@given(policy=policies, earlier=moments, later=moments, zone=zones)
def test_what_was_earned_later_never_lapses_sooner(policy, earlier, later, zone):
    earlier, later = sorted((earlier, later))
    parsed = parse_expiry(policy)

    assert expires_at(parsed, earlier, zone) <= expires_at(parsed, later, zone)


@many
@given(months=st.integers(1, 60), at=moments, zone=zones)
def test_an_activity_keeps_points_alive_until_the_end_of_that_day(months, at, zone):
    policy = parse_expiry({"kind": "inactivity", "months": months})
    day = same_day_later(at.astimezone(zone).date(), months)

    assert expires_at(policy, at, zone) is None
    assert slides_to(policy, at, zone) == first_instant_after(day, zone)


@many
@given(policy=policies, days=st.integers(1, 60), at=moments, zone=zones)
def test_the_clock_starts_when_points_become_usable(policy, days, at, zone):
    parsed, terms = parse_expiry(policy), Terms(pending_days=days)
    usable = first_instant_after(at.astimezone(zone).date() + DAY * days, zone)

    assert available_from(terms, at, zone) == usable
    assert dates_of(terms, parsed, at, zone) == (usable, expires_at(parsed, usable, zone), False)


@many
@given(policy=policies)
def test_a_policy_fits_in_a_lot_and_comes_back_the_same(policy):
    parsed = parse_expiry(policy)

    assert len(expiry_text(parsed)) <= 200
    assert parse_expiry(expiry_text(parsed)) == parsed
