from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import decode
from loyalty.api.callers import Caller, book_of, caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.selectors import balance_card
from loyalty.services.rulebook import Rulebook
from members.api.v1.answers import BalanceAnswer, ExpiringAnswer, MemberAnswer, TierAnswer
from members.models import MemberLook, Membership
from members.selectors import (
    accounts_of,
    find_membership,
    identifiers_of,
    tiers_of,
)
from members.services.looks import record_look
from members.services.profiles import change_profile

LANGUAGES = ("nl", "en")
Name = Annotated[str, Meta(max_length=100)]


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is not sent stays as it is."""

    given_name: Name | UnsetType = UNSET
    family_name: Name | UnsetType = UNSET
    language: Annotated[str, Meta(pattern=r"^(nl|en)(?![\s\S])")] | UnsetType = UNSET


class MemberById(APIView):
    """A member: profile and balance."""

    scopes = {"GET": "members:read", "PATCH": "members:write"}
    operations = {
        "GET": Operation(id="get_member", answers={200: MemberAnswer}),
        "PATCH": Operation(id="change_member", body=ProfileChange, answers={200: MemberAnswer}),
    }

    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        query(request)
        caller, now = caller_of(request), timezone.now()
        membership = find_membership(caller.programme_id, str(member_id))
        answer = member_answer(book_of(caller), membership, at=now)
        noted(caller, membership, MemberLook.Deed.SEEN, now)
        return answered(answer)

    def patch(self, request: Request, member_id: UUID) -> HttpResponse:
        caller, now = caller_of(request), timezone.now()
        wanted = decode(request, ProfileChange)
        membership = find_membership(caller.programme_id, str(member_id))
        membership.member = change_profile(
            member_id=membership.member_id,
            actor=caller.actor,
            at=now,
            **{
                field: value
                for field, value in msgspec.structs.asdict(wanted).items()
                if value is not UNSET
            },
        )
        answer = member_answer(book_of(caller), membership, at=now)
        noted(caller, membership, MemberLook.Deed.CHANGED, now)
        return answered(answer)


def noted(
    caller: Caller,
    membership: Membership,
    deed: MemberLook.Deed,
    at: datetime,
    what: str = "profile",
) -> None:
    """Let the member read that this client saw or changed them."""
    record_look(
        member_id=membership.member_id,
        actor=caller.actor,
        role=caller.name,
        deed=deed,
        what=what,
        at=at,
    )


def member_answer(book: Rulebook, membership: Membership, *, at: datetime) -> MemberAnswer:
    """A member as the API shows them."""
    accounts = accounts_of(membership)
    member, card = membership.member, balance_card(accounts["points"][0], at=at)
    return MemberAnswer(
        id=member.pk,
        given_name=member.given_name,
        family_name=member.family_name,
        language=member.language,
        identifiers=identifiers_of(member.pk),
        joined_at=membership.joined_at,
        balance=BalanceAnswer(
            points=card.points,
            pending=card.pending,
            held=card.held,
            owed=card.owed,
            units={unit: held for unit, (_, held) in accounts.items() if unit != "points"},
            worth=card.worth,
            currency=card.currency,
            expiring=[ExpiringAnswer(on=day, points=points) for day, points in card.expiring],
        ),
        tiers=_tiers(book, membership, at),
    )


def _tiers(book: Rulebook, membership: Membership, at: datetime) -> list[TierAnswer]:
    in_each = {language: tiers_of(membership, language, at=at, book=book) for language in LANGUAGES}
    return [
        TierAnswer(
            tier_set=same[0].tier_set,
            tier=same[0].tier,
            name={language: each.tier_name for language, each in zip(in_each, same, strict=True)},
            until=same[0].until,
            is_by_hand=same[0].is_by_hand,
            ahead={language: each.ahead for language, each in zip(in_each, same, strict=True)},
        )
        for same in zip(*in_each.values(), strict=True)
    ]
