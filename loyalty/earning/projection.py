"""What it takes to keep a tier, and to reach the next: "keep Gold: 320 before 31 December"."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from loyalty.earning import qualifying
from loyalty.earning.qualifying import NO_TIER, local_day
from loyalty.earning.ruleset import RuleSet
from loyalty.earning.standing import Standing, tier_states
from loyalty.earning.tiers import Anniversary, Calendar, TierSet
from loyalty.types import Words


class Projection(NamedTuple):
    """So much more of the measure, from `since` and before `by`, keeps or gives the tier.

    `short` is in whole points, days or activities, of money in cents. To keep: exactly this,
    earned at any moment of that time, keeps the tier; one less, at its end, does not. To reach:
    exactly this gives it now; `by` is when what was counted so far counts no more (None: it
    fades day by day, or never).
    """

    tier_set: str
    tier: str
    name: Words
    measure: str  # of the policy: "points", "spend", "visits", …
    unit: str  # of points or credits, else empty
    is_keep: bool
    short: int
    since: datetime | None = None
    by: datetime | None = None


def project(
    standing: Standing,
    rule_set: RuleSet,
    *,
    at: datetime,
    joined_on: date | None = None,
    segments: frozenset[str] = frozenset(),
) -> list[Projection]:
    """Of each tier set what keeps the tier of that moment, and what takes to the next one."""
    states = tier_states(standing, rule_set, at=at, joined_on=joined_on, segments=segments)
    ahead: list[Projection] = []
    for tier_set, state in zip(rule_set.tier_sets, states, strict=True):
        if tier_set.policy.measure.kind == "segment":
            continue
        view = _View(standing, rule_set, tier_set, at, joined_on)
        if not state.is_assigned and state.level > NO_TIER:
            ahead += view.keep(state.level)
        if state.level + 1 < len(tier_set.asks):
            ahead.append(view.reach(state.level + 1))
    return ahead


class _View:
    """One tier set of one member at one moment."""

    def __init__(
        self,
        standing: Standing,
        rule_set: RuleSet,
        tier_set: TierSet,
        at: datetime,
        joined_on: date | None,
    ) -> None:
        self.tier_set = tier_set
        self.zone = rule_set.zone
        self.today = local_day(at, rule_set.zone)
        self.joined_on = joined_on
        self.days = standing.tallies.get(tier_set.tally, {})
        self.qualified = standing.qualified.get(tier_set.key, {})

    def keep(self, level: int) -> list[Projection]:
        """Nothing when nothing ends it."""
        held = qualifying.held_on(
            self.tier_set, self.days, self.qualified, self.today, self.joined_on
        )
        if held.until is None or held.level != level:
            return []
        until = held.until
        while until <= self.today:  # in its grace: by the end of that
            until += timedelta(days=self.tier_set.policy.grace_days)
        last = until - timedelta(days=1)
        since = max(self.today, self._first_of_last(last))
        short = self.tier_set.asks[level] - self._value(last)
        return [self._said(level, short, is_keep=True, since=since, by=until)]

    def reach(self, level: int) -> Projection:
        """From what counts today."""
        period = self.tier_set.policy.period
        short = self.tier_set.asks[level] - self._value(self.today)
        by = None
        if isinstance(period, Calendar | Anniversary):
            by = qualifying.period_after(period, self.today, self.joined_on)
        return self._said(level, short, is_keep=False, since=self.today, by=by)

    def _value(self, day: date) -> int:
        return qualifying.value_on(self.tier_set, self.days, day, self.joined_on)

    def _first_of_last(self, last: date) -> date:
        """The first day on which what is earned still counts on the last one."""
        return qualifying.first_counted(self.tier_set.policy.period, last, self.joined_on)

    def _said(
        self, level: int, short: int, *, is_keep: bool, since: date, by: date | None
    ) -> Projection:
        tier, measure = self.tier_set.policy.tiers[level], self.tier_set.policy.measure
        return Projection(
            tier_set=self.tier_set.key,
            tier=tier.key,
            name=tier.name,
            measure=measure.kind,
            unit=measure.unit,
            is_keep=is_keep,
            short=max(1, short),  # it takes something that counts to qualify again
            since=qualifying.instant(since, self.zone),
            by=qualifying.instant(by, self.zone) if by else None,
        )
