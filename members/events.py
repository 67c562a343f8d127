"""What the members' app announces. Ids, words of our own and times; never a name or an address."""

from typing import ClassVar
from uuid import UUID

from loyalty.events import DomainEvent


class MemberEnrolled(DomainEvent, frozen=True, kw_only=True):
    """Somebody joined a programme; the subject is the holder, as for all that follows."""

    name: ClassVar[str] = "members.member_enrolled.v1"
    member: UUID
    touchpoint: str
    location: str


class ActivityRecorded(DomainEvent, frozen=True, kw_only=True):
    """members_record_activities writes these itself; the subject is the holder."""

    name: ClassVar[str] = "members.activity_recorded.v1"
    activity: UUID
    type: str
    source: str
    external_id: str
    points: int
    balance: int


class ProfileChanged(DomainEvent, frozen=True, kw_only=True):
    """What a member is called, or their language, changed; the subject is the member."""

    name: ClassVar[str] = "members.profile_changed.v1"
    fields: list[str]
    actor: str


class ConsentChanged(DomainEvent, frozen=True, kw_only=True):
    """The member agreed or withdrew; the subject is the member."""

    name: ClassVar[str] = "members.consent_changed.v1"
    purpose: str
    channel: str
    is_given: bool
    text_version: str
    touchpoint: str


class MemberMerged(DomainEvent, frozen=True, kw_only=True):
    """Two records of one person became one; the subject is the member who was kept."""

    name: ClassVar[str] = "members.member_merged.v1"
    merge: UUID
    absorbed: UUID
    actor: str


class MemberParted(DomainEvent, frozen=True, kw_only=True):
    """A merge was undone; the subject is the member who had been kept."""

    name: ClassVar[str] = "members.member_parted.v1"
    merge: UUID
    absorbed: UUID
    actor: str


class SaleClaimed(DomainEvent, frozen=True, kw_only=True):
    """A member claimed a sale by its receipt; the activity is what it became."""

    name: ClassVar[str] = "members.sale_claimed.v1"
    activity: UUID


class ImportAsked(DomainEvent, frozen=True, kw_only=True):
    """Somebody wants an import tried, carried out or undone; about nobody in particular."""

    name: ClassVar[str] = "members.import_asked.v1"
    of: UUID
    deed: str  # the state that it is in: TRYING, RUNNING or UNDOING
    actor: str


class ConsentTextPublished(DomainEvent, frozen=True, kw_only=True):
    """New words to agree to; what was agreed to before stays in the words of then."""

    name: ClassVar[str] = "members.consent_text_published.v1"
    purpose: str
    version: str
    actor: str


class AnswerChanged(DomainEvent, frozen=True, kw_only=True):
    """A question was answered, corrected or its answer deleted; never what the answer is.

    The subject is the holder.
    """

    name: ClassVar[str] = "members.answer_changed.v1"
    field: str
    deed: str  # "answered", "corrected", "deleted", "conflicting"
    source: str
    actor: str


class PreferenceChanged(DomainEvent, frozen=True, kw_only=True):
    """The member said what they like, or not; the subject is the holder."""

    name: ClassVar[str] = "members.preference_changed.v1"
    kind: str
    actor: str


class QuestionStopped(DomainEvent, frozen=True, kw_only=True):
    """A question is asked no more and what was answered is deleted."""

    name: ClassVar[str] = "members.question_stopped.v1"
    field: str
    deleted: int
    actor: str


class IdentifierAdded(DomainEvent, frozen=True, kw_only=True):
    """A member is found by one thing more; the subject is the member, `kind` a card, address …"""

    name: ClassVar[str] = "members.identifier_added.v1"
    identifier: int
    kind: str
    is_verified: bool
    actor: str


class IdentifierRemoved(DomainEvent, frozen=True, kw_only=True):
    """A member is not found by it any more; the subject is the member."""

    name: ClassVar[str] = "members.identifier_removed.v1"
    identifier: int
    kind: str
    actor: str


class CardBlocked(DomainEvent, frozen=True, kw_only=True):
    """A card (or another identifier) finds nobody from now on; the subject is the member."""

    name: ClassVar[str] = "members.card_blocked.v1"
    identifier: int
    kind: str
    reason: str
    actor: str


class CardUnblocked(DomainEvent, frozen=True, kw_only=True):
    """It was found again, and works as before; the subject is the member."""

    name: ClassVar[str] = "members.card_unblocked.v1"
    identifier: int
    kind: str
    actor: str


class MembershipCompleted(DomainEvent, frozen=True, kw_only=True):
    """Who was enrolled by somebody else now signs in themselves; the subject is the holder."""

    name: ClassVar[str] = "members.membership_completed.v1"
    member: UUID


class MemberErased(DomainEvent, frozen=True, kw_only=True):
    """A person was forgotten; who keeps something of theirs forgets it too. The subject is the id."""

    name: ClassVar[str] = "members.member_erased.v1"
    holders: list[UUID]
    actor: str


class BulkAsked(DomainEvent, frozen=True, kw_only=True):
    """Somebody wants a deed done for many members; about nobody in particular."""

    name: ClassVar[str] = "members.bulk_asked.v1"
    of: UUID
    actor: str


class SegmentEntered(DomainEvent, frozen=True, kw_only=True):
    """Somebody is in a segment from now on; the subject is the holder. Many are written in SQL."""

    name: ClassVar[str] = "members.segment_entered.v1"
    segment: str


class SegmentLeft(DomainEvent, frozen=True, kw_only=True):
    """Somebody is not in a segment any more; the subject is the holder."""

    name: ClassVar[str] = "members.segment_left.v1"
    segment: str


class SegmentSaved(DomainEvent, frozen=True, kw_only=True):
    """The conditions or names of a segment were saved; about nobody in particular."""

    name: ClassVar[str] = "members.segment_saved.v1"
    segment: str
    version: int
    actor: str


class SegmentPublished(DomainEvent, frozen=True, kw_only=True):
    """A segment follows these conditions from now on."""

    name: ClassVar[str] = "members.segment_published.v1"
    segment: str
    version: int
    actor: str


class SegmentStopped(DomainEvent, frozen=True, kw_only=True):
    """Nobody is in the segment any more."""

    name: ClassVar[str] = "members.segment_stopped.v1"
    segment: str
    actor: str
