"""What a member was given and still has to choose, open or take."""

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from loyalty.errors import DomainError
from members.access import MemberRequest, require_member
from rewards.kinds import read_terms
from rewards.models import Grant, Reward
from rewards.services.giving import choices_of, take_grant
from rewards.views.offers import form_for, told_of
from rewards.views.wishes import WishForm, in_words
from rewards.views.words import refused


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the rewards that can be had, with what it asks."""

    reward: Reward
    form: WishForm
    told: dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def gift(request: MemberRequest, grant_id: UUID) -> HttpResponse:
    """Choose one, open the surprise, or say how to get it; once taken, its redemption."""
    grant = _own(request, grant_id)
    taken = getattr(grant, "redemption", None)
    if taken is not None:
        return redirect("portal:redemption", taken.pk)
    if request.method == "POST" and _is_open(grant):
        return _take(request, grant)
    return _page(request, grant)


def _own(request: MemberRequest, grant_id: UUID) -> Grant:
    found = Grant.objects.select_related("reward__programme", "occasion", "redemption")
    grant = found.filter(pk=grant_id, membership=request.membership).first()
    if grant is None:
        raise Http404
    return grant


def _is_open(grant: Grant) -> bool:
    is_over = grant.expires_at is not None and grant.expires_at <= timezone.now()
    return grant.state == Grant.State.OPEN and not is_over


def _page(request: MemberRequest, grant: Grant, tried: WishForm | None = None) -> HttpResponse:
    context = {
        "grant": grant,
        "reason": in_words(grant.reason) if grant.reason else "",
        "is_open": _is_open(grant),
        "choices": _choices(request, grant, tried) if _is_open(grant) else [],
        "today": timezone.localdate(),
        "form": tried,
    }
    return render(request, "rewards/gift.html", context)


def _choices(request: MemberRequest, grant: Grant, tried: WishForm | None) -> list[Choice]:
    """What may be taken; nothing is told of a surprise before it is opened."""
    if grant.is_surprise:
        return []
    there = [grant.reward] if grant.reward else choices_of(grant)
    picked = request.POST.get("reward") if tried is not None else None
    return [
        Choice(
            reward=reward,
            form=tried if tried is not None and reward.key == picked else _form(request, reward),
            told=_told(request, reward),
        )
        for reward in there
    ]


def _form(request: MemberRequest, reward: Reward, data: Any = None) -> WishForm:
    terms = read_terms(reward.kind, reward.terms)
    form = form_for(request.membership, reward, terms, data, is_given=True)
    form.auto_id = f"id_{reward.key}_%s"
    return form


def _told(request: MemberRequest, reward: Reward) -> dict[str, Any]:
    reward.programme = request.membership.programme  # known already
    return told_of(reward, read_terms(reward.kind, reward.terms))


def _take(request: MemberRequest, grant: Grant) -> HttpResponse:
    wishes: dict[str, Any] = {}
    if not grant.is_surprise:
        reward = _picked(request, grant)
        form = _form(request, reward, request.POST)
        if not form.is_valid():
            if not form.is_keyed:
                raise Http404
            return _page(request, grant, form)
        wishes = {"choice": form.choice(), "delivery": form.delivery(), "reward_id": reward.pk}
    try:
        redeemed = take_grant(
            grant_id=grant.pk,
            channel="portal",
            actor=f"member:{request.membership.member_id}",
            at=timezone.now(),
            **wishes,
        )
    except DomainError as refusal:
        messages.error(request, refused(refusal))
        return redirect("portal:gift", grant.pk)
    messages.success(request, gettext("It is yours."))
    return redirect("portal:redemption", redeemed.pk)


def _picked(request: MemberRequest, grant: Grant) -> Reward:
    """The one whose button was pressed."""
    there = [grant.reward] if grant.reward else choices_of(grant)
    picked = next((one for one in there if one.key == request.POST.get("reward")), None)
    if picked is None:
        raise Http404
    return picked
