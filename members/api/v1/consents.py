from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import Caller, caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.services.idempotency import Answer, answer_once, fingerprint_of
from members.api.v1.member import noted
from members.api.v1.privacy_answers import (
    ConsentItem,
    ConsentsAnswer,
    ConsentTextItem,
    PermissionItem,
)
from members.models import Consent, MemberLook, Membership
from members.receipts import last_word
from members.selectors import find_membership
from members.services.consent_texts import texts_shown
from members.services.consents import record_consent

Purpose = Annotated[str, Meta(pattern=r"^(OFFERS|PROFILING|RESEARCH)(?![\s\S])")]
Channel = Annotated[str, Meta(pattern=r"^(EMAIL|SMS|PUSH|ANY)(?![\s\S])")]


class ConsentSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A yes or a no. `text_version` names the words that were shown; a no may leave it out."""

    purpose: Purpose
    is_given: bool
    channel: Channel = "ANY"
    text_version: Annotated[str, Meta(max_length=40, pattern=ONE_LINE)] = ""
    touchpoint: Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)] = "api"


class MemberConsents(APIView):
    """What a member agrees to now, the words to ask it in, and every receipt."""

    scopes = {"GET": "members:read", "POST": "members:write"}
    operations = {
        "GET": Operation(id="list_consents", answers={200: ConsentsAnswer}),
        "POST": Operation(
            id="record_consent", body=ConsentSaid, answers={200: ConsentsAnswer}, is_keyed=True
        ),
    }

    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        query(request)
        caller = caller_of(request)
        membership = find_membership(caller.programme_id, str(member_id))
        answer = _told(membership)
        noted(caller, membership, MemberLook.Deed.SEEN, timezone.now(), "consents")
        return answered(answer)

    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        caller, now = caller_of(request), timezone.now()
        said = decode(request, ConsentSaid)
        membership = find_membership(caller.programme_id, str(member_id))
        answer_once(
            caller=caller.scope_of_keys,
            key=request.headers.get("Idempotency-Key", ""),
            fingerprint=fingerprint_of(f"POST members/{membership.member_id}/consents", said),
            at=now,
            deed=lambda: Answer(200, _recorded(caller, membership, said, now)),
        )
        noted(caller, membership, MemberLook.Deed.CHANGED, now, "consents")
        return answered(_told(membership))


def _recorded(
    caller: Caller, membership: Membership, said: ConsentSaid, at: datetime
) -> dict[str, Any]:
    consent = record_consent(
        member_id=membership.member_id,
        **msgspec.structs.asdict(said),
        actor=caller.actor,
        at=at,
    )
    return {"receipt": consent.pk}


def _told(membership: Membership) -> ConsentsAnswer:
    said = list(Consent.objects.filter(member=membership.member_id).order_by("-recorded_at", "-pk"))
    texts = texts_shown(membership.programme_id)
    return ConsentsAnswer(
        texts=[
            ConsentTextItem(purpose=text.purpose, version=text.version, text=text.text)
            for text in texts.values()
        ],
        now=[
            PermissionItem(purpose=purpose, channel=channel, is_given=bool(last and last.is_given))
            for purpose in Consent.Purpose.values
            for channel in Consent.Channel.values
            for last in [last_word((each for each in said if each.purpose == purpose), channel)]
        ],
        receipts=[
            ConsentItem(
                purpose=each.purpose,
                channel=each.channel,
                is_given=each.is_given,
                text_version=each.text_version,
                touchpoint=each.touchpoint,
                recorded_at=each.recorded_at,
            )
            for each in said
        ],
    )
