"""Campaigns that a moment begins: their audience comes in by chunks, taken up where it was left."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from msgspec.structs import replace

from campaigns.journeys.document import DAILY_KINDS, SCHEDULED_KINDS, Document, Trigger
from campaigns.journeys.triggers import last_due
from campaigns.models import Campaign
from campaigns.services.answering import live_campaigns
from campaigns.services.due import entrances_due
from campaigns.services.entering import enter

CHUNK: Final = 5_000
MORNING: Final = "08:00"  # when birthdays and the like are looked up, in the programme's zone


def plan_due(*, at: datetime, chunks: int = 1_000) -> int:
    """Let in whom the schedules of live campaigns bring in by now; how many were let in or passed.

    A chunk is one transaction that notes how far it came, so a worker that dies loses none and
    doubles none. At most so many chunks. Safe many at once.
    """
    planned = 0
    for campaign, document in live_campaigns(DAILY_KINDS | SCHEDULED_KINDS):
        due = _due(campaign, document.trigger, at)
        while due is not None and chunks > 0:
            done = _plan_chunk(campaign.pk, document, due, at)
            if done is None:
                break
            planned += done
            chunks -= 1
    return planned


def _due(campaign: Campaign, trigger: Trigger, at: datetime) -> datetime | None:
    """The last moment of its schedule; None if that was before it was launched."""
    zone = ZoneInfo(campaign.programme.time_zone)
    if trigger.kind in DAILY_KINDS:
        trigger = replace(trigger, kind="daily", time=trigger.time or MORNING)
    due = last_due(trigger, zone, at=at)
    begun = max(filter(None, (campaign.launched_at, campaign.starts_at)), default=None)
    return due if due is not None and (begun is None or due >= begun) else None


@transaction.atomic
def _plan_chunk(campaign_id: int, document: Document, due: datetime, at: datetime) -> int | None:
    """Let the next chunk in; None when there is none, or another worker is at it."""
    free = Campaign.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    campaign = (
        free.select_related("programme").filter(pk=campaign_id, state=Campaign.State.LIVE).first()
    )
    if campaign is None:
        return None
    if campaign.planned_for is None or campaign.planned_for < due:
        campaign.planned_for, campaign.planned_after = due, 0
    if campaign.planned_after is None:
        return None
    after = campaign.planned_after
    found, last = entrances_due(campaign, document, due=due, after=after, at=at, limit=CHUNK)
    enter(campaign_id=campaign_id, entrances=found, at=at)
    campaign.planned_after = last
    campaign.save(update_fields=["planned_for", "planned_after"])
    return len(found)
