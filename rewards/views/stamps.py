"""The member's stamp cards, drawn as cards."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import MemberRequest, require_member
from rewards.services.held_cards import stamp_cards_of


@require_safe
@require_member
def stamps(request: MemberRequest) -> HttpResponse:
    """What is on each card, what fills it, what it gives, and which stamps lapse when."""
    now = timezone.now()
    cards = stamp_cards_of(request.membership, at=now)
    context = {"cards": cards, "today": timezone.localdate(now)}
    return render(request, "rewards/stamps.html", context)
