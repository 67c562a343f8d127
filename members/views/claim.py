"""Claiming a purchase at which nobody said who they were, by its receipt."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from loyalty.errors import DomainError
from loyalty.templatetags.figures import number
from members.access import MemberRequest, require_member
from members.errors import ClaimNotFound, ClaimTooLate, ReceiptClaimed, TooManyClaims
from members.forms import ClaimForm
from members.services.claims import claim_by_receipt, claim_sale
from members.services.guest_sales import sale_of_token
from members.types import RecordedActivity


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def claim(request: MemberRequest) -> HttpResponse:
    """The receipt's number, amount and time, typed over."""
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            recorded = claim_by_receipt(
                membership=request.membership,
                receipt=form.cleaned_data["receipt"],
                amount=form.cleaned_data["amount"],
                occurred_at=form.cleaned_data["occurred_at"],
                address=get_adapter().get_client_ip(request),
                at=now,
            )
        except DomainError as refusal:
            form.add_error(None, _in_words(refusal))
        else:
            return _claimed(request, recorded)
    days = request.membership.programme.claim_days
    return render(request, "portal/claim.html", {"form": form, "days": days})


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def claim_by_link(request: MemberRequest, token: str) -> HttpResponse:
    """The code on the receipt says which it is; one button is left."""
    sale = sale_of_token(token, request.membership.programme_id)
    if sale is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            now = timezone.now()
            return _claimed(request, claim_sale(membership=request.membership, sale=sale, at=now))
        except DomainError as refusal:
            problem = _in_words(refusal)
    return render(request, "portal/claim_by_link.html", {"sale": sale, "problem": problem})


def _claimed(request: HttpRequest, recorded: RecordedActivity) -> HttpResponse:
    points = recorded.award.points
    said = ngettext(
        "Your purchase is added. It gave you %(points)s point.",
        "Your purchase is added. It gave you %(points)s points.",
        points,
    )
    messages.success(request, said % {"points": number(points)})
    return redirect("portal:statement")


def _in_words(refusal: DomainError) -> str:
    """Why not, and what to do next."""
    if isinstance(refusal, TooManyClaims):
        moment = date_format(timezone.localtime(refusal.again_at), "j F, H:i")
        return gettext(
            "You have tried often enough for now. From %(moment)s you can try again,"
            " or ask in the shop with your receipt."
        ) % {"moment": moment}
    if isinstance(refusal, ReceiptClaimed):
        return gettext(
            "This receipt has been added already. Is it not among your movements? Then take it to"
            " the shop; they can see what happened."
        )
    if isinstance(refusal, ClaimTooLate):
        return gettext("This receipt is too old to be added.")
    if isinstance(refusal, ClaimNotFound):
        return gettext(
            "We know no receipt with this number, amount and time. A purchase can take a day to"
            " reach us. Check what stands on your receipt, or try again tomorrow."
        )
    return gettext("This receipt cannot be added. Take it to the shop; they will help you.")
