"""What the conditions of one rule, or of two together, let through: nothing at all, or the rest.

When in doubt something gets through: what is called impossible here never happens.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import product
from math import lcm, prod
from typing import Literal, NamedTuple

from loyalty.earning.conditions import (
    ActivityAttribute,
    ActivityChannel,
    ActivityCount,
    ActivityLocation,
    BasketAmount,
    BasketQuantity,
    CampaignVariant,
    Condition,
    LineAmount,
    LineBrand,
    LineCategory,
    LineKinds,
    LineProduct,
    MemberAnniversary,
    MemberJoined,
    MemberSegment,
    MemberTier,
    cents,
    field_of,
    thousandths,
)
from loyalty.earning.document import Rule
from loyalty.earning.occasions import TIMES, occasions_of
from loyalty.earning.situation import number_of
from loyalty.types import EarningBase, LineKind

ONE_OF = (
    LineCategory,
    LineProduct,
    LineBrand,
    ActivityChannel,
    ActivityLocation,
    ActivityAttribute,
    CampaignVariant,
)
_SOONEST_ANNIVERSARY = {"day": 365, "month": 335}  # in days after joining
_MOST_LADDERS = 5_000  # combinations of tiers that are gone through
_ENDLESS = 10**18


class Known(NamedTuple):
    """What the programme has; None is not known, so anything may be."""

    tiers: Sequence[frozenset[str]] | None = None  # of each tier set; a member has one of each
    categories: Collection[str] | None = None
    products: Collection[str] | None = None
    segments: Collection[str] | None = None
    base: EarningBase | None = None
    zone: tzinfo | None = None

    def keys(self, field: str) -> Collection[str] | None:
        """All that a field may be one of."""
        tiers = None if self.tiers is None else frozenset[str]().union(*self.tiers)
        known: Mapping[str, Collection[str] | None] = {
            "line.category": self.categories,
            "line.product": self.products,
            "member.segment": self.segments,
            "member.tier": tiers,
        }
        return known.get(field)


class Impossible(NamedTuple):
    """Why nothing gets through: these conditions clash, or what they ask for is not there."""

    cause: Literal["clash", "unknown", "excluded"]
    conditions: tuple[Condition, ...]
    is_of_period: bool = False


class Reach(NamedTuple):
    """Conditions that must all hold within a period; of a line, for one and the same line."""

    conditions: tuple[Condition, ...]
    starts_at: datetime | None
    ends_at: datetime | None


def reach_of(rule: Rule) -> Reach:
    """What one rule lets through."""
    return Reach(rule.document.conditions, rule.starts_at, rule.ends_at)


def both(some: Reach, other: Reach) -> Reach:
    """What gets through both."""
    starts = [at for at in (some.starts_at, other.starts_at) if at]
    ends = [at for at in (some.ends_at, other.ends_at) if at]
    return Reach(
        some.conditions + other.conditions, max(starts, default=None), min(ends, default=None)
    )


def why_impossible(reach: Reach, known: Known) -> Impossible | None:
    """Why no activity can ever get through; None when one may."""
    for look in _LOOKS:
        if found := look(reach, known):
            return found
    return None


# --- Keys --------------------------------------------------------------------------------------


def keys_left(conditions: Iterable[Condition]) -> frozenset[str] | None:
    """What several conditions on one field leave of the keys they ask for; None: any may be."""
    asked = [frozenset(c.value) for c in conditions if isinstance(c, ONE_OF) and _wants(c)]
    refused = [frozenset(c.value) for c in conditions if isinstance(c, ONE_OF) and _refuses(c)]
    return asked[0].intersection(*asked[1:]).difference(*refused) if asked else None


def by_subject(conditions: Iterable[Condition]) -> dict[tuple[str, str], list[Condition]]:
    """Conditions on what can be only one thing at a time, sorted by what they look at."""
    sorted_: dict[tuple[str, str], list[Condition]] = {}
    for condition in conditions:
        if isinstance(condition, ONE_OF):
            sorted_.setdefault(subject_of(condition), []).append(condition)
    return sorted_


def subject_of(condition: Condition) -> tuple[str, str]:
    """The field, and which of those of that name."""
    match condition:
        case ActivityAttribute(name=name):
            return field_of(condition), name
        case CampaignVariant(campaign=campaign):
            return field_of(condition), campaign
        case ActivityCount(of=of):
            return field_of(condition), of
    return field_of(condition), ""


def _wants(condition: Condition) -> bool:
    return condition.operator == "in"


def _refuses(condition: Condition) -> bool:
    return condition.operator == "not_in"


def _look_at_keys(reach: Reach, known: Known) -> Impossible | None:
    for (field, _), conditions in by_subject(reach.conditions).items():
        left = keys_left(conditions)
        if left is None:
            continue
        there = known.keys(field)
        if not any(_is_in_bounds(key, conditions) for key in left):
            return Impossible("clash", tuple(conditions))
        if there is not None and left.isdisjoint(there):
            return Impossible("unknown", tuple(filter(_wants, conditions)))
    return None


def _is_in_bounds(key: str, conditions: Iterable[Condition]) -> bool:
    """Whether a key can also be the number that conditions on an attribute ask for."""
    number = number_of(key)
    for condition in conditions:
        if isinstance(condition, ActivityAttribute) and isinstance(condition.value, str):
            bound = number_of(condition.value)
            if number is None or bound is None:
                return False
            if number < bound if condition.operator == "at_least" else number > bound:
                return False
    return True


def _look_at_kinds(reach: Reach, known: Known) -> Impossible | None:
    conditions = [c for c in reach.conditions if isinstance(c, LineKinds)]
    left = set(LineKind)
    for condition in conditions:
        named = set(map(LineKind, condition.value))
        left = left & named if condition.operator == "in" else left - named
    if not left:
        return Impossible("clash", tuple(conditions))
    if known.base is not None and not left - _excluded(known.base):
        return Impossible("excluded", tuple(conditions))
    return None


def _excluded(base: EarningBase) -> set[LineKind]:
    earns = {LineKind.GIFT_CARD: base.gift_cards, LineKind.DELIVERY: base.delivery}
    return {kind for kind, does in earns.items() if not does}


# --- The member --------------------------------------------------------------------------------


def _look_at_groups(reach: Reach, known: Known) -> Impossible | None:
    """Segments and tiers: a member may be in several, so each condition is met apart."""
    for kind in (MemberSegment, MemberTier):
        conditions = [c for c in reach.conditions if isinstance(c, kind)]
        refused = frozenset[str]().union(*(c.value for c in conditions if _refuses(c)))
        there = known.keys(field_of(conditions[0])) if conditions else None
        for condition in filter(_wants, conditions):
            left = frozenset(condition.value) - refused
            if not left:
                return Impossible("clash", tuple(conditions))
            if there is not None and left.isdisjoint(there):
                return Impossible("unknown", (condition,))
    return None


def _look_at_ladders(reach: Reach, known: Known) -> Impossible | None:
    """Of each tier set a member has one tier, or none."""
    conditions = tuple(c for c in reach.conditions if isinstance(c, MemberTier))
    if not known.tiers or not any(map(_wants, conditions)):
        return None
    named = frozenset[str]().union(*(c.value for c in conditions))
    ladders = [(named & ladder) | {""} for ladder in known.tiers]
    if prod(map(len, ladders)) > _MOST_LADDERS:
        return None
    for held in product(*ladders):
        if all(_wants(c) is not frozenset(held).isdisjoint(c.value) for c in conditions):
            return None
    return Impossible("clash", conditions)


def _look_at_joining(reach: Reach, _: Known) -> Impossible | None:
    days = [c for c in reach.conditions if isinstance(c, MemberJoined)]
    for condition in reach.conditions:
        if isinstance(condition, MemberAnniversary):
            soonest = _SOONEST_ANNIVERSARY[condition.value]
            for most in days:
                if most.operator == "at_most" and most.value < soonest:
                    return Impossible("clash", (most, condition))
    return None


# --- Numbers -----------------------------------------------------------------------------------


def _look_at_bounds(reach: Reach, _: Known) -> Impossible | None:
    lowest: dict[tuple[str, str], tuple[int, Condition]] = {}
    highest: dict[tuple[str, str], tuple[int, Condition]] = {}
    for condition in reach.conditions:
        bound = bound_of(condition)
        if bound is None:
            continue
        subject = subject_of(condition)
        if condition.operator == "at_least":
            if subject not in lowest or bound > lowest[subject][0]:
                lowest[subject] = (bound, condition)
        elif subject not in highest or bound < highest[subject][0]:
            highest[subject] = (bound, condition)
    for subject, (least, asks) in lowest.items():
        if subject in highest and least > highest[subject][0]:
            return Impossible("clash", (asks, highest[subject][1]))
    return None


def bound_of(condition: Condition) -> int | None:
    """The number that at_least and at_most speak of, in the field's smallest unit."""
    match condition:
        case BasketAmount(value=value) | LineAmount(value=value):
            return cents(value)
        case BasketQuantity(value=value):
            return thousandths(value)
        case MemberJoined(value=days):
            return days
        case ActivityAttribute(operator="at_least" | "at_most", value=str(value)):
            return number_of(value)
        case ActivityCount(operator="at_least" | "at_most", value=number):
            return number
    return None


