"""Whether a voucher can be used: by whom, where, in which basket, at one moment; or why not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection
from django.db.models import QuerySet, Sum

from loyalty.errors import DomainError, InvalidRequest
from members.models import Membership
from members.selectors import memberships_of_one
from rewards.codes import digests_of
from rewards.errors import (
    LimitReached,
    OtherPlace,
    VoucherAlreadyUsed,
    VoucherCancelled,
    VoucherExpired,
    VoucherNotYetValid,
    VoucherOfOtherMember,
    VoucherReserved,
    VoucherUnknown,
    VoucherValueExceeded,
)
from rewards.holdings import Standing, standing_of
from rewards.models import Voucher, VoucherBatch, VoucherReservation

_LOOKED_AT = (
    *(field.attname for field in Voucher._meta.concrete_fields if field.name != "sealed_code"),
    *(f"reward__{name}" for name in ("key", "kind", "terms", "name_nl", "name_en")),
    *("reward__channels", "reward__locations"),
    *("reward__programme__currency", "reward__programme__time_zone"),
    *("batch__state", "batch__limit_per_member"),
)
# Where it counts, plain statements: Django needs longer to say them than the database to answer.
_RESERVED = """
SELECT count(*) FROM rewards_voucherreservation
WHERE voucher_id = %s AND is_hard AND expires_at > %s AND NOT (actor = %s AND basket = %s)
"""
MOST_MONEY = Decimal(99_999_999)  # that an amount can be


class Handing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a voucher is handed in, by whose till or shop, and in which basket of theirs."""

    actor: str
    channel: str = ""
    location: str = ""
    basket: str = ""


def find_by_code(programme_id: int, code: str, *, lock: bool = False) -> Voucher:
    """The programme's voucher with this code; with `lock` one till at a time. Raises VoucherUnknown."""
    found = Voucher.objects.filter(digest__in=digests_of(code), reward__programme_id=programme_id)
    if lock:
        found = found.select_for_update(of=("self",), no_key=True)
    voucher = with_all(found).first()
    if voucher is None:
        raise VoucherUnknown
    return voucher


def look_at_code(programme_id: int, code: str) -> Voucher:
    """As `find_by_code`, for who only looks: without what no check asks. Raises VoucherUnknown."""
    found = Voucher.objects.filter(digest__in=digests_of(code), reward__programme_id=programme_id)
    for voucher in found.select_related("reward__programme", "batch").only(*_LOOKED_AT)[:1]:
        return voucher
    raise VoucherUnknown


def with_all(found: QuerySet[Voucher]) -> QuerySet[Voucher]:
    """With all that is looked at."""
    return found.select_related("reward__programme", "redemption__membership", "batch")


def locked_voucher(voucher_id: UUID) -> Voucher:
    """The voucher, one till at a time, with all that is looked at. Raises VoucherUnknown."""
    locked = Voucher.objects.select_for_update(of=("self",), no_key=True)
    voucher = with_all(locked).filter(pk=voucher_id).first()
    if voucher is None:
        raise VoucherUnknown
    return voucher


def refusal_of(
    voucher: Voucher,
    *,
    handing: Handing,
    membership: Membership | None,
    amount: Decimal | None = None,
    reserved: int | None = None,
    at: datetime,
) -> DomainError | None:
    """Why it cannot be used so at that moment; None when it can. `amount` is of a gift card.

    `reserved` is how often other baskets keep it, where the caller has counted that for many.
    What is locked is judged as it stands; what is not may have changed a moment later.
    """
    return (
        _standing(voucher, at)
        or _another(voucher, membership)
        or _elsewhere(voucher, handing)
        or _reserved(voucher, handing, reserved, at)
        or _had(voucher, membership)
        or _exceeded(voucher, handing, amount, at)
    )


def check_amount(voucher: Voucher, amount: Decimal | None) -> None:
    """Of a gift card it is said how much, in whole cents, and of nothing else. Raises InvalidRequest."""
    if (voucher.value_left is None) != (amount is None):
        raise InvalidRequest(
            "An amount is said of a gift card, and of nothing else.", field="amount"
        )
    if amount is not None and not _is_money(amount):
        raise InvalidRequest("Use a cent or more, and whole cents.", field="amount")


def _is_money(amount: Decimal) -> bool:
    return amount.is_finite() and 0 < amount <= MOST_MONEY and amount * 100 % 1 == 0


