"""What a till is given to go on without a line."""

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import msgspec
from django.db import transaction
from django.db.models import F, Q, QuerySet

from loyalty.types import Words
from members.models import Identifier
from rewards.errors import TillUnknown
from rewards.models import OfflinePack, Reward, Till, Voucher, VoucherBatch
from rewards.offline.digits import ITERATIONS, digest_of
from rewards.sealing import derived
from rewards.services.offline.keys import ensure_key, public_keys
from rewards.services.offline.tickets import (
    digits_for,
    holder_on,
    number_vouchers,
    offline_value,
)

MOST_DIGITS = 5000
"""Vouchers whose digits go into a pack, the newest; an older one is scanned."""
_SALT = 16


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs tickets; `public` is its 32 bytes as base64url."""

    number: int
    public: str


class FloorOf(msgspec.Struct, frozen=True, kw_only=True):
    """What the till may take in: worth this much each, this much in all, so many."""

    value: Decimal
    total: Decimal
    count: int


class RewardOf(msgspec.Struct, frozen=True, kw_only=True):
    """What vouchers are for: `number` is what stands before the last forty bits of a serial."""

    number: int
    key: str
    name: Words


class DigitsOf(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher that may be typed: the slow salted digest of its digits, and what its ticket says."""

    digest: str
    serial: str
    kind: str
    cents: int
    valid_from: datetime
    valid_until: datetime
    holder: str


class Digits(msgspec.Struct, frozen=True, kw_only=True):
    """PBKDF2 with SHA-256 over twelve digits, 16 bytes; `left_out` have to be scanned."""

    salt: str
    iterations: int
    left_out: int
    vouchers: list[DigitsOf]


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """All that a till needs to check vouchers by itself until `valid_until`.

    Serials and holders are hex, keys, salt and digests base64url. A till writes the pack's number
    beside everything that it does with it.
    """

    till: str
    programme: int
    currency: str
    number: int
    issued_at: datetime
    valid_until: datetime
    keys: list[PublicKey]
    floor: FloorOf
    rewards: list[RewardOf]
    revoked: list[str]
    digits: Digits


@transaction.atomic
def issue_pack(*, till_id: int, actor: str, at: datetime) -> Pack:
    """Give the till what it needs from now on, under the next number; the ones before stay known.

    Raises TillUnknown for one that was put away.
    """
    till = Till.objects.select_for_update(of=("self",), no_key=True).filter(pk=till_id).first()
    if till is None or not till.is_active:
        raise TillUnknown("There is no such till.", field="till")
    ensure_key(programme_id=till.programme_id, actor=actor, at=at)
    last = till.packs.order_by("-number").first()
    kept = OfflinePack.objects.create(
        till=till,
        number=last.number + 1 if last else 1,
        issued_at=at,
        valid_until=at + timedelta(hours=till.offline_hours),
        floor_value=till.floor_value,
        floor_total=till.floor_total,
        floor_count=till.floor_count,
    )
    till.last_seen_at = at
    till.save(update_fields=["last_seen_at"])
    return _pack(till, kept)


def hex_of(serial: int) -> str:
    """A serial as packs and journals write it."""
    return f"{serial:016x}"


def _pack(till: Till, kept: OfflinePack) -> Pack:
    keys = public_keys(till.programme_id, at=kept.issued_at)
    rewards = Reward.objects.filter(programme_id=till.programme_id, is_offline=True)
    return Pack(
        till=till.key,
        programme=till.programme_id,
        currency=till.programme.currency,
        number=kept.number,
        issued_at=kept.issued_at,
        valid_until=kept.valid_until,
        keys=[PublicKey(number=number, public=_text(key)) for number, key in keys.items()],
        floor=FloorOf(value=kept.floor_value, total=kept.floor_total, count=kept.floor_count),
        rewards=[
            RewardOf(number=one.pk, key=one.key, name={"nl": one.name_nl, "en": one.name_en})
            for one in rewards.order_by("pk")
        ],
        revoked=_revoked(till, kept),
        digits=_digits(till, kept),
    )


def _vouchers(till: Till, kept: OfflinePack) -> QuerySet[Voucher]:
    return Voucher.objects.filter(
        reward__programme_id=till.programme_id,
        reward__is_offline=True,
        expires_at__gt=kept.issued_at,
    )


def _revoked(till: Till, kept: OfflinePack) -> list[str]:
    """Of tickets that are out there and may no longer be taken, though their time is not over."""
    gone = ~Q(state=Voucher.State.ISSUED) | Q(batch__state=VoucherBatch.State.WITHDRAWN)
    serials = _vouchers(till, kept).filter(gone, serial__isnull=False)
    return [
        hex_of(serial)
        for serial in serials.order_by("serial").values_list("serial", flat=True)
        if serial is not None
    ]


def _digits(till: Till, kept: OfflinePack) -> Digits:
    """Two vouchers with the same digits are both left out: a till could not tell which it is."""
    live = (
        _vouchers(till, kept)
        .filter(Q(valid_from=None) | Q(valid_from__lt=kept.valid_until))
        .filter(state=Voucher.State.ISSUED, value_left=None)
        .select_related("reward", "redemption", "batch", "membership")
    )
    newest = list(live.order_by(F("issued_at").desc(), "pk")[:MOST_DIGITS])
    number_vouchers([one for one in newest if offline_value(one) is not None])
    salt = _salt(till, kept)
    cards = _cards([one for one in newest if one.membership_id])
    made = [said for one in newest if (said := _said(one, salt, cards))]
    seen = Counter(one.digest for one in made)
    once = [one for one in made if seen[one.digest] == 1]
    return Digits(
        salt=_text(salt),
        iterations=ITERATIONS,
        left_out=live.count() - len(once),
        vouchers=once,
    )


def _said(voucher: Voucher, salt: bytes, cards: dict[object, str]) -> DigitsOf | None:
    value = offline_value(voucher)
    serial = voucher.serial
    if value is None or serial is None:
        return None
    card = cards.get(voucher.membership.member_id, "") if voucher.membership else ""
    holder = holder_on(voucher, serial, card)
    if not holder:
        return None
    return DigitsOf(
        digest=_digest(digits_for(voucher), salt),
        serial=hex_of(serial),
        kind=voucher.reward.kind,
        cents=int(value * 100),
        valid_from=voucher.valid_from or voucher.issued_at,
        valid_until=voucher.expires_at,
        holder=holder.hex(),
    )


def _cards(vouchers: Sequence[Voucher]) -> dict[object, str]:
    """As members.selectors.card_number, of many at once."""
    members = {one.membership.member_id for one in vouchers if one.membership}
    cards = Identifier.objects.filter(
        member_id__in=members, kind=Identifier.Kind.CARD, blocked_at__isnull=True
    )
    return dict(cards.order_by("id").values_list("member_id", "value"))


def _salt(till: Till, kept: OfflinePack) -> bytes:
    """One a programme and day: what is slow for a thief is then done once a day for us."""
    said = f"{till.programme_id} {kept.issued_at:%Y-%m-%d}"
    return derived("digits salt", said.encode())[:_SALT]


@lru_cache(maxsize=4 * MOST_DIGITS)
def _digest(digits: str, salt: bytes) -> str:
    return _text(digest_of(digits, salt))


def _text(said: bytes) -> str:
    return urlsafe_b64encode(said).decode().rstrip("=")
