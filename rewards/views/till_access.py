"""Who works the till, and which till this browser is."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from members.portal import portal_programme
from members.second_factor import has_shown_second_factor
from rewards.models import Till

RIGHT = "rewards.use_till"
CHOSEN = "till"  # in the session: the till's key

Rest = ParamSpec("Rest")


class TillRequest(HttpRequest):
    """A request by a colleague at a till; `actor` is how the books name them."""

    till: Till
    actor: str


TillView = Callable[Concatenate[TillRequest, Rest], HttpResponse]


def require_colleague(
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Let in colleagues who may work the till; nothing is cached."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        user = request.user
        has_come_in = user.is_authenticated and (
            not user.is_staff or has_shown_second_factor(request)
        )
        if not has_come_in:
            return redirect_to_login(request.get_full_path(), resolve_url("admin:login"))
        if not (user.is_staff and user.has_perm(RIGHT)):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded


def require_till(
    view: TillView[Rest],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Let in colleagues whose browser is a till, in the programme's time; others choose one first."""

    @require_colleague
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        till = chosen_till(request)
        if till is None:
            return redirect("portal:till_choose")
        at_till = cast(TillRequest, request)
        at_till.till, at_till.actor = till, f"staff:{request.user.pk}"
        with timezone.override(ZoneInfo(till.programme.time_zone)):
            return view(at_till, *args, **kwargs)

    return guarded


def tills_of_the_house() -> "list[Till]":
    """The tills that a browser can be: active ones of the portal's programme, with no software of
    their own.
    """
    programme = portal_programme()
    tills = Till.objects.filter(programme=programme, client=None, is_active=True).select_related(
        "programme"
    )
    return list(tills.order_by("location", "name"))


def chosen_till(request: HttpRequest) -> Till | None:
    """The till that this browser is, while it is active."""
    key = request.session.get(CHOSEN, "")
    return next((till for till in tills_of_the_house() if till.key == key), None)
