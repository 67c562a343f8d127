"""What a member has of rewards: vouchers, partners' codes, gifts that wait, and all there was."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet

from loyalty.types import Words
from members.models import Membership
from rewards.models import PoolCode, Redemption, Voucher
from rewards.stamps import filled

MOST = 200


class Standing(StrEnum):
    """Whether the member can hand a voucher in at one moment, or why not."""

    USABLE = "USABLE"
    SOON = "SOON"
    USED = "USED"
    LAPSED = "LAPSED"
    CANCELLED = "CANCELLED"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for the member: a voucher to use, or a gift (`is_gift`) to take.

    The names are empty for a gift that is still to be chosen or opened; `reason` says what it is
    for, in both languages.
    """

    id: UUID
    redemption: UUID | None
    is_gift: bool
    name_nl: str
    name_en: str
    until: datetime | None
    is_surprise: bool = False
    reason: Words = {}


class CardProgress(msgspec.Struct, frozen=True, kw_only=True):
    """A stamp card that is open, and how far the member is with it."""

    name_nl: str
    name_en: str
    stamps: int
    of: int

    @property
    def to_go(self) -> int:
        return self.of - self.stamps


_READY = """
SELECT v.id, v.redemption_id, false, w.name_nl, w.name_en, v.expires_at, false, '{}'
FROM rewards_voucher v JOIN rewards_reward w ON w.id = v.reward_id
WHERE v.id IN (SELECT o.id FROM rewards_voucher o WHERE o.membership_id = %(membership)s
               UNION
               SELECT o.id FROM rewards_voucher o JOIN rewards_redemption r ON r.id = o.redemption_id
               WHERE r.membership_id = %(membership)s)
  AND v.state = 'ISSUED' AND v.expires_at > %(at)s
  AND (v.valid_from IS NULL OR v.valid_from <= %(at)s)
UNION ALL
SELECT g.id, NULL, true, coalesce(w.name_nl, ''), coalesce(w.name_en, ''), g.expires_at,
       g.is_surprise, g.reason::text
FROM rewards_grant g
LEFT JOIN rewards_reward w ON w.id = g.reward_id AND NOT g.is_surprise
WHERE g.membership_id = %(membership)s AND g.state = 'OPEN'
  AND (g.expires_at IS NULL OR g.expires_at > %(at)s)
ORDER BY 3 DESC, 6, 1
LIMIT %(most)s
"""

_PROGRESS = """
SELECT c.name_nl, c.name_en, c.stamps, coalesce(ledger_spendable(a.id, %(at)s), 0)
FROM rewards_stampcard c
LEFT JOIN loyalty_account a
       ON a.unit_id = c.unit_id AND a.kind = 'MEMBER' AND a.holder = %(holder)s
WHERE c.programme_id = %(programme)s AND c.state = 'LIVE'
  AND (c.starts_at IS NULL OR c.starts_at <= %(at)s) AND (c.ends_at IS NULL OR c.ends_at > %(at)s)
ORDER BY c.id
"""


def standing_of(voucher: Voucher, *, at: datetime) -> Standing:
    """How it stands at that moment; its end is exclusive."""
    if voucher.state == Voucher.State.USED:
        return Standing.USED
    if voucher.state == Voucher.State.CANCELLED:
        return Standing.CANCELLED
    if voucher.expires_at <= at:
        return Standing.LAPSED
    is_early = voucher.valid_from is not None and voucher.valid_from > at
    return Standing.SOON if is_early else Standing.USABLE


def vouchers_of(membership: Membership) -> QuerySet[Voucher]:
    """All vouchers that are the member's: of their redemptions, and those bound to them."""
    redeemed = Voucher.objects.filter(redemption__membership=membership).values("pk")
    mine = redeemed.union(Voucher.objects.filter(membership=membership).values("pk"))
    related = ("reward__programme", "redemption", "batch")
    return Voucher.objects.filter(pk__in=mine).select_related(*related)


def pool_codes_of(membership: Membership, *, at: datetime) -> list[PoolCode]:
    """The partners' codes that the member was handed and that are still good, newest first."""
    had = (Redemption.State.CAPTURED, Redemption.State.FULFILLED)
    found = PoolCode.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        redemption__membership=membership,
        redemption__state__in=had,
    ).select_related("redemption__reward")
    return list(found.order_by("-redemption__redeemed_at")[:MOST])


def history_of(membership: Membership, *, limit: int = MOST) -> list[Redemption]:
    """What the member has taken or been given, the newest first, with what became of it."""
    found = Redemption.objects.filter(membership=membership).select_related(
        "reward", "voucher", "fulfilment"
    )
    return list(found.order_by("-redeemed_at", "-pk")[:limit])


def ready_for(membership: Membership, *, at: datetime, most: int = MOST) -> list[Ready]:
    """What can be used or taken now, gifts first, then what ends first; in one query."""
    said: dict[str, Any] = {"membership": membership.pk, "at": at, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_READY, said)
        rows = cursor.fetchall()
    return [
        Ready(
            id=id_,
            redemption=redemption,
            is_gift=is_gift,
            name_nl=name_nl,
            name_en=name_en,
            until=until,
            is_surprise=is_surprise,
            reason=json.loads(reason),
        )
        for id_, redemption, is_gift, name_nl, name_en, until, is_surprise, reason in rows
    ]


def progress_of(membership: Membership, *, at: datetime) -> list[CardProgress]:
    """How far the member is with each open stamp card; in one query."""
    said: dict[str, Any] = {
        "programme": membership.programme_id,
        "holder": membership.holder,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, said)
        rows = cursor.fetchall()
    return [
        CardProgress(
            name_nl=name_nl, name_en=name_en, stamps=filled(int(held), of=size).on_card, of=size
        )
        for name_nl, name_en, size, held in rows
    ]


def redemption_of(membership: Membership, redemption_id: UUID) -> Redemption | None:
    """The member's own redemption with all that is told of it; None for anybody else's."""
    found = Redemption.objects.select_related(
        "reward__programme", "voucher__reward__programme", "fulfilment", "pool_code", "grant"
    )
    return found.filter(pk=redemption_id, membership=membership).first()
