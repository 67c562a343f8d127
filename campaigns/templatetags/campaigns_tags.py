"""What campaigns show on pages of others."""

from datetime import datetime
from typing import Any, TypedDict

from django import template
from django.utils.translation import get_language

from campaigns.services.offers import ON_HOME, ChosenOffer, note_shown, offers_for
from loyalty.services.rulebook import rulebook
from loyalty.types import Words
from members.models import Membership
from members.portal import configuration_of

register = template.Library()


class OffersPanel(TypedDict):
    """The offers that suit best."""

    offers: list[ChosenOffer]
    csrf_token: Any


@register.filter
def in_language(words: Words) -> str:
    """What is kept in both languages, in the one of the page."""
    return words.get("nl" if get_language() == "nl" else "en", "")


@register.inclusion_tag("campaigns/_offers_panel.html", takes_context=True)
def offers_panel(context: Any, membership: Membership, now: datetime) -> OffersPanel:
    """Two or three offers; one query, and one more to count them on the first view of a day."""
    programme = membership.programme
    tiers = {held.tier for held in context.get("tiers", []) if held.tier}
    chosen = offers_for(
        membership,
        at=now,
        limit=ON_HOME,
        book=rulebook(programme_id=programme.pk, configuration=configuration_of(programme)),
        tiers=frozenset(tiers),
    )
    if context["request"].method == "GET":
        note_shown(membership=membership, offers=chosen, at=now)
    return {"offers": chosen, "csrf_token": context.get("csrf_token")}
