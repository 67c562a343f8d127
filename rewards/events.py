"""What rewards announces. Ids, numbers and times only; never a voucher's code."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from loyalty.events import DomainEvent


class RewardRedeemed(DomainEvent, frozen=True, kw_only=True):
    """A member took a reward for points; the subject is the holder.

    `voucher` is null for what needs none, `balance` for what cost nothing.
    """

    name: ClassVar[str] = "rewards.reward_redeemed.v1"
    redemption: UUID
    reward: str
    voucher: UUID | None
    points: int
    balance: int | None
    channel: str


class RedemptionSaid(DomainEvent, frozen=True, kw_only=True):
    """A redemption went a step further; the subject is the holder."""

    redemption: UUID
    reward: str
    points: int


class RedemptionAuthorised(RedemptionSaid, frozen=True, kw_only=True):
    """Points and stock were set aside, until that moment."""

    name: ClassVar[str] = "rewards.redemption_authorised.v1"
    expires_at: datetime


class RedemptionFulfilled(RedemptionSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.redemption_fulfilled.v1"


class RedemptionReopened(RedemptionSaid, frozen=True, kw_only=True):
    """It was had, and is not any more: the use of its voucher was rolled back."""

    name: ClassVar[str] = "rewards.redemption_reopened.v1"


class RedemptionCancelled(RedemptionSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.redemption_cancelled.v1"


class RedemptionExpired(RedemptionSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.redemption_expired.v1"


class RedemptionReturned(RedemptionSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.redemption_returned.v1"
    reason: str


class FulfilmentMoved(DomainEvent, frozen=True, kw_only=True):
    """What staff did to deliver it: laid ready, sent, booked, handed over; the subject is the holder."""

    name: ClassVar[str] = "rewards.fulfilment_moved.v1"
    redemption: UUID
    reward: str
    step: str


class VoucherUsed(DomainEvent, frozen=True, kw_only=True):
    """A voucher was handed in; the subject is who redeemed it, and nobody for one of a batch."""

    name: ClassVar[str] = "rewards.voucher_used.v1"
    voucher: UUID
    redemption: UUID | None
    reward: str
    location: str


class VoucherRolledBack(DomainEvent, frozen=True, kw_only=True):
    """A use of a voucher was undone by who took it in; the subject as of its use."""

    name: ClassVar[str] = "rewards.voucher_rolled_back.v1"
    voucher: UUID
    redemption: UUID | None
    reward: str
    location: str


class CatalogueChange(DomainEvent, frozen=True, kw_only=True):
    """Staff changed the catalogue; there is no subject."""

    reward: str
    actor: str


class RewardChanged(CatalogueChange, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.reward_changed.v1"


class RewardPublished(CatalogueChange, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.reward_published.v1"


class RewardStopped(CatalogueChange, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.reward_stopped.v1"


class StockSet(CatalogueChange, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.stock_set.v1"
    total: int
    taken: int


class HouseChange(DomainEvent, frozen=True, kw_only=True):
    """Something about tills or their keys changed; there is no subject."""

    actor: str


class TillSaved(HouseChange, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.till_saved.v1"
    till: str


class SigningKeyMade(HouseChange, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.signing_key_made.v1"
    number: int


class SigningKeyRetired(HouseChange, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.signing_key_retired.v1"
    number: int


class DoubleUseFound(DomainEvent, frozen=True, kw_only=True):
    """A till's entry lost a voucher that was used before, elsewhere; there is no subject.

    `is_moved` when the entry had won, until an earlier use was uploaded.
    """

    name: ClassVar[str] = "rewards.double_use_found.v1"
    voucher: UUID
    till: str
    entry: int
    value: str
    is_moved: bool


class DoubleUseGone(DomainEvent, frozen=True, kw_only=True):
    """An entry that had lost has its use after all: the one before it was rolled back."""

    name: ClassVar[str] = "rewards.double_use_gone.v1"
    voucher: UUID
    till: str
    entry: int


class GrantSaid(DomainEvent, frozen=True, kw_only=True):
    """What became of a reward that a member was given; the subject is the holder.

    `reward` is empty while it is still to be chosen, or a surprise that was not opened.
    """

    grant: UUID
    occasion: str
    reward: str


class RewardGranted(GrantSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.reward_granted.v1"


class GrantLapsed(GrantSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.grant_lapsed.v1"


class GrantWithdrawn(GrantSaid, frozen=True, kw_only=True):
    """What it was given for was undone."""

    name: ClassVar[str] = "rewards.grant_withdrawn.v1"


class StampCardFilled(DomainEvent, frozen=True, kw_only=True):
    """A full card paid for its reward, and the next one began; the subject is the holder."""

    name: ClassVar[str] = "rewards.stamp_card_filled.v1"
    card: str
    redemption: UUID
    reward: str


class SaleSaid(DomainEvent, frozen=True, kw_only=True):
    """What a till did with a sale; the subject is the holder, nobody for a sale without a member.

    `activity` is the purchase in the members' books, when there is one.
    """

    sale: UUID
    till: str
    activity: UUID | None
    amount: str
    earned: int
    redeemed: int


class SaleCommitted(SaleSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.sale_committed.v1"


class SaleCancelled(SaleSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.sale_cancelled.v1"


class PoolRanLow(DomainEvent, frozen=True, kw_only=True):
    """Few of a partner's codes are left; there is no subject."""

    name: ClassVar[str] = "rewards.pool_low.v1"
    pool: str
    left: int


class CodesAdded(DomainEvent, frozen=True, kw_only=True):
    """Staff put more of a partner's codes into its pool; there is no subject."""

    name: ClassVar[str] = "rewards.codes_added.v1"
    pool: str
    actor: str
    codes: int


class BatchSaid(DomainEvent, frozen=True, kw_only=True):
    """Staff did something with a batch of codes; there is no subject."""

    batch: str
    reward: str
    actor: str


class BatchMade(BatchSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.batch_made.v1"
    codes: int


class BatchWithdrawn(BatchSaid, frozen=True, kw_only=True):
    name: ClassVar[str] = "rewards.batch_withdrawn.v1"
