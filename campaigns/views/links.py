"""Links of messages, counted before they lead on, and the picture by which a mail is opened."""

from base64 import b64decode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.errors import LinkUnknown
from campaigns.services.tracking import follow_link, note_opened

_NOTHING = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # one clear pixel


@require_safe
@never_cache
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """On to where the link leads; a HEAD is a program that looks, and does not count."""
    at = timezone.now() if request.method == "GET" else None
    try:
        return HttpResponseRedirect(follow_link(token=token, at=at))
    except LinkUnknown:
        return render(request, "campaigns/link_unknown.html", status=404)


@require_safe
@never_cache
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """A picture of nothing; that of a token that we never made is not there."""
    status = 200
    try:
        if request.method == "GET":
            note_opened(token=token, at=timezone.now())
    except LinkUnknown:
        status = 404
    return HttpResponse(_NOTHING, content_type="image/gif", status=status)
