from loyalty.events.bus import dispatch_pending, publish, retry_failures, subscribe
from loyalty.events.contracts import (
    DomainEvent,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsSpent,
    RuleDrafted,
    RulePublished,
    RuleStopped,
)

__all__ = [
    "DomainEvent",
    "PointsAdjusted",
    "PointsEarned",
    "PointsExpired",
    "PointsSpent",
    "RuleDrafted",
    "RulePublished",
    "RuleStopped",
    "dispatch_pending",
    "publish",
    "retry_failures",
    "subscribe",
]
