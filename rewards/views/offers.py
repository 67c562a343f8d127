"""One reward: what it is, what it costs, what is left after; and the one button that redeems it."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.errors import DomainError
from loyalty.models import Location
from members.access import MemberRequest, require_member
from members.models import Membership
from members.portal import portal_programme
from rewards.eligibility import ends_at
from rewards.kinds import (
    Partner,
    Proof,
    Tender,
    Terms,
    next_step,
    proof_of,
    sentence_of,
    tender_worth,
)
from rewards.models import Reward, RewardPicture
from rewards.selectors import RewardOffer, catalogue, offer_of, usable_points
from rewards.services.redemption import redeem_reward
from rewards.views.wishes import TenderForm, WishForm, in_words
from rewards.views.words import Why, refused

PICTURES = cache_control(public=True, max_age=31_536_000, immutable=True)


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def reward(request: MemberRequest, key: str) -> HttpResponse:
    """One reward, and the one button that redeems it."""
    found = catalogue(request.membership.programme_id, at=timezone.now()).filter(key=key).first()
    if found is None:
        raise Http404
    offer = offer_of(request.membership, found, at=timezone.now(), channel="portal")
    if isinstance(offer.terms, Tender):
        return _tender(request, offer, offer.terms)
    if request.method == "POST":
        return _redeem(request, offer)
    return _page(request, offer, form_for(request.membership, found, offer.terms))


@require_safe
@PICTURES
def picture(request: HttpRequest, key: str) -> HttpResponse:
    """A reward's picture; pages ask for it by its digest, so that it may be kept for ever."""
    programme = portal_programme()
    found = RewardPicture.objects.filter(
        reward__programme=programme, reward__key=key, reward__state=Reward.State.LIVE
    ).first()
    if programme is None or found is None:
        raise Http404
    return HttpResponse(bytes(found.content), content_type="image/webp")


def form_for(
    membership: Membership,
    reward: Reward,
    terms: Terms,
    data: Any = None,
    *,
    is_given: bool = False,
) -> WishForm:
    """The fields that this reward asks of this member."""
    places: list[str] = []
    if proof_of(terms) is Proof.DELIVERY:
        known = Location.objects.filter(programme_id=membership.programme_id).order_by("name")
        places = reward.locations or list(known.values_list("name", flat=True))
    member = membership.member
    named = f"{member.given_name} {member.family_name}".strip()
    return WishForm(
        data,
        terms=terms,
        locations=places,
        is_final=not is_given and not can_undo(reward, terms),
        initial={"recipient": named, "country": "NL"},
    )


def can_undo(reward: Reward, terms: Terms) -> bool:
    """Whether the member may change their mind for a while."""
    return bool(reward.undo_minutes) and not isinstance(terms, Partner)


def told_of(reward: Reward, terms: Terms) -> dict[str, Any]:
    """What a page tells of a reward: its sentence, what comes next, until when, where."""
    programme = reward.programme
    zone = ZoneInfo(programme.time_zone)
    return {
        "sentence": in_words(sentence_of(terms, currency=programme.currency, zone=zone)),
        "next_step": in_words(next_step(terms)),
        "ends_at": ends_at(reward, terms),
        "is_handed_in": proof_of(terms) is Proof.VOUCHER,
        "can_undo": can_undo(reward, terms),
    }


def _tender(request: MemberRequest, offer: RewardOffer, terms: Tender) -> HttpResponse:
    """Points as money are taken at the till, of a basket: here the member sees what they are worth."""
    if request.method == "POST":
        return HttpResponseNotAllowed(["GET", "HEAD"])
    form = TenderForm(request.GET if "points" in request.GET else None, terms=terms)
    worth = tender_worth(terms, form.cleaned_data["points"]) if form.is_valid() else None
    return _page(request, offer, form, worth=worth)


def _page(
    request: MemberRequest, offer: RewardOffer, form: WishForm | TenderForm, **more: Any
) -> HttpResponse:
    now = timezone.now()
    usable = usable_points(request.membership, at=now)
    context = {
        "offer": offer,
        "usable": usable,
        "left_after": usable - offer.points,
        "why": Why(request.membership).of(offer),
        "form": form,
        "currency": request.membership.programme.currency,
        **told_of(offer.reward, offer.terms),
        **more,
    }
    return render(request, "rewards/reward.html", context)


def _redeem(request: MemberRequest, offer: RewardOffer) -> HttpResponse:
    membership, wanted = request.membership, offer.reward
    form = form_for(membership, wanted, offer.terms, request.POST)
    if not form.is_valid():
        if not form.is_keyed:
            raise Http404
        return _page(request, offer, form)
    try:
        redeemed = redeem_reward(
            membership_id=membership.pk,
            reward_id=wanted.pk,
            request_key=str(form.cleaned_data["request_key"]),
            channel="portal",
            actor=f"member:{membership.member_id}",
            at=timezone.now(),
            choice=form.choice(),
            delivery=form.delivery(),
        )
    except DomainError as refusal:
        messages.error(request, refused(refusal))
        return redirect("portal:rewards")
    messages.success(request, gettext("It is yours."))
    return redirect("portal:redemption", redeemed.pk)
