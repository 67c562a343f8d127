from datetime import datetime
from typing import Annotated

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from campaigns.services.offers import MOST, ChosenOffer, dismiss_offer, offers_for
from loyalty.api.answers import answered
from loyalty.api.bodies import decode
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.errors import InvalidRequest
from loyalty.types import Words
from members.selectors import find_membership


class ShownOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer for one member. `why` is the ground on which they see it, to be shown with it.

    It leads to `reward`, a key of the catalogue, or to `link`; both empty: to nowhere further.
    """

    key: str
    title: Words
    text: Words
    why: Words
    reward: str
    link: str
    ends_at: datetime | None


class OffersAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The offers that suit the member now, best first."""

    offers: list[ShownOffer]


class DismissRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The member is not interested; with `undo` they are after all."""

    member: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="The member's id, or card:…, email:…, phone:… or ext:…",
            examples=["card:2990000000019"],
        ),
    ]
    undo: bool = False


class DismissAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The offer, and whether it is hidden from the member now."""

    key: str
    is_dismissed: bool


class Offers(APIView):
    """What to show a member, chosen by what they told and, when they agreed, what they buy.

    Changes nothing: it is not counted as shown.
    """

    scopes = {"GET": "offers:read"}
    operations = {
        "GET": Operation(
            id="list_offers",
            answers={200: OffersAnswer},
            parameters={
                "member": "Whose offers: a member's id, or card:…, email:…",
                "location": "In which shop the member is; then only offers that are on there.",
                "limit": "How many at most, 1 to 50.",
            },
        )
    }

    def get(self, request: Request) -> HttpResponse:
        asked = query(request, "member", "location", "limit")
        if not asked["member"]:
            raise InvalidRequest("Say whose offers.", field="member")
        membership = find_membership(caller_of(request).programme_id, asked["member"])
        chosen = offers_for(
            membership, at=timezone.now(), limit=_limit(asked["limit"]), location=asked["location"]
        )
        return answered(OffersAnswer(offers=[_answer(offer) for offer in chosen]))


class DismissOffer(APIView):
    """Hide an offer from a member, everywhere. The same again is the same."""

    scopes = {"POST": "offers:write"}
    operations = {
        "POST": Operation(id="dismiss_offer", body=DismissRequest, answers={200: DismissAnswer})
    }

    def post(self, request: Request, key: str) -> HttpResponse:
        asked = decode(request, DismissRequest)
        membership = find_membership(caller_of(request).programme_id, asked.member)
        offer = dismiss_offer(
            membership=membership, key=key, at=timezone.now(), is_dismissed=not asked.undo
        )
        return answered(DismissAnswer(key=offer.key, is_dismissed=not asked.undo))


def _limit(said: str) -> int:
    if not said:
        return MOST
    if not (said.isascii() and said.isdecimal() and 1 <= int(said[:9]) <= MOST):
        raise InvalidRequest(f"A number from 1 to {MOST}.", field="limit")
    return int(said)


def _answer(offer: ChosenOffer) -> ShownOffer:
    said = msgspec.structs.asdict(offer)
    return ShownOffer(**{name: said[name] for name in ShownOffer.__struct_fields__})
