"""A rule set: all by which a programme judges at one moment, whole and in one document.

Every activity is kept with the rule set that it was judged under, so that it can be judged again
anywhere, to the point, whatever has changed since.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from loyalty.earning.document import Rule, parse_rule
from loyalty.earning.engine import evaluate
from loyalty.earning.terms import NEVER, ExpiryPolicy, parse_expiry
from loyalty.earning.tiers import Anniversary, TierSet, parse_tier_set
from loyalty.errors import RuleInvalid
from loyalty.types import Activity, Award, EarningBase, MemberFacts, Rounding, Words

POINTS = "points"


class UnitPolicy(NamedTuple):
    """What is saved, and when it lapses."""

    kind: str = "POINTS"  # or CREDITS, STAMPS
    expiry: ExpiryPolicy = NEVER


class Looks(NamedTuple):
    """What the rules of one trigger look at in a member, so that no other fact need be found."""

    counts: frozenset[str] | None = frozenset()  # activity types; None: any
    limited: tuple[str, ...] = ()  # the rules whose limits are the member's own, as "key|"
    tiers: bool = False
    segments: bool = False
    variants: bool = False
    joined: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class RuleSet:
    """A parsed rule set. Two of them are the same only when they are one object."""

    number: int
    rules: tuple[Rule, ...]  # in the order in which they have their turn
    by_trigger: dict[str, tuple[Rule, ...]]
    looks: dict[str, Looks]
    zone: ZoneInfo
    currency: str
    rounding: Rounding
    base: EarningBase
    return_policy: str
    goodwill_days: int
    budgets: dict[str, int]
    units: dict[str, UnitPolicy]
    tier_sets: tuple[TierSet, ...]
    by_tally: dict[str, TierSet]  # those that something is tallied for
    by_joining: bool  # whether a period runs from the day of joining
    by_segment: bool  # whether a tier set goes by the segments that members are in

    @property
    def tallies(self) -> AbstractSet[str]:
        return self.by_tally.keys()


class _Unit(Struct, frozen=True):
    kind: str = "POINTS"
    expiry: dict[str, Any] | None = None


class _Tiers(Struct, frozen=True):
    key: str
    name: Words
    policy: dict[str, Any]


class _Rule(Struct, frozen=True):
    key: str
    version: int
    name: Words
    document: dict[str, Any]
    priority: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class _Document(Struct, frozen=True):
    schema: Literal[1]
    time_zone: str = "UTC"
    currency: str = "EUR"
    rounding: Rounding = Rounding.FLOOR
    base: EarningBase = EarningBase()
    return_policy: str = "OWED"
    goodwill_days: int = 14
    budgets: dict[str, int] = {}
    units: dict[str, _Unit] = {}
    tier_sets: tuple[_Tiers, ...] = ()
    rules: tuple[_Rule, ...] = ()


def parse_rule_set(document: Mapping[str, Any], *, number: int = 0) -> RuleSet:
    """The rule set that a document describes; {"schema": 1} is the smallest, and earns nothing.

    Raises RuleInvalid, with `field` as the place, for what this version cannot carry out.
    """
    said = _read(document)
    rules = tuple(sorted(map(_rule, said.rules), key=attrgetter("order")))
    by_trigger: dict[str, tuple[Rule, ...]] = {}
    for rule in rules:
        trigger = rule.document.trigger
        by_trigger[trigger] = (*by_trigger.get(trigger, ()), rule)
    tier_sets = tuple(parse_tier_set(t.policy, key=t.key, name=t.name) for t in said.tier_sets)
    return RuleSet(
        number=number,
        rules=rules,
        by_trigger=by_trigger,
        looks=_looks(said.rules),
        zone=ZoneInfo(said.time_zone),
        currency=said.currency,
        rounding=said.rounding,
        base=said.base,
        return_policy=said.return_policy,
        goodwill_days=said.goodwill_days,
        budgets=said.budgets,
        units={POINTS: UnitPolicy()} | {code: _unit(unit) for code, unit in said.units.items()},
        tier_sets=tier_sets,
        by_tally={t.tally: t for t in tier_sets if t.policy.measure.kind != "segment"},
        by_joining=any(isinstance(t.policy.period, Anniversary) for t in tier_sets),
        by_segment=any(t.policy.measure.kind == "segment" for t in tier_sets),
    )


def award(
    rule_set: RuleSet, activity: Activity, facts: MemberFacts, *, tells_all: bool = True
) -> Award:
    """The engine's answer under this rule set, whoever asks: till, batch, quote or history."""
    return evaluate(
        rule_set,
        activity,
        facts,
        rounding=rule_set.rounding,
        zone=rule_set.zone,
        base=rule_set.base,
        budgets=rule_set.budgets,
        tells_all=tells_all,
    )


def _read(document: Mapping[str, Any]) -> _Document:
    try:
        return msgspec.convert(document, _Document)
    except msgspec.ValidationError as invalid:
        problem, _, path = str(invalid).partition(" - at `$")
        places = [place.rstrip("]") for place in re.split(r"[.\[]", path.rstrip("`")) if place]
        raise RuleInvalid(f"{problem.rstrip('.')}.", field=".".join(places)) from invalid


def _unit(said: _Unit) -> UnitPolicy:
    return UnitPolicy(said.kind, parse_expiry(said.expiry) if said.expiry else NEVER)


def _rule(said: _Rule) -> Rule:
    return parse_rule(
        said.document,
        key=said.key,
        version=said.version,
        name=said.name,
        priority=said.priority,
        starts_at=said.starts_at,
        ends_at=said.ends_at,
    )


# --- What the rules look at --------------------------------------------------------------------


def _looks(rules: tuple[_Rule, ...]) -> dict[str, Looks]:
    found: dict[str, Looks] = {}
    for rule in rules:
        trigger = rule.document["trigger"]
        found[trigger] = _looks_of(rule, found.get(trigger, Looks()))
    return found


def _looks_of(rule: _Rule, so_far: Looks) -> Looks:
    """With what this rule looks at; an advanced condition may look at anything."""
    conditions = rule.document.get("conditions", ())
    fields = {condition["field"] for condition in conditions}
    anything = "advanced" in fields
    counted = {each.get("of", "") for each in conditions if each["field"] == "count"}
    own = any(each.get("scope", "member") == "member" for each in rule.document.get("limits", ()))
    capped = any(each.get("kind") == "cap" for each in rule.document.get("effects", ()))
    return Looks(
        counts=None if anything or so_far.counts is None else so_far.counts | counted,
        limited=(*so_far.limited, f"{rule.key}|") if own or capped else so_far.limited,
        tiers=so_far.tiers or anything or "member.tier" in fields or "tier_expiry" in rule.document,
        segments=so_far.segments or anything or "member.segment" in fields,
        variants=so_far.variants or anything or "variant" in fields,
        joined=so_far.joined or anything or not fields.isdisjoint(_OF_JOINING),
    )


_OF_JOINING = frozenset({"member.joined", "member.anniversary"})
