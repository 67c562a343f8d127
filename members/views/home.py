"""The first page: for members what they have, for others what they would get."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from loyalty.selectors import balance_card, rule_sentences, statement
from loyalty.services.held_tiers import HeldTier, tiers_held
from members.access import MemberRequest, require_member
from members.models import Membership
from members.portal import at_hand, portal_programme
from members.services.messages import unread_messages
from members.views.movements import Narrator

LAST_MOVEMENTS = 5
SOON = timedelta(days=90)
"""From when on a member is told to use what will expire."""
MOST_EXPIRING = 3
MOST_MESSAGES = 2
MOST_DATES = 12
MOST_RULES = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _member_home(request) if request.user.is_authenticated else _landing(request)


@require_member
def _member_home(request: MemberRequest) -> HttpResponse:
    """At most fourteen queries, however long the member's history; one of them once a day."""
    now, membership = timezone.now(), request.membership
    known = at_hand(membership)
    balance = balance_card(known.points_account, at=now)
    today = timezone.localdate(now)
    soon = [(day, points) for day, points in balance.expiring if day - today <= SOON]
    narrator = Narrator(membership)
    lines = statement(known.points_account, limit=LAST_MOVEMENTS)
    unread = list(unread_messages(membership)[:MOST_MESSAGES]) if known.has_unread else []
    context = {
        "now": now,
        "today": today,
        "membership": membership,
        "given_name": membership.member.given_name,
        "card_number": known.card,
        "balance": balance,
        "expiring_soon": soon[:MOST_EXPIRING],
        "all_expiring": balance.expiring[:MOST_DATES] if len(balance.expiring) > 1 else [],
        "expires_later": None if soon else next(iter(balance.expiring), None),
        "tiers": _tiers(membership, narrator, known.points_account),
        "movements": narrator.movements(lines),
        "unread": unread,
    }
    return render(request, "portal/home.html", context)


def _tiers(membership: Membership, narrator: Narrator, account_id: int) -> list[HeldTier]:
    book = narrator.book
    if not book.rule_set.tier_sets:
        return []
    return tiers_held(
        book=book,
        account_id=account_id,
        joined_on=membership.joined_at.astimezone(book.zone).date(),
        at=timezone.now(),
        language=narrator.language,
    )


def _landing(request: HttpRequest) -> HttpResponse:
    programme = portal_programme()
    language = "en" if get_language() == "en" else "nl"
    rules = rule_sentences(programme.pk, language, timezone.now()) if programme else []
    return render(request, "portal/landing.html", {"rules": rules[:MOST_RULES]})
