"""What a campaign would do, before it is launched: how many it reaches, and what it could cost."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from msgspec import Struct

from campaigns.journeys.document import Document, all_steps, read_document
from campaigns.journeys.steps import GiveReward, Message, Points
from campaigns.models import Campaign, CampaignVersion, Channel
from campaigns.services.powers import Detectable, detectable
from campaigns.services.reach import reached_by
from members.models import Activity, Membership
from members.services.segments import audience
from rewards.models import Reward

SAMPLE: Final = 10
LOOKED_AT: Final = 50_000  # members of whom reach is counted; of more it is reckoned from these
MONTH: Final = timedelta(days=30)


class Forecast(Struct, frozen=True, kw_only=True):
    """`reached` of the `audience` by channel, and `unreached` by none, where anything is said at all.

    `points` and `cost` are what it comes to if everybody takes every step once, those held out
    taken off. `entered_past_month` is None for beginnings that leave no trace to count.
    """

    audience: int
    reached: dict[str, int]
    unreached: int
    sample: list[int]
    points: int
    cost: Decimal
    entered_past_month: int | None
    shows: Detectable


def forecast(*, campaign: Campaign, at: datetime) -> Forecast:
    """Look ahead by the version in force; changes nothing. Raises CampaignInvalid for one that
    cannot be read."""
    version = CampaignVersion.objects.get(campaign=campaign, number=campaign.version)
    document = read_document(version.document)
    members = audience(
        programme_id=campaign.programme_id,
        segment_keys=document.segments,
        without_keys=document.without,
        at=at,
    )
    size = members.count()
    treated = size - size * campaign.holdout // 100
    points, cost = _each(campaign, document)
    reached = _reached(campaign, document, members, size)
    anyhow = reached.pop("", None)
    return Forecast(
        audience=size,
        reached=reached,
        unreached=0 if anyhow is None else size - anyhow,
        sample=list(members.order_by("member_id").values_list("pk", flat=True)[:SAMPLE]),
        points=points * treated,
        cost=cost * treated,
        entered_past_month=_past_month(document, members, at),
        shows=detectable(
            programme_id=campaign.programme_id,
            goal=campaign.goal,
            goal_days=campaign.goal_days,
            holdout=campaign.holdout,
            audience=size,
            at=at,
        ),
    )


def _reached(
    campaign: Campaign, document: Document, members: QuerySet[Membership], size: int
) -> dict[str, int]:
    """By channel, and any way under ""; nothing where nothing is said."""
    channels: set[str] = set()
    for _place, step in all_steps(document):
        if isinstance(step, Message):
            channels |= set(step.channels or Channel.values)
    if not channels:
        return {}
    looked_at = list(members.order_by("member_id").values_list("member_id", flat=True)[:LOOKED_AT])
    found = {c: reached_by(c, campaign.purpose, looked_at) for c in sorted(channels)}
    found[""] = set().union(*found.values())
    share = size / len(looked_at) if looked_at else 0
    return {channel: round(len(ids) * share) for channel, ids in found.items()}


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


def _past_month(document: Document, members: QuerySet[Membership], at: datetime) -> int | None:
    """How many of the members would have come in over the past month."""
    kind, since = document.trigger.kind, at - MONTH
    if kind == "enrolled":
        return members.filter(joined_at__gt=since).count()
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
    found = members.filter(Exists(done.filter(asked[kind])))
    if kind == "first_purchase":
        earlier = Activity.objects.filter(
            membership=OuterRef("pk"), occurred_at__lte=since, type="purchase"
        )
        found = found.exclude(Exists(earlier))
    return found.count()
