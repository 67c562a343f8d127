"""A member's whole history judged: the same for a till's message, a late one, an audit, a trial.

Deeds are judged in the order in which they happened, whatever the order in which they came in; so
any order of arrival ends in the same awards and the same standing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct, structs

from loyalty.earning.kept import Kept, Returned, kept_basket, worth_of_kept
from loyalty.earning.ruleset import RuleSet, award
from loyalty.earning.standing import SHARED, Assigned, Standing, advance, facts_at, take_back
from loyalty.earning.tiers import TierSet
from loyalty.types import Activity, Award, MemberFacts

_NO_FACTS = MemberFacts()
_NO_POINTS = Award(points=0)


class Deed(Struct, frozen=True, kw_only=True):
    """One activity as it came in.

    `known` is what the standing does not say: segments, variants and the use of shared limits, as
    they were seen when it was first judged. A return names its sale's `key` in `original`, and
    what came back in `returned`, all of it if nothing is named. `given` is an award that no rule
    judges: tier credits by hand.
    """

    id: UUID
    source: str
    external_id: str
    activity: Activity
    rule_set: int
    known: MemberFacts = _NO_FACTS
    original: str = ""
    returned: Returned = ()
    given: Award | None = None

    @property
    def key(self) -> str:
        """By which a return names it: "till:4711"."""
        return f"{self.source}:{self.external_id}"

    @property
    def order(self) -> tuple[datetime, str, str]:
        return self.activity.occurred_at, self.source, self.external_id


class Revision(NamedTuple):
    """What a sale is worth after a return; `cause` is the return's id, `kept` what it left."""

    cause: UUID
    kept: Kept
    award: Award


class Judged(NamedTuple):
    """One deed as it is judged in its place in the history.

    `award` is of the whole basket, each revision's of what was kept after one more return. Of a
    return `sale` is the id of its sale; None while that still has to come.
    """

    deed: Deed
    facts: MemberFacts
    award: Award
    revisions: tuple[Revision, ...] = ()
    sale: UUID | None = None

    @property
    def final(self) -> Award:
        """What it is worth after everything that happened."""
        return self.revisions[-1].award if self.revisions else self.award


class History(NamedTuple):
    """All deeds in the order in which they happened, and where they leave the member."""

    judged: list[Judged]
    standing: Standing


def judge(
    deeds: Iterable[Deed],
    *,
    rule_sets: Mapping[int, RuleSet],
    current: RuleSet,
    joined_on: date | None,
    assigned: tuple[Assigned, ...] = (),
) -> History:
    """Judge all deeds of one member, each under its own rule set.

    `rule_sets` are by the deeds' numbers for them, `current` is what holds now: its tier sets are
    what the standing is tallied for. `assigned` are all tiers given by hand, past ones too. A deed
    twice counts once.
    """
    fold = Fold(
        rule_sets,
        tier_sets=all_tier_sets((*rule_sets.values(), current)),
        joined_on=joined_on,
        standing=Standing(assigned=assigned),
    )
    seen: set[str] = set()
    for deed in sorted(deeds, key=lambda deed: deed.order):
        if deed.key not in seen:
            seen.add(deed.key)
            fold.judge(deed)
    return History(fold.judged(), _of_now(fold.standing, current))


def judge_return(
    rule_set: RuleSet,
    *,
    sale: Activity,
    facts: MemberFacts,
    given: Award,
    returns: Iterable[Returned],
) -> tuple[Kept, Award]:
    """What is kept of a sale after all its returns, and what it is worth under its own rules."""
    kept = kept_basket(sale, returns)
    return kept, worth_of_kept(rule_set, sale, facts, given, kept)


