from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import Caller, caller_of
from loyalty.api.operations import Operation
from loyalty.services.idempotency import Answer, answer_once, fingerprint_of
from members.selectors import find_membership
from rewards.api.v1.redemption_answers import RedemptionAnswer, StoryAnswer, answered, told
from rewards.redeeming import DeliveryWish
from rewards.selectors import find_redemption, find_reward
from rewards.services.redemption import (
    authorise_redemption,
    cancel_redemption,
    capture_redemption,
    redeem_reward,
)

Name = Annotated[str, Meta(max_length=100, pattern=ONE_LINE)]
Places = Annotated[list[int], Meta(max_length=100)]
WEBSHOP_TERM = 15 * 60
LONGEST_TERM = 7 * 24 * 3600


class ChoiceRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the member chose, by its place in the reward's terms, the first being 0."""

    samples: Places | None = None
    slot: int | None = None
    option: int | None = None


class RedemptionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take this reward, by its key, for that member's points.

    With `hold` it is set aside for `term` seconds, until it is captured or cancelled. `points` is
    how many the member pays with where they choose that.
    """

    member: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="The member's id, or card:…, email:…, phone:… or ext:…",
            examples=["card:2990000000019"],
        ),
    ]
    reward: Annotated[str, Meta(min_length=1, max_length=60, pattern=ONE_LINE)]
    channel: Annotated[str, Meta(max_length=40, pattern=ONE_LINE)] = ""
    location: Name = ""
    order: Annotated[Name, Meta(description="What the shop calls the order.")] = ""
    hold: bool = False
    term: Annotated[int, Meta(ge=1, le=LONGEST_TERM)] = WEBSHOP_TERM
    points: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    choice: ChoiceRequest | None = None
    delivery: DeliveryWish | None = None


class CaptureRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pay what was set aside; of points as money, `points` of it."""

    points: Annotated[int, Meta(ge=1, lt=2**31)] | None = None


class CancelRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give back what was taken; `by_member` when it is they who ask: then within their time."""

    by_member: bool = False


class Redemptions(APIView):
    """Redeem a reward: the points are taken and a voucher is issued. Send an Idempotency-Key."""

    scopes = {"POST": "redemptions:write"}
    operations = {
        "POST": Operation(
            id="redeem_reward",
            body=RedemptionRequest,
            answers={201: RedemptionAnswer},
            is_keyed=True,
        )
    }

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        wanted = decode(request, RedemptionRequest)
        key, now = request.headers.get("Idempotency-Key", ""), timezone.now()
        answer = answer_once(
            caller=caller.scope_of_keys,
            key=key,
            fingerprint=fingerprint_of("POST redemptions", wanted),
            at=now,
            deed=lambda: Answer(201, _redeemed(caller, wanted, key, now)),
        )
        return Response(told(answer.body), status=answer.status)


class OneRedemption(APIView):
    """A redemption as it stands, and each step that it went."""

    scopes = {"GET": "redemptions:write"}
    operations = {"GET": Operation(id="get_redemption", answers={200: StoryAnswer})}

    def get(self, request: Request, redemption_id: UUID) -> Response:
        found = find_redemption(caller_of(request).programme_id, redemption_id)
        return Response(told(answered(found, with_steps=True)))


class CaptureRedemption(APIView):
    """Pay what was set aside. The same again gives the same answer: no Idempotency-Key is needed."""

    scopes = {"POST": "redemptions:write"}
    operations = {
        "POST": Operation(
            id="capture_redemption", body=CaptureRequest, answers={200: RedemptionAnswer}
        )
    }

    def post(self, request: Request, redemption_id: UUID) -> Response:
        caller, wanted = caller_of(request), decode(request, CaptureRequest)
        found = find_redemption(caller.programme_id, redemption_id)
        captured = capture_redemption(
            redemption_id=found.pk, actor=caller.actor, at=timezone.now(), points=wanted.points
        )
        return Response(told(answered(captured)))


class CancelRedemption(APIView):
    """Give back exactly what was taken. The same again gives the same answer."""

    scopes = {"POST": "redemptions:write"}
    operations = {
        "POST": Operation(
            id="cancel_redemption", body=CancelRequest, answers={200: RedemptionAnswer}
        )
    }

    def post(self, request: Request, redemption_id: UUID) -> Response:
        caller, wanted = caller_of(request), decode(request, CancelRequest)
        found = find_redemption(caller.programme_id, redemption_id)
        cancelled = cancel_redemption(
            redemption_id=found.pk,
            actor=caller.actor,
            at=timezone.now(),
            by_member=wanted.by_member,
        )
        return Response(told(answered(cancelled)))


def _redeemed(caller: Caller, wanted: RedemptionRequest, key: str, at: datetime) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "membership_id": find_membership(caller.programme_id, wanted.member).pk,
        "reward_id": find_reward(caller.programme_id, wanted.reward).pk,
        "request_key": key,
        "channel": wanted.channel,
        "location": wanted.location,
        "order": wanted.order,
        "choice": _choice(wanted.choice),
        "delivery": wanted.delivery,
        "points": wanted.points,
        "actor": caller.actor,
        "at": at,
    }
    if wanted.hold:
        term = timedelta(seconds=wanted.term)
        return answered(authorise_redemption(term=term, **asked))
    return answered(redeem_reward(**asked))


def _choice(choice: ChoiceRequest | None) -> dict[str, Any] | None:
    if choice is None:
        return None
    said = {"samples": choice.samples, "slot": choice.slot, "option": choice.option}
    return {name: value for name, value in said.items() if value is not None}
