"""What the members' app does when something has happened: timelines, and counting for new tiers."""

from collections.abc import Sequence

from loyalty.events import PointsAdjusted, PointsExpired, subscribe
from loyalty.events.tiers import TierSetChanged
from loyalty.models import OutboxEvent
from members.events import ActivityRecorded, ConsentChanged, MemberEnrolled, ProfileChanged
from members.services.timeline import add_to_timeline
from members.tasks import recount_standings


@subscribe(
    ActivityRecorded,
    ConsentChanged,
    MemberEnrolled,
    PointsAdjusted,
    PointsExpired,
    ProfileChanged,
)
def tell_in_timeline(events: Sequence[OutboxEvent]) -> None:
    add_to_timeline(events=events)


@subscribe(TierSetChanged)
def count_for_tiers(events: Sequence[OutboxEvent]) -> None:
    """Let a worker count what members did before; once for all that was changed."""
    recount_standings.delay()
