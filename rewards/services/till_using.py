"""One thing of a sale, used: its voucher handed in, and what the books call it."""

from datetime import datetime

import msgspec

from loyalty.services.idempotency import fingerprint_of
from members.models import Membership
from rewards.models import Redemption, Till, Voucher, VoucherUse
from rewards.sales import BookedUse
from rewards.services.till_basket import Planned
from rewards.services.till_vouchers import handing_at
from rewards.services.using import take_in
from rewards.services.voucher_checks import locked_voucher


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """A sale being booked: at which till, under which receipt, for whom, when it was and is told."""

    till: Till
    receipt: str
    membership: Membership | None
    moment: datetime
    at: datetime


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one thing; `is_taken_now` when its redemption is of this sale."""

    told: BookedUse
    is_taken_now: bool = False
    balance: int | None = None


def use_thing(deed: Deed, thing: Planned, redemption: Redemption | None) -> Used:
    """Hand in the voucher of it, if it has one: of a redemption made just now, or a scanned one."""
    voucher = thing.voucher
    if redemption is not None:
        voucher = Voucher.objects.filter(redemption=redemption).first()
    use = _use(deed, voucher, thing) if voucher else None
    of = redemption.pk if redemption else (voucher.redemption_id if voucher else None)
    return Used(
        told=BookedUse(
            kind=thing.kind,
            ref=thing.ref,
            reward=thing.reward.key if thing.reward else "",
            points=thing.points,
            off=thing.off,
            pays=thing.pays,
            due=thing.due,
            use=use.pk if use else None,
            redemption=of,
        ),
        is_taken_now=redemption is not None,
        balance=redemption.balance_after if redemption else None,
    )


def _use(deed: Deed, voucher: Voucher, thing: Planned) -> VoucherUse:
    """Raises what `take_in` does."""
    voucher = locked_voucher(voucher.pk)
    key = fingerprint_of("till", deed.till.pk, deed.receipt, voucher.pk)
    return take_in(
        voucher=voucher,
        handing=handing_at(deed.till, receipt=deed.receipt),
        membership=deed.membership,
        amount=thing.pays if voucher.value_left is not None else None,
        key=key,
        fingerprint=key,
        at=deed.at,
    )
