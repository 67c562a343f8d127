from typing import Annotated, Any

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from campaigns.services.by_hand import by_hand, put_in
from loyalty.api.answers import answered
from loyalty.api.bodies import decode
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.services.idempotency import Answer, answer_once, fingerprint_of
from members.selectors import find_membership


class PutInRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes into the campaign."""

    member: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="The member's id, or card:…, email:…, phone:… or ext:…",
            examples=["card:2990000000019"],
        ),
    ]


class PutInAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the member came in: not who is outside its audience or took part already.

    Whether they are held out by lot, to learn what the campaign causes, is not told.
    """

    campaign: str
    came_in: bool


class CampaignMembers(APIView):
    """Put a member into a live campaign that begins by hand."""

    scopes = {"POST": "campaigns:write"}
    operations = {
        "POST": Operation(
            id="put_in_campaign", body=PutInRequest, answers={200: PutInAnswer}, is_keyed=True
        )
    }

    def post(self, request: Request, key: str) -> HttpResponse:
        caller, now = caller_of(request), timezone.now()
        asked = decode(request, PutInRequest)
        said = request.headers.get("Idempotency-Key", "")
        membership = find_membership(caller.programme_id, asked.member)

        def deed() -> Answer:
            campaign = by_hand(programme_id=caller.programme_id, key=key)
            once = fingerprint_of(caller.scope_of_keys, said)
            came = put_in(campaign_id=campaign.pk, membership_ids=[membership.pk], key=once, at=now)
            body: dict[str, Any] = {"campaign": campaign.key, "came_in": bool(came)}
            return Answer(200, body)

        answer = answer_once(
            caller=caller.scope_of_keys,
            key=said,
            fingerprint=fingerprint_of(f"POST campaigns/{key}/members", membership.member_id),
            at=now,
            deed=deed,
        )
        return answered(msgspec.convert(answer.body, PutInAnswer))
