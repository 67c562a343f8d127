"""The member's own corner: the hub that leads to its pages, and the page of name and language."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from members.access import MemberRequest, require_member
from members.forms import ProfileForm
from members.models import Identifier, Member
from members.portal import identifiers_of
from members.services.profiles import change_profile


@dataclass(frozen=True)
class Known:
    """One identifier as its owner reads it."""

    label: str
    value: str


@require_safe
@require_member
def me(request: MemberRequest) -> HttpResponse:
    """The hub: a row for each page about the member."""
    member = request.membership.member
    context = {
        "name": f"{member.given_name} {member.family_name}".strip(),
        "joined_at": request.membership.joined_at,
    }
    return render(request, "portal/me.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def details(request: MemberRequest) -> HttpResponse:
    """What the member is called and which language they read; by what they are found."""
    member = request.membership.member
    form = ProfileForm(request.POST or None, initial=_profile(member))
    if request.method == "POST" and form.is_valid():
        change_profile(
            member_id=member.pk, actor=_actor(request), at=timezone.now(), **form.cleaned_data
        )
        translation.activate(form.cleaned_data["language"])
        messages.success(request, gettext("Saved."))
        return redirect("portal:details")
    context = {
        "form": form,
        "identifiers": _known(member),
        "joined_at": request.membership.joined_at,
    }
    return render(request, "portal/details.html", context)


def _actor(request: HttpRequest) -> str:
    return f"member:{request.user.pk}"


def _profile(member: Member) -> dict[str, str]:
    return {
        "given_name": member.given_name,
        "family_name": member.family_name,
        "language": member.language,
    }


def _known(member: Member) -> list[Known]:
    labels: dict[str, str] = {
        Identifier.Kind.CARD: gettext("Card"),
        Identifier.Kind.PHONE: gettext("Telephone"),
    }
    found = identifiers_of(member.pk)
    return [Known(labels[one.kind], one.value) for one in found if one.kind in labels]
