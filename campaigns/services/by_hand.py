"""Members put into a campaign by hand: some by name, or all who are in some segments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from campaigns.errors import CampaignStateWrong
from campaigns.journeys.document import BY_HAND
from campaigns.models import Campaign, CampaignVersion
from campaigns.services.entering import Entrance, enter
from loyalty.errors import InvalidRequest, NotFound
from members.services.segments import audience

CHUNK: Final = 5_000
LONGEST_KEY: Final = 100


def by_hand(*, programme_id: int, key: str) -> Campaign:
    """The live campaign of the programme that members are put into by hand.

    Raises NotFound, and CampaignStateWrong for one that is not live or begins in another way.
    """
    found = Campaign.objects.filter(programme_id=programme_id, key=key).first()
    if found is None:
        raise NotFound("There is no such campaign.", field="campaign")
    return checked(found)


def checked(campaign: Campaign) -> Campaign:
    """The same campaign. Raises CampaignStateWrong when nobody can be put into it now."""
    if campaign.state != Campaign.State.LIVE:
        raise CampaignStateWrong("It is not live.")
    version = CampaignVersion.objects.get(campaign=campaign, number=campaign.version)
    if version.document["trigger"]["kind"] != BY_HAND:
        raise CampaignStateWrong("It begins by itself: nobody is put into it by hand.")
    return campaign


def put_in(*, campaign_id: int, membership_ids: Sequence[int], key: str, at: datetime) -> int:
    """Put members in, once per key; how many came in, those held out among them.

    Who is not in its audience, or took part too short ago, stays out. Chunks are each a
    transaction: one that is broken off is done again with the same key, and doubles nobody.
    Raises NotFound, CampaignStateWrong and InvalidRequest for no key.
    """
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("There is no such campaign.", field="campaign")
    checked(campaign)
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidRequest(f"A key has 1 to {LONGEST_KEY} characters.", field="key")
    came = 0
    for start in range(0, len(membership_ids), CHUNK):
        some = membership_ids[start : start + CHUNK]
        entrances = [Entrance(pk, f"hand:{key}") for pk in some]
        came += enter(campaign_id=campaign_id, entrances=entrances, at=at)
    return came


def put_in_segments(*, campaign_id: int, segments: Sequence[str], key: str, at: datetime) -> int:
    """Put in all who are in one of the segments now; how many. As `put_in`."""
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("There is no such campaign.", field="campaign")
    if not segments:
        raise InvalidRequest("Say of which segments.", field="segments")
    found = audience(
        programme_id=campaign.programme_id, segment_keys=segments, without_keys=[], at=at
    )
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    return put_in(campaign_id=campaign_id, membership_ids=ids, key=key, at=at)
