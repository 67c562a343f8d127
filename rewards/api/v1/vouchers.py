from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar
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
from rewards.codes import digests_of
from rewards.models import Voucher
from rewards.services.checked_vouchers import (
    CheckedVoucher,
    Standing,
    check_voucher,
    standing_now,
)
from rewards.services.guessing import guessed
from rewards.services.reservations import release_voucher, reserve_voucher
from rewards.services.voucher_checks import Handing, find_by_code
from rewards.services.vouchers import roll_back_use, use_voucher

Found = TypeVar("Found")

Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        description="As scanned or typed: case, spaces and dashes do not matter.",
        examples=["7K3M-9QXA-2FDB-T0VW"],
    ),
]
Place = Annotated[str, Meta(max_length=100, pattern=ONE_LINE)]
Basket = Annotated[
    str, Meta(max_length=100, pattern=ONE_LINE, description="The shop's own name for it.")
]
MemberKey = Annotated[
    str,
    Meta(
        max_length=300,
        description="For a voucher that is one member's, or counted by member.",
        examples=["card:2990000000019"],
    ),
]
Amount = Annotated[
    Decimal, Meta(description="Of a gift card: how much of it, in whole cents, above zero.")
]


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Look at a voucher; with a place, a member or an amount also whether it may be used so."""

    code: Code
    member: MemberKey = ""
    channel: Annotated[str, Meta(max_length=40, pattern=ONE_LINE)] = ""
    location: Place = ""
    basket: Basket = ""
    amount: Amount | None = None


class UseRequest(CheckRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take in a voucher; `location` is told to whoever tries it again."""


