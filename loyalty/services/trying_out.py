"""A draft tried on history: each member's deeds are folded again as if it had been live.

What happened before the period counts as it was given, so that members start where they stood;
from its first moment on the draft alone judges. Where members share a limit under the draft, all
have to be told in order of happening, and every member's standing is in memory; else it is one
member after the other, faster and in less of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from loyalty import models
from loyalty.earning import terms
from loyalty.earning.engine import shared_limits
from loyalty.earning.history import Deed, Fold, all_tier_sets
from loyalty.earning.ruleset import RuleSet, parse_rule_set
from loyalty.earning.standing import SHARED, Assigned, Standing, tier_states
from loyalty.earning.trial import DRAFT, LIVE, Compared, LapsesAt, Side, Trial
from loyalty.earning.trial_figures import Figures
from loyalty.services.pasts import Order, Past, archive
from loyalty.services.rule_sets import current_rule_set, rule_set, rule_set_at
from loyalty.types import Award, Grant, MemberFacts

LAST = 2**62  # the draft's number: it comes after every rule set that is kept
_NO_TIERS: dict[str, str] = {}
_SPENT = """
SELECT a.holder, sum(t.points)
FROM loyalty_transfer t
JOIN loyalty_account a ON a.id = t.debit_account_id
JOIN loyalty_unit u ON u.id = a.unit_id AND u.code = 'points'
WHERE u.programme_id = %s AND t.kind = 'REDEEM' AND t.effective_at >= %s AND t.effective_at < %s
GROUP BY a.holder
"""


def try_out(
    *,
    programme: models.Programme,
    draft: Mapping[str, Any],
    since: datetime,
    until: datetime,
    said: Callable[[], None] = lambda: None,
) -> Figures:
    """What the draft would have given from `since` to before `until`, beside what was given.

    `said` is called for every activity. Nothing is written. Raises RuleInvalid.
    """
    rules = parse_rule_set(draft, number=LAST)
    order: Order = "moment" if shares_limits(rules) else "member"
    run = _Run(programme, rules, since=since, until=until)
    for past in archive().tell(programme.pk, until=until, order=order):
        run.take(past, in_turn=order == "member")
        said()
    return run.figures(order)


def shares_limits(rules: RuleSet) -> bool:
    """Whether one member can use up what another might have had."""
    documents = [rule.document for rule in rules.rules]
    bounds = [bound for document in documents for bound in (*document.limits, *document.effects)]
    return any(getattr(bound, "scope", "member") != "member" for bound in bounds)


class _Run:
    """One back-test under way."""

    def __init__(
        self, programme: models.Programme, draft: RuleSet, *, since: datetime, until: datetime
    ) -> None:
        self.programme = programme
        self.draft = draft
        self.live = _live_rules(programme.pk, until)
        self.since = since
        self.until = until
        self.rule_sets = _rule_sets(programme.pk) | {LAST: draft}
        self.live_tiers = all_tier_sets((*self.rule_sets.values(), self.live))
        self.returned = archive().returned(programme.pk, until=until)
        self.spent = _spent(programme.pk, since, until)
        self.assigned = assigned_tiers(programme.pk)
        self.shared: dict[str, int] = {}
        self.trial = Trial(
            zone=draft.zone, until=until, lapses_at=(lapses_at(self.live), lapses_at(draft))
        )
        self._members: dict[UUID, _Member] = {}

    def take(self, past: Past, *, in_turn: bool) -> None:
        """Judge one activity more; `in_turn`: a member who is followed by another is finished."""
        member = self._members.get(past.holder)
        if member is None:
            if in_turn:
                self._finish_all()
            member = self._members[past.holder] = _Member(past, self)
        member.take(past)

    def used(self, past: Past) -> dict[str, int]:
        """What is used so far of the limits that members share and this activity may touch."""
        if not self.shared:
            return {}
        rules = self.draft
        limits = shared_limits(rules, past.activity, zone=rules.zone, budgets=rules.budgets)
        return {key: self.shared[key] for key in limits if key in self.shared}

    def use(self, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        """Note that a deed uses so much of shared limits, where it used that before."""
        for key in before.keys() | after.keys():
            more = after.get(key, 0) - before.get(key, 0)
            self.shared[key] = self.shared.get(key, 0) + more

    def figures(self, order: Order) -> Figures:
        self._finish_all()
        return self.trial.figures(
            order=order,
            currency=self.programme.currency,
            point_worth=self.programme.point_worth,
        )

    def _finish_all(self) -> None:
        for holder, member in self._members.items():
            member.finish()
            self.trial.close(str(holder), spent=self.spent.get(holder, 0))
        self._members.clear()


@dataclass(slots=True)
class _Counted:
    """An activity of the period whose last word may still be to come."""

    past: Past
    tiers: tuple[Mapping[str, str], Mapping[str, str]]


class _Member:
    """One member's history under way, as it was and as the draft would have it."""

    __slots__ = ("_draft", "_holder", "_joined_on", "_live", "_of", "_open", "_run", "_tiers")

    def __init__(self, first: Past, run: _Run) -> None:
        self._run = run
        self._of = first.holder
        self._holder = str(first.holder)
        self._joined_on = first.joined_on
        self._draft = self._fold(run.draft.tier_sets)
        # what was given needs no judging: only where it left the member, if there are tiers
        self._live = self._fold(run.live_tiers) if run.live.tier_sets else None
        self._tiers = (_NO_TIERS, _NO_TIERS)
        self._open: dict[str, _Counted] = {}

    def _fold(self, tier_sets: Any) -> Fold:
        return Fold(
            self._run.rule_sets,
            tier_sets=tier_sets,
            joined_on=self._joined_on,
            standing=Standing(assigned=self._run.assigned.get(self._of, ())),
        )

    def take(self, past: Past) -> None:
        """Judge an activity, and count it unless a return of it is still to come."""
        run, key = self._run, past.key
        is_counted = past.activity.occurred_at >= run.since
        given = _deed(past, rule_set=past.rule_set or LAST, given=_whole(past))
        if self._live:
            self._live.judge(given)
        tried = _deed(past, rule_set=LAST, used=run.used(past)) if is_counted else given
        before = self._shared_uses(past)
        self._draft.judge(tried)
        run.use(before, self._shared_uses(past))
        tiers = self._tiers_at(past.activity.occurred_at, is_counted=is_counted)
        if is_counted and not past.original:
            self._open[key] = _Counted(past, tiers)
        if key not in run.returned and not past.original:
            self._settle(key)

    def finish(self) -> None:
        """Count what is left, and where the member stands at the end."""
        for key in list(self._open):
            self._settle(key)
        self._tiers_at(self._run.until, is_counted=True)
        for side, tiers in enumerate(self._tiers):
            for tier_set, tier in tiers.items():
                self._run.trial.ended(side, tier_set, tier)

    def _settle(self, key: str) -> None:
        counted, judged = self._open.pop(key, None), self._draft.of(key)
        if counted and judged:
            past, (live, draft) = counted.past, counted.tiers
            compared = Compared(
                past.activity.occurred_at,
                past.segments,
                Side(past.final, live),
                Side(judged.final, draft),
            )
            self._run.trial.add(self._holder, compared)
        self._draft.forget(key)
        if self._live:
            self._live.forget(key)

    def _shared_uses(self, past: Past) -> dict[str, int]:
        """What the deed, or the sale that it returns, uses of limits that members share."""
        judged = self._draft.of(past.original or past.key)
        if judged is None:
            return {}
        uses = judged.final.uses
        return {key: used for key, used in uses.items() if used and key.startswith(SHARED)}

    def _tiers_at(self, at: datetime, *, is_counted: bool) -> tuple[dict[str, str], dict[str, str]]:
        """The tiers of both sides at that moment; what changed since the last look is counted."""
        run = self._run
        now = (
            _tiers(self._live, run.live, at) if self._live else _NO_TIERS,
            _tiers(self._draft, run.draft, at) if run.draft.tier_sets else _NO_TIERS,
        )
        for side in (LIVE, DRAFT) if is_counted else ():
            before, after = self._tiers[side], now[side]
            if before != after:
                for tier_set in before.keys() | after.keys():
                    was, is_ = before.get(tier_set, ""), after.get(tier_set, "")
                    if was != is_:
                        run.trial.moved(side, tier_set, was, is_)
        self._tiers = now
        return now


