"""Debts of members: what a return of spent points left to be earned back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.errors import InvalidRequest
from loyalty.ledger.returns import Returning, forgive
from loyalty.models import Transfer
from loyalty.services.remarks import check_remark, keep_remark, new_remark, remark_reason

SOURCE = "forgiveness"


@transaction.atomic
def forgive_debt(
    *, account_id: int, points: int, reason: str, actor: str, at: datetime, key: str
) -> int:
    """Let a member off `points` of what they owe, once per `key`; what they still owe.

    Raises InvalidRequest for no points or no reason, DebtExceeded when they owe fewer,
    AccountClosed, and KeyConflict when the key was used for another request.
    """
    if points < 1:
        raise InvalidRequest("Forgive one point or more.", field="points")
    check_remark(reason)
    if not key:
        raise InvalidRequest("A forgiveness needs a key, so that it is made once.", field="key")
    remark = new_remark()
    asked = Returning(
        account_id=account_id,
        points=points,
        source=SOURCE,
        external_id=key,
        reasons=[remark_reason(SOURCE, points, remark)],
        actor=actor,
        effective_at=at,
    )
    owed = forgive(asked, at=at)
    if _was_booked_with(remark, key):
        keep_remark(remark=remark, account_id=account_id, text=reason, actor=actor, at=at)
    return owed


def _was_booked_with(remark: UUID, key: str) -> bool:
    """Whether it was booked now; a repetition of the key has the first one's remark."""
    booked = Transfer.objects.filter(source=SOURCE, external_id=key)
    return booked.filter(reasons__contains=[{"params": {"remark": str(remark)}}]).exists()
