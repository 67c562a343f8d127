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
from loyalty.types import Words
from rewards.api.v1.rewards import name_of
from rewards.codes import digest_of
from rewards.models import Voucher
from rewards.selectors import Standing, voucher_standing
from rewards.services.vouchers import use_voucher

Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        description="As scanned or typed: case, spaces and dashes do not matter.",
        examples=["7K3M-9QXA-2FDB-T0VW"],
    ),
]


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Look at a voucher."""

    code: Code


class UseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take in a voucher; `location` is told to whoever tries it again."""

    code: Code
    location: Annotated[str, Meta(max_length=100, pattern=ONE_LINE)] = ""


class VoucherAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher, what it is for, and how it stands."""

    id: UUID
    standing: Standing
    reward: str
    name: Words
    expires_at: datetime
    used_at: datetime | None
    used_location: str


class VoucherCheck(APIView):
    """Whether a voucher can be used, without using it."""

    scopes = {"POST": "vouchers:use"}
    operations = {
        "POST": Operation(id="check_voucher", body=CheckRequest, answers={200: VoucherAnswer})
    }

    def post(self, request: Request) -> Response:
        asked = decode(request, CheckRequest)
        programme_id = caller_of(request).programme_id
        found = voucher_standing(programme_id, asked.code, timezone.now())
        return Response(msgspec.to_builtins(_answer(found.voucher, found.standing)))


class VoucherUse(APIView):
    """Take in a voucher, once. Send an Idempotency-Key."""

    scopes = {"POST": "vouchers:use"}
    operations = {
        "POST": Operation(
            id="use_voucher", body=UseRequest, answers={200: VoucherAnswer}, is_keyed=True
        )
    }

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        wanted = decode(request, UseRequest)
        key, now = request.headers.get("Idempotency-Key", ""), timezone.now()
        answer = answer_once(
            caller=caller.scope_of_keys,
            key=key,
            fingerprint=fingerprint_of(
                "POST vouchers/use", digest_of(wanted.code), wanted.location
            ),
            at=now,
            deed=lambda: Answer(200, _used(caller, wanted, key, now)),
        )
        return Response(answer.body, status=answer.status)


def _used(caller: Caller, wanted: UseRequest, key: str, at: datetime) -> dict[str, Any]:
    voucher = use_voucher(
        programme_id=caller.programme_id,
        code=wanted.code,
        request_key=key,
        actor=caller.actor,
        location=wanted.location,
        at=at,
    )
    body: dict[str, Any] = msgspec.to_builtins(_answer(voucher, Standing.USED))
    return body


def _answer(voucher: Voucher, standing: Standing) -> VoucherAnswer:
    reward = voucher.redemption.reward
    return VoucherAnswer(
        id=voucher.pk,
        standing=standing,
        reward=reward.key,
        name=name_of(reward),
        expires_at=voucher.expires_at,
        used_at=voucher.used_at,
        used_location=voucher.used_location,
    )
