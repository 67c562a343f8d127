"""What to know of a campaign before it is launched: whom it reaches, what it costs at most, and how
many it would have brought in lately."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec
from django.db.models import QuerySet

from campaigns.journeys.document import all_steps, read_document
from campaigns.journeys.steps import Message, Points
from campaigns.models import Campaign, CampaignVersion, Channel, PushSubscription
from campaigns.services.powers import Detectable, detectable
from members.models import Activity, Consent, Identifier, Membership
from members.services.consents import agreeing
from members.services.segments import audience

PAST: Final = timedelta(days=30)
SHOWN: Final = 10
_NEEDED: Final = {Channel.EMAIL: Identifier.Kind.EMAIL, Channel.SMS: Identifier.Kind.PHONE}


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """`size` members could come in now; `reached` of them by each channel, `unreached` by none.

    `entered` is how many would have come in during the last thirty days; None where nobody can
    tell. The costs are of points, if each of `size` took every step once.
    """

    size: int
    reached: dict[str, int]
    unreached: int
    sample: list[int]
    points: int
    cost: Decimal
    entered: int | None
    shows: Detectable


def outlook_of(campaign: Campaign, *, at: datetime) -> Outlook:
    """Look ahead by the version in force. Raises CampaignInvalid for one that cannot be read."""
    version = CampaignVersion.objects.get(campaign=campaign, number=campaign.version)
    document = read_document(version.document)
    members = audience(
        programme_id=campaign.programme_id,
        segment_keys=document.segments,
        without_keys=document.without,
        at=at,
    )
    steps = [step for _place, step in all_steps(document)]
    channels = _channels([step for step in steps if isinstance(step, Message)])
    by_channel = {each: reached_by(members, campaign.purpose, each) for each in channels}
    size, points = members.count(), sum(s.points for s in steps if isinstance(s, Points))
    somehow = members.none()
    for reached in by_channel.values():
        somehow = somehow | reached
    treated = size - size * campaign.holdout // 100
    return Outlook(
        size=size,
        reached={channel: reached.count() for channel, reached in by_channel.items()},
        unreached=size - somehow.count() if channels else 0,
        sample=list(members.order_by("member_id").values_list("pk", flat=True)[:SHOWN]),
        points=points * treated,
        cost=points * treated * campaign.programme.point_worth,
        entered=_entered(document.trigger.kind, members, at),
        shows=detectable(
            programme_id=campaign.programme_id,
            goal=campaign.goal,
            goal_days=campaign.goal_days,
            holdout=campaign.holdout,
            audience=size,
            at=at,
        ),
    )


def reached_by(members: QuerySet[Membership], purpose: str, channel: str) -> QuerySet[Membership]:
    """Those who agreed to it on that channel and have an address there."""
    asked = channel if channel in Consent.Channel.values else Consent.Channel.ANY
    agreed = agreeing(purpose=purpose, channel=asked)
    reached = members.filter(member__in=agreed.values("member_id"))
    if channel in _NEEDED:
        known = Identifier.objects.filter(kind=_NEEDED[Channel(channel)], blocked_at=None)
        return reached.filter(member__in=known.values("member_id"))
    if channel == Channel.PUSH:
        pushes = PushSubscription.objects.filter(gone_at=None)
        return reached.filter(pk__in=pushes.values("membership_id"))
    return reached


def _channels(messages: Sequence[Message]) -> list[str]:
    """By which channels something is said; a message that names none goes by all."""
    if any(not message.channels for message in messages):
        return list(Channel.values)
    return list(dict.fromkeys(each for message in messages for each in message.channels))


def _entered(kind: str, members: QuerySet[Membership], at: datetime) -> int | None:
    """How many of them would have come in during the last thirty days."""
    since = at - PAST
    if kind == "enrolled":
        return members.filter(joined_at__gt=since, joined_at__lte=at).count()
    bought = Activity.objects.filter(type="purchase", occurred_at__lte=at)
    lately = bought.filter(occurred_at__gt=since).values("membership_id")
    if kind == "purchase":
        return members.filter(pk__in=lately).count()
    if kind == "first_purchase":
        before = bought.filter(occurred_at__lte=since).values("membership_id")
        return members.filter(pk__in=lately).exclude(pk__in=before).count()
    return None
