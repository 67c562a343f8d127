"""What the members' services refuse."""

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
