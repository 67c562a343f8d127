"""What a campaign would do, before it is launched: how many it reaches, and what it could cost."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from msgspec import Struct

from campaigns.journeys.document import Document, all_steps
from campaigns.journeys.steps import GiveReward, Message, Points
from campaigns.models import Campaign, Channel
from campaigns.services.reach import reached_by
from members.models import Activity, Membership, SegmentMembership
from rewards.models import Reward

SAMPLE: Final = 10
LOOKED_AT: Final = 50_000  # members of whom reach is counted; of more it is reckoned from these
MONTH: Final = timedelta(days=30)


class Forecast(Struct, frozen=True, kw_only=True):
    """`contactable` by channel, and any way under ""; `cost_each` of who gets everything.

    `entered_past_month` is None for beginnings that leave no trace to count.
    """

    audience: int
    contactable: dict[str, int]
    sample: list[int]
    points_each: int
    cost_each: Decimal
    entered_past_month: int | None


def forecast(*, campaign: Campaign, document: Document, at: datetime) -> Forecast:
    """Look at the audience as it is now, those held out not yet taken off; changes nothing."""
    audience = _audience(campaign, document, at)
    size = audience.count()
    points, cost = _each(campaign, document)
    return Forecast(
        audience=size,
        contactable=_contactable(campaign, document, audience, size),
        sample=list(audience.order_by("pk").values_list("pk", flat=True)[:SAMPLE]),
        points_each=points,
        cost_each=cost,
        entered_past_month=_past_month(document, audience, at),
    )


def _audience(campaign: Campaign, document: Document, at: datetime) -> QuerySet[Membership]:
    stays = SegmentMembership.objects.filter(
        Q(until=None) | Q(until__gt=at), membership=OuterRef("pk"), since__lte=at
    )
    audience = Membership.objects.filter(
        programme_id=campaign.programme_id, member__erased_at=None, member__merged_into=None
    )
    if document.segments:
        audience = audience.filter(Exists(stays.filter(segment__in=document.segments)))
    if document.without:
        audience = audience.exclude(Exists(stays.filter(segment__in=document.without)))
    return audience


def _contactable(
    campaign: Campaign, document: Document, audience: QuerySet[Membership], size: int
) -> dict[str, int]:
    channels: set[str] = set()
    for _place, step in all_steps(document):
        if isinstance(step, Message):
            channels |= set(step.channels or Channel.values)
    looked_at = list(audience.order_by("member_id").values_list("member_id", flat=True)[:LOOKED_AT])
    reached = {c: reached_by(c, campaign.purpose, looked_at) for c in sorted(channels)}
    reached[""] = set().union(*reached.values())
    share = size / len(looked_at) if looked_at else 0
    return {channel: round(len(found) * share) for channel, found in reached.items()}


def _each(campaign: Campaign, document: Document) -> tuple[int, Decimal]:
    """Points and money that one member costs who takes every step there is."""
    points, rewards = 0, []
    for _place, step in all_steps(document):
        if isinstance(step, Points):
            points += step.points
        if isinstance(step, GiveReward):
            rewards.append(step.reward)
    costs = dict(
        Reward.objects.filter(programme_id=campaign.programme_id, key__in=rewards).values_list(
            "key", "cost"
        )
    )
    given = sum((costs.get(key) or Decimal(0) for key in rewards), Decimal(0))
    return points, given + points * campaign.programme.point_worth


def _past_month(document: Document, audience: QuerySet[Membership], at: datetime) -> int | None:
    """How many of the audience would have come in over the past month."""
    kind, since = document.trigger.kind, at - MONTH
    if kind == "enrolled":
        return audience.filter(joined_at__gt=since).count()
    done = Activity.objects.filter(membership=OuterRef("pk"), occurred_at__gt=since)
    asked = {
        "purchase": Q(type="purchase"),
        "first_purchase": Q(type="purchase"),
        "activity": Q(type=document.trigger.activity),
        "near_location": Q(location=document.trigger.location)
        if document.trigger.location
        else ~Q(location=""),
    }
    if kind not in asked:
        return None
    found = audience.filter(Exists(done.filter(asked[kind])))
    if kind == "first_purchase":
        earlier = Activity.objects.filter(
            membership=OuterRef("pk"), occurred_at__lte=since, type="purchase"
        )
        found = found.exclude(Exists(earlier))
    return found.count()
