from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import Caller, book_of, caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.errors import InvalidRequest
from loyalty.services.idempotency import Answer, answer_once, fingerprint_of
from members.api.v1.answers import EnrolledAnswer, KnownAnswer, MemberAnswer
from members.api.v1.member import member_answer, noted
from members.models import MemberLook
from members.selectors import card_number, find_membership
from members.services.completion import completion_token, is_to_complete
from members.services.enrolment import enrol_member, enrol_or_find
from members.services.matching import noting_duplicates
from members.types import ConsentGiven

Name = Annotated[str, Meta(max_length=100)]


class EnrolmentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who joins. Without a card they get a number for a virtual one.

    With `if_known` "return", identifiers that somebody has are no refusal: the answer is that
    member's id, with status 200, and nothing is changed.
    """

    identifiers: Annotated[
        tuple[Annotated[str, Meta(max_length=300)], ...],
        Meta(max_length=20, examples=[["email:anna@example.nl"]]),
    ]
    given_name: Name = ""
    family_name: Name = ""
    language: Annotated[str, Meta(pattern=r"^(nl|en)(?![\s\S])")] = "nl"
    touchpoint: Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)] = "api"
    location: Annotated[str, Meta(max_length=100, pattern=ONE_LINE)] = ""
    campaign: Annotated[str, Meta(max_length=60, pattern=ONE_LINE)] = ""
    consents: Annotated[tuple[ConsentGiven, ...], Meta(max_length=20)] = ()
    if_known: Annotated[str, Meta(pattern=r"^(refuse|return)(?![\s\S])")] = "refuse"


class Members(APIView):
    """Enrol a member, or find one by card, e-mail address, telephone or another system's number."""

    scopes = {"POST": "members:write", "GET": "members:read"}
    operations = {
        "POST": Operation(
            id="enrol_member",
            body=EnrolmentRequest,
            answers={201: EnrolledAnswer, 200: KnownAnswer},
            is_keyed=True,
        ),
        "GET": Operation(
            id="find_member",
            answers={200: MemberAnswer},
            parameters={"identifier": "card:…, email:…, phone:… or ext:system:…"},
        ),
    }

    def post(self, request: Request) -> HttpResponse:
        caller, now = caller_of(request), timezone.now()
        wanted = decode(request, EnrolmentRequest)
        with noting_duplicates(at=now):
            answer = answer_once(
                caller=caller.scope_of_keys,
                key=request.headers.get("Idempotency-Key", ""),
                fingerprint=fingerprint_of("POST members", wanted),
                at=now,
                deed=lambda: _enrolled(caller, wanted, now),
            )
        if answer.status == HTTPStatus.OK:
            return answered(msgspec.convert(answer.body, KnownAnswer))
        enrolled = msgspec.convert(_with_card(request, answer.body), EnrolledAnswer)
        return answered(enrolled, status=answer.status)

    def get(self, request: Request) -> HttpResponse:
        identifier = query(request, "identifier")["identifier"]
        if not identifier:
            raise InvalidRequest("Say whom: ?identifier=card:…", field="identifier")
        caller, now = caller_of(request), timezone.now()
        membership = find_membership(caller.programme_id, identifier)
        answer = member_answer(book_of(caller), membership, at=now)
        noted(caller, membership, MemberLook.Deed.SEEN, now)
        return answered(answer)


def _enrolled(caller: Caller, wanted: EnrolmentRequest, at: datetime) -> Answer:
    said = msgspec.structs.asdict(wanted)
    is_match = said.pop("if_known") == "return"
    enrolment = {"programme_id": caller.programme_id, "actor": caller.actor, "at": at, **said}
    if is_match:
        membership, is_new = enrol_or_find(**enrolment)
    else:
        membership, is_new = enrol_member(**enrolment), True
    if not is_new:
        return Answer(HTTPStatus.OK, {"id": str(membership.member_id), "is_known": True})
    body = {"id": str(membership.member_id), "joined_at": membership.joined_at.isoformat()}
    return Answer(HTTPStatus.CREATED, body)


def _with_card(request: Request, kept: dict[str, Any]) -> dict[str, Any]:
    """Number and link are made up each time; they are not kept with the answer."""
    member_id = UUID(kept["id"])
    link = None
    if is_to_complete(member_id):
        path = reverse("portal:complete", args=[completion_token(member_id)])
        link = request.build_absolute_uri(path)
    return kept | {"card": card_number(member_id), "complete_url": link}
