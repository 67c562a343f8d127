"""Where a member stands: the fold of their activities in the order in which they happened.

Each step takes the standing that was and gives the one that is; what was is left as it was. Days
are those of the programme's zone. What no rule or tier can look at any more is left out, so that
the document stays small however long somebody is a member.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from loyalty.earning import qualifying
from loyalty.earning.qualifying import NO_TIER, counts_for, local_day
from loyalty.earning.ruleset import Looks, RuleSet
from loyalty.earning.tiers import TierSet
from loyalty.types import Activity, Award, MemberFacts

SHARED = "!"  # begins the keys of limits that members share: these are not the standing's


class Assigned(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A tier given by hand, from a moment to a moment or for life."""

    tier_set: str
    tier: str
    starts_at: datetime
    ends_at: datetime | None = None


class Standing(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What is known of one member after the last of their activities.

    `counts` are activities by type, `used` of their own limits what the windows of the last day
    have used, `tallies` by tier set and measure what each day counts for, `qualified` by tier set
    the last day on which each tier was qualified for.
    """

    counts: dict[str, int] = {}
    used: dict[str, int] = {}
    tallies: dict[str, dict[date, int]] = {}
    qualified: dict[str, dict[str, date]] = {}
    assigned: tuple[Assigned, ...] = ()
    joined_on: date | None = None  # when a period runs from it
    last_at: datetime | None = None


class TierState(NamedTuple):
    """The tier that a member has of one tier set; no tier is the empty key.

    `until` is the first moment at which it is no longer theirs without more, grace left out;
    `lapses_at` when it is gone; None when nothing ends it. `is_assigned`: by hand, and higher than
    what they earned.
    """

    tier_set: str
    tier: str = ""
    level: int = NO_TIER
    until: datetime | None = None
    lapses_at: datetime | None = None
    is_assigned: bool = False


Key = TypeVar("Key")

_NOTHING = Looks()
_NO_DAYS: dict[date, int] = {}
_NO_TIERS: dict[str, date] = {}
_decode = msgspec.json.Decoder(Standing).decode
_encode = msgspec.json.Encoder().encode


def read_standing(
    document: str | bytes | msgspec.Raw | Mapping[str, Any] | None,
) -> Standing:
    """The standing that a row keeps; none of a member without activities."""
    if not document:
        return Standing()
    if isinstance(document, Mapping):
        return msgspec.convert(document, Standing)
    return _decode(document)


def write_standing(standing: Standing) -> str:
    """The document that the row keeps of it."""
    return _encode(standing).decode()


# --- What the rules may know -------------------------------------------------------------------


def facts_at(
    standing: Standing,
    rule_set: RuleSet,
    *,
    at: datetime,
    joined_on: date | None,
    trigger: str,
    segments: frozenset[str] = frozenset(),
    shared_used: Mapping[str, int] | None = None,
    variants: Mapping[str, str] | None = None,
) -> MemberFacts:
    """What the rules for `trigger` look at, as it was before what happens at that moment.

    `shared_used` is what is used of the limits that members share, as far as it is known.
    """
    looks = rule_set.looks.get(trigger, _NOTHING)
    knows_segments = looks.segments or (looks.tiers and rule_set.by_segment)
    counts, used = standing.counts, standing.used
    if looks.counts is not None:
        counts = {kind: counts[kind] for kind in looks.counts if kind in counts}
    used = {key: used[key] for key in used if key.startswith(looks.limited)} if used else {}
    tiers: dict[str, str] = {}
    if looks.tiers:
        states = tier_states(standing, rule_set, at=at, joined_on=joined_on, segments=segments)
        tiers = {state.tier_set: state.tier for state in states if state.tier}
    return MemberFacts(
        joined_on=joined_on if looks.joined or rule_set.by_joining else None,
        tiers=tiers,
        segments=segments if knows_segments else frozenset(),
        counts=counts,
        used={**used, **shared_used} if shared_used else used,
        variants=dict(variants) if variants and looks.variants else {},
    )


def tier_states(
    standing: Standing,
    rule_set: RuleSet,
    *,
    at: datetime,
    joined_on: date | None = None,
    segments: frozenset[str] = frozenset(),
) -> list[TierState]:
    """Of each tier set the tier at that moment, without any job having run."""
    today = local_day(at, rule_set.zone)
    joined_on = joined_on or standing.joined_on
    return [
        _by_segment(tier_set, standing, segments, at)
        if tier_set.policy.measure.kind == "segment"
        else _earned(tier_set, standing, at, today, joined_on=joined_on, zone=rule_set.zone)
        for tier_set in rule_set.tier_sets
    ]


def _earned(
    tier_set: TierSet,
    standing: Standing,
    at: datetime,
    today: date,
    *,
    joined_on: date | None,
    zone: ZoneInfo,
) -> TierState:
    days = standing.tallies.get(tier_set.tally, _NO_DAYS)
    qualified = standing.qualified.get(tier_set.key, _NO_TIERS)
    level, until = qualifying.held_on(tier_set, days, qualified, today, joined_on)
    state = _at_level(tier_set, level)
    if until:
        gone = until + timedelta(days=tier_set.policy.grace_days)
        state = state._replace(
            until=qualifying.instant(until, zone), lapses_at=qualifying.instant(gone, zone)
        )
    return _or_assigned(tier_set, standing, at, state)


def _by_segment(
    tier_set: TierSet, standing: Standing, segments: frozenset[str], at: datetime
) -> TierState:
    state = TierState(tier_set.key)
    for level, tier in enumerate(tier_set.policy.tiers):
        if tier.segment in segments:
            state = _at_level(tier_set, level)
    return _or_assigned(tier_set, standing, at, state)


def _or_assigned(
    tier_set: TierSet, standing: Standing, at: datetime, state: TierState
) -> TierState:
    """The higher of what was earned and what was given by hand."""
    for given in standing.assigned:
        level = tier_set.levels.get(given.tier, NO_TIER)
        if given.tier_set == tier_set.key and level > state.level and _holds(given, at):
            end = given.ends_at
            state = _at_level(tier_set, level)._replace(until=end, lapses_at=end, is_assigned=True)
    return state


def _at_level(tier_set: TierSet, level: int) -> TierState:
    tier = tier_set.policy.tiers[level].key if level > NO_TIER else ""
    return TierState(tier_set.key, tier, level)


def _holds(given: Assigned, at: datetime) -> bool:
    return given.starts_at <= at and (given.ends_at is None or at < given.ends_at)


# --- One step forward --------------------------------------------------------------------------


def advance(
    standing: Standing,
    rule_set: RuleSet,
    activity: Activity,
    award: Award,
    facts: MemberFacts,
    *,
    tier_sets: Sequence[TierSet] | None = None,
) -> Standing:
    """The standing after an activity that happened after all that it knows of.

    It is tallied for `tier_sets`, by default the rule set's own; only those are qualified for.
    """
    today = local_day(activity.occurred_at, rule_set.zone)
    counts = standing.counts.copy()
    counts[activity.type] = counts.get(activity.type, 0) + 1
    if tier_sets is None:
        tier_sets = rule_set.tier_sets
    tallies, qualified = standing.tallies, standing.qualified
    if tier_sets or tallies:
        tallies, qualified = _tallied(
            standing, rule_set, activity, award, today=today, facts=facts, tier_sets=tier_sets
        )
    return Standing(
        counts=counts,
        used=_used(standing.used, award.uses, today),
        tallies=tallies,
        qualified=qualified,
        assigned=standing.assigned,
        joined_on=facts.joined_on if rule_set.by_joining else None,
        last_at=activity.occurred_at,
    )


def is_behind(standing: Standing, rule_set: RuleSet) -> bool:
    """Whether there are tier sets that its activities were not tallied for: judge them all again."""
    return standing.last_at is not None and not rule_set.tallies <= standing.tallies.keys()


def _used(used: dict[str, int], uses: Mapping[str, int], today: date) -> dict[str, int]:
    """With what the award uses of the member's own limits; windows that are over are left out."""
    if not used and not uses:
        return used
    open_windows = windows_of(today)
    kept = {key: used[key] for key in used if key.endswith(open_windows)}
    for key, amount in uses.items():
        if amount and not key.startswith(SHARED) and key.endswith(open_windows):
            kept[key] = kept.get(key, 0) + amount
    return kept


@lru_cache(maxsize=4096)
def windows_of(day: date) -> tuple[str, ...]:
    """How the keys of the limits end whose window has that day in it."""
    year, week, _weekday = day.isocalendar()
    return (
        "|ever:",
        f"|year:{day:%Y}",
        f"|month:{day:%Y-%m}",
        f"|week:{year}-W{week:02}",
        f"|day:{day}",
    )


def _tallied(
    standing: Standing,
    rule_set: RuleSet,
    activity: Activity,
    award: Award,
    *,
    today: date,
    facts: MemberFacts,
    tier_sets: Sequence[TierSet],
) -> tuple[dict[str, dict[date, int]], dict[str, dict[str, date]]]:
    qualified = standing.qualified
    tallies: dict[str, dict[date, int]] = {}
    for tier_set in tier_sets:
        if tier_set.policy.measure.kind == "segment":
            continue
        days = standing.tallies.get(tier_set.tally, _NO_DAYS)
        amount = counts_for(tier_set, activity, award, rule_set.base)
        if amount:
            day = qualifying.counted_on(tier_set, today)
            days = {**days, day: days.get(day, 0) + amount}
            days = qualifying.pruned(tier_set, days, today, facts.joined_on)
            if own := rule_set.by_tally.get(tier_set.tally):
                before = qualified.get(own.key, _NO_TIERS)
                reached = qualifying.qualify(own, days, before, day, facts.joined_on)
                if reached is not before:
                    qualified = {**qualified, own.key: reached}
        tallies[tier_set.tally] = days
    return tallies, qualified


# --- One step back -----------------------------------------------------------------------------


def take_back(
    standing: Standing,
    rule_set: RuleSet,
    *,
    sale: Activity,
    kept: Activity | None,
    before: Award,
    after: Award,
    at: datetime,
    joined_on: date | None = None,
    tier_sets: Sequence[TierSet] | None = None,
) -> Standing:
    """The standing after a return at that moment, which left `kept` of the sale and `after` of it.

    `sale` and `before` are what was kept until then, and what it was worth; `rule_set` is the
    sale's, `tier_sets` those of now. Its uses of limits are free again; it counts no more once
    nothing of it is kept. A further return may also give back what an earlier one took: a basket
    that is small enough again for a rule on small ones.
    """
    counts = standing.counts if kept else _less(standing.counts, {sale.type: 1})
    freed = {key: used - after.uses.get(key, 0) for key, used in before.uses.items()}
    tallies, qualified = dict(standing.tallies), dict(standing.qualified)
    day = local_day(sale.occurred_at, rule_set.zone)
    for tier_set in rule_set.tier_sets if tier_sets is None else tier_sets:
        lost = counts_for(tier_set, sale, before, rule_set.base)
        if kept:
            lost -= counts_for(tier_set, kept, after, rule_set.base)
        days = tallies.get(tier_set.tally, _NO_DAYS)
        on = qualifying.counted_on(tier_set, day)
        if not lost or (lost > 0 and on not in days):
            continue
        tallies[tier_set.tally] = days = _less(days, {on: lost})
        if tier_set.policy.on_return == "at_once":
            judge_again = qualifying.requalify if lost > 0 else qualifying.qualify_again
            held = qualified.get(tier_set.key, _NO_TIERS)
            qualified[tier_set.key] = judge_again(tier_set, days, held, on, joined_on)
    return Standing(
        counts=counts,
        used=_less(standing.used, freed),
        tallies=tallies,
        qualified={key: tiers for key, tiers in qualified.items() if tiers},
        assigned=standing.assigned,
        joined_on=standing.joined_on,
        last_at=max(at, standing.last_at or at),
    )


def _less(amounts: dict[Key, int], taken: Mapping[Key, int]) -> dict[Key, int]:
    """What is left of each; of what is not there nothing can be taken, less than nothing adds."""
    left = {key: amounts.get(key, 0) - taken.get(key, 0) for key in {**amounts, **taken}}
    return {key: amount for key, amount in left.items() if amount > 0}
