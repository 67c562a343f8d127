"""What rewards show on pages of others, and how their words are chosen by the page's language."""

from datetime import date, datetime
from typing import Any, TypedDict

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from loyalty.selectors import BalanceCard
from members.models import Membership
from rewards.holdings import CardProgress, Ready, progress_of, ready_for
from rewards.models import Reward
from rewards.selectors import RewardOffer, rewards_for

register = template.Library()

MOST_READY = 3


class NearestReward(TypedDict):
    """What the panel shows; `offer` is None when there is nothing to save for now."""

    offer: RewardOffer | None
    within_reach: int
    balance: BalanceCard


class ReadyNow(TypedDict):
    """What can be used or taken at once, and the stamp cards that are under way."""

    gifts: list[Ready]
    vouchers: list[Ready]
    more: int
    cards: list[CardProgress]
    today: date


@register.filter
def name(said: Reward | Ready | CardProgress) -> str:
    """Its name in the language of the page."""
    return said.name_nl if get_language() == "nl" else said.name_en


@register.filter
def description(reward: Reward) -> str:
    """What the reward is, in the language of the page."""
    return reward.description_nl if get_language() == "nl" else reward.description_en


@register.filter
def small_print(reward: Reward) -> str:
    """Its conditions, in the language of the page."""
    return reward.small_print_nl if get_language() == "nl" else reward.small_print_en


@register.filter
def picture_alt(reward: Any) -> str:
    """What its picture shows, for who cannot see it; the catalogue read it along."""
    said = reward.picture_alt_nl if get_language() == "nl" else reward.picture_alt_en
    return said or ""


@register.filter
def either(words: dict[str, str]) -> str:
    """What is kept in both languages, in the one of the page."""
    return words.get("nl" if get_language() == "nl" else "en", "")


@register.inclusion_tag("rewards/ready.html")
def ready_panel(membership: Membership, now: datetime) -> ReadyNow:
    """Gifts and vouchers that wait, and stamp cards; two queries."""
    ready = ready_for(membership, at=now)
    vouchers = [one for one in ready if not one.is_gift]
    return {
        "gifts": [one for one in ready if one.is_gift],
        "vouchers": vouchers[:MOST_READY],
        "more": max(0, len(vouchers) - MOST_READY),
        "cards": progress_of(membership, at=now),
        "today": timezone.localdate(now),
    }


@register.inclusion_tag("rewards/nearest.html")
def nearest_reward_panel(
    membership: Membership, balance: BalanceCard, now: datetime
) -> NearestReward:
    """The reward to save for: the first that is not within reach yet, else the dearest that is."""
    offers = rewards_for(membership, at=now, usable=balance.points, channel="portal")
    offers.sort(key=lambda offer: offer.points)
    within_reach = [offer for offer in offers if offer.is_within_reach]
    to_come = [offer for offer in offers if offer.is_to_be_saved_for]
    nearest = to_come[:1] or within_reach[-1:]
    return {
        "offer": nearest[0] if nearest else None,
        "within_reach": len(within_reach),
        "balance": balance,
    }
