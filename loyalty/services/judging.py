"""Judging what members did, one step on or as a whole history, for the app that keeps it.

Pure: rule sets, standings and activities in, awards and standings out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec

from loyalty.earning import engine, ruleset, terms
from loyalty.earning.document import Rule
from loyalty.earning.history import Deed, History, judge_return
from loyalty.earning.history import Judged as JudgedDeed
from loyalty.earning.history import judge as judge_history
from loyalty.earning.kept import WHOLE, Kept, Returned, ReturnedLine, kept_basket
from loyalty.earning.ruleset import RuleSet
from loyalty.earning.standing import (
    SHARED,
    Assigned,
    Standing,
    advance,
    facts_at,
    is_behind,
    read_standing,
    tier_states,
    write_standing,
)
from loyalty.earning.tier_moves import TierChange, tier_changes
from loyalty.types import Activity, Award, Grant, MemberFacts, Outcome, Reason, Terms

__all__ = [
    "WHOLE",
    "Assigned",
    "Deed",
    "GrantedLot",
    "History",
    "JudgedDeed",
    "Kept",
    "Returned",
    "ReturnedLine",
    "RuleSet",
    "Standing",
    "Step",
    "TierChange",
    "award_again",
    "granted_lot",
    "grants_of",
    "is_behind",
    "judge",
    "judge_history",
    "judge_return",
    "kept_basket",
    "known_again",
    "lots",
    "read_standing",
    "shared_limits",
    "shared_uses",
    "slides",
    "tier_changes",
    "tiers_at",
    "write_standing",
]


class Step(NamedTuple):
    """One activity judged: by what, what it earns, and where the member stands after it."""

    facts: MemberFacts
    award: Award
    standing: Standing


class GrantedLot(NamedTuple):
    """What becomes one lot, with its dates and the reasons that gave it."""

    unit: str
    points: int
    available_from: datetime | None
    expires_at: datetime | None
    awaits: str
    expiry: str
    is_sliding: bool
    reasons: list[Reason]
    terms: Terms

    def waits(self, activity: Activity) -> bool:
        """Whether they were not usable yet when it happened."""
        return self.available_from is None or activity.occurred_at < self.available_from


# --- One step ----------------------------------------------------------------------------------


def judge(
    rule_set: RuleSet,
    standing: Standing,
    activity: Activity,
    *,
    joined_on: date,
    shared: Mapping[str, int],
    segments: frozenset[str] = frozenset(),
    tells_all: bool = True,
) -> Step:
    """The activity as the next that the member did; `shared` is used of the limits it may touch.

    `segments` are those that the member was in when it happened. Without `tells_all` the award's reasons are those that are kept: of what gave something.
    """
    facts = facts_at(
        standing,
        rule_set,
        at=activity.occurred_at,
        joined_on=joined_on,
        trigger=activity.type,
        segments=segments,
        shared_used=shared,
    )
    award = ruleset.award(rule_set, activity, facts, tells_all=tells_all)
    return Step(facts, award, advance(standing, rule_set, activity, award, facts))


def award_again(rule_set: RuleSet, activity: Activity, facts: MemberFacts) -> Award:
    """What the activity earned by that rule set and those facts: the same, to the point."""
    return ruleset.award(rule_set, activity, facts)


def tiers_at(
    rule_set: RuleSet,
    standing: Standing,
    at: datetime,
    joined_on: date,
    segments: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """Of each tier set the tier that the member has at that moment, if any."""
    if not rule_set.tier_sets:
        return {}
    states = tier_states(standing, rule_set, at=at, joined_on=joined_on, segments=segments)
    return {state.tier_set: state.tier for state in states if state.tier}


# --- Limits that members share -----------------------------------------------------------------


def shared_limits(rule_set: RuleSet, activity: Activity) -> dict[str, int]:
    """The shared limits that the activity may touch: how much each allows, by its key."""
    if not _shares(rule_set, activity.type):
        return {}
    return engine.shared_limits(rule_set, activity, zone=rule_set.zone, budgets=rule_set.budgets)


@lru_cache(maxsize=1024)
def _shares(rule_set: RuleSet, trigger: str) -> bool:
    rules = rule_set.by_trigger.get(trigger, ())
    return any(bound.is_shared for rule in rules for bound in rule.bounds) or any(
        getattr(effect, "scope", "member") != "member"  # of a cap
        for rule in rules
        for effect in rule.document.effects
    )


def known_again(
    rule_set: RuleSet, activity: Activity, facts: MemberFacts, award: Award
) -> MemberFacts:
    """What was known when it was judged first, to judge it again in another place.

    Of limits that members share it may not come to use more than it did.
    """
    limits = shared_limits(rule_set, activity)
    if not limits:
        return facts
    left = {key: most - award.uses.get(key, 0) for key, most in limits.items()}
    used = {key: max(facts.used.get(key, 0), others) for key, others in left.items()}
    return msgspec.structs.replace(facts, used={**facts.used, **used})


def shared_uses(award: Award) -> dict[str, int]:
    """What the award uses of limits that members share, by their keys."""
    if not award.uses:
        return {}
    return {key: used for key, used in award.uses.items() if used and key.startswith(SHARED)}


# --- What is granted ---------------------------------------------------------------------------


def lots(
    rule_set: RuleSet, activity: Activity, award: Award, facts: MemberFacts
) -> list[GrantedLot]:
    """What the award becomes in the books: a lot for each unit and terms that it grants."""
    return [
        granted_lot(rule_set, activity, grant, reasons=_reasons(rule_set, award, grant, facts))
        for grant in grants_of(award)
    ]


def grants_of(award: Award) -> tuple[Grant, ...]:
    """The award's grants; of one from before there were any, its points."""
    if award.grants or not award.points:
        return award.grants
    whole = Grant(
        points=award.points, line_points=award.line_points, loose_points=award.loose_points
    )
    return (whole,)


