"""Points that are paid for something."""

from datetime import datetime

from loyalty.ledger.posting import Posted, Posting, post
from loyalty.models import Account, Transfer
from loyalty.types import Reason


def spend_points(
    *,
    account_id: int,
    points: int,
    source: str,
    external_id: str,
    reasons: list[Reason],
    actor: str,
    at: datetime,
) -> Posted:
    """Take points from a member's account, soonest expiry first, once per business key.

    Raises InsufficientPoints when fewer are usable at this moment (pending and lapsed ones are
    not), AccountClosed, and KeyConflict when the key was used for another request.
    """
    redeemed = Account.objects.only("id").get(unit__accounts=account_id, kind=Account.Kind.REDEEMED)
    posting = Posting(
        kind=Transfer.Kind.REDEEM,
        debit_account=account_id,
        credit_account=redeemed.pk,
        points=points,
        source=source,
        external_id=external_id,
        reasons=list(reasons),
        actor=actor,
        effective_at=at,
    )
    return post(posting, at=at)
