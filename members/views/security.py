"""How a member signs in and where they are signed in, on one page; and the deeds around it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.views import EmailView, LoginView
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loyalty.errors import NotFound
from members.access import MemberRequest, require_login
from members.devices import device_of
from members.forms import PasswordLoginForm
from members.models import User
from members.services.logins import leave_apps, sign_out_everywhere, sign_out_there

Kind = Authenticator.Type


@dataclass(frozen=True)
class Session:
    """One place where the member is signed in."""

    id: int
    device: str
    began_at: datetime
    is_this: bool


class PasswordLogin(LoginView):  # type: ignore[misc]
    """Signing in with a password, for whoever has one."""

    template_name = "account/login_password.html"

    def get_form_class(self) -> type[PasswordLoginForm]:
        return PasswordLoginForm


password_login = PasswordLogin.as_view()
_change_address = reauthentication_required(EmailView.as_view(), app="allauth.account")


@require_login
def change_address(request: MemberRequest) -> HttpResponse:
    """Another address; a colleague's is the administrator's to change."""
    if request.user.is_staff:
        return redirect("portal:security")
    response: HttpResponse = _change_address(request)
    return response


@require_http_methods(["GET", "HEAD"])
@require_login
def security(request: MemberRequest) -> HttpResponse:
    factors = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    codes = next((one for one in factors if one.type == Kind.RECOVERY_CODES), None)
    context = {
        "passkeys": [one for one in factors if one.type == Kind.WEBAUTHN],
        "app": next((one for one in factors if one.type == Kind.TOTP), None),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "linked": list(SocialAccount.objects.filter(user=request.user).order_by("pk")),
        "may_link": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "sessions": _sessions(request),
        "apps": _apps(request.user),
        "needs_factor": _needs_factor(request.user, factors),
    }
    return render(request, "portal/security.html", context)


@require_POST
@require_login
def end_session(request: MemberRequest, session_id: int) -> HttpResponse:
    """Sign out on another device."""
    try:
        sign_out_there(user_id=request.user.pk, session_id=session_id)
    except NotFound:
        messages.error(request, _("You were signed out there already."))
    else:
        messages.success(request, _("Signed out there."))
    return redirect("portal:security")


@require_POST
@require_login
def end_all(request: MemberRequest) -> HttpResponse:
    """Sign out everywhere but here, in shops and apps too."""
    key = request.session.session_key or ""
    sign_out_everywhere(user_id=request.user.pk, keep_session=key)
    messages.success(request, _("You are signed in only here now."))
    return redirect("portal:security")


@require_POST
@require_login
def leave_app(request: MemberRequest, client_id: str) -> HttpResponse:
    """A shop or app that the member signed in to learns nothing more."""
    leave_apps(user_id=request.user.pk, client_id=client_id)
    messages.success(request, _("Stopped. It learns nothing more about you."))
    return redirect("portal:security")


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator]
def remove_password(request: MemberRequest) -> HttpResponse:
    """Back to codes and passkeys; a colleague comes in by a password and keeps it."""
    user = request.user
    if user.is_staff or not user.has_usable_password():
        return redirect("portal:security")
    if request.method == "POST":
        user.set_unusable_password()
        user.save(update_fields=["password"])
        update_session_auth_hash(request, user)
        get_adapter().send_notification_mail("account/email/password_removed", user)
        messages.success(request, _("Your password is gone. You sign in with a code or a passkey."))
        return redirect("portal:security")
    return render(request, "account/password_remove.html")


def to_security(request: HttpRequest) -> HttpResponse:
    """Where allauth's own lists would be."""
    return redirect("portal:security")


def _sessions(request: MemberRequest) -> list[Session]:
    """Where the login is signed in; this session first, then the latest."""
    known: list[Any] = UserSession.objects.purge_and_list(request.user)
    here = request.session.session_key
    found = [
        Session(one.pk, device_of(one.user_agent), one.created_at, one.session_key == here)
        for one in known
    ]
    return sorted(found, key=lambda one: (not one.is_this, -one.began_at.timestamp()))


def _apps(user: User) -> list[Any]:
    """The shops and apps that may learn of this member, with since when."""
    tokens = Token.objects.valid().filter(user=user)
    since = {
        row["client"]: row for row in tokens.values("client").annotate(since=Min("created_at"))
    }
    clients = Client.objects.filter(pk__in=since).order_by("name")
    return [{"client": one, "since": since[one.pk]["since"]} for one in clients]


def _needs_factor(user: User, factors: list[Any]) -> bool:
    """Whether this is a colleague who has to set a second factor first."""
    has_one = any(one.type in (Kind.TOTP, Kind.WEBAUTHN) for one in factors)
    return bool(settings.STAFF_SECOND_FACTOR and user.is_staff and not has_one)
