"""What rewards and vouchers refuse; a caller may rely on the codes.

A refusal carries what a door needs to say it in its reader's language, next to a plain `detail`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

import msgspec

from loyalty.errors import DomainError


class RewardUnavailable(DomainError):
    """The reward is not live, or not at this moment."""

    code = "reward_unavailable"


class RewardSoldOut(DomainError):
    """The last one is gone."""

    code = "reward_sold_out"


class LimitReached(DomainError):
    """The member has taken this reward as often as one member may."""

    code = "limit_reached"

    def __init__(self, limit: int, *, again_at: datetime | None = None) -> None:
        super().__init__(f"A member may take this reward {limit} times at most.")
        self.limit = limit
        self.again_at = again_at

    @property
    def facts(self) -> dict[str, Any]:
        again = {"again_at": _written(self.again_at)} if self.again_at else {}
        return {"limit": self.limit, **again}


class _Elsewhere(DomainError):
    """`reason` says which, and `facts` name who or where it is for."""

    def __init__(self, detail: str, *, reason: str, facts: Mapping[str, Any]) -> None:
        super().__init__(detail, field="reward")
        self.reason = reason
        self._facts = dict(facts)

    @property
    def facts(self) -> dict[str, Any]:
        return {"reason": self.reason, **self._facts}


class NotForYou(_Elsewhere):
    """The reward is for members of other tiers or segments."""

    code = "reward_not_for_member"


class OtherPlace(_Elsewhere):
    """The reward can be had through other channels, or at other locations."""

    code = "reward_elsewhere"


class WrongStep(DomainError):
    """The redemption is past that, or not that far yet; `state` is where it is."""

    code = "redemption_state"

    def __init__(self, state: str) -> None:
        super().__init__(f"The redemption is {state or 'new'}: this step does not follow.")
        self.state = state

    @property
    def facts(self) -> dict[str, Any]:
        return {"state": self.state}


class NotCancellable(DomainError):
    """It cannot be undone: the time for it is over, or it is with somebody else already."""

    code = "not_cancellable"


class VoucherUnknown(DomainError):
    """No voucher of this programme has that code; a mistyped code is unknown too."""

    code = "voucher_unknown"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no voucher with this code. Check what was typed.", field="code")


class VoucherAlreadyUsed(DomainError):
    """A voucher is used once; `used_at` and `location` tell when and where that was."""

    code = "voucher_already_used"

    def __init__(self, *, used_at: datetime, location: str, zone: tzinfo) -> None:
        where = f" in {location}" if location else ""
        super().__init__(
            f"This voucher was used on {_day(used_at, zone)}"
            f" at {used_at.astimezone(zone):%H:%M}{where}."
        )
        self.used_at = used_at
        self.location = location

    @property
    def facts(self) -> dict[str, Any]:
        return {"used_at": _written(self.used_at), "used_location": self.location}


class VoucherExpired(DomainError):
    """The voucher's time is over; it was good until, and not at, `expires_at`."""

    code = "voucher_expired"

    def __init__(self, *, expires_at: datetime, zone: tzinfo) -> None:
        super().__init__(
            f"This voucher was valid until {_day(expires_at, zone)}"
            f" at {expires_at.astimezone(zone):%H:%M}."
        )
        self.expires_at = expires_at

    @property
    def facts(self) -> dict[str, Any]:
        return {"expires_at": _written(self.expires_at)}


class GrantOver(DomainError):
    """What was given can no longer be taken: its time is over, or it was withdrawn."""

    code = "grant_over"


def _written(moment: datetime) -> str:
    """As the API writes every moment."""
    return str(msgspec.to_builtins(moment.astimezone(UTC)))


def _day(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y}"


class TillUnknown(DomainError):
    """The caller has no such till, or has several and did not say which."""

    code = "till_unknown"
    status = 404


class ShortCodeUnknown(DomainError):
    """These digits are nobody's now: mistyped, used, or their minutes are over."""

    code = "short_code_unknown"
    status = 404

    def __init__(self) -> None:
        super().__init__("These digits are nobody's now. Ask for new ones.", field="code")


class VoucherCancelled(DomainError):
    """The voucher was cancelled, or its batch withdrawn."""

    code = "voucher_cancelled"


class VoucherNotYetValid(DomainError):
    """The voucher's time has not begun."""

    code = "voucher_not_yet_valid"


class VoucherOfOtherMember(DomainError):
    """The voucher is one member's alone, and it is not they who hand it in."""

    code = "voucher_of_other_member"


class VoucherReserved(DomainError):
    """All that is left of the voucher is in other baskets, until their terms end."""

    code = "voucher_reserved"


class VoucherValueExceeded(DomainError):
    """Less is left on the gift card than was asked; `left` is what can be used."""

    code = "voucher_value_exceeded"

    def __init__(self, left: Decimal) -> None:
        super().__init__(f"There is {left} left on this card.", field="amount")
        self.left = left

    @property
    def facts(self) -> dict[str, Any]:
        return {"left": str(self.left)}


class TooManyGuesses(DomainError):
    """The till or the address has offered too many codes that are nobody's; wait a while."""

    code = "too_many_guesses"
    status = 429

    def __init__(self) -> None:
        super().__init__("Too many codes that are nobody's. Wait a quarter of an hour.")


class CodesTooWeak(DomainError):
    """Uploaded codes for single use could be guessed: they hold fewer bits than `bits`."""

    code = "codes_too_weak"

    def __init__(self, bits: int) -> None:
        super().__init__(
            f"These codes could be guessed: use longer ones, of {bits} random bits.", field="codes"
        )
        self.bits = bits
