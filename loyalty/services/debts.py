"""Debts of members: what a return of spent points left to be earned back."""

from datetime import datetime

from loyalty.errors import InvalidRequest
from loyalty.ledger.returns import Returning, forgive
from loyalty.services.adjustments import LONGEST_REASON, written_reason

SOURCE = "forgiveness"


def forgive_debt(
    *, account_id: int, points: int, reason: str, actor: str, at: datetime, key: str
) -> int:
    """Let a member off `points` of what they owe, once per `key`; what they still owe.

    Raises InvalidRequest for no points or no reason, DebtExceeded when they owe fewer,
    AccountClosed, and KeyConflict when the key was used for another request.
    """
    if points < 1:
        raise InvalidRequest("Forgive one point or more.", field="points")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidRequest(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")
    if not key:
        raise InvalidRequest("A forgiveness needs a key, so that it is made once.", field="key")
    asked = Returning(
        account_id=account_id,
        points=points,
        source=SOURCE,
        external_id=key,
        reasons=[written_reason(SOURCE, points, reason)],
        actor=actor,
        effective_at=at,
    )
    return forgive(asked, at=at)
