"""Vouchers as signed tickets and as twelve digits, for tills without a line."""

from collections.abc import Sequence
from decimal import ROUND_UP, Decimal

from django.db import IntegrityError, transaction

from members.selectors import card_number
from rewards.kinds import Discount, Product, read_terms
from rewards.models import Reward, SigningKey, Voucher, VoucherBatch
from rewards.offline.digits import digits_from
from rewards.offline.ticket import ANYBODY, LARGEST_VALUE, Ticket, holder_of, sign
from rewards.sealing import derived
from rewards.services.offline.keys import private_of, signing_key

REWARD_BITS = 40
"""A serial is the reward's number and forty bits of its own: a till can say what it is for."""
_LARGEST_REWARD = 2**23
_ATTEMPTS = 8
_CENT = Decimal("0.01")


def ticket_of(voucher: Voucher) -> str:
    """The voucher as 120 characters for a QR code; "" for one that no till takes without a line.

    That is one whose reward is not for that, that was used or cancelled, that is a gift card or has
    a limit per member (only we know what is left of those), that has no value we could know, or that
    is one member's alone who has no card; and any while the programme has no till.
    """
    value = offline_value(voucher)
    key = signing_key(voucher.reward.programme_id) if value is not None else None
    if value is None or key is None:
        return ""
    [serial] = number_vouchers([voucher])
    holder = holder_on(voucher, serial, card_of(voucher))
    return sign(_ticket(voucher, value, key, serial, holder), private_of(key)) if holder else ""


def offline_digits_of(voucher: Voucher) -> str:
    """The voucher's twelve digits for who cannot scan its ticket; "" where it has no ticket."""
    if offline_value(voucher) is None or signing_key(voucher.reward.programme_id) is None:
        return ""
    if voucher.membership_id and not card_of(voucher):
        return ""
    return digits_for(voucher)


def digits_for(voucher: Voucher) -> str:
    """The twelve digits of this voucher, the same every time, never stored."""
    return digits_from(derived("offline digits", voucher.pk.bytes))


def offline_value(voucher: Voucher) -> Decimal | None:
    """What it is worth to a till's floor; None when no till takes it without a line. No clock."""
    reward, batch = voucher.reward, voucher.batch
    if not reward.is_offline or voucher.state != Voucher.State.ISSUED:
        return None
    if voucher.value_left is not None or reward.pk >= _LARGEST_REWARD:
        return None
    if batch is not None and (
        batch.limit_per_member is not None or batch.state == VoucherBatch.State.WITHDRAWN
    ):
        return None
    return value_of(voucher)


def value_of(voucher: Voucher) -> Decimal | None:
    """What is lost with it at most, in whole cents; None when that has no bound."""
    redemption = voucher.redemption
    value = redemption.worth if redemption else None
    if value is None:
        value = _worth(voucher.reward)
    if value is None or value > LARGEST_VALUE:
        return None
    return value.quantize(_CENT, ROUND_UP)


def _worth(reward: Reward) -> Decimal | None:
    """By its terms; else what it costs us, or nothing: a till takes only so many of those."""
    match read_terms(reward.kind, reward.terms):
        case Discount(amount=Decimal() as amount):
            return amount
        case Discount(at_most=at_most):
            return at_most or reward.cost
        case Product(worth=worth, quantity=quantity) if worth:
            return worth * quantity
    return reward.cost or Decimal(0)


def card_of(voucher: Voucher) -> str:
    """The card that its holder shows; "" for a voucher of whoever has it, and without a card."""
    return card_number(voucher.membership.member_id) if voucher.membership else ""


def holder_on(voucher: Voucher, serial: int, card: str) -> bytes:
    """What stands on its ticket for its holder; nothing when they could not prove who they are."""
    if not voucher.membership_id:
        return ANYBODY
    return holder_of(serial, card) if card else b""


def number_vouchers(vouchers: Sequence[Voucher]) -> list[int]:
    """The serial of each, given now to those that had none; the same for ever."""
    fresh = [voucher for voucher in vouchers if voucher.serial is None]
    if len(fresh) > 1:
        _number_together(fresh)
    return [
        voucher.serial if voucher.serial is not None else _numbered(voucher) for voucher in vouchers
    ]


def _number_together(fresh: Sequence[Voucher]) -> None:
    """All in a few statements; none when a serial is taken, for each to be numbered alone."""
    ids = [voucher.pk for voucher in fresh]
    try:
        with transaction.atomic():
            # Locked in one order, so that two packs made at once do not wait in a circle.
            locked = Voucher.objects.select_for_update(no_key=True).filter(pk__in=ids, serial=None)
            numbered = {one.pk: one for one in locked.order_by("pk")}
            for one in numbered.values():
                one.serial = _serial(one, 0)
            Voucher.objects.bulk_update(numbered.values(), ["serial"], batch_size=1000)
    except IntegrityError:
        return
    for voucher in fresh:
        if voucher.pk in numbered:
            voucher.serial = numbered[voucher.pk].serial


def _numbered(voucher: Voucher) -> int:
    """It follows from the id, so that two at once give the same; another when that is taken."""
    for attempt in range(_ATTEMPTS):
        serial = _serial(voucher, attempt)
        try:
            with transaction.atomic():
                Voucher.objects.filter(pk=voucher.pk, serial=None).update(serial=serial)
        except IntegrityError:
            continue
        voucher.refresh_from_db(fields=["serial"])
        break
    if voucher.serial is None:
        raise IntegrityError(f"no serial is free for {voucher.pk}")
    return voucher.serial


def _serial(voucher: Voucher, attempt: int) -> int:
    made = derived("serial", voucher.pk.bytes + attempt.to_bytes(1))
    return voucher.reward_id << REWARD_BITS | int.from_bytes(made) >> (256 - REWARD_BITS)


def _ticket(
    voucher: Voucher, value: Decimal, key: SigningKey, serial: int, holder: bytes
) -> Ticket:
    return Ticket(
        kind=voucher.reward.kind,
        key=key.number,
        programme=voucher.reward.programme_id,
        value=value,
        valid_from=voucher.valid_from or voucher.issued_at,
        valid_until=voucher.expires_at,
        serial=serial,
        holder=holder,
    )
