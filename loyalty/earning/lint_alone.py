"""What can be wrong with one rule by itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loyalty.earning.conditions import (
    BasketAmount,
    BasketQuantity,
    Condition,
    KeyCondition,
    LineAmount,
    condition_params,
    field_of,
)
from loyalty.earning.covering import has_lines
from loyalty.earning.document import Rule
from loyalty.earning.effects import AnyEffect, Fixed, Multiplier, PerAmount, PerQuantity, Reward
from loyalty.earning.findings import (
    Remark,
    Say,
    Severity,
    conditions_said,
    keys_said,
    plain_conditions,
)
from loyalty.earning.limits import Limit
from loyalty.earning.reach import Impossible, Known, reach_of, why_impossible
from loyalty.earning.rule_teller import said_by
from loyalty.earning.terms import Dates, EndOf, ExpiryPolicy, expires_at

_WITHOUT_LINES = frozenset({"review", "survey", "share", "referral", "check_in", "visit"})
_SHORT = timedelta(days=7)
_SOME_ZONE = ZoneInfo("UTC")
_A_YEAR = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(365)]


class House(NamedTuple):
    """What the programme has beside its rules; None is not known, so anything may be."""

    known: Known
    budgets: Mapping[str, int]
    units: Collection[str] | None
    now: datetime


def remarks_on(rule: Rule, house: House) -> Iterator[Remark]:
    """All that can be said of the rule without looking at others."""
    if impossible := why_impossible(reach_of(rule), house.known):
        yield _never(rule, impossible)
    else:
        yield from _unknown_keys(rule, house.known)
    if rule.ends_at and rule.ends_at <= house.now:
        zone = house.known.zone or UTC
        ended = rule.ends_at
        said: dict[str, Say] = {"through": lambda teller: teller.through(ended, zone)}
        yield Remark("period_over", Severity.WARNING, [rule], said)
    yield from _unknown_units(rule, house.units)
    for limit in rule.document.limits:
        yield from _limit(rule, limit, house.budgets)
    yield from _lines(rule)
    yield from _life(rule)


# --- Whether it can apply ----------------------------------------------------------------------


def _never(rule: Rule, impossible: Impossible) -> Remark:
    conditions = impossible.conditions
    template, say = "never_fires", conditions_said(conditions)
    if impossible.cause == "unknown":
        keys = [key for condition in conditions for key in _keys(condition)]
        return Remark("never_fires.unknown", Severity.ERROR, [rule], {"keys": keys_said(keys)})
    if impossible.cause == "excluded":
        template, say = "never_fires.excluded", plain_conditions(conditions)
    elif impossible.is_of_period:
        template = "never_fires.period"
    elif len(conditions) == 1:
        template = "never_fires.alone"
    return Remark(template, Severity.ERROR, [rule], {"conditions": say})


def _keys(condition: Condition) -> Sequence[str]:
    return condition.value if isinstance(condition, KeyCondition) else ()


def _unknown_keys(rule: Rule, known: Known) -> Iterator[Remark]:
    """Keys of which there are none, besides others of which there are some."""
    for condition in rule.document.conditions:
        there = known.keys(field_of(condition))
        unknown = [] if there is None else [key for key in _keys(condition) if key not in there]
        if unknown:
            yield Remark("unknown_key", Severity.WARNING, [rule], {"keys": keys_said(unknown)})


def _unknown_units(rule: Rule, units: Collection[str] | None) -> Iterator[Remark]:
    for unit in units_of(rule):
        if units is not None and unit not in units:
            yield Remark("unknown_unit", Severity.ERROR, [rule], {"unit": keys_said([unit])})


def _lines(rule: Rule) -> Iterator[Remark]:
    """A review has no basket: what counts its lines will hardly ever give anything."""
    trigger = rule.document.trigger
    counts = has_lines(rule) or any(
        isinstance(effect, PerAmount | PerQuantity | Multiplier) for effect in rule.document.effects
    )
    if trigger in _WITHOUT_LINES and counts:
        said: dict[str, Say] = {"deed": lambda teller: teller.deed(trigger).once}
        yield Remark("lines_unlikely", Severity.WARNING, [rule], said)


# --- How much it gives -------------------------------------------------------------------------


def _limit(rule: Rule, limit: Limit, budgets: Mapping[str, int]) -> Iterator[Remark]:
    if limit.scope == "budget":
        yield from _budget(rule, limit.budget, budgets)
    elif limit.of == "points" and limit.most:
        least = least_given(rule, limit.unit)
        if least > limit.most:
            told = {**said_by(limit), "trigger": rule.document.trigger}
            said: dict[str, Say] = {
                "points": points_said(least, limit.unit),
                "most": lambda teller: teller.most(told, told=[limit.unit]),
            }
            yield Remark("limit_below", Severity.WARNING, [rule], said)


def _budget(rule: Rule, key: str, budgets: Mapping[str, int]) -> Iterator[Remark]:
    said: dict[str, Say] = {"budget": lambda teller: teller.label(key, "budget")}
    if key not in budgets:
        yield Remark("unknown_budget", Severity.ERROR, [rule], said)
        return
    least = sum(least_given(rule, unit) for unit in units_of(rule))
    if least > budgets[key]:
        said["points"] = points_said(least, next(iter(units_of(rule))))
        said["most"] = lambda teller: teller.number(budgets[key])
        yield Remark("budget_below", Severity.WARNING, [rule], said)


def points_said(points: int, unit: str) -> Say:
    """ "500 punten"."""
    return lambda teller: teller.points(points, unit)


def unit_of(effect: AnyEffect) -> str:
    """The unit that an effect gives or caps; empty for a reward."""
    return "" if isinstance(effect, Reward) else str(said_by(effect)["unit"])


def units_of(rule: Rule) -> dict[str, None]:
    """The units that the rule gives, in its order."""
    return {unit: None for effect in rule.document.effects if (unit := unit_of(effect))}


def least_given(rule: Rule, unit: str) -> int:
    """What the rule surely gives of a unit whenever it holds, before any limit."""
    alike = [effect for effect in rule.document.effects if unit_of(effect) == unit]
    return sum(_least(effect, rule.document.conditions) for effect in alike)


def _least(effect: AnyEffect, conditions: Sequence[Condition]) -> int:
    match effect:
        case Fixed(points=points):
            return points
        case PerAmount(points=points, per=per):
            return int(_least_amount(conditions) * points / Fraction(per))
        case PerQuantity(points=points, per=per):
            asked = [Fraction(c.value) for c in conditions if isinstance(c, BasketQuantity)]
            return int(max(asked, default=Fraction(0)) * points / Fraction(per))
    return 0


def _least_amount(conditions: Sequence[Condition]) -> Fraction:
    """What at least is paid on the lines that count."""
    lines = [c for c in conditions if field_of(c).startswith("line.")]
    asked = [Fraction(c.value) for c in lines if isinstance(c, LineAmount)]
    if not lines:
        asked += [
            Fraction(c.value)
            for c in conditions
            if isinstance(c, BasketAmount) and "basket.amount" in condition_params(c)
        ]
    return max(asked, default=Fraction(0))


# --- How long it lasts -------------------------------------------------------------------------


def _life(rule: Rule) -> Iterator[Remark]:
    policies = list(rule.document.tier_expiry.values())
    if rule.document.terms and rule.document.terms.expiry:
        policies.append(rule.document.terms.expiry)
    shortest = min((_shortest(policy) for policy in policies), default=_SHORT)
    if shortest < _SHORT:
        days = max(1, round(shortest / timedelta(days=1)))
        said: dict[str, Say] = {"days": lambda teller: teller.counted(teller.words.days, days)}
        yield Remark("short_life", Severity.WARNING, [rule], said)


def _shortest(policy: ExpiryPolicy) -> timedelta:
    """The shortest time for which points are usable, whatever the day on which they become so."""
    starts = _A_YEAR if isinstance(policy, EndOf | Dates) else _A_YEAR[:1]
    lives = [end - start for start in starts if (end := expires_at(policy, start, _SOME_ZONE))]
    return min(lives, default=_SHORT)