def _look_at_counts(reach: Reach, _: Known) -> Impossible | None:
    counts: dict[str, list[ActivityCount]] = {}
    for condition in reach.conditions:
        if isinstance(condition, ActivityCount):
            counts.setdefault(condition.of, []).append(condition)
    for conditions in counts.values():
        if not _is_some_number(conditions):
            return Impossible("clash", tuple(conditions))
    return None


def _is_some_number(conditions: Sequence[ActivityCount]) -> bool:
    """Whether any number is at once a multiple, equal and within the bounds."""
    said: dict[str, list[int]] = {}
    for condition in conditions:
        said.setdefault(condition.operator, []).append(condition.value)
    least, most = max(said.get("at_least", [0])), min(said.get("at_most", [_ENDLESS]))
    step = lcm(*said.get("every", [1]))
    first = max(-(-least // step) * step, step if "every" in said else 0)
    exact = set(said.get("equals", [first]))
    return len(exact) == 1 and all(
        least <= number <= most and number % step == 0 and (number or "every" not in said)
        for number in exact
    )


# --- Time --------------------------------------------------------------------------------------


def _look_at_times(reach: Reach, known: Known) -> Impossible | None:
    starts_at, ends_at = reach.starts_at, reach.ends_at
    if starts_at and ends_at and starts_at >= ends_at:
        return Impossible("clash", (), is_of_period=True)
    conditions = [c for c in reach.conditions if isinstance(c, TIMES)]
    occasions = occasions_of(conditions)
    if not occasions.is_ever(None, None, UTC):
        return Impossible("clash", tuple(conditions))
    if known.zone and not occasions.is_ever(starts_at, ends_at, known.zone):
        return Impossible("clash", tuple(conditions), is_of_period=True)
    return None


_LOOKS: tuple[Callable[[Reach, Known], Impossible | None], ...] = (
    _look_at_keys,
    _look_at_kinds,
    _look_at_groups,
    _look_at_ladders,
    _look_at_joining,
    _look_at_bounds,
    _look_at_counts,
    _look_at_times,
)
