"""Questions about rewards and vouchers."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import F, QuerySet, Sum

from loyalty.errors import NotFound
from loyalty.selectors import spendable_points
from members.models import Membership
from members.selectors import account_of
from rewards.eligibility import Refusal, price_of, refusals_of
from rewards.kinds import Terms
from rewards.models import Redemption, Reward, Shelf
from rewards.offers import Standings


class RewardOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A live reward as one member sees it at one moment, and all that stands between them."""

    reward: Reward
    terms: Terms
    points: int  # for a member of their tiers; of a tender the fewest to pay with
    missing_points: int
    left_in_stock: int | None  # None: as many as are wanted
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_sold_out(self) -> bool:
        return self._says("sold_out")

    @property
    def is_limit_reached(self) -> bool:
        return self._says("limit_reached")

    @property
    def is_within_reach(self) -> bool:
        """Whether the member can redeem it now."""
        return not self.refusals

    @property
    def is_to_be_saved_for(self) -> bool:
        """Whether nothing but points is missing."""
        return [refusal.code for refusal in self.refusals] == ["missing_points"]

    def _says(self, code: str) -> bool:
        return any(refusal.code == code for refusal in self.refusals)


def catalogue(programme_id: int, *, at: datetime) -> QuerySet[Reward]:
    """The rewards that the catalogue shows at that moment, as staff ordered them, then the cheapest.

    With what is left in stock, category, and the picture's digest and words; not the picture.
    """
    return (
        Reward.objects.visible(at=at)
        .filter(programme_id=programme_id)
        .select_related("programme", "category")
        .annotate(
            left_in_stock=Sum("stock__shelves__left"),
            picture_digest=F("picture__digest"),
            picture_alt_nl=F("picture__alt_nl"),
            picture_alt_en=F("picture__alt_en"),
        )
        .order_by("position", "points", "key")
    )


def find_redemption(programme_id: int, redemption_id: UUID) -> Redemption:
    """The programme's redemption with that id, and its reward. Raises NotFound."""
    found = Redemption.objects.filter(pk=redemption_id, reward__programme_id=programme_id)
    redemption = found.select_related("reward").first()
    if redemption is None:
        raise NotFound("There is no such redemption.", field="redemption")
    return redemption


def find_reward(programme_id: int, key: str) -> Reward:
    """The programme's reward with that key, whatever its state. Raises NotFound."""
    reward = Reward.objects.filter(programme_id=programme_id, key=key).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    return reward


def rewards_for(
    membership: Membership,
    *,
    at: datetime,
    usable: int | None = None,
    channel: str = "",
    location: str = "",
) -> list[RewardOffer]:
    """What the catalogue shows, as this member sees it: also what they cannot have, and why not.

    Three queries; one when it is known what the member can spend: `usable`. Where a reward asks it,
    one more each for limits, segments and partners' codes, and two for tiers.
    """
    rewards = list(catalogue(membership.programme_id, at=at))
    standings = Standings(membership, rewards, at=at, usable=usable)
    return [_offer(reward, standings, channel, location) for reward in rewards]


def offer_of(
    membership: Membership,
    reward: Reward,
    *,
    at: datetime,
    channel: str = "",
    location: str = "",
    is_given: bool = False,
) -> RewardOffer:
    """One reward as this member sees it, whatever its state; what a redemption asks in its lock.

    `is_given`: on an occasion, or by a full card; then it asks neither price, audience nor limit.
    """
    standings = Standings(membership, [reward], at=at, usable=0 if is_given else None)
    if not hasattr(reward, "left_in_stock"):
        shelves = Shelf.objects.filter(stock__reward=reward)
        reward.left_in_stock = shelves.aggregate(left=Sum("left"))["left"]  # type: ignore[attr-defined]
    return _offer(reward, standings, channel, location, is_given=is_given)


def usable_points(membership: Membership, *, at: datetime) -> int:
    """What the member can spend at that moment: neither pending, lapsed, set aside nor owed."""
    return spendable_points(account_of(membership), at=at)


def _offer(
    reward: Reward, standings: Standings, channel: str, location: str, *, is_given: bool = False
) -> RewardOffer:
    terms = standings.terms[reward.pk]
    standing = standings.of(reward, left=reward.left_in_stock)  # type: ignore[attr-defined]
    points = price_of(reward, terms, standing.tiers)
    refusals = refusals_of(
        reward,
        terms,
        standing,
        at=standings.at,
        channel=channel,
        location=location,
        is_given=is_given,
    )
    return RewardOffer(
        reward=reward,
        terms=terms,
        points=points,
        missing_points=0 if is_given else max(0, points - standing.usable),
        left_in_stock=standing.left,
        refusals=tuple(refusals),
    )
