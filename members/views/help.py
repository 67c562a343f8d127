"""Help, in the same place on every page: who to ask, and answers to what is asked most."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.access import MemberRequest, require_member


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """For members with their bar, for everybody else without."""
    is_known = request.user.is_authenticated and not getattr(request.user, "is_staff", False)
    return _for_member(request) if is_known else render(request, "portal/help.html")


@require_member
def _for_member(request: MemberRequest) -> HttpResponse:
    return render(request, "portal/help.html")
