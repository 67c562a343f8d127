"""Campaigns that ran before, somewhere else: who got them, taken in so that they can be looked at.

Nobody was held out of them by lot, so nothing can be read of what they caused; the results page
says so, as it does of every campaign without a holdout.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from campaigns.models import Campaign, CampaignNote, CampaignVersion, Participant

ARM = "main"
KEY = "past"
BATCH = 5_000


class PastCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that ran from `starts_at` until `ends_at` (exclusive), and what to know of it."""

    key: str
    name_nl: str
    name_en: str
    note: str
    starts_at: datetime
    ends_at: datetime


@transaction.atomic
def take_in_campaign(
    *,
    programme_id: int,
    past: PastCampaign,
    memberships: Sequence[int],
    actor: str,
    at: datetime,
) -> Campaign:
    """Keep the campaign as ended, with these as its participants; whoever is in it stays so.

    Taking it in again adds who was not in it yet. It never did anything here: it has no steps.
    """
    days = max(1, (past.ends_at - past.starts_at).days)
    campaign, is_new = Campaign.objects.get_or_create(
        programme_id=programme_id,
        key=past.key,
        defaults={
            "name_nl": past.name_nl,
            "name_en": past.name_en,
            "state": Campaign.State.ENDED,
            "version": 1,
            "salt": secrets.token_hex(16),
            "holdout": 0,
            "goal_days": min(days, 365),
            "starts_at": past.starts_at,
            "ends_at": past.ends_at,
            "launched_at": past.starts_at,
            "ended_at": min(past.ends_at, at),
            "stop_reason": "over",
            "created_by": actor,
            "created_at": at,
        },
    )
    if is_new:
        _say_what_it_was(campaign, past.note, actor, at)
    rows = (_participant(campaign, pk, past) for pk in sorted(set(memberships)))
    Participant.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    return campaign


def _say_what_it_was(campaign: Campaign, note: str, actor: str, at: datetime) -> None:
    CampaignVersion.objects.create(
        campaign=campaign,
        number=1,
        document={"trigger": {"kind": "by_hand"}},
        saved_by=actor,
        saved_at=at,
    )
    kind = CampaignNote.Kind.NOTE
    CampaignNote.objects.create(campaign=campaign, kind=kind, text=note, actor=actor, written_at=at)


def _participant(campaign: Campaign, membership_id: int, past: PastCampaign) -> Participant:
    return Participant(
        campaign=campaign,
        membership_id=membership_id,
        key=KEY,
        version=1,
        arm=ARM,
        state=Participant.State.DONE,
        entered_at=past.starts_at,
        finished_at=past.ends_at,
    )
