"""What the members' app does when something has happened: it keeps each member's timeline."""

from collections.abc import Sequence

from loyalty.events import PointsAdjusted, PointsExpired, subscribe
from loyalty.models import OutboxEvent
from members.events import ActivityRecorded, ConsentChanged, MemberEnrolled, ProfileChanged
from members.services.timeline import add_to_timeline


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
