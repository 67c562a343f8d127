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
    """A line or an amount below zero: returns are a deed of their own."""

    code = "return_not_supported"


class CurrencyMismatch(InvalidRequest):
    """The amounts are not in the programme's currency."""

    code = "currency_mismatch"
