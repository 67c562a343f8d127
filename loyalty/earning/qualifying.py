"""What a member's days come to, and which tier they hold by it.

A member qualifies for a tier on a day on which what counts within the period comes to the tier's
threshold, and holds it to the end of the period after that. So the tier at any moment follows from
the last day on which each tier was qualified for: no job decides it, and spending plays no part.
"""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loyalty.earning.terms import add_months, start_of_day
from loyalty.earning.tiers import Anniversary, Calendar, Ever, Period, Rolling, TierSet
from loyalty.types import Activity, Award, EarningBase, LineKind

Days = dict[date, int]  # what each local day counts for, oldest first
Qualified = dict[str, date]  # of each tier's key, the last day on which it was qualified for

NO_TIER = -1
FOREVER = None
ONE_DAY = timedelta(days=1)
_FIRST_DAY = date(1970, 1, 1)
_PURCHASE = ("purchase",)
_OF_DAYS_ALONE = frozenset({"visits", "activities"})


class Held(NamedTuple):
    """The tier held, by its place from below, and the first day on which it no longer is."""

    level: int = NO_TIER
    until: date | None = FOREVER


# --- Counting ----------------------------------------------------------------------------------


def counts_for(tier_set: TierSet, activity: Activity, award: Award, base: EarningBase) -> int:
    """What an activity adds to the tally, never below zero: points, cents, a visit."""
    measure = tier_set.policy.measure
    types = measure.types or (_PURCHASE if measure.kind in ("spend", "visits") else ())
    if types and activity.type not in types:
        return 0
    if measure.kind == "spend":
        return max(0, _cents(activity, base))
    if measure.kind in _OF_DAYS_ALONE:
        return 1
    unit = measure.unit or measure.kind  # the units "points" and "credits"
    if unit == "points":
        return award.points
    return sum(grant.points for grant in award.grants if grant.unit == unit)


def _cents(activity: Activity, base: EarningBase) -> int:
    """What was spent on what can earn, less what points paid for unless that earns too."""
    spent = sum(
        (line.amount for line in activity.lines if _earns(line.kind, base)),
        start=activity.amount * 0 if activity.lines else activity.amount,
    )
    return int((spent if base.points_tender else spent - activity.tender) * 100)


def _earns(kind: LineKind, base: EarningBase) -> bool:
    if kind is LineKind.GIFT_CARD:
        return base.gift_cards
    return kind is not LineKind.DELIVERY or base.delivery


def counted_on(tier_set: TierSet, day: date) -> date:
    """The day to tally something under; in a tally without end all days but visits are one."""
    return _FIRST_DAY if tier_set.is_endless else day


def value_on(tier_set: TierSet, days: Days, day: date, joined_on: date | None) -> int:
    """What counts on that day: all of the period so far, by amount or by the number of days."""
    if not days:
        return 0
    since = first_counted(tier_set.policy.period, day, joined_on)
    if since <= next(iter(days)) and next(reversed(days)) <= day:
        return len(days) if tier_set.by_days else sum(days.values())
    counted = [amount for on, amount in days.items() if since <= on <= day]
    return len(counted) if tier_set.by_days else sum(counted)


def pruned(
    tier_set: TierSet, days: dict[date, int], today: date, joined_on: date | None
) -> dict[date, int]:
    """The days that can still matter to what is held from today on."""
    policy = tier_set.policy
    back = 0
    if policy.on_return == "at_once":  # a return may ask anew how the tier came about
        if policy.downgrade == "none":
            return days
        back = 1 + (len(policy.tiers) if policy.downgrade == "one_level" else 1)
        today -= timedelta(days=policy.grace_days)
    since = _first_kept(policy.period, today, joined_on, back)
    if not days or next(iter(days)) >= since:
        return days
    return {day: amount for day, amount in days.items() if day >= since}


# --- Periods -----------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def first_counted(period: Period, day: date, joined_on: date | None) -> date:
    """The first day that still counts on `day`."""
    if isinstance(period, Rolling):
        return add_months(day, -period.months) + ONE_DAY
    if isinstance(period, Ever):
        return date.min
    return _start(period, day, joined_on)


@lru_cache(maxsize=8192)
def _first_kept(period: Period, day: date, joined_on: date | None, back: int) -> date:
    if isinstance(period, Rolling):
        return add_months(day, -period.months * (1 + back)) + ONE_DAY
    if isinstance(period, Ever):
        return date.min
    first = first_counted(period, day, joined_on)
    for _period in range(back):
        first = first_counted(period, first - ONE_DAY, joined_on)
    return first


