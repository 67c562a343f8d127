"""Proving anew who one is, by a code from the mail, for whoever has no password and no passkey.

allauth asks for a password or a second factor before a sensitive deed, and lets those pass who
have neither. Those are nearly all members, so they get a code.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.internal.userkit import user_email
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.access import MemberRequest, next_page, require_login

View = Callable[..., HttpResponse]
SENT = "proof_by_code"


def proved_lately(view: View) -> View:
    """Before the view, let whoever signed in a while ago prove by a code that it is still them.

    What is behind such a door is kept by no cache.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not get_reauthentication_flows(user):
            steps = get_authentication_records(request, user)
            last = max((step["at"] for step in steps), default=0)
            if time.time() - last > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
                return redirect(f"{reverse('account_prove')}?{urlencode({'next': _page(request)})}")
        return view(request, *args, **kwargs)

    return guarded


def guesses_bounded(view: View) -> View:
    """Bound the codes that are tried in one attempt, however many processes answer at once.

    allauth counts wrong codes in the session; requests that come in together read the same count.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and "code" in request.POST and not may_guess(request):
            return _too_often(request)
        return view(request, *args, **kwargs)

    return guarded


def may_guess(request: HttpRequest) -> bool:
    """Note one try of a code in this session; whether there were not too many."""
    key = request.session.session_key or "none"
    return bool(ratelimit.consume(request, app="allauth.account", action="guess", key=key))


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def prove(request: MemberRequest) -> HttpResponse:
    """Send a code to the login's own address, and take it."""
    if request.method == "POST" and "code" in request.POST:
        return _take(request)
    if request.method == "POST":
        email = user_email(request.user)
        if not ratelimit.consume(
            request, app="allauth.account", action="request_login_code", key=email.lower()
        ):
            return _too_often(request)
        code = get_adapter().generate_login_code()
        request.session[SENT] = {"digest": _digest(code), "at": time.time()}
        get_adapter().send_mail("account/email/login_code", email, {"code": code})
    return _page_of(request)


def _too_often(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = ratelimit.respond_429(request)
    return response


def _take(request: MemberRequest) -> HttpResponse:
    if not may_guess(request):
        return _too_often(request)
    sent = request.session.get(SENT) or {"digest": "", "at": 0}
    is_fresh = time.time() - sent["at"] <= settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT
    if not (is_fresh and constant_time_compare(sent["digest"], _digest(request.POST["code"]))):
        messages.error(request, _("This code is not the one we mailed, or it is too old."))
        return _page_of(request)
    del request.session[SENT]
    record_authentication(request, request.user, method="code", reauthenticated=True)
    return redirect(_next(request))


def _page_of(request: MemberRequest) -> HttpResponse:
    context = {
        "is_sent": SENT in request.session,
        "next": _next(request),
        "email": request.user.email,
    }
    return render(request, "account/prove.html", context)


def _next(request: HttpRequest) -> str:
    return next_page(request, otherwise=reverse("portal:security"))


def _page(request: HttpRequest) -> str:
    """Where to go on: the page itself; a form that was sent is filled in again."""
    return request.get_full_path()


def _digest(code: str) -> str:
    digits = "".join(character for character in code if character.isalnum()).upper()
    return salted_hmac("members.proving", digits, algorithm="sha256").hexdigest()
