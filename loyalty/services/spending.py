"""Points that are paid for something."""

from datetime import datetime

from django.db import connection

from loyalty.errors import NotAContributor, NotFound, UnitNotSpendable
from loyalty.ledger.posting import Posted, Posting, post
from loyalty.models import Transfer, Unit
from loyalty.types import Reason

# Plain, for it is asked with every redemption: the ORM's way takes half a millisecond longer.
_REDEEMED = """
SELECT u.kind, EXISTS (SELECT FROM loyalty_pool p WHERE p.holder = a.holder), r.id
FROM loyalty_account a JOIN loyalty_unit u ON u.id = a.unit_id
LEFT JOIN loyalty_account r ON r.unit_id = u.id AND r.kind = 'REDEEMED'
WHERE a.id = %s AND a.kind = 'MEMBER'
"""


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

    Raises NotFound, InsufficientPoints when the member can spend fewer at this moment (pending,
    lapsed, held and owed ones they cannot), AccountClosed, UnitNotSpendable for credits,
    NotAContributor for a pool, from which only `spend_from_pool` spends, and KeyConflict when the
    key was used for another request.
    """
    posting = Posting(
        kind=Transfer.Kind.REDEEM,
        debit_account=account_id,
        credit_account=redeemed_account(account_id),
        points=points,
        source=source,
        external_id=external_id,
        reasons=list(reasons),
        actor=actor,
        effective_at=at,
    )
    return post(posting, at=at)


def redeemed_account(account_id: int) -> int:
    """Where a member's spent points go, in one query.

    Raises NotFound, UnitNotSpendable and NotAContributor as `spend_points` does.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REDEEMED, [account_id])
        found = cursor.fetchone()
    if found is None:
        raise NotFound("There is no such account.")
    unit_kind, is_pool, redeemed_id = found
    if unit_kind == Unit.Kind.CREDITS:
        raise UnitNotSpendable("Credits count towards a tier; they are not spent.")
    if is_pool:
        raise NotAContributor("A pool's points are spent by one of its contributors.")
    return int(redeemed_id)
