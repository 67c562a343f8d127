"""What the members' app does when something has happened: timelines, and counting for new tiers."""

from collections.abc import Sequence

from loyalty.events import PointsAdjusted, PointsExpired, subscribe
from loyalty.events.dates import PointsExpiring
from loyalty.events.tiers import TierChanged, TierSetChanged
from loyalty.models import OutboxEvent
from members.events import (
    ActivityRecorded,
    CardBlocked,
    CardUnblocked,
    ConsentChanged,
    IdentifierAdded,
    IdentifierRemoved,
    ImportAsked,
    MemberEnrolled,
    MembershipCompleted,
    ProfileChanged,
)
from members.services.news import tell_news
from members.services.timeline import add_to_timeline
from members.tasks import recount_standings, work_on_import


@subscribe(
    ActivityRecorded,
    CardBlocked,
    CardUnblocked,
    ConsentChanged,
    IdentifierAdded,
    IdentifierRemoved,
    MemberEnrolled,
    MembershipCompleted,
    PointsAdjusted,
    PointsExpired,
    ProfileChanged,
)
def tell_in_timeline(events: Sequence[OutboxEvent]) -> None:
    add_to_timeline(events=events)


@subscribe(CardBlocked, MemberEnrolled, PointsAdjusted, PointsExpiring, TierChanged)
def tell_in_message_box(events: Sequence[OutboxEvent]) -> None:
    tell_news(events=events)


@subscribe(TierSetChanged)
def count_for_tiers(events: Sequence[OutboxEvent]) -> None:
    """Let a worker count what members did before; once for all that was changed."""
    recount_standings.delay()


@subscribe(ImportAsked)
def work_on_imports(events: Sequence[OutboxEvent]) -> None:
    """Hand each import to a worker; one that two workers take is done by the first."""
    for event in events:
        work_on_import.delay(event.payload["of"])