class Fold:
    """The history under way: what was judged so far, and the returns that wait for their sale.

    `tier_sets` are those that the standing is tallied for. Deeds come in order of happening.
    """

    def __init__(
        self,
        rule_sets: Mapping[int, RuleSet],
        *,
        tier_sets: Sequence[TierSet],
        joined_on: date | None,
        standing: Standing,
    ) -> None:
        self.rule_sets = rule_sets
        self.joined_on = joined_on
        self.standing = standing
        self.tier_sets = tier_sets
        self._judged: dict[str, Judged] = {}
        self._returns: dict[str, list[Deed]] = {}

    def judged(self) -> list[Judged]:
        """All that was judged and not forgotten."""
        return list(self._judged.values())

    def of(self, key: str) -> Judged | None:
        """The deed with this key as it is judged so far."""
        return self._judged.get(key)

    def forget(self, key: str) -> None:
        """Keep no more of a deed than what the standing says: no return of it is to come."""
        self._judged.pop(key, None)

    def judge(self, deed: Deed) -> None:
        if deed.original:
            self._judged[deed.key] = Judged(deed, _NO_FACTS, _NO_POINTS)
            self._returns.setdefault(deed.original, []).append(deed)
            self._take_back(deed, deed.activity.occurred_at)
            self._seen(deed.activity.occurred_at)
            return
        self._earn(deed)
        waiting = self._returns.pop(deed.key, [])
        for each in waiting:
            self._returns.setdefault(deed.key, []).append(each)
            self._take_back(each, deed.activity.occurred_at)

    def _earn(self, deed: Deed) -> None:
        rule_set, activity = self.rule_sets[deed.rule_set], deed.activity
        facts = facts_at(
            self.standing,
            rule_set,
            at=activity.occurred_at,
            joined_on=self.joined_on,
            trigger=activity.type,
            segments=deed.known.segments,
            shared_used={k: n for k, n in deed.known.used.items() if k.startswith(SHARED)},
            variants=deed.known.variants,
        )
        earned = deed.given or award(rule_set, activity, facts)
        self._judged[deed.key] = Judged(deed, facts, earned)
        self.standing = advance(
            self.standing, rule_set, activity, earned, facts, tier_sets=self.tier_sets
        )

    def _take_back(self, deed: Deed, at: datetime) -> None:
        """Revise the sale by one return more; nothing while the sale still has to come."""
        sale = self._judged.get(deed.original)
        if sale is None or sale.deed.original:
            return
        rule_set, activity = self.rule_sets[sale.deed.rule_set], sale.deed.activity
        before = sale.revisions[-1].kept.basket if sale.revisions else activity
        kept, worth = judge_return(
            rule_set,
            sale=activity,
            facts=sale.facts,
            given=sale.award,
            returns=[each.returned for each in self._returns[deed.original]],
        )
        if before is not None:
            self.standing = take_back(
                self.standing,
                rule_set,
                sale=before,
                kept=kept.basket,
                before=sale.final,
                after=worth,
                at=at,
                joined_on=self.joined_on,
                tier_sets=self.tier_sets,
            )
        revisions = (*sale.revisions, Revision(deed.id, kept, worth))
        self._judged[deed.original] = sale._replace(revisions=revisions)
        self._judged[deed.key] = self._judged[deed.key]._replace(sale=sale.deed.id)

    def _seen(self, at: datetime) -> None:
        if self.standing.last_at is None or self.standing.last_at < at:
            self.standing = structs.replace(self.standing, last_at=at)


def all_tier_sets(rule_sets: Iterable[RuleSet]) -> list[TierSet]:
    """One of each tally that any of them knows; of several the latest, which is the one of now."""
    by_number = sorted(rule_sets, key=lambda rules: rules.number)
    return list({t.tally: t for rules in by_number for t in rules.tier_sets}.values())


def _of_now(standing: Standing, current: RuleSet) -> Standing:
    """Without the tallies of tier sets that are no more."""
    tallies = {tally: standing.tallies.get(tally, {}) for tally in current.tallies}
    joined_on = standing.joined_on if current.by_joining else None
    return structs.replace(standing, tallies=tallies, joined_on=joined_on)
