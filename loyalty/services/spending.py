"""Points that are paid for something."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from loyalty.errors import NotAContributor, NotFound, UnitNotSpendable
from loyalty.ledger.posting import Posted, Posting, post
from loyalty.models import Account, Pool, Transfer, Unit
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
    redeemed = Account.objects.filter(unit=OuterRef("unit"), kind=Account.Kind.REDEEMED)
    found = (
        Account.objects.filter(pk=account_id, kind=Account.Kind.MEMBER)
        .annotate(
            is_pool=Exists(Pool.objects.filter(holder=OuterRef("holder"))),
            redeemed=redeemed.values("pk")[:1],
        )
        .values_list("unit__kind", "is_pool", "redeemed")
        .first()
    )
    if found is None:
        raise NotFound("There is no such account.")
    unit_kind, is_pool, redeemed_id = found
    if unit_kind == Unit.Kind.CREDITS:
        raise UnitNotSpendable("Credits count towards a tier; they are not spent.")
    if is_pool:
        raise NotAContributor("A pool's points are spent by one of its contributors.")
    return int(redeemed_id)
