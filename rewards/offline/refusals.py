"""Why a till without a line does not take a ticket; a caller may rely on the codes.

The till's page (static/js/till/ticket.js) refuses with the same codes.
"""

from loyalty.errors import DomainError


class TicketRefused(DomainError):
    """The ticket is not taken."""

    code = "ticket_refused"


class TicketUnreadable(TicketRefused):
    """What was scanned is no ticket, or not a whole one."""

    code = "ticket_unreadable"
    status = 400


class TicketOfOtherProgramme(TicketRefused):
    """The ticket is another programme's."""

    code = "ticket_of_other_programme"


class TicketKeyUnknown(TicketRefused):
    """It is signed with a key that this till does not have: retired, or newer than its pack."""

    code = "ticket_key_unknown"


class TicketForged(TicketRefused):
    """The signature is not that of the key."""

    code = "ticket_forged"


class TicketNotYetValid(TicketRefused):
    """Its time has not begun."""

    code = "ticket_not_yet_valid"


class TicketExpired(TicketRefused):
    """Its time is over; it was good until, and not at, that moment."""

    code = "ticket_expired"


class TicketOfOtherHolder(TicketRefused):
    """It is its member's alone, and the card shown is not theirs."""

    code = "ticket_of_other_holder"


class DigitsUnknown(TicketRefused):
    """The digits were typed wrong, or are no voucher's that this till knows of."""

    code = "digits_unknown"
    status = 404
