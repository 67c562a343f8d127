"""The vouchers of a sale: found by whatever was scanned, and whether they can be used here."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from loyalty.errors import DomainError, InvalidRequest
from members.models import Membership
from members.selectors import id_in, memberships_of_one
from rewards.codes import digest_of
from rewards.errors import (
    LimitReached,
    OtherPlace,
    VoucherAlreadyUsed,
    VoucherExpired,
    VoucherUnknown,
)
from rewards.holdings import Standing, standing_of, vouchers_of
from rewards.models import Till, Voucher, VoucherBatch
from rewards.offline.ticket import LENGTH, verify
from rewards.services.offline.keys import public_keys

CHANNEL = "store"


class VoucherWithdrawn(DomainError):
    """The voucher was cancelled."""

    code = "voucher_cancelled"


class VoucherTooEarly(DomainError):
    """The voucher's time has not begun."""

    code = "voucher_not_yet_valid"


class VoucherReserved(DomainError):
    """The voucher is in another basket, until its reservation ends."""

    code = "voucher_reserved"


class VoucherOfAnother(DomainError):
    """The voucher is one member's alone, and it is not they who buy."""

    code = "voucher_of_other_member"


def find_voucher(
    programme_id: int, said: str, *, membership: Membership | None = None, at: datetime
) -> Voucher:
    """The voucher with this code or signed ticket; by its id only one of that member's own.

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
    else:
        found = found.filter(digest=digest_of(text))
    voucher = with_all(found).first()
    if voucher is None:
        raise VoucherUnknown
    return voucher


def locked(vouchers: list[UUID]) -> None:
    """Lock the vouchers of a sale, in one order for everybody."""
    found = Voucher.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=vouchers)
    list(found.order_by("pk").values_list("pk"))


def with_all(found: QuerySet[Voucher]) -> QuerySet[Voucher]:
    """With all that is looked at."""
    return found.select_related("reward__programme", "redemption__membership", "batch")


def refusal_of(
    voucher: Voucher, *, membership: Membership | None, location: str, at: datetime
) -> DomainError | None:
    """Why it cannot be used at that place for that member at that moment; None when it can."""
    zone = ZoneInfo(voucher.reward.programme.time_zone)
    match standing_of(voucher, at=at):
        case Standing.USED if voucher.used_at is not None:
            return VoucherAlreadyUsed(
                used_at=voucher.used_at, location=voucher.used_location, zone=zone
            )
        case Standing.LAPSED:
            return VoucherExpired(expires_at=voucher.expires_at, zone=zone)
        case Standing.CANCELLED:
            return VoucherWithdrawn("This voucher was cancelled.")
        case Standing.SOON:
            return VoucherTooEarly("This voucher is not valid yet.")
    if not _is_theirs(voucher, membership):
        return VoucherOfAnother("This voucher is another member's alone.")
    return _spent(voucher, membership, at) or _elsewhere(voucher, location)


def actor_of(till: Till) -> str:
    """In whose name a till's deeds are done, whoever stands at it."""
    return f"till:{till.key}"


def _is_theirs(voucher: Voucher, membership: Membership | None) -> bool:
    if voucher.membership_id is None:
        return True
    if membership is None:
        return False
    if voucher.membership_id == membership.pk:
        return True
    return voucher.membership_id in memberships_of_one(membership.pk)


def _spent(voucher: Voucher, membership: Membership | None, at: datetime) -> DomainError | None:
    """What others have reserved of it, and what this member has had of a shared one."""
    batch = voucher.batch
    if batch is not None and batch.state == VoucherBatch.State.WITHDRAWN:
        return VoucherWithdrawn("This voucher was withdrawn.")
    if voucher.max_uses is not None:
        kept = voucher.reservations.filter(is_hard=True, expires_at__gt=at).count()
        if voucher.uses + kept >= voucher.max_uses:
            return VoucherReserved("This voucher is in another basket.")
    if batch is None or batch.limit_per_member is None:
        return None
    if membership is None:
        return InvalidRequest("This voucher is counted by member: say who.", field="member")
    had = voucher.use_log.filter(membership=membership, rolled_back_at=None).count()
    return LimitReached(batch.limit_per_member) if had >= batch.limit_per_member else None


def _elsewhere(voucher: Voucher, location: str) -> DomainError | None:
    reward = voucher.reward
    if reward.channels and CHANNEL not in reward.channels:
        return OtherPlace(
            "This voucher is not for the shop.",
            reason="other_channel",
            facts={"channels": list(reward.channels)},
        )
    if location and reward.locations and location not in reward.locations:
        return OtherPlace(
            "This voucher is for other shops.",
            reason="other_location",
            facts={"locations": list(reward.locations)},
        )
    return None
