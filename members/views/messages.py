"""The message box: what the shop told this member."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from loyalty.errors import NotFound
from members.access import MemberRequest, require_member
from members.services.messages import messages_of, read_all_messages, read_message


@require_safe
@require_member
def message_box(request: MemberRequest) -> HttpResponse:
    """All messages, the latest first."""
    told = messages_of(request.membership)
    context = {
        "told": told,
        "unread": sum(one.read_at is None for one in told),
        "today": timezone.localdate(),
    }
    return render(request, "portal/message_box.html", context)


@require_safe
@require_member
def message(request: MemberRequest, message_id: int) -> HttpResponse:
    """One message; opening it is reading it."""
    try:
        read = read_message(membership=request.membership, message_id=message_id, at=timezone.now())
    except NotFound as unknown:
        raise Http404 from unknown
    context = {"told": read, "today": timezone.localdate()}
    return render(request, "portal/message.html", context)


@require_POST
@require_member
def read_all(request: MemberRequest) -> HttpResponse:
    read_all_messages(membership=request.membership, at=timezone.now())
    return redirect("portal:messages")
