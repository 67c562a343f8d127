"""What became of rewards in a period: taken, received, given up; and what they cost. Counted."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncWeek

from loyalty.models import Programme
from rewards.models import Redemption, Reward

State = Redemption.State
RECEIVED = Q(state=State.FULFILLED) | Q(state=State.CAPTURED, voucher__uses__gt=0)
GIVEN_UP = Q(state__in=[State.CANCELLED, State.EXPIRED, State.RETURNED])
CENT = Decimal("0.01")


class RewardOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One reward: how often it was taken, and what became of those. Money in the programme's own.

    `waiting` are those that are paid but not received yet. `points` are what members paid for what
    they kept; `worth` is that in money; `cost` what the received ones cost us, None when unknown.
    """

    reward: int
    name_nl: str
    name_en: str
    kind: str
    is_live: bool
    taken: int
    received: int
    given_up: int
    points: int
    worth: Decimal
    cost: Decimal | None

    @property
    def waiting(self) -> int:
        return self.taken - self.received - self.given_up


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken in a week, and how many of those were received since."""

    monday: date
    taken: int
    received: int


class RewardInsight(msgspec.Struct, frozen=True, kw_only=True):
    """Every reward that is live or was taken in the period, the most taken first."""

    rewards: list[RewardOutcome]
    weeks: list[Week]
    offered: int  # rewards that are live now
    counted_at: datetime

    @property
    def taken(self) -> int:
        return sum(each.taken for each in self.rewards)

    @property
    def received(self) -> int:
        return sum(each.received for each in self.rewards)

    @property
    def given_up(self) -> int:
        return sum(each.given_up for each in self.rewards)


def reward_insight(
    programme: Programme,
    *,
    since: datetime,
    until: datetime,
    at: datetime,
    kind: str = "",
) -> RewardInsight:
    """By what was redeemed from `since` until `until`, its end exclusive. Three queries."""
    rewards = Reward.objects.filter(programme=programme)
    taken = Redemption.objects.filter(
        reward__programme=programme, redeemed_at__gte=since, redeemed_at__lt=until
    )
    if kind:
        rewards, taken = rewards.filter(kind=kind), taken.filter(reward__kind=kind)
    counted = {row[0]: row[1:] for row in _by_reward(taken)}
    outcomes = [
        _outcome(reward, counted.get(reward.pk, (0, 0, 0, 0)), programme)
        for reward in rewards
        if reward.pk in counted or reward.state == Reward.State.LIVE
    ]
    return RewardInsight(
        rewards=sorted(outcomes, key=lambda each: (-each.taken, each.reward)),
        weeks=list(_weeks(taken, ZoneInfo(programme.time_zone), since, until)),
        offered=sum(each.is_live for each in outcomes),
        counted_at=at,
    )


def _by_reward(taken: QuerySet[Redemption]) -> Iterable[tuple[int, int, int, int, int]]:
    kept = Sum("points", filter=~GIVEN_UP & Q(unit="points"), default=0)
    return (
        taken.values("reward")
        .order_by()
        .annotate(
            times=Count("pk"),
            had=Count("pk", filter=RECEIVED),
            ended=Count("pk", filter=GIVEN_UP),
            paid=kept,
        )
        .values_list("reward", "times", "had", "ended", "paid")
    )


def _outcome(reward: Reward, counted: tuple[int, ...], programme: Programme) -> RewardOutcome:
    taken, received, given_up, points = counted
    return RewardOutcome(
        reward=reward.pk,
        name_nl=reward.name_nl,
        name_en=reward.name_en,
        kind=reward.kind,
        is_live=reward.state == Reward.State.LIVE,
        taken=taken,
        received=received,
        given_up=given_up,
        points=points,
        worth=(points * programme.point_worth).quantize(CENT),
        cost=None if reward.cost is None else (reward.cost * received).quantize(CENT),
    )


def _weeks(
    taken: QuerySet[Redemption], zone: ZoneInfo, since: datetime, until: datetime
) -> Iterable[Week]:
    rows = (
        taken.annotate(week=TruncWeek("redeemed_at", tzinfo=zone))
        .values("week")
        .order_by()
        .annotate(times=Count("pk"), had=Count("pk", filter=RECEIVED))
        .values_list("week", "times", "had")
    )
    counted = {week.date(): (times, had) for week, times, had in rows}
    first = since.astimezone(zone).date()
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        times, had = counted.get(monday, (0, 0))
        yield Week(monday=monday, taken=times, received=had)
        monday += timedelta(weeks=1)
