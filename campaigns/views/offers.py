"""The member's offers: what was chosen for them and why, put away and fetched back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from campaigns.errors import OfferUnknown
from campaigns.selectors import dismissed_offers
from campaigns.services.offers import dismiss_offer, follow_offer, note_shown, offers_for
from members.access import MemberRequest, require_member


@require_safe
@require_member
def offers(request: MemberRequest) -> HttpResponse:
    """All offers for the member, those that they put away below; counted as shown."""
    now, membership = timezone.now(), request.membership
    chosen = offers_for(membership, at=now)
    if request.method == "GET":
        note_shown(membership=membership, offers=chosen, at=now)
    hidden = dismissed_offers(membership, at=now)
    put_away = next((one for one in hidden if one.key == request.GET.get("hidden")), None)
    context = {"offers": chosen, "hidden": hidden, "put_away": put_away}
    return render(request, "campaigns/offers.html", context)


@require_POST
@require_member
def offer(request: MemberRequest, key: str) -> HttpResponse:
    """Where the offer leads: its reward, its own address, or how points are earned."""
    try:
        followed = follow_offer(membership=request.membership, key=key, at=timezone.now())
    except OfferUnknown:
        return _gone(request)
    if followed.reward is not None:
        return redirect("portal:reward", key=followed.reward.key)
    return redirect(followed.link or "portal:earn")


@require_POST
@require_member
def offer_dismiss(request: MemberRequest, key: str) -> HttpResponse:
    """Not interesting: gone, with the way back at hand."""
    return _mind(request, key, is_dismissed=True)


@require_POST
@require_member
def offer_restore(request: MemberRequest, key: str) -> HttpResponse:
    """Interesting after all."""
    return _mind(request, key, is_dismissed=False)


def _mind(request: MemberRequest, key: str, *, is_dismissed: bool) -> HttpResponse:
    try:
        put_away = dismiss_offer(
            membership=request.membership, key=key, at=timezone.now(), is_dismissed=is_dismissed
        )
    except OfferUnknown:
        return _gone(request)
    answer = redirect("portal:offers")
    if is_dismissed:
        answer["Location"] += f"?hidden={put_away.key}"
    return answer


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/offer_gone.html", status=404)
