"""Enrolling at the till: scan a card, hand over a QR code, next; within fifteen seconds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.errors import DomainError, InvalidRequest
from loyalty.models import Location, Programme
from members.errors import IdentifierBlocked, IdentifierTaken
from members.forms import TillJoinForm
from members.identifiers import typed_identifier
from members.models import Member, MemberLook
from members.portal import portal_programme
from members.second_factor import has_shown_second_factor
from members.selectors import card_number
from members.services.completion import completion_token, is_to_complete
from members.services.enrolment import enrol_or_find
from members.services.looks import record_look

RIGHT = "members.enrol_member"
LOCATION, ANSWER = "till_location", "till_answer"  # in the session


@require_http_methods(["GET", "HEAD", "POST"])
def till_join(request: HttpRequest) -> HttpResponse:
    """The one field; whoever has what is scanned is told to be a member already."""
    if not _has_come_in(request):
        return redirect_to_login(reverse("portal:till_join"), resolve_url("admin:login"))
    programme = _programme(request)
    names = list(
        Location.objects.filter(programme=programme).order_by("name").values_list("name", flat=True)
    )
    said = {"location": request.session.get(LOCATION, "")}
    form = TillJoinForm(request.POST or None, initial=said, locations=names)
    if request.method == "POST" and form.is_valid():
        try:
            _enrol(request, programme, form.cleaned_data, timezone.now())
        except DomainError as refusal:
            form.add_error("identifier", _told(refusal, form.cleaned_data["identifier"]))
        else:
            return redirect("portal:till_joined")
    if form.is_bound:  # what is scanned next must not land behind what was refused
        form.data = {**form.data.dict(), "identifier": ""}  # type: ignore[attr-defined]  # a QueryDict
    response = render(request, "portal/till_join.html", {"form": form})
    add_never_cache_headers(response)
    return response


@require_safe
def till_joined(request: HttpRequest) -> HttpResponse:
    """Who it is now, and the QR code by which they complete it on their own phone."""
    if not _has_come_in(request):
        return redirect_to_login(reverse("portal:till_join"), resolve_url("admin:login"))
    _programme(request)
    answer = request.session.get(ANSWER)
    if not answer:
        return redirect("portal:till_join")
    member_id = UUID(answer["member"])
    member = Member.objects.filter(pk=member_id).first()
    context: dict[str, Any] = {
        "given_name": member.given_name if member else "",
        "number": card_number(member_id),
        "is_new": answer["is_new"],
        "link": _link(request, member_id) if answer["is_new"] else "",
    }
    response = render(request, "portal/till_joined.html", context)
    add_never_cache_headers(response)
    return response


def _has_come_in(request: HttpRequest) -> bool:
    """Whether they are signed in, and a colleague with a second factor has shown it."""
    user = request.user
    return user.is_authenticated and (not user.is_staff or has_shown_second_factor(request))


def _programme(request: HttpRequest) -> Programme:
    """Whose till this is. Raises PermissionDenied for who may not enrol."""
    programme = portal_programme()
    if programme is None or not (request.user.is_staff and request.user.has_perm(RIGHT)):
        raise PermissionDenied
    return programme


def _enrol(request: HttpRequest, programme: Programme, said: dict[str, Any], at: datetime) -> None:
    request.session[LOCATION] = location = said.get("location", "")
    actor = f"staff:{request.user.pk}"
    membership, is_new = enrol_or_find(
        programme_id=programme.pk,
        identifiers=[str(typed_identifier(said["identifier"]))],
        given_name=said["given_name"],
        language=get_language() or settings.LANGUAGE_CODE,
        touchpoint="till",
        location=location,
        actor=actor,
        at=at,
    )
    if not is_new:
        record_look(
            member_id=membership.member_id,
            actor=actor,
            role=gettext("Till"),
            deed=MemberLook.Deed.SEEN,
            what="till",
            at=at,
        )
    request.session[ANSWER] = {"member": str(membership.member_id), "is_new": is_new}


def _link(request: HttpRequest, member_id: UUID) -> str:
    if not is_to_complete(member_id):
        return ""
    path = reverse("portal:complete", args=[completion_token(member_id)])
    return request.build_absolute_uri(path)


def _told(refusal: DomainError, typed: str) -> str:
    match refusal:
        case IdentifierBlocked():
            return gettext(
                "This card is blocked. Give a new card; the service desk moves the rest."
            )
        case IdentifierTaken():
            return gettext("This belongs to a member of another programme. Take another card.")
        case InvalidRequest(field="given_name"):
            return gettext("This name cannot be right.")
        case _:
            return gettext("“%s” is no card, telephone number or e-mail address. Again?") % typed
