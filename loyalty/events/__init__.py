from loyalty.events.bus import (
    dispatch_pending,
    publish,
    publish_all,
    retry_failures,
    subscribe,
)
from loyalty.events.contracts import (
    DomainEvent,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsSpent,
    ProgrammeChanged,
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
    "ProgrammeChanged",
    "RuleDrafted",
    "RulePublished",
    "RuleStopped",
    "dispatch_pending",
    "publish",
    "publish_all",
    "retry_failures",
    "subscribe",
]