def _deed(
    past: Past, *, rule_set: int, given: Award | None = None, used: Mapping[str, int] | None = None
) -> Deed:
    known = past.facts
    return Deed(
        id=past.id,
        source=past.source,
        external_id=past.external_id,
        activity=past.activity,
        rule_set=rule_set,
        known=MemberFacts(
            segments=past.segments, variants=known.variants, used=dict(used) if used else {}
        ),
        original=past.original,
        returned=past.returned,
        given=given,
    )


def _whole(past: Past) -> Award:
    """What the whole basket was given: before anything of it came back."""
    return past.award


def _tiers(fold: Fold, rules: RuleSet, at: datetime) -> dict[str, str]:
    states = tier_states(fold.standing, rules, at=at, joined_on=fold.joined_on)
    return {state.tier_set: state.tier for state in states if state.tier}


# --- What it takes ----------------------------------------------------------------------------


def lapses_at(rules: RuleSet) -> LapsesAt:
    """When what is granted ends by its own terms; sliding points do not end by themselves."""

    def ends(grant: Grant, at: datetime) -> datetime | None:
        unit = rules.units.get(grant.unit)
        policy = unit.expiry if unit else terms.NEVER
        if grant.terms.expiry:
            policy = terms.parse_expiry(grant.terms.expiry)
        return terms.dates_of(grant.terms, policy, at, rules.zone).expires_at

    return ends


def _rule_sets(programme_id: int) -> dict[int, RuleSet]:
    known = models.RuleSet.objects.filter(programme_id=programme_id)
    return {row_id: rule_set(row_id) for row_id in known.values_list("pk", flat=True)}


def _live_rules(programme_id: int, at: datetime) -> RuleSet:
    held = rule_set_at(programme_id, at) or current_rule_set(programme_id=programme_id)
    return rule_set(held.pk)


def _spent(programme_id: int, since: datetime, until: datetime) -> dict[UUID, int]:
    """What each holder spent in that period."""
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, [programme_id, since, until])
        return {holder: int(points) for holder, points in cursor.fetchall()}


def assigned_tiers(programme_id: int) -> dict[UUID, tuple[Assigned, ...]]:
    """All tiers given by hand, by holder."""
    rows = models.TierAssignment.objects.filter(tier_set__programme_id=programme_id).order_by("pk")
    found: dict[UUID, tuple[Assigned, ...]] = {}
    for row in rows.select_related("tier_set", "account"):
        if row.account.holder is None:
            continue
        given = Assigned(
            tier_set=row.tier_set.key,
            tier=row.tier,
            starts_at=row.starts_at,
            ends_at=min(filter(None, [row.ends_at, row.ended_at]), default=None),
        )
        found[row.account.holder] = (*found.get(row.account.holder, ()), given)
    return found
