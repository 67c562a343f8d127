from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.callers import book_of, caller_of
from loyalty.api.operations import PAGES, Operation
from loyalty.api.pages import asked_page, cursor_of
from loyalty.selectors import StatementLine
from loyalty.services.rulebook import Rulebook
from members.api.v1.answers import StatementAnswer, StatementItem, reason_answers
from members.api.v1.member import noted
from members.models import Activity, MemberLook
from members.selectors import activities_behind, find_membership, member_statement


class MemberStatement(APIView):
    """Every movement of a member's points, the last booked first, each with its reasons."""

    scopes = {"GET": "members:read"}
    operations = {
        "GET": Operation(id="list_statement", answers={200: StatementAnswer}, parameters=PAGES)
    }

    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        caller, page = caller_of(request), asked_page(request)
        membership = find_membership(caller.programme_id, str(member_id))
        noted(caller, membership, MemberLook.Deed.SEEN, timezone.now(), "statement")
        found = member_statement(membership, before=page.before, limit=page.limit + 1)
        lines, has_more = page.split(found)
        book, behind = book_of(caller), activities_behind(membership, lines)
        return answered(
            StatementAnswer(
                items=[_item(book, line, behind.get(line.transfer)) for line in lines],
                next=cursor_of(lines[-1].transfer) if has_more else None,
            )
        )


def _item(book: Rulebook, line: StatementLine, activity: Activity | None) -> StatementItem:
    """What was booked for an activity goes by the activity's own key: the receipt's."""
    return StatementItem(
        at=line.at,
        kind=line.kind,
        points=line.points,
        balance=line.balance_after,
        source=activity.source if activity else line.source,
        external_id=activity.external_id if activity else line.external_id,
        activity=activity.pk if activity else None,
        reasons=reason_answers(book, line.reasons),
    )
