"""What campaigns do when something has happened: whoever it is about may come into one."""

from collections.abc import Sequence

from campaigns.services.answering import answer_events
from campaigns.tasks import walk_campaigns
from loyalty.events import PointsEarned, subscribe
from loyalty.events.tiers import TierChanged
from loyalty.models import OutboxEvent
from members.events import ActivityRecorded, MemberEnrolled, SegmentEntered, SegmentLeft


@subscribe(ActivityRecorded, MemberEnrolled, PointsEarned, SegmentEntered, SegmentLeft, TierChanged)
def begin_campaigns(events: Sequence[OutboxEvent]) -> None:
    """Let members in, and have them walk at once."""
    if answer_events(events=events):
        walk_campaigns.delay()
