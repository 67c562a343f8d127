"""What rewards announces. Ids, numbers and times only; never a voucher's code."""

from typing import ClassVar
from uuid import UUID

from loyalty.events import DomainEvent


class RewardRedeemed(DomainEvent, frozen=True, kw_only=True):
    """A member took a reward for points; the subject is the holder."""

    name: ClassVar[str] = "rewards.reward_redeemed.v1"
    redemption: UUID
    reward: str
    voucher: UUID
    points: int
    balance: int
    channel: str


class VoucherUsed(DomainEvent, frozen=True, kw_only=True):
    """A member's voucher was handed in; the subject is the holder."""

    name: ClassVar[str] = "rewards.voucher_used.v1"
    voucher: UUID
    redemption: UUID
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
