from members.models.activity import Activity, ActivityLine, ActivityRevision, TimelineEntry
from members.models.member import Consent, Identifier, Member, Membership
from members.models.user import User

__all__ = [
    "Activity",
    "ActivityLine",
    "ActivityRevision",
    "Consent",
    "Identifier",
    "Member",
    "Membership",
    "TimelineEntry",
    "User",
]
