from members.models.activity import Activity, ActivityLine, TimelineEntry
from members.models.member import Consent, Identifier, Member, Membership
from members.models.user import User

__all__ = [
    "Activity",
    "ActivityLine",
    "Consent",
    "Identifier",
    "Member",
    "Membership",
    "TimelineEntry",
    "User",
]
