"""Dutch or English, for members and for visitors."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from loyalty.errors import NotFound
from members.access import remember_language
from members.models import User
from members.portal import portal_programme
from members.selectors import membership_of_user
from members.services.profiles import change_profile


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in this browser, and for a member everywhere."""
    response = redirect(_back(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        remember_language(response, language)
        _tell_member(request, language)
    return response


def _tell_member(request: HttpRequest, language: str) -> None:
    programme = portal_programme()
    if not isinstance(request.user, User) or programme is None:
        return
    try:
        membership = membership_of_user(request.user.pk, programme.pk)
    except NotFound:
        return
    change_profile(
        member_id=membership.member_id,
        language=language,
        actor=f"member:{request.user.pk}",
        at=timezone.now(),
    )


def _back(request: HttpRequest) -> str:
    """Where the visitor was; never another site."""
    back = request.POST.get("next", "")
    own = {request.get_host()}
    if url_has_allowed_host_and_scheme(back, own, require_https=request.is_secure()):
        return back
    return "portal:home"
