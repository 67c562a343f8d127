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
from loyalty.api.bodies import decode
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from members.api.v1.answers import FulfilmentAnswer
from members.services.fulfilment import report_fulfilment


class FulfilmentReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of the activity; "cancelled", or the event that rules have points wait for."""

    event: Annotated[
        str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}(?![\s\S])", examples=["delivered"])
    ]
    occurred_at: Annotated[datetime, Meta(tz=True)]


class ActivityFulfilment(APIView):
    """Report that an order was delivered, or cancelled: its pending points become usable, or go.

    Reported again it finds nothing left to do, and says 0 points.
    """

    scopes = {"POST": "activities:write"}
    operations = {
        "POST": Operation(
            id="report_fulfilment", body=FulfilmentReport, answers={200: FulfilmentAnswer}
        )
    }

    def post(self, request: Request, activity_id: UUID) -> HttpResponse:
        caller = caller_of(request)
        report = decode(request, FulfilmentReport)
        done = report_fulfilment(
            programme_id=caller.programme_id,
            activity_id=activity_id,
            event=report.event,
            occurred_at=report.occurred_at,
            actor=caller.actor,
            at=timezone.now(),
        )
        return answered(
            FulfilmentAnswer(
                id=activity_id,
                event=report.event,
                activated=0 if done.is_cancelled else done.points,
                cancelled=done.points if done.is_cancelled else 0,
            )
        )
