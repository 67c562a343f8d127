from members.models.activity import Activity, ActivityLine, ActivityRevision, TimelineEntry
from members.models.bulk import BulkDeed
from members.models.consent import Consent, ConsentText, Purpose
from members.models.importing import Import, ImportPiece, ImportRow
from members.models.joining import ClaimAttempt, GuestSale, JoinLink, Visitor, VisitorEvent
from members.models.member import Identifier, Member, Membership
from members.models.merging import DuplicateCandidate, Merge
from members.models.portal import Message, SavedFilter, WalletDevice, WalletPass
from members.models.privacy import Erasure, MemberLook, Note, Retention
from members.models.profile import FieldUse, Preference, ProfileAnswer, ProfileField
from members.models.segments import Segment, SegmentMembership, SegmentVersion
from members.models.sign_in import SignInClient
from members.models.user import User

__all__ = [
    "Activity",
    "ActivityLine",
    "ActivityRevision",
    "BulkDeed",
    "ClaimAttempt",
    "Consent",
    "ConsentText",
    "DuplicateCandidate",
    "Erasure",
    "FieldUse",
    "GuestSale",
    "Identifier",
    "Import",
    "ImportPiece",
    "ImportRow",
    "JoinLink",
    "Member",
    "MemberLook",
    "Membership",
    "Merge",
    "Message",
    "Note",
    "Preference",
    "ProfileAnswer",
    "ProfileField",
    "Purpose",
    "Retention",
    "SavedFilter",
    "Segment",
    "SegmentMembership",
    "SegmentVersion",
    "SignInClient",
    "TimelineEntry",
    "User",
    "Visitor",
    "VisitorEvent",
    "WalletDevice",
    "WalletPass",
]