@lru_cache(maxsize=8192)
def held_until(period: Period, day: date, joined_on: date | None, further: int = 0) -> date | None:
    """The first day on which what was qualified for on `day` lapses; `further` periods later."""
    if isinstance(period, Ever):
        return FOREVER
    if isinstance(period, Rolling):
        return add_months(day, period.months * (1 + further)) + ONE_DAY
    return _start(period, day, joined_on, ahead=2 + further)


def period_after(period: Calendar | Anniversary, day: date, joined_on: date | None) -> date:
    """The first day on which what counts that day counts no more."""
    return _start(period, day, joined_on, ahead=1)


def _start(
    period: Calendar | Anniversary, day: date, joined_on: date | None, *, ahead: int = 0
) -> date:
    """The first day of the period that the day is in, or of one so many further on."""
    if isinstance(period, Calendar):
        anchor = date.fromisoformat(f"2000-{period.starts}")
    else:
        anchor = joined_on or _FIRST_DAY
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = months // period.months
    if add_months(anchor, number * period.months) > day:
        number -= 1
    return add_months(anchor, (number + ahead) * period.months)


# --- Qualifying and holding --------------------------------------------------------------------


def qualify(
    tier_set: TierSet, days: Days, qualified: Qualified, day: date, joined_on: date | None
) -> Qualified:
    """With the tiers that are qualified for on that day, on which something was counted."""
    level = level_at(tier_set, value_on(tier_set, days, day, joined_on))
    if level == NO_TIER:
        return qualified
    return {**qualified, **{tier.key: day for tier in tier_set.policy.tiers[: level + 1]}}


def requalify(
    tier_set: TierSet, days: Days, qualified: Qualified, since: date, joined_on: date | None
) -> dict[str, date]:
    """As if what the days from `since` on have lost had never been counted."""
    values = {day: value_on(tier_set, days, day, joined_on) for day in days}
    kept: dict[str, date] = {}
    for key, day in qualified.items():
        asked = tier_set.asks[tier_set.levels[key]] if key in tier_set.levels else 0
        if day < since or key not in tier_set.levels:
            kept[key] = day
        elif reached := [on for on, value in values.items() if on <= day and value >= asked]:
            kept[key] = max(reached)
    return kept


def qualify_again(
    tier_set: TierSet, days: Days, qualified: Qualified, since: date, joined_on: date | None
) -> Qualified:
    """As if what the days from `since` on have got back had never been lost."""
    for day in sorted(day for day in days if day >= since):
        qualified = qualify(tier_set, days, qualified, day, joined_on)
    return qualified


def held_on(
    tier_set: TierSet, days: Days, qualified: Qualified, today: date, joined_on: date | None
) -> Held:
    """The tier that is held today, by the last days of qualifying and the policy since."""
    best = Held()
    reached, last = _by_present_thresholds(tier_set, days, joined_on)
    for level in range(len(tier_set.asks) - 1, NO_TIER, -1):
        day = qualified.get(tier_set.policy.tiers[level].key)
        if level <= reached and (day is None or day < last):
            day = last
        if day is not None:
            best = max(best, _held(tier_set, level, day, today, joined_on), key=_worth)
        if best.level >= level:
            break
    return best


def _worth(held: Held) -> tuple[int, date]:
    return held.level, held.until or date.max


def _by_present_thresholds(
    tier_set: TierSet, days: Days, joined_on: date | None
) -> tuple[int, date]:
    """Up to which tier the last counted day qualifies by the thresholds of now, and that day.

    It says nothing new unless they were lowered, or the tiers came when the days were there.
    """
    if not days:
        return NO_TIER, date.min
    last = next(reversed(days))
    return level_at(tier_set, value_on(tier_set, days, last, joined_on)), last


def level_at(tier_set: TierSet, value: int) -> int:
    """The place of the highest tier that the value comes to."""
    return bisect_right(tier_set.asks, value) - 1


def _held(tier_set: TierSet, level: int, day: date, today: date, joined_on: date | None) -> Held:
    """What having qualified for that tier on that day still gives today."""
    policy = tier_set.policy
    if policy.downgrade == "none" or isinstance(policy.period, Ever):
        return Held(level, FOREVER)
    grace = timedelta(days=policy.grace_days)
    for down in range(level + 1 if policy.downgrade == "one_level" else 1):
        until = held_until(policy.period, day, joined_on, down)
        if until is None or today < until + grace:
            return Held(level - down, until)
    return Held()


@lru_cache(maxsize=8192)
def instant(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of the day there, in UTC."""
    return start_of_day(day, zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The day that it is there at that moment."""
    return at.astimezone(zone).date()