class ReserveRequest(CheckRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep a voucher for a basket. A soft reservation is a note that lets everybody go on."""

    basket: Annotated[str, Meta(min_length=1, max_length=100, pattern=ONE_LINE)]
    minutes: Annotated[int, Meta(ge=1, le=10_080)] = 15
    is_hard: bool = True


class ReleaseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a voucher out of a basket, or with `used_key` undo the use made under that key."""

    code: Code
    basket: Basket = ""
    used_key: Annotated[
        str,
        Meta(max_length=255, description="The Idempotency-Key with which it was used, for a day."),
    ] = ""


class VoucherAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher, what it is for, and how it stands; `refusal` is the code why it may not be used."""

    id: UUID
    standing: Standing
    reward: str
    name: Words
    expires_at: datetime
    used_at: datetime | None
    used_location: str
    kind: str = ""
    sentence: Words = {}
    uses_left: int | None = None
    value_left: Decimal | None = None
    refusal: str = ""
    detail: str = ""


class ReservationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The voucher is in that basket until then."""

    basket: str
    is_hard: bool
    expires_at: datetime


class VoucherCheck(APIView):
    """Whether a voucher can be used, without using it."""

    scopes = {"POST": "vouchers:use"}
    operations = {
        "POST": Operation(id="check_voucher", body=CheckRequest, answers={200: VoucherAnswer})
    }

    def post(self, request: Request) -> Response:
        asked = decode(request, CheckRequest)
        caller, now = caller_of(request), timezone.now()
        checked = _guessed(
            request,
            lambda: check_voucher(
                programme_id=caller.programme_id,
                code=asked.code,
                member=asked.member,
                handing=_handing(caller, asked),
                amount=asked.amount,
                at=now,
            ),
            now,
        )
        return Response(msgspec.to_builtins(_answer(checked)))


class VoucherUse(APIView):
    """Take in a voucher. Send an Idempotency-Key; with it the use can be undone for a day."""

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
        answer = _guessed(
            request,
            lambda: answer_once(
                caller=caller.scope_of_keys,
                key=key,
                fingerprint=fingerprint_of("POST vouchers/use", _read(wanted)),
                at=now,
                deed=lambda: Answer(200, _used(caller, wanted, key, now)),
            ),
            now,
        )
        return Response(answer.body, status=answer.status)


class VoucherReserve(APIView):
    """Keep a voucher for a basket that is not paid yet; again renews it."""

    scopes = {"POST": "vouchers:use"}
    operations = {
        "POST": Operation(
            id="reserve_voucher", body=ReserveRequest, answers={200: ReservationAnswer}
        )
    }

    def post(self, request: Request) -> Response:
        wanted = decode(request, ReserveRequest)
        caller, now = caller_of(request), timezone.now()
        kept = _guessed(
            request,
            lambda: reserve_voucher(
                programme_id=caller.programme_id,
                code=wanted.code,
                basket=wanted.basket,
                actor=caller.actor,
                term=timedelta(minutes=wanted.minutes),
                is_hard=wanted.is_hard,
                member=wanted.member,
                amount=wanted.amount,
                channel=wanted.channel,
                location=wanted.location,
                at=now,
            ),
            now,
        )
        said = ReservationAnswer(
            basket=kept.basket, is_hard=kept.is_hard, expires_at=kept.expires_at
        )
        return Response(msgspec.to_builtins(said))


class VoucherRelease(APIView):
    """Take a voucher out of a basket, or undo a use; again changes nothing."""

    scopes = {"POST": "vouchers:use"}
    operations = {
        "POST": Operation(id="release_voucher", body=ReleaseRequest, answers={200: VoucherAnswer})
    }

    def post(self, request: Request) -> Response:
        wanted = decode(request, ReleaseRequest)
        caller, now = caller_of(request), timezone.now()
        voucher = _guessed(request, lambda: _released(caller, wanted, now), now)
        return Response(msgspec.to_builtins(_answer(standing_now(voucher, at=now))))


def _released(caller: Caller, wanted: ReleaseRequest, at: datetime) -> Voucher:
    if wanted.used_key:
        return roll_back_use(
            programme_id=caller.programme_id,
            code=wanted.code,
            request_key=wanted.used_key,
            actor=caller.actor,
            at=at,
        )
    release_voucher(
        programme_id=caller.programme_id,
        code=wanted.code,
        basket=wanted.basket,
        actor=caller.actor,
    )
    return find_by_code(caller.programme_id, wanted.code)


def _read(wanted: UseRequest) -> UseRequest:
    """The same, however its code was typed."""
    return msgspec.structs.replace(wanted, code=digests_of(wanted.code)[0])


def _used(caller: Caller, wanted: UseRequest, key: str, at: datetime) -> dict[str, Any]:
    voucher = use_voucher(
        programme_id=caller.programme_id,
        code=wanted.code,
        request_key=key,
        actor=caller.actor,
        location=wanted.location,
        channel=wanted.channel,
        basket=wanted.basket,
        member=wanted.member,
        amount=wanted.amount,
        at=at,
    )
    body: dict[str, Any] = msgspec.to_builtins(_answer(standing_now(voucher, at=at)))
    return body


def _handing(caller: Caller, asked: CheckRequest) -> Handing:
    return Handing(
        actor=caller.actor, channel=asked.channel, location=asked.location, basket=asked.basket
    )


def _guessed(request: Request, deed: Callable[[], Found], at: datetime) -> Found:
    """A code that is nobody's counts for the client and for the address it came from."""
    address = request.META.get("REMOTE_ADDR", "")
    return guessed(deed, actor=caller_of(request).actor, address=address, at=at)


def _answer(checked: CheckedVoucher) -> VoucherAnswer:
    voucher, refusal = checked.voucher, checked.refusal
    return VoucherAnswer(
        id=voucher.pk,
        standing=checked.standing,
        reward=voucher.reward.key,
        name=name_of(voucher.reward),
        expires_at=voucher.expires_at,
        used_at=voucher.used_at,
        used_location=voucher.used_location,
        kind=voucher.reward.kind,
        sentence=checked.sentence,
        uses_left=None if voucher.max_uses is None else voucher.max_uses - voucher.uses,
        value_left=voucher.value_left,
        refusal=refusal.code if refusal else "",
        detail=str(refusal) if refusal else "",
    )
