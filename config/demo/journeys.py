"""The campaigns that run at *Kleur & Co*: three classic ones, live, with a part held out by lot.

What is there already stays as it is. Members walk through them in the background, as in any shop.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from campaigns.models import Campaign
from campaigns.services.campaigns import (
    approve_campaign,
    ask_approval,
    launch_campaign,
    save_campaign,
)
from campaigns.services.entering import Entrance, enter
from campaigns.services.ready_made import READY_MADE
from campaigns.services.templates import take_ready_made
from loyalty.models import Programme
from members.models import Membership

MAKER, APPROVER = "system:demo", "system:approval"
KEYS: Final = ("welcome", "birthday", "expiring")
HELD_OUT = 20  # per cent: so few members that fewer would mostly be nobody
READ_AFTER = timedelta(days=60)
NEWEST = 12  # members that go through the welcome at once
BUDGET = 25_000


def see_to_journeys(*, programme: Programme, at: datetime) -> None:
    """See that the three campaigns are live, and that the newest members are welcomed."""
    take_ready_made(programme_id=programme.pk, actor=MAKER, at=at)
    there = set(Campaign.objects.filter(programme=programme).values_list("key", flat=True))
    for key in KEYS:
        if key not in there:
            _live(programme, key, at)


@transaction.atomic
def _live(programme: Programme, key: str, at: datetime) -> None:
    made = READY_MADE[key]
    campaign = save_campaign(
        programme_id=programme.pk,
        key=key,
        document=dict(made.document),
        actor=MAKER,
        at=at,
        name_nl=made.names["nl"],
        name_en=made.names["en"],
        holdout=HELD_OUT,
        budget_points=BUDGET,
        reading_on=(at + READ_AFTER).astimezone(ZoneInfo(programme.time_zone)).date(),
    )
    ask_approval(campaign_id=campaign.pk, actor=MAKER, at=at)
    approve_campaign(campaign_id=campaign.pk, actor=APPROVER, at=at)
    launch_campaign(campaign_id=campaign.pk, actor=MAKER, at=at)
    if key == "welcome":
        newest = Membership.objects.filter(programme=programme, member__erased_at=None)
        ids = newest.order_by("-pk").values_list("pk", flat=True)[:NEWEST]
        enter(campaign_id=campaign.pk, entrances=[Entrance(pk, "demo") for pk in ids], at=at)
