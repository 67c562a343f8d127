"""Every movement of a member's points, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import MemberRequest, require_member
from members.selectors import member_statement
from members.views.movements import Narrator

PAGE = 30


@require_safe
@require_member
def statement(request: MemberRequest) -> HttpResponse:
    """A page of movements; `?before=` is the last one of the page before it."""
    before = _cursor(request.GET.get("before", ""))
    lines = member_statement(request.membership, before=before, limit=PAGE + 1)
    movements = Narrator(request.membership).movements(lines[:PAGE])
    context = {
        "today": timezone.localdate(),
        "movements": movements,
        "earlier": movements[-1].transfer if len(lines) > PAGE else None,
        "is_paged": before is not None,
    }
    return render(request, "portal/statement.html", context)


def _cursor(text: str) -> int | None:
    """A cursor from the address; what is no cursor begins at the newest."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len(str(2**63))
    return int(text) if is_number else None
