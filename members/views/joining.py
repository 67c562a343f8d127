"""A login without a membership, staff's for example, is offered one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from members.access import become_member, next_page
from members.errors import IdentifierTaken
from members.portal import portal_programme

TAKEN = _(
    "This address belongs to a member who signs in in another way."
    " Sign in like that, or ask in the shop."
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def join(request: HttpRequest) -> HttpResponse:
    if portal_programme() is None:
        raise Http404
    if request.method == "POST":
        try:
            become_member(request, at=timezone.now())
        except IdentifierTaken:
            messages.error(request, TAKEN)
            return redirect("portal:join")
        return redirect(next_page(request, otherwise="portal:home"))
    return render(request, "portal/join.html", {"next": next_page(request, otherwise="")})