def reserved_elsewhere(
    vouchers: Iterable[Voucher], *, handing: Handing, at: datetime
) -> Mapping[UUID, int]:
    """How often other baskets keep each of them, in one query; none of those that nobody keeps."""
    kept = _elsewhere_hard(handing, at).filter(voucher__in=list(vouchers))
    return Counter(kept.values_list("voucher_id", flat=True))


def value_free(voucher: Voucher, *, handing: Handing, at: datetime) -> Decimal:
    """What is left on a gift card beside what other baskets have reserved of it."""
    others = _hard(voucher, handing, at).aggregate(kept=Sum("amount", default=Decimal(0)))
    kept: Decimal = others["kept"]
    return max(Decimal(0), (voucher.value_left or Decimal(0)) - kept)


def _standing(voucher: Voucher, at: datetime) -> DomainError | None:
    zone = ZoneInfo(voucher.reward.programme.time_zone)
    batch = voucher.batch
    if batch is not None and batch.state == VoucherBatch.State.WITHDRAWN:
        return VoucherCancelled("This voucher was withdrawn.", field="code")
    match standing_of(voucher, at=at):
        case Standing.USED if voucher.used_at is not None:
            return VoucherAlreadyUsed(
                used_at=voucher.used_at, location=voucher.used_location, zone=zone
            )
        case Standing.LAPSED:
            return VoucherExpired(expires_at=voucher.expires_at, zone=zone)
        case Standing.CANCELLED:
            return VoucherCancelled("This voucher was cancelled.", field="code")
        case Standing.SOON:
            return VoucherNotYetValid("This voucher is not valid yet.", field="code")
    return None


def _another(voucher: Voucher, membership: Membership | None) -> DomainError | None:
    if voucher.membership_id is None:
        return None
    if membership and voucher.membership_id == membership.pk:
        return None
    if membership and voucher.membership_id in memberships_of_one(membership.pk):
        return None
    return VoucherOfOtherMember("This voucher is one member's alone.", field="member")


def _elsewhere(voucher: Voucher, handing: Handing) -> DomainError | None:
    reward = voucher.reward
    if reward.channels and handing.channel and handing.channel not in reward.channels:
        return OtherPlace(
            "This voucher is for another channel.",
            reason="other_channel",
            facts={"channels": list(reward.channels)},
        )
    if reward.locations and handing.location and handing.location not in reward.locations:
        return OtherPlace(
            "This voucher is for other shops.",
            reason="other_location",
            facts={"locations": list(reward.locations)},
        )
    return None


def _reserved(
    voucher: Voucher, handing: Handing, reserved: int | None, at: datetime
) -> DomainError | None:
    if voucher.max_uses is None or voucher.value_left is not None:
        return None
    if reserved is None:
        reserved = _count_reserved(voucher, handing, at)
    if voucher.uses + reserved >= voucher.max_uses:
        return VoucherReserved("This voucher is in another basket.", field="code")
    return None


def _count_reserved(voucher: Voucher, handing: Handing, at: datetime) -> int:
    """How often other baskets keep it."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVED, [voucher.pk, at, handing.actor, handing.basket])
        return int(cursor.fetchone()[0])


def _had(voucher: Voucher, membership: Membership | None) -> DomainError | None:
    limit = voucher.batch.limit_per_member if voucher.batch else None
    if limit is None:
        return None
    if membership is None:
        return InvalidRequest("This voucher is counted by member: say who.", field="member")
    had = voucher.use_log.filter(membership=membership, rolled_back_at=None).count()
    return LimitReached(limit) if had >= limit else None


def _exceeded(
    voucher: Voucher, handing: Handing, amount: Decimal | None, at: datetime
) -> DomainError | None:
    if voucher.value_left is None or amount is None:
        return None
    free = value_free(voucher, handing=handing, at=at)
    return VoucherValueExceeded(free) if amount > free else None


def _hard(voucher: Voucher, handing: Handing, at: datetime) -> QuerySet[VoucherReservation]:
    """What other baskets keep of it."""
    return _elsewhere_hard(handing, at).filter(voucher=voucher)


def _elsewhere_hard(handing: Handing, at: datetime) -> QuerySet[VoucherReservation]:
    kept = VoucherReservation.objects.filter(is_hard=True, expires_at__gt=at)
    return kept.exclude(actor=handing.actor, basket=handing.basket)
