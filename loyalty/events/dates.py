"""What is announced of the dates of points; they move no points, so they name no transfer."""

from datetime import date
from typing import ClassVar

from loyalty.events.contracts import DomainEvent


class PointsActivated(DomainEvent, frozen=True, kw_only=True):
    """Pending points became usable because what they waited for has happened."""

    name: ClassVar[str] = "loyalty.points_activated.v1"

    points: int
    activity: str
    event: str


class ExpiryExtended(DomainEvent, frozen=True, kw_only=True):
    """Points are good for longer than they were; `last_day` is their last."""

    name: ClassVar[str] = "loyalty.expiry_extended.v1"

    lot: int
    points: int
    last_day: date
    actor: str


class PointsExpiring(DomainEvent, frozen=True, kw_only=True):
    """Points will lapse soon unless they are spent: once for an account, a last day and a term."""

    name: ClassVar[str] = "loyalty.points_expiring.v1"

    account: int
    points: int
    last_day: date
    days_ahead: int  # the term that came due: 30 or 7
