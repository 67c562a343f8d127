"""Vouchers handed in at till and webshop."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from loyalty.errors import KeyConflict
from loyalty.events import publish
from loyalty.services.idempotency import fingerprint_of
from rewards.errors import VoucherAlreadyUsed, VoucherExpired, VoucherUnknown
from rewards.events import VoucherUsed
from rewards.models import Voucher, VoucherUse
from rewards.selectors import vouchers_by_code


@transaction.atomic
def use_voucher(
    *, programme_id: int, code: str, request_key: str, actor: str, location: str, at: datetime
) -> Voucher:
    """Take in a voucher of this programme, once, and once per actor's `request_key`.

    The same key with the same request gives the voucher as it was used then, for ever. Raises
    VoucherUnknown, VoucherAlreadyUsed, VoucherExpired from `expires_at` on, and KeyConflict.
    """
    voucher = _locked(programme_id, code)
    key = fingerprint_of(programme_id, actor, request_key)
    if _was_used_by(key, voucher, location):
        return voucher
    _check(voucher, at)
    voucher.state = Voucher.State.USED
    voucher.used_at = at
    voucher.used_by = actor
    voucher.used_location = location
    voucher.uses += 1
    _store(voucher, key)
    publish(
        VoucherUsed(
            subject=voucher.redemption.membership.holder,
            occurred_at=at,
            voucher=voucher.pk,
            redemption=voucher.redemption_id,
            reward=voucher.redemption.reward.key,
            location=location,
        ),
        at=at,
    )
    return voucher


def _locked(programme_id: int, code: str) -> Voucher:
    """The voucher, one till at a time."""
    vouchers = vouchers_by_code(programme_id, code)
    voucher = vouchers.select_for_update(of=("self",), no_key=True).first()
    if voucher is None:
        raise VoucherUnknown
    return voucher


def _was_used_by(key: str, voucher: Voucher, location: str) -> bool:
    """Whether this very request has been answered before. Raises KeyConflict for another one."""
    earlier = VoucherUse.objects.filter(request_key=key).first()
    if earlier is None:
        return False
    if (earlier.voucher_id, earlier.location) != (voucher.pk, location):
        raise _key_conflict()
    return True


def _check(voucher: Voucher, at: datetime) -> None:
    zone = ZoneInfo(voucher.redemption.reward.programme.time_zone)
    if voucher.used_at is not None:
        raise VoucherAlreadyUsed(used_at=voucher.used_at, location=voucher.used_location, zone=zone)
    if voucher.expires_at <= at:
        raise VoucherExpired(expires_at=voucher.expires_at, zone=zone)


def _store(voucher: Voucher, key: str) -> None:
    try:
        voucher.save(update_fields=["state", "uses", "used_at", "used_by", "used_location"])
        VoucherUse.objects.create(
            voucher=voucher,
            location=voucher.used_location,
            actor=voucher.used_by,
            request_key=key,
            used_at=voucher.used_at,
        )
    except IntegrityError as error:
        # The voucher itself is locked: it is the key that another voucher was used with just now.
        raise _key_conflict() from error


def _key_conflict() -> KeyConflict:
    return KeyConflict("This key was used before for a different voucher.")
