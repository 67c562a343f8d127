from datetime import datetime
from typing import Annotated

import msgspec
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.errors import InvalidRequest
from loyalty.types import Words
from members.selectors import find_membership
from rewards.models import Reward
from rewards.selectors import RewardOffer, catalogue, rewards_for


class RewardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A reward that can be had now; `left_in_stock` is null when there is no limit."""

    key: str
    name: Words
    description: Words
    points: int
    available_until: datetime | None
    left_in_stock: int | None


class OfferAnswer(RewardAnswer, frozen=True, kw_only=True):
    """A reward as one member sees it."""

    missing_points: int
    is_sold_out: bool
    is_limit_reached: bool
    is_within_reach: bool


class RewardsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards that can be had now, the cheapest first."""

    rewards: Annotated[
        list[RewardAnswer], Meta(description="With ?member= each of them is an OfferAnswer.")
    ]


class Rewards(APIView):
    """The catalogue; with `?member=` as that member sees it, from what the balance allows."""

    scopes = {"GET": "rewards:read"}
    operations = {
        "GET": Operation(
            id="list_rewards",
            answers={200: RewardsAnswer},
            parameters={"member": "Whose view of it: a member's id, or card:…, email:…"},
        )
    }

    def get(self, request: Request) -> Response:
        if unknown := set(request.query_params) - {"member"}:
            raise InvalidRequest("There is no such parameter.", field=min(unknown))
        programme_id, now = caller_of(request).programme_id, timezone.now()
        answers: list[RewardAnswer]
        if member := request.query_params.get("member"):
            membership = find_membership(programme_id, member)
            answers = [offer_answer(offer) for offer in rewards_for(membership, at=now)]
        else:
            answers = [reward_answer(reward) for reward in catalogue(programme_id, at=now)]
        return Response(msgspec.to_builtins(RewardsAnswer(rewards=answers)))


def name_of(reward: Reward) -> Words:
    """What the reward is called, in each language."""
    return {"nl": reward.name_nl, "en": reward.name_en}


def reward_answer(reward: Reward) -> RewardAnswer:
    """The reward as anybody sees it."""
    return RewardAnswer(
        key=reward.key,
        name=name_of(reward),
        description={"nl": reward.description_nl, "en": reward.description_en},
        points=reward.points,
        available_until=reward.available_until,
        left_in_stock=reward.left_in_stock,
    )


def offer_answer(offer: RewardOffer) -> OfferAnswer:
    """The reward as the member of the offer sees it."""
    return OfferAnswer(
        **msgspec.structs.asdict(reward_answer(offer.reward)),
        missing_points=offer.missing_points,
        is_sold_out=offer.is_sold_out,
        is_limit_reached=offer.is_limit_reached,
        is_within_reach=offer.is_within_reach,
    )
