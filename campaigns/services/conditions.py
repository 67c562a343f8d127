"""What a step asks of members: any conditions that a segment can have, answered for many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from campaigns.errors import CampaignInvalid
from members.segments.document import read_document
from members.segments.errors import SegmentUnknown
from members.segments.matching import Match
from members.services.segments import match_members


def check_condition(asks: Mapping[str, Any], *, field: str) -> None:
    """Raise CampaignInvalid, with the path of what is wrong, for what cannot be asked."""
    try:
        read_document(asks)
    except SegmentUnknown as refusal:
        path = f"{field}.asks.{refusal.field}".rstrip(".")
        raise CampaignInvalid(refusal.detail, field=path) from refusal


def matching(
    asks: Mapping[str, Any], membership_ids: Sequence[int], *, at: datetime
) -> dict[int, Match]:
    """Whether each of the memberships, all of one programme, is described, and by which condition.

    Who was erased is left out. As many queries for many as for one. Raises SegmentUnknown.
    """
    return match_members(read_document(asks), membership_ids, at)
