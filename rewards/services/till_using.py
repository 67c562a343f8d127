"""One thing of a sale, used: its voucher handed in, and what the books call it."""

from datetime import datetime

import msgspec

from loyalty.services.idempotency import fingerprint_of
from members.models import Membership
from rewards.codes import code_of
from rewards.errors import NotCancellable
from rewards.models import Redemption, Till, TillReceipt, Voucher, VoucherUse
from rewards.sales import BookedUse
from rewards.services.till_basket import Planned
from rewards.services.till_vouchers import actor_of
from rewards.services.vouchers import use_voucher


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
    """Raises what `use_voucher` does."""
    till, key = deed.till, f"till:{deed.till.pk}:{deed.receipt}:{voucher.pk}"
    use_voucher(
        programme_id=till.programme_id,
        code=code_of(voucher.pk),
        request_key=key,
        actor=actor_of(till),
        location=till.location,
        at=deed.at,
    )
    return VoucherUse.objects.get(
        request_key=fingerprint_of(till.programme_id, actor_of(till), key)
    )


def roll_back(row: TillReceipt, *, till: Till, at: datetime) -> None:
    """Let the vouchers of a sale be good again. Raises NotCancellable."""
    if row.uses:
        raise NotCancellable("A voucher that was used cannot be given back yet.")
