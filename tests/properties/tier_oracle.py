"""Which tier somebody has on each day, walked through day by day.

Written apart from the code, and as slow as can be: every day's sum is counted anew, every period
is found by walking along the calendar, and a tier is lost step by step when its time has come.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

Entries = list[tuple[date, int]]


def months_from(day: date, months: int) -> date:
    year, month = day.year, day.month
    step = 1 if months > 0 else -1
    for _ in range(abs(months)):
        month += step
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def starts_of_periods(period: dict[str, Any], joined_on: date, last: date) -> list[date]:
    if period["kind"] == "calendar":
        month, number = map(int, period["starts"].split("-"))
        anchor = date(2015, month, min(number, monthrange(2015, month)[1]))
        if (month, number) == (2, 29):
            anchor = date(2012, 2, 29)
    else:
        anchor = joined_on
    starts, n = [], 0
    while not starts or starts[-1] <= last + timedelta(days=4000):
        starts.append(months_from(anchor, n * period["months"]))
        n += 1
    return starts


class Walk:
    """One member under one policy, day after day."""

    def __init__(self, policy: dict[str, Any], joined_on: date, entries: Entries) -> None:
        self.policy = policy
        self.period = policy["period"]
        self.entries = entries
        last = max((day for day, _ in entries), default=joined_on)
        self.starts = (
            starts_of_periods(self.period, joined_on, last)
            if self.period["kind"] in ("calendar", "anniversary")
            else []
        )
        self.asks = [tier["threshold"] for tier in policy["tiers"]]

    def value(self, day: date) -> int:
        total = 0
        for on, amount in self.entries:
            if on <= day and self.counts(on, day):
                total += amount
        return total

    def counts(self, on: date, day: date) -> bool:
        match self.period["kind"]:
            case "ever":
                return True
            case "rolling":
                return on > months_from(day, -self.period["months"])
        return max(s for s in self.starts if s <= day) <= on

    def first_day_without(self, qualified_on: date, periods_more: int) -> date:
        if self.period["kind"] == "rolling":
            months = self.period["months"] * (1 + periods_more)
            return months_from(qualified_on, months) + timedelta(days=1)
        later = [s for s in self.starts if s > qualified_on]
        return later[1 + periods_more]

    def tiers(self, first: date, last: date) -> dict[date, str]:
        """Of each day the tier as it ends: its key, or nothing."""
        qualified: list[date | None] = [None] * len(self.asks)
        # what each tier is held by: the day it was qualified for, and the steps down since
        held: list[tuple[date, int] | None] = [None] * len(self.asks)
        found, day = {}, first
        while day <= last:
            self._lapse(held, day)
            if any(on == day for on, _ in self.entries):
                value = self.value(day)
                for level, asked in enumerate(self.asks):
                    if value >= asked:
                        qualified[level] = day
                        held[level] = (day, 0)
            levels = [level for level, by in enumerate(held) if by]
            found[day] = self.policy["tiers"][max(levels)]["key"] if levels else ""
            day += timedelta(days=1)
        return found

    def _lapse(self, held: list[tuple[date, int] | None], day: date) -> None:
        if self.policy["downgrade"] == "none" or self.period["kind"] == "ever":
            return
        for level in range(len(held) - 1, -1, -1):
            by = held[level]
            while by is not None and day >= self._lost(by):
                held[level] = None
                if self.policy["downgrade"] == "one_level" and level:
                    self._drop(held, level - 1, (by[0], by[1] + 1))
                by = held[level]

    def _lost(self, by: tuple[date, int]) -> date:
        return self.first_day_without(*by) + timedelta(days=self.policy["grace_days"])

    def _drop(self, held: list[tuple[date, int] | None], level: int, by: tuple[date, int]) -> None:
        """One tier lower for one period more, unless that one is held for longer already."""
        own = held[level]
        if own is None or self._lost(own) < self._lost(by):
            held[level] = by
