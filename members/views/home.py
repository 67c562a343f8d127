"""The first page: for members what they have, for others what they would get."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from loyalty.selectors import balance_card, rule_sentences
from members.access import MemberRequest, require_member
from members.portal import portal_programme
from members.selectors import account_of, card_number, member_statement, tiers_of
from members.views.movements import Narrator

LAST_MOVEMENTS = 5
SOON = timedelta(days=90)
"""From when on a member is told to use what will expire."""
MOST_EXPIRING = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _member_home(request) if request.user.is_authenticated else _landing(request)


@require_member
def _member_home(request: MemberRequest) -> HttpResponse:
    now, membership = timezone.now(), request.membership
    balance = balance_card(account_of(membership), at=now)
    today = timezone.localdate(now)
    soon = [(day, points) for day, points in balance.expiring if day - today <= SOON]
    lines = member_statement(membership, limit=LAST_MOVEMENTS)
    narrator = Narrator(membership)
    context = {
        "now": now,
        "today": today,
        "membership": membership,
        "given_name": membership.member.given_name,
        "card_number": card_number(membership.member_id),
        "balance": balance,
        "expiring_soon": soon[:MOST_EXPIRING],
        "expires_later": None if soon else next(iter(balance.expiring), None),
        "tiers": tiers_of(membership, narrator.language, at=now, book=narrator.book),
        "movements": narrator.movements(lines),
    }
    return render(request, "portal/home.html", context)


def _landing(request: HttpRequest) -> HttpResponse:
    programme = portal_programme()
    rules = rule_sentences(programme.pk, _language(), timezone.now()) if programme else []
    return render(request, "portal/landing.html", {"rules": rules})


@require_safe
@require_member
def card(request: MemberRequest) -> HttpResponse:
    """What the till scans, and nothing else."""
    return render(
        request, "portal/card.html", {"number": card_number(request.membership.member_id)}
    )


@require_safe
@require_member
def earn(request: MemberRequest) -> HttpResponse:
    rules = rule_sentences(request.membership.programme_id, _language(), timezone.now())
    return render(request, "portal/earn.html", {"rules": rules})


def _language() -> str:
    return get_language() or "nl"
