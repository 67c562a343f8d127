"""What the members' services refuse."""

from datetime import datetime
from typing import Any
from uuid import UUID

from loyalty.errors import DomainError, InvalidRequest, NotFound


class MemberUnknown(NotFound):
    """No member of this programme has that identifier."""

    code = "member_unknown"


class ActivityUnknown(NotFound):
    """The programme has no such activity."""

    code = "activity_unknown"


class IdentifierTaken(DomainError):
    """The identifier belongs to another member."""

    code = "identifier_taken"


class ReturnNotSupported(InvalidRequest):
    """A line or an amount below zero: what comes back is an activity of the type "return"."""

    code = "return_not_supported"


class ReturnExceedsSale(DomainError):
    """More comes back than was bought and is still kept."""

    code = "return_exceeds_sale"


class ReturnOfAnothersSale(DomainError):
    """The sale is not this member's."""

    code = "return_of_anothers_sale"


class ReturnOfReturn(DomainError):
    """What is named as the sale is a return itself."""

    code = "return_of_return"


class CurrencyMismatch(InvalidRequest):
    """The amounts are not in the programme's currency."""

    code = "currency_mismatch"


class ClaimNotFound(NotFound):
    """No sale without a member has that receipt number, amount and time."""

    code = "claim_not_found"


class ReceiptClaimed(DomainError):
    """The sale is somebody's already."""

    code = "receipt_claimed"


class ClaimTooLate(DomainError):
    """The time in which the receipt could be claimed is over."""

    code = "claim_too_late"


class TooManyClaims(DomainError):
    """Too many receipts were tried that do not exist; `again_at` is when one may be tried again."""

    code = "too_many_claims"
    status = 429

    def __init__(self, *, again_at: datetime) -> None:
        super().__init__("Too many tries; try again later.")
        self.again_at = again_at

    @property
    def facts(self) -> dict[str, Any]:
        return {"again_at": self.again_at.isoformat()}


class VisitorUnknown(NotFound):
    """There is no visitor with that id, or they were forgotten."""

    code = "visitor_unknown"


class ConsentTextUnknown(InvalidRequest):
    """Words that were never published: nobody can have agreed to them."""

    code = "consent_text_unknown"


class QuestionUnknown(NotFound):
    """The programme asks no such question."""

    code = "question_unknown"


class QuestionClosed(DomainError):
    """The question is not asked now, or is answered already so that its kind is fixed."""

    code = "question_closed"


class AnswerInvalid(InvalidRequest):
    """The answer does not fit the question."""

    code = "answer_invalid"


class PreferenceUnknown(InvalidRequest):
    """The programme knows no such category, brand, channel or shop."""

    code = "preference_unknown"


class IdentifierUnknown(NotFound):
    """The member has no such identifier."""

    code = "identifier_unknown"


class IdentifierBlocked(DomainError):
    """The card or other identifier was blocked, because it was lost for instance."""

    code = "identifier_blocked"


class LastIdentifier(DomainError):
    """The member could not be found any more without it."""

    code = "last_identifier"


class IdentifierOfLogin(DomainError):
    """The member signs in with this address."""

    code = "identifier_of_login"


class IdentifiersOfTwoMembers(DomainError):
    """The identifiers belong to different members, who may be one person; nobody is guessed."""

    code = "identifiers_of_two_members"
    members: tuple[UUID, UUID] | None = None


class CompletionEnded(DomainError):
    """The link to complete a membership was used, has expired, or was never ours."""

    code = "completion_ended"


class AlreadyMerged(DomainError):
    """The record was merged into another one."""

    code = "already_merged"


class MemberErased(DomainError):
    """The person was forgotten; nothing of them can be joined with anybody."""

    code = "member_erased"


class MergeEnded(DomainError):
    """The merge was undone before."""

    code = "merge_ended"


class PartLaterMergeFirst(DomainError):
    """The kept record was merged into another one since; that has to be undone first."""

    code = "part_later_merge_first"


class NoteUnknown(NotFound):
    """There is no such note about this member."""

    code = "note_unknown"
