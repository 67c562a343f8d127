from loyalty.events.bus import dispatch_pending, publish, retry_failures, subscribe
from loyalty.events.contracts import (
    DomainEvent,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsSpent,
)

__all__ = [
    "DomainEvent",
    "PointsAdjusted",
    "PointsEarned",
    "PointsExpired",
    "PointsSpent",
    "dispatch_pending",
    "publish",
    "retry_failures",
    "subscribe",
]
