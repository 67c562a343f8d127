"""A voucher handed in at a till, and given back when its sale is undone; within the sale's deed."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from loyalty.events import publish
from loyalty.services.idempotency import fingerprint_of
from members.models import Membership
from rewards.errors import NotCancellable, VoucherUnknown
from rewards.events import VoucherUsed
from rewards.models import Redemption, Till, Voucher, VoucherUse
from rewards.services.redemption import fulfil_redemption, reopen_redemption
from rewards.services.till_vouchers import CHANNEL, actor_of, refusal_of, with_all

ROLL_BACK_WINDOW = timedelta(hours=24)


def take_in(
    *,
    till: Till,
    voucher_id: UUID,
    receipt: str,
    membership: Membership | None,
    amount: Decimal | None,
    at: datetime,
) -> VoucherUse:
    """Use a voucher with a receipt of this till; of a gift card that amount.

    The caller's transaction has one deed per receipt. Raises what `refusal_of` gives, anew under
    the voucher's lock.
    """
    voucher = _locked(voucher_id)
    refusal = refusal_of(voucher, membership=membership, location=till.location, at=at)
    if refusal is not None:
        raise refusal
    use = VoucherUse.objects.create(
        voucher=voucher,
        membership=membership,
        amount=amount if voucher.value_left is not None else None,
        basket=receipt,
        channel=CHANNEL,
        location=till.location,
        actor=actor_of(till),
        request_key=fingerprint_of("till", till.pk, receipt, voucher.pk),
        used_at=at,
    )
    if voucher.value_left is not None:
        voucher.value_left -= amount or Decimal(0)
    _renew(voucher)
    _follow(voucher, actor_of(till), at)
    _announce(voucher, till, at)
    return use


def give_back(*, till: Till, use_id: int, at: datetime) -> None:
    """Undo a use of this till, within a day. Raises NotCancellable."""
    use = VoucherUse.objects.get(pk=use_id)
    voucher = _locked(use.voucher_id)
    use.refresh_from_db()
    if use.rolled_back_at is not None:
        return
    if use.actor != actor_of(till) or at - use.used_at > ROLL_BACK_WINDOW:
        raise NotCancellable("This voucher was used too long ago to be given back.")
    use.rolled_back_at, use.rolled_back_by = at, actor_of(till)
    use.save(update_fields=["rolled_back_at", "rolled_back_by"])
    if voucher.value_left is not None:
        voucher.value_left += use.amount or Decimal(0)
    _renew(voucher)
    _follow(voucher, actor_of(till), at)


def _locked(voucher_id: UUID) -> Voucher:
    locked = Voucher.objects.select_for_update(of=("self",), no_key=True)
    voucher = with_all(locked).filter(pk=voucher_id).first()
    if voucher is None:
        raise VoucherUnknown
    return voucher


def _renew(voucher: Voucher) -> None:
    """How it stands by its uses: used as often as it may be, or a gift card to the last cent."""
    uses = list(voucher.use_log.filter(rolled_back_at=None).order_by("used_at", "pk"))
    last = uses[-1] if uses else None
    is_empty = voucher.value_left is not None and not voucher.value_left
    is_used = bool(uses) and (
        is_empty or (voucher.max_uses is not None and len(uses) >= voucher.max_uses)
    )
    voucher.uses = len(uses)
    if voucher.state != Voucher.State.CANCELLED:
        voucher.state = Voucher.State.USED if is_used else Voucher.State.ISSUED
    voucher.used_at = last.used_at if last else None
    voucher.used_by = last.actor if last else ""
    voucher.used_location = last.location if last else ""
    said = ["uses", "state", "used_at", "used_by", "used_location", "value_left"]
    voucher.save(update_fields=said)


def _follow(voucher: Voucher, actor: str, at: datetime) -> None:
    """The member has what they took once its voucher is used, and not before."""
    redemption = voucher.redemption
    if redemption is None:
        return
    is_used = voucher.state == Voucher.State.USED
    if is_used and redemption.state == Redemption.State.CAPTURED:
        fulfil_redemption(redemption_id=redemption.pk, actor=actor, at=at)
    elif not is_used and redemption.state == Redemption.State.FULFILLED:
        reopen_redemption(redemption_id=redemption.pk, actor=actor, at=at)


def _announce(voucher: Voucher, till: Till, at: datetime) -> None:
    """A voucher of a batch is nobody's: the redemption's holder is told of the others."""
    redemption = voucher.redemption
    if redemption is None:
        return
    used = VoucherUsed(
        subject=redemption.membership.holder,
        occurred_at=at,
        voucher=voucher.pk,
        redemption=redemption.pk,
        reward=voucher.reward.key,
        location=till.location,
    )
    publish(used, at=at)
