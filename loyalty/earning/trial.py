"""What a draft would have given beside what was given: counted activity by activity.

A running comparison. It keeps sums, and a few numbers for each member whose story is not told to
its end; so a history of any length fits in memory. Points are those of the unit "points"; of other
units only the totals are counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from loyalty.earning.trial_figures import (
    EDGES,
    TOP,
    Band,
    Change,
    Figures,
    MemberFigures,
    Money,
    Overlap,
    RuleFigures,
    Share,
    TierMoves,
    Week,
)
from loyalty.types import Award, Grant, Outcome, Words

POINTS = "points"
LIVE, DRAFT, TIMES = 0, 1, 2
LapsesAt = Callable[[Grant, datetime], datetime | None]
Sums = list[int]  # [live, draft, activities]

_Key = TypeVar("_Key")


class Side(NamedTuple):
    """One activity as one of the two judged it: what it gave in the end, and the tiers by set."""

    award: Award
    tiers: Mapping[str, str]


class Compared(NamedTuple):
    """One activity, judged twice."""

    at: datetime
    segments: Iterable[str]
    live: Side
    draft: Side


class Trial:
    """The comparison under way.

    `lapses_at` (live, draft) says when what is granted at a moment ends by its own terms; what ends
    after `until`, or never, is still open then unless it was spent.
    """

    def __init__(
        self, *, zone: ZoneInfo, until: datetime, lapses_at: tuple[LapsesAt, LapsesAt]
    ) -> None:
        self._zone = zone
        self._until = until
        self._lapses_at = lapses_at
        self._activities = self._changed = 0
        self._units: dict[str, Sums] = {}
        self._given: tuple[dict[str, Sums], dict[str, Sums]] = ({}, {})  # by rule, [points, times]
        self._names: dict[str, Words] = {}
        self._weeks: dict[date, Sums] = {}
        self._tiers: dict[tuple[str, str], Sums] = {}
        self._segments: dict[str, Sums] = {}
        self._hits: Counter[tuple[str, ...]] = Counter()
        self._moves: dict[tuple[str, str, str], Sums] = {}
        self._ends: dict[tuple[str, str], Sums] = {}
        self._members = _Members()

    def add(self, holder: str, compared: Compared) -> None:
        """Count one activity of one holder."""
        self._activities += 1
        live, draft = compared.live.award, compared.draft.award
        self._changed += live.points != draft.points
        open_points = [0, 0]
        for side, (award, tiers) in enumerate((compared.live, compared.draft)):
            for tier_set, tier in tiers.items():
                _count(self._tiers, (tier_set, tier), side, award.points)
            self._count_rules(side, award)
            open_points[side] = self._count_grants(side, award, compared.at)
        for sums in (
            _sums(self._weeks, _monday(compared.at.astimezone(self._zone).date())),
            *(_sums(self._segments, segment) for segment in compared.segments),
        ):
            sums[LIVE] += live.points
            sums[DRAFT] += draft.points
            sums[TIMES] += 1
        self._members.add(holder, live.points, draft.points, open_points)

    def _count_rules(self, side: int, award: Award) -> None:
        hits: list[str] = []
        for reason in award.reasons:
            if reason.outcome is Outcome.APPLIED:
                given = self._given[side].get(reason.rule)
                if given is None:
                    given = self._given[side][reason.rule] = [0, 0]
                    self._names[reason.rule] = reason.name
                if reason.unit == POINTS:
                    given[0] += reason.points
                if reason.rule not in hits:  # a rule with several effects gives several reasons
                    hits.append(reason.rule)
                    given[1] += 1
        if side == DRAFT and len(hits) > 1:
            self._hits[tuple(hits)] += 1

    def _count_grants(self, side: int, award: Award, at: datetime) -> int:
        """Count the grants; the points among them that time would not have taken yet."""
        still_open = 0
        for grant in award.grants:
            _sums(self._units, grant.unit)[side] += grant.points
            if grant.unit == POINTS:
                lapses_at = self._lapses_at[side](grant, at)
                if lapses_at is None or lapses_at > self._until:
                    still_open += grant.points
        return still_open

    def moved(self, side: int, tier_set: str, before: str, after: str) -> None:
        """Count one change of tier; "" is below the first."""
        _sums(self._moves, (tier_set, before, after))[side] += 1

    def ended(self, side: int, tier_set: str, tier: str) -> None:
        """Count where one member stands at the end of the period."""
        _sums(self._ends, (tier_set, tier))[side] += 1

    def close(self, holder: str, *, spent: int = 0) -> None:
        """Finish one holder, who has really spent so many points in the period.

        That is taken off what would be open, as if it would have been spent in any case.
        """
        self._members.close(holder, spent)

    def close_all(self, *, spent: Mapping[str, int]) -> None:
        """Finish everybody whose story is still open."""
        for holder in list(self._members.open):
            self.close(holder, spent=spent.get(holder, 0))

    def figures(self, *, order: str, currency: str, point_worth: Decimal) -> Figures:
        """What came of it, in the order in which a table shows it; all holders are closed."""
        live, draft, _ = self._units.get(POINTS, (0, 0, 0))
        return Figures(
            order=order,
            currency=currency,
            point_worth=str(point_worth),
            activities=self._activities,
            changed=self._changed,
            units=_shares((("", unit), sums) for unit, sums in self._units.items()),
            cost=Money.of((live, draft), point_worth),
            liability=Money.of(self._members.liability, point_worth),
            rules=self._rule_figures(),
            weeks=[
                Week(starts_on=day, live=sums[LIVE], draft=sums[DRAFT], activities=sums[TIMES])
                for day, sums in sorted(self._weeks.items())
            ],
            tiers=_shares(self._tiers.items()),
            segments=_shares((("", segment), sums) for segment, sums in self._segments.items()),
            members=self._members.figures(),
            overlapping=self._hits.total(),
            overlaps=list(self._overlaps()),
            tier_moves=[
                TierMoves(tier_set=tier_set, before=before, after=after, live=live, draft=draft)
                for (tier_set, before, after), (live, draft, _) in sorted(self._moves.items())
            ],
            tier_members=_shares(self._ends.items()),
        )

    def _rule_figures(self) -> list[RuleFigures]:
        live, draft = self._given
        return [
            RuleFigures(
                rule=rule,
                name=self._names[rule],
                live=live.get(rule, (0, 0))[0],
                draft=draft.get(rule, (0, 0))[0],
                live_activities=live.get(rule, (0, 0))[1],
                draft_activities=draft.get(rule, (0, 0))[1],
            )
            for rule in sorted(live.keys() | draft.keys())
        ]

    def _overlaps(self) -> Iterator[Overlap]:
        pairs: Counter[tuple[str, str]] = Counter()
        for rules, times in self._hits.items():
            for one, other in combinations(sorted(set(rules)), 2):
                pairs[one, other] += times
        for rules, times in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
            yield Overlap(rules=rules, activities=times)


class _Members:
    """Who gains and who loses. `open` has [live, draft, live open, draft open] of each holder."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[int, int, int, int]] = {}
        self.liability = (0, 0)
        self._counted: Counter[str] = Counter()
        self._bands = [0] * (len(EDGES) + 1)
        self._winners: list[Change] = []
        self._losers: list[Change] = []

    def add(self, holder: str, live: int, draft: int, still_open: Sums) -> None:
        known = self.open.get(holder, (0, 0, 0, 0))
        self.open[holder] = (
            known[0] + live,
            known[1] + draft,
            known[2] + still_open[LIVE],
            known[3] + still_open[DRAFT],
        )

    def close(self, holder: str, spent: int) -> None:
        live, draft, live_open, draft_open = self.open.pop(holder, (0, 0, 0, 0))
        self.liability = (
            self.liability[LIVE] + max(0, live_open - spent),
            self.liability[DRAFT] + max(0, draft_open - spent),
        )
        points = draft - live
        change = Change(holder=holder, live=live, draft=draft, change=points)
        self._bands[sum(points >= edge for edge in EDGES)] += 1
        if points > 0:
            self._counted.update(winners=1, gained=points)
            _keep_largest(self._winners, change)
        elif points < 0:
            self._counted.update(losers=1, lost=-points)
            _keep_largest(self._losers, change)
        else:
            self._counted["unchanged"] += 1

    def figures(self) -> MemberFigures:
        counted = self._counted
        return MemberFigures(
            members=sum(self._bands),
            winners=counted["winners"],
            losers=counted["losers"],
            unchanged=counted["unchanged"],
            gained=counted["gained"],
            lost=counted["lost"],
            top_winners=_largest(self._winners),
            top_losers=_largest(self._losers),
            distribution=[
                Band(least=least, below=below, members=members)
                for (least, below), members in zip(
                    pairwise((None, *EDGES, None)), self._bands, strict=True
                )
            ],
        )


def _keep_largest(kept: list[Change], change: Change) -> None:
    """Add it; what is too small to be shown goes once there is twice as much as is shown."""
    kept.append(change)
    if len(kept) > 2 * TOP:
        kept[:] = _largest(kept)


def _largest(kept: list[Change]) -> list[Change]:
    return sorted(kept, key=lambda each: (-abs(each.change), each.holder))[:TOP]


def _sums(kept: dict[_Key, Sums], key: _Key) -> Sums:
    found = kept.get(key)
    if found is None:
        found = kept[key] = [0, 0, 0]
    return found


def _count(kept: dict[_Key, Sums], key: _Key, side: int, points: int) -> None:
    sums = _sums(kept, key)
    sums[side] += points
    sums[TIMES] += side == DRAFT


def _shares(kept: Iterable[tuple[tuple[str, str], Sums]]) -> list[Share]:
    return [
        Share(of=of, key=key, live=sums[LIVE], draft=sums[DRAFT], activities=sums[TIMES])
        for (of, key), sums in sorted(kept)
    ]


@lru_cache(maxsize=4096)
def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
