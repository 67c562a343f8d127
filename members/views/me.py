"""The member's own corner: the hub that leads to its pages, and the page of name and language."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.access import MemberRequest, require_member
from members.forms import ConsentForm, ProfileForm
from members.models import Consent, Identifier, Member
from members.portal import consents_of, identifiers_of
from members.services.consents import record_consent
from members.services.profiles import change_profile

TEXT_VERSION = "2026-11"


@dataclass(frozen=True)
class Choice:
    """One purpose with what the member last said about it."""

    purpose: str
    title: str
    text: str
    is_given: bool
    recorded_at: datetime | None


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
        "consents": _choices(member),
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


@require_POST
@require_member
def consent(request: MemberRequest) -> HttpResponse:
    """Give or withdraw one consent; a receipt of it is kept."""
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return redirect("portal:me")
    is_given = form.cleaned_data["is_given"] == "yes"
    record_consent(
        member_id=request.membership.member_id,
        purpose=form.cleaned_data["purpose"],
        channel=Consent.Channel.ANY,
        is_given=is_given,
        text_version=TEXT_VERSION,
        touchpoint="portal",
        actor=_actor(request),
        at=timezone.now(),
    )
    said = gettext("Thank you, we have noted it.") if is_given else gettext("Stopped, from now on.")
    messages.success(request, said)
    return redirect("portal:me")


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


def _choices(member: Member) -> list[Choice]:
    said = consents_of(member.pk)
    texts = {
        Consent.Purpose.OFFERS: (
            gettext("Offers that suit me"),
            gettext("We send you offers now and then. Stop whenever you like."),
        ),
        Consent.Purpose.PROFILING: (
            gettext("Use what I buy to choose for me"),
            gettext("We look at your purchases to pick rewards and offers for you."),
        ),
    }
    return [
        Choice(
            purpose=purpose,
            title=title,
            text=text,
            is_given=bool(last and last.is_given),
            recorded_at=last.recorded_at if last else None,
        )
        for purpose, (title, text) in texts.items()
        for last in [said.get(purpose)]
    ]
