"""Refusals: what the platform declines to do, each with a code that callers may rely on."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A deed was refused and nothing was changed. `code` is part of the API's contract."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, detail: str = "", *, field: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field

    @property
    def facts(self) -> dict[str, Any]:
        """What a caller needs to say it in its reader's language; in the API beside `detail`."""
        return {}


class InvalidRequest(DomainError):
    """What was asked makes no sense; `field` names the part that is wrong."""

    code = "invalid"
    status = 400


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    status = 404


class InsufficientPoints(DomainError):
    """The account holds fewer usable points than were asked."""

    code = "insufficient_points"


class AccountClosed(DomainError):
    """The account takes no more transfers."""

    code = "account_closed"


class KeyConflict(DomainError):
    """The key (business key or Idempotency-Key) was used before for a different request."""

    code = "key_conflict"
    status = 422


class KeyMissing(DomainError):
    """A write without a business key came without `Idempotency-Key`."""

    code = "idempotency_key_missing"
    status = 400


class StillRunning(DomainError):
    """The same key is being worked on right now; ask again shortly."""

    code = "still_running"


class RuleInvalid(DomainError):
    """A rule document that cannot be published; `field` names the place."""

    code = "rule_invalid"
    status = 400


class RuleKeyTaken(DomainError):
    """The programme has another rule with this key."""

    code = "rule_key_taken"


class RuleContradicts(RuleInvalid):
    """The rule could never give what it says, by itself or beside the rules that are live."""

    code = "rule_contradicts"


class TierSetInvalid(RuleInvalid):
    """A tier set that could not be carried out; `field` names the place."""

    code = "tier_set_invalid"


class UnitNotSpendable(DomainError):
    """The unit counts towards a tier; it is never spent."""

    code = "unit_not_spendable"


class UnitNotShareable(DomainError):
    """The unit stays with whom it was given to."""

    code = "unit_not_shareable"


class SelfTransfer(DomainError):
    """Giver and taker are the same."""

    code = "self_transfer"


class TransferLimitReached(DomainError):
    """A member may not give away so much in one month; `facts` says how much is left."""

    code = "transfer_limit_reached"

    def __init__(self, *, limit: int, left: int) -> None:
        super().__init__(f"Of {limit} points in a month, {left} may still be given away.")
        self.limit = limit
        self.left = left

    @property
    def facts(self) -> dict[str, Any]:
        return {"limit": self.limit, "left": self.left}


class HoldEnded(DomainError):
    """The hold was captured or voided before, or its term is over."""

    code = "hold_ended"


class HoldExceeded(DomainError):
    """More was asked than the hold set aside."""

    code = "hold_exceeded"


class ReturnExceedsEarned(DomainError):
    """More would go back than was earned."""

    code = "return_exceeds_earned"


class RestoreExceedsSpent(DomainError):
    """More would be given back than was spent and not yet given back."""

    code = "restore_exceeds_spent"


class DebtExceeded(DomainError):
    """More would be forgiven than is owed."""

    code = "debt_exceeded"


class PoolClosed(DomainError):
    """The pool is closed."""

    code = "pool_closed"


class NotAContributor(DomainError):
    """Only a pool's named contributors put points in and spend from it."""

    code = "not_a_contributor"


class LotEmpty(DomainError):
    """Nothing remains of the lot."""

    code = "lot_empty"


class LotLapsed(DomainError):
    """The lot's points have lapsed; they can be reinstated, not extended."""

    code = "lot_lapsed"


class LotSlides(DomainError):
    """The lot ends by its holder's inactivity, not on a day."""

    code = "lot_slides"


class ReinstateExceedsLapsed(DomainError):
    """More would be made good again than lapsed then and is not back yet."""

    code = "reinstate_exceeds_lapsed"