def granted_lot(
    rule_set: RuleSet, activity: Activity, grant: Grant, *, reasons: list[Reason]
) -> GrantedLot:
    """So much of a unit granted on those terms by the activity."""
    policy = terms.parse_expiry(grant.terms.expiry) if grant.terms.expiry else _own(rule_set, grant)
    dates = terms.dates_of(grant.terms, policy, activity.occurred_at, rule_set.zone)
    return GrantedLot(
        unit=grant.unit,
        points=grant.points,
        available_from=dates.available_from,
        expires_at=dates.expires_at,
        awaits=grant.terms.awaits,
        expiry=terms.expiry_text(policy) if grant.terms.awaits else "",
        is_sliding=dates.is_sliding,
        reasons=reasons,
        terms=grant.terms,
    )


def _own(rule_set: RuleSet, grant: Grant) -> terms.ExpiryPolicy:
    unit = rule_set.units.get(grant.unit)
    return unit.expiry if unit else terms.NEVER


def _reasons(rule_set: RuleSet, award: Award, grant: Grant, facts: MemberFacts) -> list[Reason]:
    """Those that gave this: of its unit, and when that is granted on several terms, on these."""
    given = [
        reason
        for reason in award.reasons
        if reason.outcome is Outcome.APPLIED and reason.unit == grant.unit
    ]
    if sum(other.unit == grant.unit for other in award.grants) <= 1:
        return given
    terms_of = {rule.key: _terms_for(rule, facts) for rule in rule_set.rules}
    return [reason for reason in given if terms_of.get(reason.rule) == grant.terms]


def _terms_for(rule: Rule, facts: MemberFacts) -> Terms:
    for tier, own in rule.tier_terms:
        if tier in facts.tiers.values():
            return own
    return rule.terms


# --- What stays alive --------------------------------------------------------------------------


def slides(
    rule_set: RuleSet, activity: Activity, granted: Sequence[GrantedLot] = ()
) -> dict[str, datetime]:
    """Until when the activity keeps sliding points alive, by unit; those that it grants too."""
    policies = _sliding(rule_set)
    if not policies:
        return {}
    given = {lot.unit for lot in granted if lot.is_sliding}
    found: dict[str, datetime] = {}
    for unit, policy in policies:
        if unit in given or terms.keeps_alive(policy, activity.type):
            until = terms.slides_to(policy, activity.occurred_at, rule_set.zone)
            if until is not None:
                found[unit] = max(until, found.get(unit, until))
    return found


@lru_cache(maxsize=256)
def _sliding(rule_set: RuleSet) -> tuple[tuple[str, terms.ExpiryPolicy], ...]:
    """The policies by inactivity, of units and of rules."""
    found = [(code, unit.expiry) for code, unit in rule_set.units.items()]
    for rule in rule_set.rules:
        for own in (rule.terms, *(each for _tier, each in rule.tier_terms)):
            if own.expiry:
                found += [(gift.unit, terms.parse_expiry(own.expiry)) for gift in rule.gifts]
    return tuple((unit, each) for unit, each in found if isinstance(each, terms.Inactivity))


def standing_json(standing: Standing) -> msgspec.Raw:
    """The standing's document, to be put into a larger one as it is."""
    return msgspec.Raw(write_standing(standing).encode())


def goodwill_until(rule_set: RuleSet, at: datetime) -> datetime | None:
    """Until when spent points that lapsed meanwhile are good again; None when they are not."""
    if not rule_set.goodwill_days:
        return None
    last = at.astimezone(rule_set.zone).date() + timedelta(days=rule_set.goodwill_days)
    return terms.start_of_day(last + timedelta(days=1), rule_set.zone)
