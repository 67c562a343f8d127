"""Conditions that are simply met or not: channel, location, time, the member, the whole basket."""

from collections.abc import Callable
from functools import lru_cache

from loyalty.earning.conditions import (
    WEEKDAYS,
    ActivityAttribute,
    ActivityChannel,
    ActivityCount,
    ActivityLocation,
    BasketAmount,
    BasketContains,
    CampaignVariant,
    Condition,
    MemberAnniversary,
    MemberJoined,
    MemberSegment,
    MemberTier,
    Number,
    TimeHours,
    TimeMonthDay,
    TimeWeekday,
    cents,
)
from loyalty.earning.scene import Scene
from loyalty.errors import RuleInvalid

Check = Callable[[Scene], bool]

_PLACES = 4  # of an attribute's number
_LAST_DAY = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_FEBRUARY = 2
_LEAP_DAY = 29


def check_of(condition: Condition) -> Check | None:
    """The condition as a question; None if it is one of another kind. Raises RuleInvalid."""
    for kinds, make in _MAKERS:
        if isinstance(condition, kinds):
            return make(condition)
    return None


def _channel(condition: ActivityChannel) -> Check:
    keys, wanted = frozenset(condition.value), condition.operator == "in"
    return lambda scene: (scene.activity.channel in keys) is wanted


def _location(condition: ActivityLocation) -> Check:
    keys, wanted = frozenset(condition.value), condition.operator == "in"
    return lambda scene: (scene.activity.location in keys) is wanted


def _tier(condition: MemberTier) -> Check:
    keys, wanted = frozenset(condition.value), condition.operator == "in"
    return lambda scene: keys.isdisjoint(scene.facts.tiers.values()) is not wanted


def _segment(condition: MemberSegment) -> Check:
    keys, wanted = frozenset(condition.value), condition.operator == "in"
    return lambda scene: keys.isdisjoint(scene.facts.segments) is not wanted


def _variant(condition: CampaignVariant) -> Check:
    campaign, keys, wanted = condition.campaign, frozenset(condition.value), condition.operator
    if wanted == "in":
        return lambda scene: scene.facts.variants.get(campaign) in keys
    return lambda scene: scene.facts.variants.get(campaign) not in keys


def _attribute(condition: ActivityAttribute) -> Check:
    name, operator, value = condition.name, condition.operator, condition.value
    if isinstance(value, tuple) != (operator in {"in", "not_in"}):
        raise RuleInvalid("Use in and not_in with keys, at_least and at_most with a number.")
    if isinstance(value, tuple):
        keys, wanted = frozenset(value), operator == "in"
        return lambda scene: (scene.activity.attributes.get(name) in keys) is wanted
    bound = _required(value)
    if operator == "at_least":
        return lambda scene: (
            (number := number_of(scene.activity.attributes.get(name, ""))) is not None
            and number >= bound
        )
    return lambda scene: (
        (number := number_of(scene.activity.attributes.get(name, ""))) is not None
        and number <= bound
    )


@lru_cache(maxsize=4096)
def number_of(text: str) -> int | None:
    """A decimal text in whole ten-thousandths, rounded down; None for what is no such number."""
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text)
    whole, point, fraction = digits.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 15):  # noqa: PLR2004
        return None
    if point and not (fraction.isascii() and fraction.isdigit()):
        return None
    scaled = int(whole + fraction[:_PLACES].ljust(_PLACES, "0"))
    return sign * scaled - (sign < 0 and fraction[_PLACES:].strip("0") != "")


def _required(number: Number) -> int:
    scaled = number_of(number)
    if scaled is None:
        raise RuleInvalid('A number is a text such as "4.5".')
    return scaled


def _contains(condition: BasketContains) -> Check:
    wanted = frozenset(condition.value)

    def holds(scene: Scene) -> bool:
        basket, missing = scene.basket, set(wanted)
        for at in basket.paid:
            line = basket.lines[at]
            missing.discard(line.category)
            missing.discard(line.product)
        return not missing

    return holds


def _amount_at_most(condition: BasketAmount) -> Check | None:
    if condition.operator != "at_most":
        return None
    most = cents(condition.value)
    return lambda scene: scene.basket.total * 100 <= most * scene.basket.scale


def _weekday(condition: TimeWeekday) -> Check:
    days, wanted = {WEEKDAYS.index(day) for day in condition.value}, condition.operator == "in"
    return lambda scene: (scene.local.weekday() in days) is wanted


def _hours(condition: TimeHours) -> Check:
    first, last = (int(hour[:2]) * 60 + int(hour[3:]) for hour in condition.value)
    if first == last:
        raise RuleInvalid("The two hours must differ.")

    def holds(scene: Scene) -> bool:
        local = scene.local
        minute = local.hour * 60 + local.minute
        return first <= minute < last if first < last else minute >= first or minute < last

    return holds


def _month_day(condition: TimeMonthDay) -> Check:
    first, last = (_day_of_year(day) for day in condition.value)

    def holds(scene: Scene) -> bool:
        local = scene.local
        day = (local.month, local.day)
        return first <= day <= last if first <= last else day >= first or day <= last

    return holds


def _day_of_year(text: str) -> tuple[int, int]:
    month, day = int(text[:2]), int(text[3:])
    if day > _LAST_DAY.get(month, 31):
        raise RuleInvalid(f"There is no day {text}.")
    return month, day


def _joined(condition: MemberJoined) -> Check:
    bound = condition.value
    if condition.operator == "at_least":
        return lambda scene: (days := scene.days_a_member()) is not None and days >= bound
    return lambda scene: (days := scene.days_a_member()) is not None and days <= bound


def _anniversary(condition: MemberAnniversary) -> Check:
    whole_month = condition.value == "month"

    def holds(scene: Scene) -> bool:
        joined, day = scene.facts.joined_on, scene.day
        if joined is None or day.year <= joined.year or day.month != joined.month:
            return False
        return whole_month or day.day == _day_in(day.year, joined.month, joined.day)

    return holds


def _day_in(year: int, month: int, day: int) -> int:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 28 if (month, day) == (_FEBRUARY, _LEAP_DAY) and not is_leap else day


def _count_at_most(condition: ActivityCount) -> Check | None:
    if condition.operator != "at_most":
        return None
    of, most = condition.of, condition.value
    return lambda scene: scene.nth(of) <= most


_MAKERS: tuple[tuple[type[Condition], Callable[..., Check | None]], ...] = (
    (ActivityChannel, _channel),
    (ActivityLocation, _location),
    (ActivityAttribute, _attribute),
    (MemberTier, _tier),
    (MemberSegment, _segment),
    (MemberJoined, _joined),
    (MemberAnniversary, _anniversary),
    (CampaignVariant, _variant),
    (TimeWeekday, _weekday),
    (TimeHours, _hours),
    (TimeMonthDay, _month_day),
    (BasketContains, _contains),
    (BasketAmount, _amount_at_most),
    (ActivityCount, _count_at_most),
)
