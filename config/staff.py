"""A colleague's session ends by itself: after half an hour of rest, and after a long day."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

# Where a colleague's session opens more than a member's.
GUARDED = ("/console/", "/accounts/", "/identity/", "/me/", "/till/")
BEGAN, SEEN = "staff_began", "staff_seen"
NOTED_EVERY = 60  # seconds; a page is not worth a write of the session each time


def begin(*, request: HttpRequest, user: Any, **_others: Any) -> None:
    """A colleague signs in: the day begins. Called by Django at every sign-in."""
    if user.is_staff:
        request.session[BEGAN] = request.session[SEEN] = time.time()


class StaffSessions:
    """Signs out whoever of staff was away for too long, before the page is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(GUARDED) and request.user.is_staff:
            _see(request, time.time())
        return self.get_response(request)


def _see(request: HttpRequest, now: float) -> None:
    session = request.session
    began, seen = session.get(BEGAN, now), session.get(SEEN, now)
    rested, lasted = now - seen, now - began
    if rested > settings.STAFF_IDLE_SECONDS or lasted > settings.STAFF_LONGEST_SECONDS:
        logout(request)
        return
    if BEGAN not in session or rested > NOTED_EVERY:
        session[BEGAN], session[SEEN] = began, now
