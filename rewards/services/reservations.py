"""A voucher in a basket that is not paid yet."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from loyalty.errors import InvalidRequest
from members.selectors import find_membership
from rewards.models import VoucherReservation
from rewards.services.voucher_checks import Handing, check_amount, find_by_code, refusal_of

LONGEST = timedelta(days=7)


@transaction.atomic
def reserve_voucher(
    *,
    programme_id: int,
    code: str,
    basket: str,
    actor: str,
    term: timedelta,
    at: datetime,
    is_hard: bool = True,
    member: str = "",
    amount: Decimal | None = None,
    channel: str = "",
    location: str = "",
) -> VoucherReservation:
    """Note that a voucher is in a basket; a hard note keeps a use of it, or that amount, until its
    term. The same basket again renews its note.

    Raises what `use_voucher` refuses, and InvalidRequest for no basket or a term over seven days.
    """
    if not basket:
        raise InvalidRequest("Name the basket.", field="basket")
    if not timedelta(0) < term <= LONGEST:
        raise InvalidRequest("A reservation lasts a moment, and seven days at most.", field="term")
    voucher = find_by_code(programme_id, code, lock=True)
    check_amount(voucher, amount)
    handing = Handing(actor=actor, channel=channel, location=location, basket=basket)
    refusal = refusal_of(
        voucher,
        handing=handing,
        membership=find_membership(programme_id, member) if member else None,
        amount=amount,
        at=at,
    )
    if refusal is not None:
        raise refusal
    said = {"is_hard": is_hard, "amount": amount, "reserved_at": at, "expires_at": at + term}
    reservation, _made = VoucherReservation.objects.update_or_create(
        voucher=voucher, actor=actor, basket=basket, defaults=said
    )
    return reservation


@transaction.atomic
def release_voucher(*, programme_id: int, code: str, basket: str, actor: str) -> bool:
    """Take a voucher out of a basket; whether it was in it. Raises VoucherUnknown."""
    voucher = find_by_code(programme_id, code)
    kept = VoucherReservation.objects.filter(voucher=voucher, actor=actor, basket=basket)
    return bool(kept.delete()[0])


def forget_reservations(*, at: datetime) -> int:
    """Delete those whose term ended a day ago; how many."""
    ended = VoucherReservation.objects.filter(expires_at__lte=at - timedelta(days=1))
    return ended.delete()[0]
