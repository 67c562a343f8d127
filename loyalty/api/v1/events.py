from typing import ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import cursor_of, page_in, query
from loyalty.errors import InvalidRequest
from loyalty.selectors import events_after
from loyalty.services.event_catalogue import outgoing_names
from loyalty.webhooks.envelope import Envelope, envelope_of


class EventsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, the oldest first. Ask again from `next`; an empty page says: nothing new."""

    items: list[Envelope]
    next: str | None


class Events(APIView):
    """What happened in the programme, for those who ask rather than be told."""

    scopes: ClassVar = {"GET": "events:read"}
    operations: ClassVar = {
        "GET": Operation(
            id="list_events",
            answers={200: EventsAnswer},
            parameters={
                "cursor": "Where the page before ended: its `next`. Without one, from the beginning.",
                "limit": "How many at most, 1 to 100; 50 when not said.",
                "type": "Only events of this type.",
            },
        )
    }

    def get(self, request: Request) -> HttpResponse:
        said = query(request, "cursor", "limit", "type")
        if said["type"] and said["type"] not in outgoing_names():
            raise InvalidRequest("There are no events of this type.", field="type")
        page = page_in(said)
        programme, events = events_after(
            caller_of(request).programme_id,
            place=page.before or 0,
            names=[said["type"]] if said["type"] else sorted(outgoing_names()),
            limit=page.limit,
        )
        return answered(
            EventsAnswer(
                items=[envelope_of(event, programme=programme) for event in events],
                next=cursor_of(events[-1].place or 0) if events else said["cursor"] or None,
            )
        )
