from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.callers import caller_of
from loyalty.api.operations import PAGES, Operation
from loyalty.api.pages import asked_page, cursor_of
from members.api.v1.answers import TimelineAnswer, TimelineItem
from members.api.v1.member import noted
from members.models import MemberLook, TimelineEntry
from members.selectors import find_membership, timeline

_INSIDE = {"transfer"}  # keys of our own tables stay inside


class MemberTimeline(APIView):
    """What happened to a member, the latest first."""

    scopes = {"GET": "members:read"}
    operations = {
        "GET": Operation(id="list_timeline", answers={200: TimelineAnswer}, parameters=PAGES)
    }

    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        page = asked_page(request)
        caller = caller_of(request)
        membership = find_membership(caller.programme_id, str(member_id))
        noted(caller, membership, MemberLook.Deed.SEEN, timezone.now(), "timeline")
        found = timeline(membership.member_id, before=page.before, limit=page.limit + 1)
        entries, has_more = page.split(found)
        return answered(
            TimelineAnswer(
                items=[_item(entry) for entry in entries],
                next=cursor_of(entries[-1].pk) if has_more else None,
            )
        )


def _item(entry: TimelineEntry) -> TimelineItem:
    payload = {name: value for name, value in entry.payload.items() if name not in _INSIDE}
    return TimelineItem(at=entry.occurred_at, name=entry.name, payload=payload)
