"""Unsubscribing by the link in a message, as RFC 8058 wants it.

GET shows what would stop and changes nothing: programs that look at links follow them all. POST
stops it, without a cookie, a login or a form of ours: the signed token is proof enough.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.errors import LinkUnknown
from campaigns.models import Channel
from campaigns.services.unsubscribing import Stopping, stopping, unsubscribe
from members.models import Purpose


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """What this message was sent for, and the button that stops it."""
    try:
        if request.method == "POST":
            is_everything = request.POST.get("everything") == "yes"
            said = unsubscribe(token=token, is_everything=is_everything, at=timezone.now())
            return _page(request, said, is_done=True)
        return _page(request, stopping(token=token), is_done=False)
    except LinkUnknown:
        return render(request, "campaigns/link_unknown.html", status=404)


def _page(request: HttpRequest, said: Stopping, *, is_done: bool) -> HttpResponse:
    with translation.override(said.language):
        context = {
            "said": said,
            "purpose": Purpose(said.purpose).label,
            "channel": Channel(said.channel).label if said.channel in Channel.values else "",
            "is_done": is_done or not said.is_on,
        }
        return render(request, "campaigns/unsubscribe.html", context)
