"""What a member likes: what they told us, what we think and why; theirs to correct."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from loyalty.errors import DomainError
from members.access import MemberRequest, require_member
from members.models import Preference, Purpose
from members.services.consent_texts import texts_shown
from members.services.consents import may, record_consent
from members.services.field_names import PREFERENCES, of_preference
from members.services.field_use import uses_of
from members.services.inference import infer_preferences
from members.services.preferences import (
    forget_preference,
    known_keys,
    say_preference,
    set_preferences,
)

Kind = Preference.Kind


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def preferences(request: MemberRequest) -> HttpResponse:
    """The page; what is posted to it says which deed it is."""
    if request.method == "POST":
        return _done(request)
    membership = request.membership
    rows = list(Preference.objects.filter(membership=membership).order_by("-weight", "key"))
    words = {kind: known_keys(membership.programme_id, kind) for kind in Kind.values}
    uses = uses_of(membership.programme_id)
    told = [row for row in rows if row.source == Preference.Source.ASKED]
    inferred = [row for row in rows if row.source == Preference.Source.INFERRED]
    context = {
        "kinds": [
            {
                "kind": kind,
                "title": title,
                "options": _options(words[kind], [row for row in told if row.kind == kind]),
                "uses": uses.get(of_preference(kind), []),
            }
            for kind, title in PREFERENCES.items()
        ],
        "disliked": [_named(row, words) for row in told if not row.is_liked],
        "inferred": [_named(row, words) for row in inferred],
        "may_infer": may(member_id=membership.member_id, purpose=Purpose.PROFILING),
        "text": texts_shown(membership.programme_id).get(Purpose.PROFILING),
    }
    return render(request, "portal/preferences.html", context)


def _options(known: dict[str, str], told: list[Preference]) -> list[dict[str, Any]]:
    """What there is to like; what was liked earlier stays to choose, also when it is gone."""
    liked = {row.key for row in told if row.is_liked}
    disliked = {row.key for row in told if not row.is_liked}
    every = {key: key for key in sorted(liked)} | known
    return [
        {"key": key, "label": label, "is_liked": key in liked}
        for key, label in every.items()
        if key not in disliked
    ]


def _named(row: Preference, words: dict[str, dict[str, str]]) -> dict[str, Any]:
    label = words[row.kind].get(row.key, row.key)
    said = {"share": row.weight, "what": _within(label) if row.kind == Kind.CATEGORY else label}
    if row.kind == Kind.STORE:
        why = gettext("because %(share)s%% of your visits in the past year were there") % said
    else:
        why = gettext("because %(share)s%% of what you bought in the past year was %(what)s") % said
    return {"row": row, "label": label, "why": why}


def _within(name: str) -> str:
    """ "Verf" becomes "verf" within a sentence; what is written in capitals keeps them."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _done(request: MemberRequest) -> HttpResponse:
    deed = request.POST.get("deed", "")
    try:
        if deed in _DEEDS:
            _DEEDS[deed](request)
            messages.success(request, gettext("Saved."))
    except DomainError:
        messages.error(request, gettext("We do not know this. Choose again."))
    return redirect("portal:preferences")


def _who(request: MemberRequest) -> dict[str, Any]:
    return {
        "membership_id": request.membership.pk,
        "kind": request.POST.get("kind", ""),
        "actor": f"member:{request.user.pk}",
        "at": timezone.now(),
    }


def _like(request: MemberRequest) -> None:
    """The boxes that are ticked; what was said not to be liked is not among the boxes."""
    set_preferences(liked=request.POST.getlist("liked"), **_who(request))


def _say(request: MemberRequest, *, is_liked: bool) -> None:
    say_preference(key=request.POST.get("key", ""), is_liked=is_liked, **_who(request))


def _take_back(request: MemberRequest) -> None:
    forget_preference(key=request.POST.get("key", ""), **_who(request))


def _infer(request: MemberRequest, *, is_given: bool) -> None:
    """Agree to being known by what one buys, or withdraw it; either holds at once."""
    membership, now = request.membership, timezone.now()
    record_consent(
        member_id=membership.member_id,
        purpose=Purpose.PROFILING,
        channel="ANY",
        is_given=is_given,
        text_version=request.POST.get("text_version", "")[:40],
        touchpoint="portal",
        actor=f"member:{request.user.pk}",
        at=now,
    )
    if is_given:
        infer_preferences(
            programme_id=membership.programme_id, at=now, member_ids=[membership.member_id]
        )


_DEEDS: dict[str, Callable[[MemberRequest], None]] = {
    "like": _like,
    "right": lambda request: _say(request, is_liked=True),
    "not-this": lambda request: _say(request, is_liked=False),
    "take-back": _take_back,
    "infer": lambda request: _infer(request, is_given=True),
    "stop-inferring": lambda request: _infer(request, is_given=False),
}
