"""Whether one rule always holds where another does, and gives at least as much there."""

from collections.abc import Sequence
from fractions import Fraction

from loyalty.earning.conditions import (
    Condition,
    KeyCondition,
    MemberSegment,
    MemberTier,
    field_of,
)
from loyalty.earning.document import Rule
from loyalty.earning.effects import AnyEffect, Fixed, Multiplier, PerAmount, PerQuantity, Reward
from loyalty.earning.reach import Reach, bound_of, keys_left, reach_of, subject_of


def covers(wide: Rule, narrow: Rule) -> bool:
    """Whether `wide` holds, on at least the same lines, whenever `narrow` does; False if unsure."""
    outer, inner = reach_of(wide), reach_of(narrow)
    return _lasts(outer, inner) and all(
        _is_implied(condition, inner.conditions) for condition in outer.conditions
    )


def outdoes(rule: Rule, other: Rule, *, on_ties: bool) -> bool:
    """Whether the rule gives more than the other wherever both do; as much, if ties are its own."""
    if len(rule.document.effects) > 1 or len(other.document.effects) > 1:
        return False
    mine, theirs = worth_of(rule.document.effects[0]), worth_of(other.document.effects[0])
    if mine is None or theirs is None or mine[:2] != theirs[:2]:
        return False
    is_exact = mine[0] is Fixed  # all others are rounded, so that more may come to as much
    return mine[2] > theirs[2] if is_exact and not on_ties else on_ties and mine[2] >= theirs[2]


def always_gives(rule: Rule) -> bool:
    """Whether the rule gives something whenever it holds."""
    return not rule.limits and any(
        isinstance(effect, Fixed | Reward) for effect in rule.document.effects
    )


def worth_of(effect: AnyEffect) -> tuple[type[AnyEffect], str, Fraction] | None:
    """What an effect gives, to be compared with others of its kind and unit."""
    match effect:
        case Fixed(points=points, unit=unit):
            return Fixed, unit, Fraction(points)
        case PerAmount(points=points, per=per, unit=unit):
            return PerAmount, unit, points / Fraction(per)
        case PerQuantity(points=points, per=per, unit=unit):
            return PerQuantity, unit, points / Fraction(per)
        case Multiplier(factor=factor, unit=unit):
            return Multiplier, unit, Fraction(factor)
    return None


def _lasts(outer: Reach, inner: Reach) -> bool:
    from_start = outer.starts_at is None or (
        inner.starts_at is not None and outer.starts_at <= inner.starts_at
    )
    to_end = outer.ends_at is None or (inner.ends_at is not None and inner.ends_at <= outer.ends_at)
    return from_start and to_end


def _is_implied(condition: Condition, given: Sequence[Condition]) -> bool:
    """Whether what is given leaves no way to fail the condition."""
    if condition in given:
        return True
    alike = [other for other in given if subject_of(other) == subject_of(condition)]
    if isinstance(condition, KeyCondition):
        return _is_implied_of_keys(condition, alike)
    bound = bound_of(condition)
    others = [bound_of(other) for other in alike if other.operator == condition.operator]
    known = [other for other in others if other is not None]
    if bound is None or not known:
        return False
    return max(known) >= bound if condition.operator == "at_least" else min(known) <= bound


def _is_implied_of_keys(condition: KeyCondition, alike: Sequence[Condition]) -> bool:
    keys = frozenset(condition.value)
    if condition.operator == "not_in" and _refused(alike) >= keys:
        return True
    if isinstance(condition, MemberTier | MemberSegment):  # a member may be in several
        asked = [frozenset(c.value) for c in alike if isinstance(c, KeyCondition) and _asks(c)]
        return condition.operator == "in" and any(some <= keys for some in asked)
    left = keys_left(alike)
    if left is None:
        return False
    return left <= keys if condition.operator == "in" else left.isdisjoint(keys)


def _asks(condition: Condition) -> bool:
    return condition.operator == "in"


def _refused(conditions: Sequence[Condition]) -> frozenset[str]:
    refusing = [c for c in conditions if isinstance(c, KeyCondition) and not _asks(c)]
    return frozenset[str]().union(*(condition.value for condition in refusing))


def has_lines(rule: Rule) -> bool:
    """Whether the rule chooses lines."""
    return any(field_of(condition).startswith("line.") for condition in rule.document.conditions)
