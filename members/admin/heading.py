"""What a member's page opens with: a sentence, who it is, what they hold, and their picture."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from loyalty.models import Account
from loyalty.selectors import BalanceCard, balance_card
from loyalty.services.rulebook import current_rulebook
from loyalty.templatetags.figures import card as card_shown
from loyalty.templatetags.figures import day, money, number, points
from loyalty.types import Language
from members.admin.words import CHANNELS, CONSENT_CHANNELS, PURPOSES, TOUCHPOINTS, word
from members.models import Consent, Identifier, Membership
from members.selectors import tiers_of
from members.services.picture import Month, Picture, picture_of

SPARK_HIGH, SPARK_STEP, SPARK_BAR = 48, 18, 12
POINTS = "points"


def heading(request: HttpRequest, membership: Membership, *, at: datetime) -> dict[str, Any]:
    """All that stands above the tabs; the same number of queries for whatever they did."""
    book = current_rulebook(programme_id=membership.programme_id)
    language: Language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    accounts = list(
        Account.objects.select_related("unit")
        .filter(
            unit__programme=membership.programme_id,
            kind=Account.Kind.MEMBER,
            holder=membership.holder,
        )
        .order_by("unit_id")
    )
    account = next(each for each in accounts if each.unit.code == POINTS)
    card = balance_card(account.pk, at=at)
    tiers = [each for each in tiers_of(membership, language, at=at, book=book) if each.tier]
    picture = picture_of(membership, at=at)
    return {
        "card": card,
        "sentence": _sentence(membership, [each.tier_name for each in tiers], picture, at),
        "state": _state(membership),
        "holding": _holding(card, at),
        "who": [_identifier(each) for each in membership.member.identifiers.all()],
        "joined_through": word(TOUCHPOINTS, membership.joined_through),
        "units": [
            {
                "name": each.unit.name_nl if language == "nl" else each.unit.name_en,
                "held": number(each.balance),
            }
            for each in accounts
            if each.unit.code != POINTS
        ],
        "tiers_held": tiers,
        "agreed": agreed_by(membership),
        "picture": drawn(picture, membership, book.labels, language),
    }


def _sentence(membership: Membership, tiers: list[str], picture: Picture, at: datetime) -> str:
    """Who, since when, through what, which tier, and when they last bought."""
    words = {
        "member": membership.member,
        "since": day(membership.joined_at),
        "through": word(TOUCHPOINTS, membership.joined_through),
        "location": membership.joined_location,
    }
    if membership.joined_location:
        said = _(
            "%(member)s has been a member since %(since)s, through %(through)s in %(location)s"
        )
    else:
        said = _("%(member)s has been a member since %(since)s, through %(through)s")
    return "; ".join([str(said % words), *tiers, _last(picture, at)]) + "."


def _last(picture: Picture, at: datetime) -> str:
    if picture.last_at is None:
        return _("has not done anything yet")
    local, today = timezone.localtime(picture.last_at).date(), timezone.localtime(at).date()
    days = (today - local).days
    if days <= 0:
        return _("was last seen today")
    return ngettext("was last seen %(days)s day ago", "was last seen %(days)s days ago", days) % {
        "days": number(days)
    }


def _holding(card: BalanceCard, at: datetime) -> str:
    """As "1,240 points, worth €12.40; 200 are on their way; 100 lapse on 31 December 2026"."""
    parts = [
        _("%(points)s, worth %(worth)s")
        % {"points": points(card.points), "worth": money(card.worth, card.currency)}
    ]
    if card.pending:
        parts.append(_("%s on their way") % points(card.pending))
    if card.held:
        parts.append(_("%s set aside") % points(card.held))
    if card.owed:
        parts.append(_("%s to earn back") % points(card.owed))
    for last_day, lapsing in card.expiring[:1]:
        parts.append(
            _("%(points)s lapse on %(day)s") % {"points": points(lapsing), "day": day(last_day)}
        )
    return "; ".join(parts) + "."


def _state(membership: Membership) -> str:
    member = membership.member
    if member.erased_at:
        return _("Forgotten")
    if member.merged_into_id:
        return _("Merged into another record")
    return _("Signs in") if member.user_id else _("Does not sign in yet")


def _identifier(identifier: Identifier) -> dict[str, Any]:
    is_card = identifier.kind == Identifier.Kind.CARD
    marks = []
    if identifier.blocked_at:
        marks.append(_("blocked"))
    elif identifier.verified_at:
        marks.append(_("verified"))
    if identifier.is_virtual:
        marks.append(_("on the phone"))
    return {
        "kind": identifier.system or Identifier.Kind(identifier.kind).label,
        "value": card_shown(identifier.value) if is_card else identifier.value,
        "marks": ", ".join(marks),
        "is_blocked": bool(identifier.blocked_at),
    }


def agreed_by(membership: Membership) -> list[str]:
    """The consents in force: the last receipt of each purpose and channel, when it was given."""
    receipts = membership.member.consents.order_by("purpose", "channel", "-pk")
    last: list[Consent] = list(receipts.distinct("purpose", "channel"))
    return [
        f"{word(PURPOSES, each.purpose)}, {str(word(CONSENT_CHANNELS, each.channel)).lower()}"
        for each in last
        if each.is_given
    ]


def drawn(
    picture: Picture, membership: Membership, labels: Any, language: Language
) -> dict[str, Any]:
    """The picture as the page shows it: bars, figures, favourites."""
    currency = membership.programme.currency
    return {
        "known": picture.purchases > 0,
        "purchases": number(picture.purchases),
        "amount": money(picture.amount, currency),
        "average": money(picture.average, currency),
        "months": [
            {
                "first": month.first,
                "purchases": number(month.purchases),
                "amount": money(month.amount, currency),
            }
            for month in reversed(picture.months)
        ],
        "bars": _bars(picture.months),
        "wide": len(picture.months) * SPARK_STEP,
        "high": SPARK_HIGH,
        "categories": [
            (labels.get(each.key, {}).get(language, each.key), number(each.times))
            for each in picture.categories
        ],
        "locations": [(each.key, number(each.times)) for each in picture.locations],
        "seen": [(word(CHANNELS, channel), at) for channel, at in picture.seen],
    }


def _bars(months: list[Month]) -> list[dict[str, int]]:
    most = max((month.purchases for month in months), default=0) or 1
    bars: list[dict[str, int]] = []
    for place, month in enumerate(months):
        high = max(1, round(month.purchases * SPARK_HIGH / most)) if month.purchases else 1
        bars.append(
            {"x": place * SPARK_STEP, "y": SPARK_HIGH - high, "wide": SPARK_BAR, "high": high}
        )
    return bars
