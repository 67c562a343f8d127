"""What rewards show on pages of others: the nearest reward on the member's home page."""

from datetime import datetime
from typing import TypedDict

from django import template
from django.utils.translation import get_language

from loyalty.selectors import BalanceCard
from members.models import Membership
from rewards.models import Reward
from rewards.selectors import RewardOffer, rewards_for

register = template.Library()


class NearestReward(TypedDict):
    """What the panel shows; `offer` is None when the shop has no rewards now."""

    offer: RewardOffer | None
    within_reach: int
    balance: BalanceCard


@register.filter
def name(reward: Reward) -> str:
    """The reward's name in the language of the page."""
    return reward.name_nl if get_language() == "nl" else reward.name_en


@register.filter
def description(reward: Reward) -> str:
    """What the reward is, in the language of the page."""
    return reward.description_nl if get_language() == "nl" else reward.description_en


@register.inclusion_tag("rewards/nearest.html")
def nearest_reward_panel(
    membership: Membership, balance: BalanceCard, now: datetime
) -> NearestReward:
    """The reward to save for: the first that is not within reach yet, else the dearest that is."""
    offers = rewards_for(membership, at=now, usable=balance.points)
    open_to_member = [one for one in offers if not (one.is_sold_out or one.is_limit_reached)]
    within_reach = [offer for offer in open_to_member if offer.is_within_reach]
    to_come = [offer for offer in open_to_member if offer.missing_points]
    nearest = to_come[:1] or within_reach[-1:]
    return {
        "offer": nearest[0] if nearest else None,
        "within_reach": len(within_reach),
        "balance": balance,
    }
