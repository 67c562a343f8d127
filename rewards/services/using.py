"""A voucher taken in, and given back: within whoever's deed it is part of."""

from datetime import datetime, timedelta
from decimal import Decimal

from loyalty.events import publish
from members.models import Membership
from rewards.errors import NotCancellable
from rewards.events import VoucherRolledBack, VoucherUsed
from rewards.models import Redemption, Voucher, VoucherUse
from rewards.services.offline.settling import settle
from rewards.services.redemption import fulfil_redemption, reopen_redemption
from rewards.services.voucher_checks import Handing, check_amount, locked_voucher, refusal_of

ROLL_BACK_WINDOW = timedelta(hours=24)


def take_in(
    *,
    voucher: Voucher,
    handing: Handing,
    membership: Membership | None,
    amount: Decimal | None,
    key: str,
    fingerprint: str,
    at: datetime,
) -> VoucherUse:
    """Use a voucher, which the caller has locked; of a gift card that amount.

    What its basket had reserved of it is used with it. Raises what `refusal_of` gives, and
    InvalidRequest for a gift card without an amount.
    """
    check_amount(voucher, amount)
    refusal = refusal_of(voucher, handing=handing, membership=membership, amount=amount, at=at)
    if refusal is not None:
        raise refusal
    use = VoucherUse.objects.create(
        voucher=voucher,
        membership=membership,
        amount=amount,
        basket=handing.basket,
        channel=handing.channel,
        location=handing.location,
        actor=handing.actor,
        request_key=key,
        fingerprint=fingerprint,
        used_at=at,
    )
    if handing.basket:
        voucher.reservations.filter(actor=handing.actor, basket=handing.basket).delete()
    if voucher.value_left is not None and amount is not None:
        voucher.value_left -= amount
    _renew(voucher, by=1)
    _follow(voucher, handing.actor, at)
    _say(VoucherUsed, voucher, handing.location, at)
    return use


def give_back(*, use_id: int, actor: str, at: datetime) -> VoucherUse:
    """Undo a use by whoever took it in, within a day; again changes nothing. Raises NotCancellable."""
    use = VoucherUse.objects.get(pk=use_id)
    voucher = locked_voucher(use.voucher_id)
    use.refresh_from_db()
    if use.rolled_back_at is not None:
        return use
    if use.actor != actor or at - use.used_at > ROLL_BACK_WINDOW:
        raise NotCancellable("This voucher was used too long ago to be given back.")
    use.rolled_back_at, use.rolled_back_by = at, actor
    use.save(update_fields=["rolled_back_at", "rolled_back_by"])
    if voucher.value_left is not None:
        voucher.value_left += use.amount or Decimal(0)
    _renew(voucher, by=-1)
    _follow(voucher, actor, at)
    _say(VoucherRolledBack, voucher, use.location, at)
    if voucher.journal_entries.exists():
        settle(vouchers=[voucher], at=at)  # who had lost it without a line may have won it now
    return use


def _renew(voucher: Voucher, *, by: int) -> None:
    """How it stands with so many uses more: used as often as it may be, or to the last cent.

    A shared code has uses without end: they are not read again.
    """
    voucher.uses += by
    live = voucher.use_log.filter(rolled_back_at=None)
    last = live.order_by("-used_at", "-pk").first()
    is_empty = voucher.value_left is not None and not voucher.value_left
    is_used = last is not None and (
        is_empty or (voucher.max_uses is not None and voucher.uses >= voucher.max_uses)
    )
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


def _say(
    event: type[VoucherUsed] | type[VoucherRolledBack],
    voucher: Voucher,
    location: str,
    at: datetime,
) -> None:
    """Tell the redemption's member; one of a batch is nobody's."""
    redemption = voucher.redemption
    said = event(
        subject=redemption.membership.holder if redemption else None,
        occurred_at=at,
        voucher=voucher.pk,
        redemption=redemption.pk if redemption else None,
        reward=voucher.reward.key,
        location=location,
    )
    publish(said, at=at)
