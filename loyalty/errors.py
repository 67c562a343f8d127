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
