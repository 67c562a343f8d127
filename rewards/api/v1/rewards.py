from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

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
from rewards.eligibility import ends_at, price_of, tell
from rewards.kinds import Terms, next_step, read_terms, sentence_of, written
from rewards.models import Reward
from rewards.selectors import RewardOffer, catalogue, rewards_for


class PictureAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reward's picture is, under the portal's address, and its words for the blind."""

    path: str
    alt: Words


class RewardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A reward of the catalogue.

    `terms` are those of its kind; `sentence` says them in words, `next_step` what to do with it.
    `points` and `money` are what it costs, `tier_points` where a tier pays fewer; of paying with
    points the fewest. Empty lists are everybody, everywhere. `left_in_stock` is null when there is
    no limit.
    """

    key: str
    kind: str
    category: str
    name: Words
    description: Words
    small_print: Words
    sentence: Words
    next_step: Words
    terms: dict[str, Any]
    points: int
    money: Decimal
    tier_points: dict[str, int]
    available_from: datetime | None
    available_until: datetime | None
    voucher_valid_days: int
    limit_per_member: int | None
    limit_days: int | None
    tiers: list[str]
    channels: list[str]
    locations: list[str]
    left_in_stock: int | None
    picture: PictureAnswer | None


class RefusalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Why the member cannot have it now: a code to rely on, its numbers, and words to show."""

    code: str
    params: dict[str, Any]
    text: Words


class OfferAnswer(RewardAnswer, frozen=True, kw_only=True):
    """A reward as one member sees it; `points` is what it costs them."""

    missing_points: int
    is_sold_out: bool
    is_limit_reached: bool
    is_within_reach: bool
    refusals: list[RefusalAnswer]


class RewardsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards that the catalogue shows now, in its order."""

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
            parameters={
                "member": "Whose view of it: a member's id, or card:…, email:…",
                "channel": "Where the member is: web, app, store, portal.",
                "location": "In which shop.",
            },
        )
    }

    def get(self, request: Request) -> Response:
        said = request.query_params
        if unknown := set(said) - {"member", "channel", "location"}:
            raise InvalidRequest("There is no such parameter.", field=min(unknown))
        programme_id, now = caller_of(request).programme_id, timezone.now()
        answers: list[RewardAnswer]
        if member := said.get("member"):
            membership = find_membership(programme_id, member)
            offers = rewards_for(
                membership,
                at=now,
                channel=said.get("channel", ""),
                location=said.get("location", ""),
            )
            answers = [offer_answer(offer) for offer in offers]
        else:
            answers = [reward_answer(reward) for reward in catalogue(programme_id, at=now)]
        return Response(msgspec.to_builtins(RewardsAnswer(rewards=answers)))


def name_of(reward: Reward) -> Words:
    """What the reward is called, in each language."""
    return {"nl": reward.name_nl, "en": reward.name_en}


def reward_answer(reward: Reward) -> RewardAnswer:
    """The reward as anybody sees it, as `catalogue` found it."""
    terms, programme = read_terms(reward.kind, reward.terms), reward.programme
    zone = ZoneInfo(programme.time_zone)
    return RewardAnswer(
        key=reward.key,
        kind=reward.kind,
        category=reward.category.key if reward.category else "",
        name=name_of(reward),
        description={"nl": reward.description_nl, "en": reward.description_en},
        small_print={"nl": reward.small_print_nl, "en": reward.small_print_en},
        sentence=sentence_of(terms, currency=programme.currency, zone=zone),
        next_step=next_step(terms),
        terms=_shown(terms),
        points=price_of(reward, terms, frozenset()),
        money=reward.money,
        tier_points=reward.tier_points,
        available_from=reward.available_from,
        available_until=ends_at(reward, terms),
        voucher_valid_days=reward.voucher_valid_days,
        limit_per_member=reward.limit_per_member,
        limit_days=reward.limit_days,
        tiers=reward.tiers,
        channels=reward.channels,
        locations=reward.locations,
        left_in_stock=reward.left_in_stock,  # type: ignore[attr-defined]  # annotated by catalogue
        picture=_picture(reward),
    )


def offer_answer(offer: RewardOffer) -> OfferAnswer:
    """The reward as the member of the offer sees it."""
    said = msgspec.structs.asdict(reward_answer(offer.reward))
    zone = ZoneInfo(offer.reward.programme.time_zone)
    return OfferAnswer(
        **{**said, "points": offer.points, "left_in_stock": offer.left_in_stock},
        missing_points=offer.missing_points,
        is_sold_out=offer.is_sold_out,
        is_limit_reached=offer.is_limit_reached,
        is_within_reach=offer.is_within_reach,
        refusals=[
            RefusalAnswer(
                code=refusal.code,
                params=refusal.params,
                text={language: tell(refusal, language, zone=zone) for language in ("nl", "en")},
            )
            for refusal in offer.refusals
        ],
    )


def _shown(terms: Terms) -> dict[str, Any]:
    """The terms, without what is the shop's own: from which pool a partner's code comes."""
    return {name: said for name, said in written(terms).items() if name != "pool"}


def _picture(reward: Any) -> PictureAnswer | None:
    if not reward.picture_digest:
        return None
    return PictureAnswer(
        path=f"/rewards/{reward.key}/picture.webp?v={reward.picture_digest}",
        alt={"nl": reward.picture_alt_nl, "en": reward.picture_alt_en},
    )
