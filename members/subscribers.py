"""What the members' app does when something has happened: timelines, and counting for new tiers."""

from collections.abc import Sequence

from loyalty.events import (
    ContributorJoined,
    ContributorLeft,
    DebtForgiven,
    HoldAuthorised,
    HoldVoided,
    PointsAdjusted,
    PointsCancelled,
    PointsDonated,
    PointsEarned,
    PointsExpired,
    PointsMoved,
    PointsOwed,
    PointsRepaid,
    PointsRestored,
    PointsReturned,
    PointsSpent,
    subscribe,
)
from loyalty.events.dates import ExpiryExtended, PointsActivated, PointsExpiring
from loyalty.events.tiers import TierChanged, TierSetChanged
from loyalty.models import OutboxEvent
from members.events import (
    ActivityRecorded,
    AnswerChanged,
    BulkAsked,
    CardBlocked,
    CardUnblocked,
    ConsentChanged,
    IdentifierAdded,
    IdentifierRemoved,
    ImportAsked,
    MemberEnrolled,
    MemberMerged,
    MemberParted,
    MembershipCompleted,
    PreferenceChanged,
    ProfileChanged,
    SaleClaimed,
)
from members.services.news import tell_news
from members.services.passes import mark_changed
from members.services.segments import follow_members
from members.services.timeline import add_to_timeline
from members.tasks import recount_standings, renew_passes, work_on_bulk_deed, work_on_import


@subscribe(
    ActivityRecorded,
    AnswerChanged,
    CardBlocked,
    CardUnblocked,
    ConsentChanged,
    ContributorJoined,
    ContributorLeft,
    DebtForgiven,
    ExpiryExtended,
    HoldAuthorised,
    HoldVoided,
    IdentifierAdded,
    IdentifierRemoved,
    MemberEnrolled,
    MemberMerged,
    MemberParted,
    MembershipCompleted,
    PointsActivated,
    PointsAdjusted,
    PointsCancelled,
    PointsDonated,
    PointsEarned,
    PointsExpired,
    PointsMoved,
    PointsOwed,
    PointsRepaid,
    PointsRestored,
    PointsSpent,
    PreferenceChanged,
    ProfileChanged,
    SaleClaimed,
    TierChanged,
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


@subscribe(
    CardBlocked,
    PointsAdjusted,
    PointsCancelled,
    PointsEarned,
    PointsExpired,
    PointsMoved,
    PointsRestored,
    PointsReturned,
    PointsSpent,
    TierChanged,
)
def renew_wallets(events: Sequence[OutboxEvent]) -> None:
    """Cards in phones' wallets show something else now; Google is told, Apple's phones ask."""
    subjects = [event.subject for event in events if event.subject]
    at = max(event.recorded_at for event in events)
    if serials := mark_changed(subjects=subjects, at=at):
        renew_passes.delay([str(serial) for serial in serials])


@subscribe(BulkAsked)
def work_on_bulk_deeds(events: Sequence[OutboxEvent]) -> None:
    """Hand each to a worker; one that is done already is nothing."""
    for event in events:
        work_on_bulk_deed.delay(event.payload["of"])


@subscribe(
    ActivityRecorded,
    AnswerChanged,
    ConsentChanged,
    IdentifierAdded,
    IdentifierRemoved,
    MemberEnrolled,
    MemberMerged,
    MemberParted,
    PointsActivated,
    PointsAdjusted,
    PointsCancelled,
    PointsEarned,
    PointsExpired,
    PointsMoved,
    PointsRestored,
    PointsReturned,
    PointsSpent,
    PreferenceChanged,
    ProfileChanged,
    SaleClaimed,
    TierChanged,
)
def follow_in_segments(events: Sequence[OutboxEvent]) -> None:
    """Look again in which segments those are whom something happened to."""
    subjects = [event.subject for event in events if event.subject]
    follow_members(subjects=subjects, at=max(event.recorded_at for event in events))
