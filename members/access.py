"""The door of the portal's pages for members, of this app and of those above it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from loyalty.errors import DomainError, NotFound
from members.models import Membership, User
from members.portal import portal_membership, portal_programme
from members.services.enrolment import member_for_login
from members.services.profiles import change_profile
from members.services.visitors import know_visitor
from members.ways_in import completion, has_come_in, visitor_of, way_in

Rest = ParamSpec("Rest")


class MemberRequest(HttpRequest):
    """A request by a member of the programme."""

    membership: Membership
    user: User


MemberView = Callable[Concatenate[MemberRequest, Rest], HttpResponse]


def require_member(
    view: MemberView[Rest],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Let in members only, in their language and the programme's time; nothing is cached.

    Whoever is not signed in is asked to; a login without a membership is offered one.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
        member_request = cast(MemberRequest, request)
        membership = _membership(member_request.user)
        if membership is None:
            return redirect("portal:join")
        member_request.membership = membership
        translation.activate(membership.member.language)
        with timezone.override(ZoneInfo(membership.programme.time_zone)):
            response = view(member_request, *args, **kwargs)
        add_never_cache_headers(response)
        if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != membership.member.language:
            remember_language(response, membership.member.language)
        return response

    return guarded


def require_login(
    view: MemberView[Rest],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Let in whoever is signed in, colleagues without a membership too; nothing is cached.

    `request.membership` is None for those.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
        login = cast(MemberRequest, request)
        login.membership = cast(Membership, _membership(login.user))
        response = view(login, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded


def next_page(request: HttpRequest, *, otherwise: str) -> str:
    """Where to go on: the page of ours that the request names, else the other one."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else otherwise


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the language in this browser, for the pages that know no member."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=31_536_000,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def become_member(
    request: HttpRequest, *, at: datetime, given_name: str = "", family_name: str = ""
) -> None:
    """Make sure that whoever is signed in is a member, found by the address they have proved.

    A member who gave that address at a till is linked to the login; nobody is by an address that
    was not proved. How they came, and which membership they complete, is in the session.
    """
    programme, user = portal_programme(), request.user
    if programme is None or not isinstance(user, User):
        return
    proved = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")
    address = proved.values_list("email", flat=True).first()
    if address is None:
        return
    completes, names = completion(request, proved=address)
    membership = member_for_login(
        user_id=user.pk,
        email=address,
        programme_id=programme.pk,
        **way_in(request),
        language=translation.get_language() or "nl",
        completes=completes,
        at=at,
    )
    if visitor := visitor_of(request):
        with suppress(DomainError):  # forgotten meanwhile, or somebody else by now: nothing lost
            know_visitor(visitor_id=visitor, membership=membership, at=at)
    has_come_in(request)
    if completes != membership.member_id:
        is_named = bool(membership.member.given_name) or not given_name
        names = {} if is_named else {"given_name": given_name, "family_name": family_name}
    # What members say they are called themselves goes before what a cashier heard.
    if said := {field: name for field, name in names.items() if name.strip()}:
        actor = f"member:{user.pk}"
        change_profile(member_id=membership.member_id, actor=actor, at=at, **said)


def _membership(user: User) -> Membership | None:
    programme = portal_programme()
    if programme is None:
        return None
    try:
        return portal_membership(user.pk, programme)
    except NotFound:
        return None
