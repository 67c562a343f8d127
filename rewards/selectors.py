"""Questions about rewards and vouchers."""

from datetime import datetime
from enum import StrEnum

import msgspec
from django.db.models import Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from loyalty.errors import NotFound
from loyalty.models import Lot
from members.models import Membership
from members.selectors import account_of
from rewards.codes import digest_of
from rewards.errors import VoucherUnknown
from rewards.models import Redemption, Reward, Voucher


class RewardOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A live reward as one member sees it at one moment."""

    reward: Reward
    points: int
    missing_points: int
    left_in_stock: int | None  # None: as many as are wanted
    is_sold_out: bool
    is_limit_reached: bool

    @property
    def is_within_reach(self) -> bool:
        """Whether the member can redeem it now."""
        return not (self.missing_points or self.is_sold_out or self.is_limit_reached)


class Standing(StrEnum):
    """Whether a voucher can be used at one moment, or why not."""

    USABLE = "USABLE"
    USED = "USED"
    EXPIRED = "EXPIRED"


class VoucherStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher, with its redemption and its reward, and how it stands at one moment."""

    voucher: Voucher
    standing: Standing


def catalogue(programme_id: int, *, at: datetime) -> QuerySet[Reward]:
    """The rewards that can be had at that moment, the cheapest first, with their stock."""
    return (
        Reward.objects.available(at=at)
        .filter(programme_id=programme_id)
        .annotate(left_in_stock=Sum("stock__shelves__left"))
        .order_by("points", "key")
    )


def find_reward(programme_id: int, key: str) -> Reward:
    """The programme's reward with that key, whatever its state. Raises NotFound."""
    reward = Reward.objects.filter(programme_id=programme_id, key=key).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    return reward


# Of the member's own redemptions alone, however many the others have.
_TAKEN = """(SELECT count(*) FROM rewards_redemption r
    WHERE r.membership_id = %s AND r.reward_id = rewards_reward.id)"""


def rewards_for(
    membership: Membership, *, at: datetime, usable: int | None = None
) -> list[RewardOffer]:
    """The live rewards as this member sees them, the cheapest first. Three queries.

    One query when it is known what the member can spend: `usable`.
    """
    rewards = catalogue(membership.programme_id, at=at).annotate(
        taken_by_member=RawSQL(_TAKEN, [membership.pk])  # noqa: S611  nobody's words go into it
    )
    usable = usable_points(membership, at=at) if usable is None else usable
    return [_offer(reward, reward.taken_by_member, usable) for reward in rewards]


def redemptions_of(membership: Membership, *, limit: int = 100) -> list[Redemption]:
    """What the member has redeemed, the newest first, with reward and voucher."""
    found = Redemption.objects.filter(membership=membership).select_related("reward", "voucher")
    return list(found.order_by("-redeemed_at", "-pk")[:limit])


def voucher_standing(programme_id: int, code: str, at: datetime) -> VoucherStanding:
    """How the voucher with this code stands. Raises VoucherUnknown for another programme's too."""
    voucher = vouchers_by_code(programme_id, code).first()
    if voucher is None:
        raise VoucherUnknown
    return VoucherStanding(voucher=voucher, standing=_standing(voucher, at))


def vouchers_by_code(programme_id: int, code: str) -> QuerySet[Voucher]:
    """The voucher with this code, if any, with all that is told of it."""
    return Voucher.objects.filter(
        digest=digest_of(code), redemption__reward__programme_id=programme_id
    ).select_related("redemption__reward__programme", "redemption__membership")


def usable_points(membership: Membership, *, at: datetime) -> int:
    """What the member can spend at that moment: neither pending nor lapsed."""
    usable = Lot.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        account=account_of(membership),
        remaining__gt=0,
        available_from__lte=at,
    )
    return int(usable.aggregate(points=Sum("remaining", default=0))["points"])


def _standing(voucher: Voucher, at: datetime) -> Standing:
    if voucher.state == Voucher.State.USED:
        return Standing.USED
    return Standing.EXPIRED if voucher.expires_at <= at else Standing.USABLE


def _offer(reward: Reward, taken_by_member: int, usable: int) -> RewardOffer:
    left: int | None = reward.left_in_stock  # type: ignore[attr-defined]  # annotated by catalogue
    limit = reward.limit_per_member
    return RewardOffer(
        reward=reward,
        points=reward.points,
        missing_points=max(0, reward.points - usable),
        left_in_stock=left,
        is_sold_out=left == 0,
        is_limit_reached=limit is not None and taken_by_member >= limit,
    )
