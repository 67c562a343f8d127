"""The public page of a way to join: what the programme gives, and the button."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from loyalty.selectors import rule_sentences
from members.portal import portal_programme
from members.services.join_links import see_join_link
from members.ways_in import remember_link, remember_visitor_of


@require_safe
def join_link(request: HttpRequest, key: str) -> HttpResponse:
    """Remember by which link they came; an unknown or stopped one still lets them join."""
    link = see_join_link(key=key)
    if link is not None:
        remember_link(request, link)
    remember_visitor_of(request)
    if request.user.is_authenticated:
        return redirect("portal:home")
    programme = link.programme if link else portal_programme()
    language, now = get_language() or "nl", timezone.now()
    rules = rule_sentences(programme.pk, language, now) if programme else []
    response = render(request, "portal/join_link.html", {"rules": rules, "link": link})
    add_never_cache_headers(response)
    return response
