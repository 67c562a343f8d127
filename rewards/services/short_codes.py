"""One-time digits for a till without a scanner: "this is me", or "this voucher"; good for minutes."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from loyalty.errors import InvalidRequest, NotFound
from members.models import Membership
from rewards.errors import ShortCodeUnknown
from rewards.models import ShortCode, Voucher
from rewards.offline.digits import check_digit
from rewards.sealing import derived

LENGTHS = (9, 12)
MOST_MINUTES = 15
ATTEMPTS = 5

Purpose = ShortCode.Purpose


@transaction.atomic
def issue_short_code(
    *,
    membership_id: int,
    purpose: str,
    at: datetime,
    voucher_id: UUID | None = None,
    digits: int = 9,
    minutes: int = 5,
) -> str:
    """New digits, the last of which checks the others; they are shown once and kept as a digest.

    The member's earlier ones for the same end with it. Raises NotFound, and InvalidRequest for a
    length or a term that cannot be.
    """
    if digits not in LENGTHS or not 0 < minutes <= MOST_MINUTES:
        raise InvalidRequest("It has 9 or 12 digits, for 15 minutes at most.", field="digits")
    locked = Membership.objects.select_for_update(no_key=True)
    membership = locked.filter(pk=membership_id).first()
    if membership is None:
        raise NotFound("There is no such member.", field="member")
    if (purpose == Purpose.VOUCHER) != (voucher_id is not None):
        raise InvalidRequest("Digits for a voucher name it.", field="voucher")
    if voucher_id and not _is_theirs(voucher_id, membership):
        raise NotFound("There is no such voucher.", field="voucher")
    live = ShortCode.objects.filter(membership=membership, used_at=None, expires_at__gt=at)
    same = Q(voucher=None) if voucher_id is None else Q(voucher_id=voucher_id)
    live.filter(same, purpose=purpose).update(expires_at=at)
    code = ShortCode(
        programme_id=membership.programme_id,
        purpose=purpose,
        membership=membership,
        voucher_id=voucher_id,
        issued_at=at,
        expires_at=at + timedelta(minutes=minutes),
    )
    return _stored(code, digits, at)


def find_by_short_code(*, programme_id: int, digits: str, at: datetime) -> ShortCode:
    """Whom or what live digits stand for. Raises ShortCodeUnknown; who looks counts the guess."""
    plain = read_digits(digits)
    found = ShortCode.objects.select_related("membership__member", "voucher").filter(
        programme_id=programme_id,
        digest=_digest(programme_id, plain),
        used_at=None,
        expires_at__gt=at,
    )
    code = found.first()
    if code is None:
        raise ShortCodeUnknown
    return code


@transaction.atomic
def take_short_code(*, programme_id: int, digits: str, actor: str, at: datetime) -> ShortCode:
    """The same, and they are good no more: of two tills at once, one has them."""
    code = find_by_short_code(programme_id=programme_id, digits=digits, at=at)
    unused = ShortCode.objects.filter(pk=code.pk, used_at=None)
    if not unused.update(used_at=at, used_by=actor):
        raise ShortCodeUnknown
    code.used_at, code.used_by = at, actor
    return code


def read_digits(text: str) -> str:
    """The digits as typed, without spaces and dashes. Raises ShortCodeUnknown when mistyped."""
    plain = "".join(sign for sign in text if sign not in " -.")
    is_right = len(plain) in LENGTHS and plain.isascii() and plain.isdigit()
    if not is_right or check_digit(plain) != 0:
        raise ShortCodeUnknown
    return plain


def forget_short_codes(*, at: datetime) -> int:
    """Delete those that ended a day ago; how many."""
    ended = ShortCode.objects.filter(expires_at__lte=at - timedelta(days=1))
    return ended.delete()[0]


def _stored(code: ShortCode, length: int, at: datetime) -> str:
    """Drawn until nobody else has them: a used or ended row gives its digits away."""
    for _attempt in range(ATTEMPTS):
        drawn = f"{secrets.randbelow(10 ** (length - 1)):0{length - 1}d}"
        plain = f"{drawn}{check_digit(drawn)}"
        code.digest = _digest(code.programme_id, plain)
        same = ShortCode.objects.filter(programme_id=code.programme_id, digest=code.digest)
        same.filter(expires_at__lte=at).delete()
        try:
            with transaction.atomic():
                code.save(force_insert=True)
        except IntegrityError:
            continue
        return plain
    raise InvalidRequest("Too many digits are out. Try again in a minute.", field="digits")


def _is_theirs(voucher_id: UUID, membership: Membership) -> bool:
    vouchers = Voucher.objects.filter(pk=voucher_id)
    return (
        vouchers.filter(membership=membership).exists()
        or vouchers.filter(redemption__membership=membership).exists()
    )


def _digest(programme_id: int, plain: str) -> str:
    return derived("short code", f"{programme_id}:{plain}".encode()).hex()
