"""The portal's pages about rewards: what there is, redeem one, show it at the till."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.errors import DomainError, InsufficientPoints, KeyConflict
from members.access import MemberRequest, require_member
from rewards.codes import code_of
from rewards.errors import LimitReached, RewardSoldOut, RewardUnavailable
from rewards.models import Redemption, Voucher
from rewards.selectors import RewardOffer, redemptions_of, rewards_for, usable_points
from rewards.services.redemption import redeem_reward

LAST_REDEMPTIONS = 5


class RedeemForm(forms.Form):
    """One tap. The key came with the page, so that a double tap is one redemption."""

    request_key = forms.UUIDField()


@require_safe
@require_member
def rewards(request: MemberRequest) -> HttpResponse:
    """What the member can have now, then what is still to be saved for."""
    now = timezone.now()
    offers = sorted(rewards_for(request.membership, at=now), key=_by_reach)
    context = {
        "offers": offers,
        "usable": usable_points(request.membership, at=now),
        "redemptions": redemptions_of(request.membership, limit=LAST_REDEMPTIONS),
        "now": now,
        "today": timezone.localdate(now),
    }
    return render(request, "rewards/rewards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def reward(request: MemberRequest, key: str) -> HttpResponse:
    """One reward, and the one button that redeems it."""
    if request.method == "POST":
        return _redeem(request, key)
    now = timezone.now()
    offers = rewards_for(request.membership, at=now)
    offer = next((one for one in offers if one.reward.key == key), None)
    if offer is None:
        raise Http404
    usable = usable_points(request.membership, at=now)
    context = {
        "offer": offer,
        "usable": usable,
        "left_after": usable - offer.points,
        "request_key": uuid4(),
    }
    return render(request, "rewards/reward.html", context)


@require_safe
@require_member
def redemption(request: MemberRequest, redemption_id: UUID) -> HttpResponse:
    """What the member shows at the till, or where and when that was done."""
    redeemed = get_object_or_404(
        Redemption.objects.select_related("reward", "voucher"),
        pk=redemption_id,
        membership=request.membership,
    )
    now = timezone.now()
    voucher = redeemed.voucher
    context = {
        "redemption": redeemed,
        "voucher": voucher,
        "code": code_of(voucher.pk),
        "is_used": voucher.state == Voucher.State.USED,
        "is_expired": voucher.state != Voucher.State.USED and voucher.expires_at <= now,
        "today": timezone.localdate(now),
    }
    return render(request, "rewards/redemption.html", context)


def _redeem(request: MemberRequest, key: str) -> HttpResponse:
    form = RedeemForm(request.POST)
    chosen = request.membership.programme.rewards.filter(key=key).first()
    if chosen is None or not form.is_valid():
        raise Http404
    try:
        redeemed = redeem_reward(
            membership_id=request.membership.pk,
            reward_id=chosen.pk,
            request_key=str(form.cleaned_data["request_key"]),
            channel="portal",
            actor=f"member:{request.membership.member_id}",
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, _told(refusal))
        return redirect("portal:rewards")
    return redirect("portal:redemption", redeemed.pk)


def _told(refusal: DomainError) -> str:
    """The refusal in the member's words: the cause, and what to do now."""
    match refusal:
        case InsufficientPoints():
            return gettext("You do not have enough points for this. Nothing was taken from you.")
        case RewardSoldOut():
            return gettext("The last one was just taken. Your points are all still there.")
        case LimitReached():
            return ngettext(
                "You have had this reward already; it can be had once.",
                "You have had this reward %(limit)s times already; more is not possible.",
                refusal.limit,
            ) % {"limit": refusal.limit}
        case RewardUnavailable():
            return gettext("This reward can no longer be had. Your points are all still there.")
        case KeyConflict():
            return gettext("This page was used before. Choose your reward again.")
    raise refusal


def _by_reach(offer: RewardOffer) -> tuple[bool, bool, int]:
    is_gone = offer.is_sold_out or offer.is_limit_reached
    return (is_gone, not offer.is_within_reach, offer.points)
