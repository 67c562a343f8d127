"""The vouchers of a sale: found by whatever was scanned, and whether they can be used here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from loyalty.errors import DomainError
from members.models import Membership
from members.selectors import id_in
from rewards.codes import digests_of
from rewards.errors import ShortCodeUnknown, VoucherUnknown
from rewards.holdings import vouchers_of
from rewards.models import ShortCode, Till, Voucher
from rewards.offline.ticket import LENGTH, verify
from rewards.services.offline.keys import public_keys
from rewards.services.short_codes import find_by_short_code
from rewards.services.voucher_checks import Handing, reserved_elsewhere, with_all
from rewards.services.voucher_checks import refusal_of as refusal_when

CHANNEL = "store"


def find_voucher(
    programme_id: int, said: str, *, membership: Membership | None = None, at: datetime
) -> Voucher:
    """The voucher with this code, one-time digits or signed ticket; by its id only that member's own.

    Raises VoucherUnknown, and for a ticket what `rewards.offline.ticket.verify` does.
    """
    text = said.strip()
    found = Voucher.objects.filter(reward__programme_id=programme_id)
    if len(text) == LENGTH:
        keys = public_keys(programme_id, at=at)
        ticket = verify(text, keys=keys, programme=programme_id, at=at)
        found = found.filter(serial=ticket.serial)
    elif voucher_id := id_in(text):
        mine = vouchers_of(membership) if membership else Voucher.objects.none()
        found = found.filter(pk__in=mine.filter(pk=voucher_id).values("pk"))
    elif (digits := short_code(programme_id, text, at=at)) and digits.voucher_id:
        found = found.filter(pk=digits.voucher_id)
    else:
        found = found.filter(digest__in=digests_of(text))
    voucher = with_all(found).first()
    if voucher is None:
        raise VoucherUnknown
    return voucher


def short_code(programme_id: int, text: str, *, at: datetime) -> ShortCode | None:
    """What one-time digits stand for; None for what is none, or no longer."""
    try:
        return find_by_short_code(programme_id=programme_id, digits=text, at=at)
    except ShortCodeUnknown:
        return None


def locked(vouchers: list[UUID]) -> None:
    """Lock the vouchers of a sale, in one order for everybody."""
    found = Voucher.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=vouchers)
    list(found.order_by("pk").values_list("pk"))


def handing_at(till: Till, *, receipt: str = "") -> Handing:
    """Where a till of ours hands in."""
    return Handing(actor=actor_of(till), channel=CHANNEL, location=till.location, basket=receipt)


def reserved_of(vouchers: Iterable[Voucher], *, till: Till, at: datetime) -> Mapping[UUID, int]:
    """How often baskets elsewhere keep each of them, in one query."""
    return reserved_elsewhere(vouchers, handing=handing_at(till), at=at)


def refusal_of(
    voucher: Voucher,
    *,
    till: Till,
    membership: Membership | None,
    at: datetime,
    reserved: int | None = None,
) -> DomainError | None:
    """Why it cannot be used at that till for that member at that moment; None when it can.

    `reserved` is what `reserved_of` says of it, where many are looked at.
    """
    return refusal_when(
        voucher, handing=handing_at(till), membership=membership, reserved=reserved, at=at
    )


def actor_of(till: Till) -> str:
    """In whose name a till's deeds are done, whoever stands at it."""
    return f"till:{till.key}"
