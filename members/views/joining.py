"""A login without a membership, staff's for example, is offered one."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from members.access import become_member
from members.portal import portal_programme


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def join(request: HttpRequest) -> HttpResponse:
    if portal_programme() is None:
        raise Http404
    if request.method == "POST":
        become_member(request, at=timezone.now())
        return redirect("portal:home")
    return render(request, "portal/join.html")
