from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import book_of, caller_of
from loyalty.api.operations import Operation
from members.api.v1.activities import REPLAYED
from members.selectors import find_membership
from members.services.visitors import (
    forget_visitor,
    keep_visitor_event,
    know_visitor,
    remember_visitor,
)
from members.types import ActivitySubmission, LineSubmission, Number, Text40, Text60, Text100


class VisitorRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who agreed to be remembered, in the words of that version."""

    text_version: Annotated[str, Meta(min_length=1, max_length=40, pattern=ONE_LINE)]


class VisitorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The id is all that the browser keeps; whoever has it is taken for the visitor."""

    id: UUID
    agreed_at: datetime


class VisitorForgotten(msgspec.Struct, frozen=True, kw_only=True):
    """All that was kept of this visitor is gone; what became a member's stays theirs."""

    id: UUID


class VisitorDeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a visitor did: an activity without a member."""

    type: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}(?![\s\S])", examples=["visit"])]
    external_id: Annotated[str, Meta(min_length=1, max_length=120, pattern=ONE_LINE)]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    source: Text60 = ""
    channel: Text40 = ""
    location: Text100 = ""
    amount: Number = None
    lines: Annotated[tuple[LineSubmission, ...], Meta(max_length=100)] = ()
    attributes: Annotated[
        dict[
            Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}(?![\s\S])")],
            Annotated[str, Meta(max_length=200, pattern=ONE_LINE)],
        ],
        Meta(max_length=20),
    ] = {}


class VisitorDeedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    visitor: UUID
    external_id: str


class VisitorKnown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who the visitor turned out to be, by any identifier or the member's id."""

    member: Annotated[str, Meta(min_length=1, max_length=300, examples=["card:2990000000019"])]


class VisitorKnownAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many deeds became the member's just now, and the points for them."""

    member: UUID
    activities: int
    points: int


class Visitors(APIView):
    """Remember somebody who is no member yet, and agreed to it."""

    scopes = {"POST": "activities:write"}
    operations = {
        "POST": Operation(id="remember_visitor", body=VisitorRequest, answers={201: VisitorAnswer})
    }

    def post(self, request: Request) -> HttpResponse:
        visitor = remember_visitor(
            programme_id=caller_of(request).programme_id,
            text_version=decode(request, VisitorRequest).text_version,
            at=timezone.now(),
        )
        return answered(VisitorAnswer(id=visitor.pk, agreed_at=visitor.agreed_at), status=201)


class VisitorById(APIView):
    """Forget a visitor who withdraws."""

    scopes = {"DELETE": "activities:write"}
    operations = {"DELETE": Operation(id="forget_visitor", answers={200: VisitorForgotten})}

    def delete(self, request: Request, visitor_id: UUID) -> HttpResponse:
        forget_visitor(visitor_id=visitor_id, programme_id=caller_of(request).programme_id)
        return answered(VisitorForgotten(id=visitor_id))


class VisitorDeeds(APIView):
    """Tell what a visitor did; it earns once we know who it was."""

    scopes = {"POST": "activities:write"}
    operations = {
        "POST": Operation(
            id="keep_visitor_deed",
            body=VisitorDeed,
            answers={201: VisitorDeedAnswer, 200: VisitorDeedAnswer},
        )
    }

    def post(self, request: Request, visitor_id: UUID) -> HttpResponse:
        caller, said = caller_of(request), decode(request, VisitorDeed)
        was_known = keep_visitor_event(
            book=book_of(caller),
            visitor_id=visitor_id,
            submission=ActivitySubmission(member="", **msgspec.structs.asdict(said)),
            actor=caller.actor,
            at=timezone.now(),
        )
        answer = VisitorDeedAnswer(visitor=visitor_id, external_id=said.external_id)
        status = 200 if was_known else 201
        return answered(answer, status=status, headers=REPLAYED if was_known else None)


class VisitorMember(APIView):
    """Tell who the visitor turned out to be: what they did is the member's from now on."""

    scopes = {"POST": "activities:write"}
    operations = {
        "POST": Operation(id="know_visitor", body=VisitorKnown, answers={200: VisitorKnownAnswer})
    }

    def post(self, request: Request, visitor_id: UUID) -> HttpResponse:
        caller = caller_of(request)
        who = decode(request, VisitorKnown).member
        membership = find_membership(caller.programme_id, who)
        recorded = know_visitor(visitor_id=visitor_id, membership=membership, at=timezone.now())
        answer = VisitorKnownAnswer(
            member=membership.member_id,
            activities=len(recorded),
            points=sum(each.award.points for each in recorded),
        )
        return answered(answer)
