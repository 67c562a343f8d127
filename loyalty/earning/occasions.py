"""Whether conditions of time, and the period of a rule, leave any moment at all."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from loyalty.earning.conditions import WEEKDAYS, TimeHours, TimeMonthDay, TimeWeekday

Window = tuple[int, int]  # minutes of the day, the second excluded

TimeCondition = TimeWeekday | TimeHours | TimeMonthDay
TIMES = (TimeWeekday, TimeHours, TimeMonthDay)

_A_DAY = 24 * 60
_LEAP_YEAR = datetime(2024, 1, 1)  # noqa: DTZ001 - a calendar, not a moment
_LONGEST = timedelta(days=12 * 366)  # from there on every weekday falls on every day
_A_WHILE = timedelta(days=1)


class Occasions(NamedTuple):
    """What several conditions of time leave together."""

    weekdays: frozenset[int]
    windows: tuple[Window, ...]
    days: tuple[TimeMonthDay, ...]

    def is_ever(self, starts_at: datetime | None, ends_at: datetime | None, zone: tzinfo) -> bool:
        """Whether a moment of the period qualifies; when in doubt it does."""
        if not self.weekdays or not self.windows:
            return False
        if starts_at is None or ends_at is None or ends_at - starts_at > _LONGEST:
            return any(self._is_in_days(_LEAP_YEAR + timedelta(days=n)) for n in range(366))
        first = _local(starts_at, zone) - _set_back(starts_at, zone)
        last = _local(ends_at, zone) + _set_back(ends_at - _A_WHILE, zone)
        return any(self._is_on(day, first, last) for day in _days(first, last))

    def _is_on(self, day: datetime, first: datetime, last: datetime) -> bool:
        if day.weekday() not in self.weekdays or not self._is_in_days(day):
            return False
        return any(
            day + timedelta(minutes=start) < last and first < day + timedelta(minutes=end)
            for start, end in self.windows
        )

    def _is_in_days(self, day: datetime) -> bool:
        return all(_is_between(f"{day:%m-%d}", *condition.value) for condition in self.days)


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _set_back(moment: datetime, zone: tzinfo) -> timedelta:
    """By how much the clocks go back within a day: so much of the local time comes twice."""
    moment = moment.astimezone(UTC)
    jump = _local(moment + _A_WHILE, zone) - _local(moment, zone) - _A_WHILE
    return max(timedelta(0), -jump)


def occasions_of(conditions: Iterable[TimeCondition]) -> Occasions:
    """What the conditions of time leave together."""
    weekdays = frozenset(range(7))
    windows: tuple[Window, ...] = ((0, _A_DAY),)
    days: list[TimeMonthDay] = []
    for condition in conditions:
        match condition:
            case TimeWeekday(operator=operator, value=value):
                named = frozenset(map(WEEKDAYS.index, value))
                weekdays = weekdays & named if operator == "in" else weekdays - named
            case TimeHours(value=(start, end)):
                windows = _both(windows, _windows(_minute(start), _minute(end)))
            case TimeMonthDay():
                days.append(condition)
    return Occasions(weekdays, windows, tuple(days))


def _windows(start: int, end: int) -> tuple[Window, ...]:
    return ((start, end),) if start < end else ((0, end), (start, _A_DAY))


def _both(some: Sequence[Window], others: Sequence[Window]) -> tuple[Window, ...]:
    met = [(max(a, c), min(b, d)) for a, b in some for c, d in others]
    return tuple((start, end) for start, end in met if start < end)


def _minute(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def _is_between(day: str, first: str, last: str) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last


def _days(first: datetime, last: datetime) -> Iterable[datetime]:
    day = datetime.combine(first.date(), time.min)
    while day < last:
        yield day
        day += timedelta(days=1)
