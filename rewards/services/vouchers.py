"""Vouchers handed in at till and webshop, one by one, by their codes."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from loyalty.errors import KeyConflict, NotFound
from loyalty.services.idempotency import fingerprint_of
from members.selectors import find_membership
from rewards.models import Voucher, VoucherUse
from rewards.services.using import give_back, take_in
from rewards.services.voucher_checks import Handing, find_by_code


@transaction.atomic
def use_voucher(
    *,
    programme_id: int,
    code: str,
    request_key: str,
    actor: str,
    location: str,
    at: datetime,
    channel: str = "",
    basket: str = "",
    member: str = "",
    amount: Decimal | None = None,
) -> Voucher:
    """Take in a voucher of this programme, once per actor's `request_key`; as it stands after it.

    `member` says whose it is for one that is bound or counted by member, `amount` how much of a gift
    card is used. The same key with the same request gives the same use, for ever. Raises
    VoucherUnknown, MemberUnknown, KeyConflict, InvalidRequest, VoucherAlreadyUsed, VoucherExpired
    from `expires_at` on, VoucherNotYetValid, VoucherCancelled, VoucherOfOtherMember, OtherPlace,
    VoucherReserved, LimitReached and VoucherValueExceeded; then nothing has changed.
    """
    voucher = find_by_code(programme_id, code, lock=True)
    key = fingerprint_of(programme_id, actor, request_key)
    said = fingerprint_of(location, channel, basket, member, amount)
    if _was_used_by(key, voucher, location, said):
        return voucher
    handing = Handing(actor=actor, channel=channel, location=location, basket=basket)
    membership = find_membership(programme_id, member) if member else None
    try:
        take_in(
            voucher=voucher,
            handing=handing,
            membership=membership,
            amount=amount,
            key=key,
            fingerprint=said,
            at=at,
        )
    except IntegrityError as error:
        # The voucher itself is locked: it is the key that another voucher was used with just now.
        raise _key_conflict() from error
    return voucher


@transaction.atomic
def roll_back_use(
    *, programme_id: int, code: str, request_key: str, actor: str, at: datetime
) -> Voucher:
    """Undo the use that this actor made under that key, within a day; again changes nothing.

    Raises VoucherUnknown, NotFound when there is no such use of the voucher, and NotCancellable.
    """
    voucher = find_by_code(programme_id, code)
    key = fingerprint_of(programme_id, actor, request_key)
    use = VoucherUse.objects.filter(voucher=voucher, request_key=key).first()
    if use is None:
        raise NotFound("This voucher was not used under that key.", field="used_key")
    give_back(use_id=use.pk, actor=actor, at=at)
    return find_by_code(programme_id, code)


def _was_used_by(key: str, voucher: Voucher, location: str, said: str) -> bool:
    """Whether this very request has been answered before. Raises KeyConflict for another one."""
    earlier = VoucherUse.objects.filter(request_key=key).first()
    if earlier is None:
        return False
    # Uses of before fingerprints were kept are known by what they kept.
    is_same = earlier.fingerprint == said if earlier.fingerprint else earlier.location == location
    if earlier.voucher_id != voucher.pk or not is_same:
        raise _key_conflict()
    return True


def _key_conflict() -> KeyConflict:
    return KeyConflict("This key was used before for a different voucher.")
