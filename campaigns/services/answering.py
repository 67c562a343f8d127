"""Events begin campaigns: what happened to members is put to every live campaign that waits for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef

from campaigns.journeys.document import EVENT_KINDS, Document, read_document
from campaigns.journeys.triggers import PURCHASE, Happening, answers, kinds_of_activity
from campaigns.models import Campaign, CampaignVersion
from campaigns.services.entering import Entrance, enter
from loyalty.models import OutboxEvent
from members.models import Activity, Membership
from rewards.models import Reward

ENROLLED = "members.member_enrolled.v1"
RECORDED = "members.activity_recorded.v1"
EARNED = "loyalty.points_earned.v1"
CHANGED_TIER = "loyalty.tier_changed.v1"
ENTERED = "members.segment_entered.v1"
LEFT = "members.segment_left.v1"
CLIMBED = frozenset({"earned", "assigned", "recounted"})


def answer_events(*, events: Sequence[OutboxEvent]) -> int:
    """Let whom these events are about into the live campaigns that they begin; how many came in.

    What happened before a campaign was launched begins nothing. Again changes nothing.
    """
    live = live_campaigns(EVENT_KINDS)
    if not live:
        return 0
    came = 0
    happenings = _happenings(events)
    members = dict(
        Membership.objects.filter(pk__in={h.membership_id for h in happenings}).values_list(
            "pk", "programme_id"
        )
    )
    for campaign, document in live:
        begun = [
            Entrance(h.membership_id, h.key, h.about)
            for h in happenings
            if members.get(h.membership_id) == campaign.programme_id
            and (campaign.launched_at is None or h.at >= campaign.launched_at)
            and answers(document.trigger, h)
        ]
        if begun:
            at = max(event.recorded_at for event in events)
            came += enter(campaign_id=campaign.pk, entrances=begun, at=at)
    return came


def live_campaigns(kinds: frozenset[str]) -> list[tuple[Campaign, Document]]:
    """Live campaigns that begin in one of these ways, with what they do; two queries."""
    live = Campaign.objects.filter(state=Campaign.State.LIVE).select_related("programme")
    campaigns = {campaign.pk: campaign for campaign in live.order_by("pk")}
    versions = CampaignVersion.objects.filter(campaign__in=campaigns)
    found = [
        (campaigns[version.campaign_id], read_document(version.document))
        for version in versions.order_by("campaign")
        if version.number == campaigns[version.campaign_id].version
    ]
    return [(campaign, document) for campaign, document in found if document.trigger.kind in kinds]


def _happenings(events: Sequence[OutboxEvent]) -> list[Happening]:
    holders = {event.subject for event in events if event.subject is not None}
    members = dict(Membership.objects.filter(holder__in=holders).values_list("holder", "pk"))
    by_name: dict[str, list[OutboxEvent]] = defaultdict(list)
    for event in events:
        if event.subject in members:
            by_name[event.name].append(event)
    found = _activities(by_name[RECORDED], members) + _balances(by_name[EARNED], members)
    for event in by_name[ENROLLED]:
        found.append(_happening(event, members, "enrolled"))
    for event in by_name[CHANGED_TIER]:
        if event.payload["after"] and event.payload["cause"] in CLIMBED:
            found.append(_happening(event, members, "tier_reached", tier=event.payload["after"]))
    for name, kind in ((ENTERED, "entered_segment"), (LEFT, "left_segment")):
        for event in by_name[name]:
            found.append(_happening(event, members, kind, segment=event.payload["segment"]))
    return found


def _happening(
    event: OutboxEvent, members: Mapping[UUID, int], kind: str, **about: object
) -> Happening:
    return Happening(
        membership_id=members[event.subject],  # type: ignore[index]
        kinds=frozenset({kind}),
        key=f"event:{event.pk}",
        at=event.occurred_at,
        about=about,
    )


def _activities(events: Sequence[OutboxEvent], members: Mapping[UUID, int]) -> list[Happening]:
    """What was done, where, and whether it was the member's first purchase; one query."""
    if not events:
        return []
    earlier = Activity.objects.filter(
        membership=OuterRef("membership"), type=PURCHASE, pk__lt=OuterRef("pk")
    )
    ids = [event.payload["activity"] for event in events]
    rows = Activity.objects.filter(pk__in=ids).annotate(is_later=Exists(earlier))
    places: dict[str, tuple[str, bool]] = {
        str(pk): (location, is_later)
        for pk, location, is_later in rows.values_list("pk", "location", "is_later")
    }
    found: list[Happening] = []
    for event in events:
        activity = str(event.payload["activity"])
        location, is_later = places.get(activity, ("", True))
        kind = event.payload["type"]
        found.append(
            Happening(
                membership_id=members[event.subject],  # type: ignore[index]
                kinds=kinds_of_activity(kind, location, is_first_purchase=not is_later),
                key=f"activity:{activity}",
                at=event.occurred_at,
                about={"activity": kind, "location": location},
            )
        )
    return found


def _balances(events: Sequence[OutboxEvent], members: Mapping[UUID, int]) -> list[Happening]:
    """Balances that came to what a reward of the programme costs; two queries."""
    if not events:
        return []
    holders = [event.subject for event in events if event.subject]
    programmes = dict(
        Membership.objects.filter(holder__in=holders).values_list("holder", "programme_id")
    )
    live = Reward.objects.filter(state=Reward.State.LIVE, points__gt=0).order_by("points")
    rewards = list(live.values_list("programme_id", "key", "points"))
    found: list[Happening] = []
    for event in events:
        balance, earned = event.payload["balance"], event.payload["points"]
        mine = programmes.get(event.subject)  # type: ignore[arg-type]
        reached = [
            k for of, k, price in rewards if of == mine and balance - earned < price <= balance
        ]
        if reached:
            found.append(_happening(event, members, "reward_within_reach", reward=reached[-1]))
    return found
