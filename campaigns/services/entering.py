"""Members come into a campaign: their arm is drawn first, and who is held out gets nothing, ever."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from msgspec import Struct

from campaigns.experiments.allocation import Share, arm_of, campaign_of_group
from campaigns.journeys.document import Document, read_document
from campaigns.journeys.walking import first_place
from campaigns.models import (
    HOLDOUT,
    UNIVERSAL,
    Campaign,
    CampaignVersion,
    ContactPolicy,
    Participant,
)
from campaigns.services.policies import kept_policy
from members.models import Membership, SegmentMembership

State = Participant.State


class _Lots(NamedTuple):
    """By what a campaign's arms are drawn."""

    campaign: Campaign
    universal: Share


class Entrance(Struct, frozen=True):
    """A membership that comes in, by what, once per key."""

    membership_id: int
    key: str
    context: Mapping[str, Any] = {}


@transaction.atomic
def enter(*, campaign_id: int, entrances: Sequence[Entrance], at: datetime) -> int:
    """Let members into a live campaign; how many came in, those held out among them.

    Who is not in its audience, was erased, came in too short ago, or is another campaign's of its
    exclusion group, stays out. The same entrance again changes nothing. Safe many at once.
    """
    campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.LIVE).first()
    if campaign is None or not _is_open(campaign, at):
        return 0
    version = CampaignVersion.objects.get(campaign=campaign, number=campaign.version)
    document = read_document(version.document)
    policy = kept_policy(programme_id=campaign.programme_id)
    members = _admitted(campaign, document, policy, {e.membership_id for e in entrances}, at)
    keyed = _keyed(campaign, document, [e for e in entrances if e.membership_id in members], at)
    lots = _Lots(campaign, Share(policy.salt, policy.holdout))
    rows = [
        _row(lots, document, entrance, members[entrance.membership_id], at)
        for entrance in sorted(keyed, key=lambda e: (e.membership_id, e.key))
    ]
    Participant.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


def _is_open(campaign: Campaign, at: datetime) -> bool:
    has_begun = campaign.starts_at is None or campaign.starts_at <= at
    return has_begun and (campaign.ends_at is None or at < campaign.ends_at)


def _admitted(
    campaign: Campaign,
    document: Document,
    policy: ContactPolicy,
    membership_ids: set[int],
    at: datetime,
) -> dict[int, UUID]:
    """Of these, who may come in, with the member's id by which lots are drawn."""
    alive = Membership.objects.filter(
        pk__in=membership_ids,
        programme_id=campaign.programme_id,
        member__erased_at=None,
        member__merged_into=None,
    )
    if document.segments:
        alive = alive.filter(_stay(document.segments, at))
    if document.without:
        alive = alive.exclude(_stay(document.without, at))
    members = dict(alive.values_list("pk", "member_id"))
    if not campaign.exclusion_group:
        return members
    keys = _group_of(campaign)
    salt = f"{policy.salt}:{campaign.exclusion_group}"
    return {
        pk: member_id
        for pk, member_id in members.items()
        if campaign_of_group(salt, keys, member_id) == campaign.key
    }


def _stay(segments: Sequence[str], at: datetime) -> Exists:
    return Exists(
        SegmentMembership.objects.filter(
            Q(until=None) | Q(until__gt=at),
            membership=OuterRef("pk"),
            segment__in=segments,
            since__lte=at,
        )
    )


def _group_of(campaign: Campaign) -> list[str]:
    """The campaigns that share its members by lot."""
    group = Campaign.objects.filter(
        programme_id=campaign.programme_id,
        exclusion_group=campaign.exclusion_group,
        state__in=[Campaign.State.LIVE, Campaign.State.PAUSED],
    )
    return list(group.order_by("pk").values_list("key", flat=True))


def _keyed(
    campaign: Campaign, document: Document, entrances: Sequence[Entrance], at: datetime
) -> list[Entrance]:
    """The entrances with the key that makes each as often as the campaign allows."""
    if document.again == "always":
        return list(entrances)
    first = {e.membership_id: e for e in reversed(entrances)}
    mine = Participant.objects.filter(campaign=campaign, membership_id__in=first)
    last = {
        pk: (participant, entered)
        for pk, participant, entered in mine.order_by("entered_at", "pk").values_list(
            "membership_id", "pk", "entered_at"
        )
    }
    if document.again == "once":
        return [Entrance(pk, "once", e.context) for pk, e in first.items() if pk not in last]
    short = timedelta(days=document.again_days or 1)
    # Two that come in at once both stand behind the same one, and so are the same.
    return [
        Entrance(pk, f"after:{last[pk][0] if pk in last else 0}", e.context)
        for pk, e in first.items()
        if pk not in last or last[pk][1] + short <= at
    ]


def _row(
    lots: _Lots, document: Document, entrance: Entrance, member_id: UUID, at: datetime
) -> Participant:
    campaign = lots.campaign
    arm = arm_of(campaign.salt, member_id, campaign.holdout, lots.universal, document.weights)
    row = Participant(
        campaign=campaign,
        membership_id=entrance.membership_id,
        key=entrance.key,
        version=campaign.version,
        arm=arm,
        context=dict(entrance.context),
        entered_at=at,
    )
    if arm in (HOLDOUT, UNIVERSAL):
        row.state, row.finished_at = State.HELD_OUT, at
        return row
    row.place = first_place(document, arm)
    row.state = State.ACTIVE if row.place else State.DONE
    row.wake_at, row.finished_at = (at, None) if row.place else (None, at)
    return row
