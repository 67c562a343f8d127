"""The member's card: what the till scans."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.access import MemberRequest, require_member
from members.portal import at_hand, has_blocked_card


@require_safe
@require_member
def card(request: MemberRequest) -> HttpResponse:
    """What the till scans, and nothing else; without a card, what to do."""
    number = at_hand(request.membership).card
    is_blocked = not number and has_blocked_card(request.membership.member_id)
    return render(request, "portal/card.html", {"number": number, "is_blocked": is_blocked})
