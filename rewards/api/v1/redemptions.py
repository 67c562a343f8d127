from datetime import datetime
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
from rewards.codes import code_of
from rewards.models import Redemption
from rewards.selectors import find_reward
from rewards.services.redemption import redeem_reward


class RedemptionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take this reward, by its key, for that member's points."""

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


class VoucherIssued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The voucher to hand in; the code is for the member's eyes."""

    id: UUID
    expires_at: datetime
    code: str = ""


class RedemptionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken, and the balance right after it."""

    id: UUID
    reward: str
    points: int
    balance: int
    redeemed_at: datetime
    voucher: VoucherIssued


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
        return Response(_with_code(answer.body), status=answer.status)


def _redeemed(caller: Caller, wanted: RedemptionRequest, key: str, at: datetime) -> dict[str, Any]:
    redemption = redeem_reward(
        membership_id=find_membership(caller.programme_id, wanted.member).pk,
        reward_id=find_reward(caller.programme_id, wanted.reward).pk,
        request_key=key,
        channel=wanted.channel,
        actor=caller.actor,
        at=at,
    )
    body: dict[str, Any] = msgspec.to_builtins(_answer(redemption))
    return body


def _answer(redemption: Redemption) -> RedemptionAnswer:
    voucher = redemption.voucher
    return RedemptionAnswer(
        id=redemption.pk,
        reward=redemption.reward.key,
        points=redemption.points,
        balance=redemption.balance_after,
        redeemed_at=redemption.redeemed_at,
        voucher=VoucherIssued(id=voucher.pk, expires_at=voucher.expires_at),
    )


def _with_code(body: dict[str, Any]) -> dict[str, Any]:
    """The answer as kept, and the code, which is never kept but made again."""
    voucher = body["voucher"]
    return body | {"voucher": voucher | {"code": code_of(UUID(voucher["id"]))}}
