"""Corrections by hand: a member gets points, or loses some, for a reason that stays readable."""

from datetime import datetime

from django.db import transaction

from loyalty.errors import InvalidRequest
from loyalty.ledger.posting import Posted, Posting, post
from loyalty.models import Account, Transfer
from loyalty.services.remarks import check_remark, keep_remark, new_remark, remark_reason

SOURCE = "adjustment"
LARGEST = 10_000_000
"""Points in one correction; a slip of the finger is not a programme's whole debt."""


@transaction.atomic
def adjust_points(
    *,
    account_id: int,
    points: int,
    reason: str,
    actor: str,
    at: datetime,
    key: str,
    expires_at: datetime | None = None,
) -> Posted:
    """Give `points` to a member's account, or take them when negative, once per `key`.

    Raises InvalidRequest for no points, too many or no reason, InsufficientPoints when fewer are
    usable, AccountClosed, and KeyConflict when the key was used for another correction.
    """
    _check(points=points, reason=reason, key=key)
    adjustment = Account.objects.only("id").get(
        unit__accounts=account_id, kind=Account.Kind.ADJUSTMENT
    )
    is_gift, remark = points > 0, new_remark()
    posting = Posting(
        kind=Transfer.Kind.ADJUST,
        debit_account=adjustment.pk if is_gift else account_id,
        credit_account=account_id if is_gift else adjustment.pk,
        points=abs(points),
        source=SOURCE,
        external_id=key,
        reasons=[remark_reason(SOURCE, points, remark)],
        actor=actor,
        effective_at=at,
        expires_at=expires_at if is_gift else None,
    )
    posted = post(posting, at=at)
    if not posted.is_replay:
        keep_remark(remark=remark, account_id=account_id, text=reason, actor=actor, at=at)
    return posted


def _check(*, points: int, reason: str, key: str) -> None:
    if points == 0 or abs(points) > LARGEST:
        raise InvalidRequest(f"A correction moves 1 to {LARGEST} points.", field="points")
    check_remark(reason)
    if not key:
        raise InvalidRequest("A correction needs a key, so that it is made once.", field="key")
