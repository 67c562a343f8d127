"""A voucher looked at and not used: what it is for, how it stands, and why it may not be used."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from loyalty.errors import DomainError
from loyalty.types import Words
from members.selectors import find_membership
from rewards import holdings
from rewards.kinds import read_terms
from rewards.kinds.wording import sentence_of
from rewards.models import Voucher, VoucherBatch
from rewards.services.voucher_checks import Handing, check_amount, look_at_code, refusal_of


class Standing(StrEnum):
    """Whether a voucher can be used at one moment, or why not; by itself, whoever hands it in."""

    USABLE = "USABLE"
    NOT_YET = "NOT_YET"
    USED = "USED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class CheckedVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher with its reward, what it gives in words, and the refusal if it may not be used."""

    voucher: Voucher
    standing: Standing
    sentence: Words
    refusal: DomainError | None = None


_AS_TOLD = {
    holdings.Standing.USABLE: Standing.USABLE,
    holdings.Standing.SOON: Standing.NOT_YET,
    holdings.Standing.USED: Standing.USED,
    holdings.Standing.LAPSED: Standing.EXPIRED,
    holdings.Standing.CANCELLED: Standing.CANCELLED,
}


def check_voucher(
    *,
    programme_id: int,
    code: str,
    handing: Handing,
    at: datetime,
    member: str = "",
    amount: Decimal | None = None,
) -> CheckedVoucher:
    """How the voucher with this code stands, and whether it may be used so. Raises VoucherUnknown,
    for another programme's too, MemberUnknown, and InvalidRequest for an amount that cannot be.
    """
    voucher = look_at_code(programme_id, code)
    if amount is not None:
        check_amount(voucher, amount)
    refusal = refusal_of(
        voucher,
        handing=handing,
        membership=find_membership(programme_id, member) if member else None,
        amount=amount,
        at=at,
    )
    return msgspec.structs.replace(standing_now(voucher, at=at), refusal=refusal)


def standing_now(voucher: Voucher, *, at: datetime) -> CheckedVoucher:
    """How a voucher stands by itself."""
    programme, reward = voucher.reward.programme, voucher.reward
    batch = voucher.batch
    is_withdrawn = batch is not None and batch.state == VoucherBatch.State.WITHDRAWN
    standing = _AS_TOLD[holdings.standing_of(voucher, at=at)]
    return CheckedVoucher(
        voucher=voucher,
        standing=Standing.CANCELLED if is_withdrawn else standing,
        sentence=sentence_of(
            read_terms(reward.kind, reward.terms),
            currency=programme.currency,
            zone=ZoneInfo(programme.time_zone),
        ),
    )
