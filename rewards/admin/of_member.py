"""What a member took and was given, as a part of the member's page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from members.admin.tabs import Tab, register_tab
from members.models import Membership
from rewards.admin.words import (
    GRANT_COLOURS,
    STATE_COLOURS,
    STATES,
    VOUCHER_COLOURS,
    grant_words,
    paid_words,
    voucher_words,
)
from rewards.models import Grant, Redemption

SHOWN = 100
GIVES = "rewards.add_grant"


def _of_member(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    now = timezone.now()
    taken = Redemption.objects.filter(membership=membership)
    taken = taken.select_related("reward__programme", "voucher").order_by("-redeemed_at", "-pk")
    given = Grant.objects.filter(membership=membership)
    given = given.select_related("reward", "occasion").order_by("-granted_at", "-pk")
    may_give = request.user.has_perm(GIVES)
    return {
        "redemptions": [_taken(each, now) for each in taken[:SHOWN]],
        "grants": [_given(each) for each in given[:SHOWN]],
        "give": reverse("admin:rewards_grant_give", args=[membership.member_id])
        if may_give
        else "",
    }


def _taken(redemption: Redemption, now: Any) -> dict[str, Any]:
    voucher = getattr(redemption, "voucher", None)
    standing, said = voucher_words(voucher, now) if voucher else ("", "")
    return {
        "redemption": redemption,
        "name": str(redemption.reward),
        "page": reverse("admin:rewards_redemption_change", args=[redemption.pk]),
        "paid": paid_words(redemption),
        "state": STATES[redemption.state],
        "state_colour": STATE_COLOURS[redemption.state],
        "colour": VOUCHER_COLOURS.get(standing, ""),
        "voucher": said,
    }


def _given(grant: Grant) -> dict[str, Any]:
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    return {
        "grant": grant,
        "name": str(grant.reward) if grant.reward else _("Still to be chosen"),
        "why": grant.reason.get(language, "") or str(grant.occasion or ""),
        "state": grant_words(grant),
        "colour": GRANT_COLOURS[grant.state],
    }


register_tab(
    Tab(
        key="redemptions",
        title=gettext_lazy("Rewards"),
        template="admin/rewards/redemptions_of_member.html",
        context=_of_member,
        permission="rewards.view_redemption",
        place=30,
    )
)
