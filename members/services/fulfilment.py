"""What becomes of an activity after it happened: delivered, cancelled, its return window over."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from loyalty.services.activation import activate_points, cancel_pending_points
from members.errors import ActivityUnknown
from members.models import Activity
from members.services.submissions import check_moment

CANCELLED = "cancelled"


class Fulfilled(NamedTuple):
    """So many points became usable, or with `is_cancelled` will never be."""

    points: int
    is_cancelled: bool


def report_fulfilment(
    *,
    programme_id: int,
    activity_id: UUID,
    event: str,
    occurred_at: datetime,
    actor: str,
    at: datetime,
) -> Fulfilled:
    """Make usable what the activity earned and what waits for the event, from then on.

    With "cancelled" what is still pending is taken back instead. The same again finds nothing left
    to do. Raises ActivityUnknown, and InvalidRequest for a moment that cannot be.
    """
    moment = check_moment(occurred_at, at)
    activity = Activity.objects.select_related("membership").filter(pk=activity_id).first()
    if activity is None or activity.programme_id != programme_id:
        raise ActivityUnknown("There is no such activity.")
    key = f"{activity_id}:{event}"
    if event == CANCELLED:
        cancelled = cancel_pending_points(
            programme_id=programme_id,
            holder=activity.membership.holder,
            activity=str(activity_id),
            reason=CANCELLED,
            key=key,
            actor=actor,
            at=at,
        )
        return Fulfilled(cancelled.points, is_cancelled=True)
    activated = activate_points(
        programme_id=programme_id,
        holder=activity.membership.holder,
        activity=str(activity_id),
        event=event,
        key=key,
        actor=actor,
        occurred_at=moment,
        at=at,
    )
    return Fulfilled(activated.points, is_cancelled=False)
