from typing import Annotated, Any

import msgspec
from django.http import HttpResponse
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
from members.api.v1.answers import EnrolledAnswer, MemberAnswer
from members.api.v1.member import member_answer
from members.selectors import card_number, find_membership
from members.services.enrolment import enrol_member
from members.types import ConsentGiven

Name = Annotated[str, Meta(max_length=100)]


class EnrolmentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who joins. Without a card they get a number for a virtual one."""

    identifiers: Annotated[
        tuple[Annotated[str, Meta(max_length=300)], ...],
        Meta(max_length=20, examples=[["email:anna@example.nl"]]),
    ]
    given_name: Name = ""
    family_name: Name = ""
    language: Annotated[str, Meta(pattern=r"^(nl|en)(?![\s\S])")] = "nl"
    touchpoint: Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)] = "api"
    location: Annotated[str, Meta(max_length=100, pattern=ONE_LINE)] = ""
    consents: Annotated[tuple[ConsentGiven, ...], Meta(max_length=20)] = ()


class Members(APIView):
    """Enrol a member, or find one by card, e-mail address, telephone or another system's number."""

    scopes = {"POST": "members:write", "GET": "members:read"}
    operations = {
        "POST": Operation(
            id="enrol_member",
            body=EnrolmentRequest,
            answers={201: EnrolledAnswer},
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
        answer = answer_once(
            caller=caller.scope_of_keys,
            key=request.headers.get("Idempotency-Key", ""),
            fingerprint=fingerprint_of("POST members", wanted),
            at=now,
            deed=lambda: Answer(201, _enrolled(caller, wanted, now)),
        )
        enrolled = msgspec.convert(_with_card(answer.body), EnrolledAnswer)
        return answered(enrolled, status=answer.status)

    def get(self, request: Request) -> HttpResponse:
        identifier = query(request, "identifier")["identifier"]
        if not identifier:
            raise InvalidRequest("Say whom: ?identifier=card:…", field="identifier")
        caller = caller_of(request)
        membership = find_membership(caller.programme_id, identifier)
        return answered(member_answer(book_of(caller), membership, at=timezone.now()))


def _enrolled(caller: Caller, wanted: EnrolmentRequest, at: Any) -> dict[str, Any]:
    membership = enrol_member(
        programme_id=caller.programme_id,
        **msgspec.structs.asdict(wanted),
        actor=caller.actor,
        at=at,
    )
    return {"id": str(membership.member_id), "joined_at": membership.joined_at.isoformat()}


def _with_card(kept: dict[str, Any]) -> dict[str, Any]:
    """The number is looked up each time; it is not kept with the answer."""
    return kept | {"card": card_number(kept["id"])}
