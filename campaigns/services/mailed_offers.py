"""Offers in a mail: chosen for its reader when it is made, counted as seen once it has left."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from campaigns.messaging.letter import OFFERS
from campaigns.services.offers import ChosenOffer, note_shown, offers_for
from campaigns.services.values import MemberValues
from members.models import Membership


def asks_for_offers(document: Mapping[str, Any]) -> bool:
    """Whether the mail of a message has a place for offers."""
    blocks = (document.get("email") or {}).get("blocks", [])
    return any(block.get("block") == "offers" for block in blocks)


def offers_in_mail(
    membership_ids: Iterable[int], *, at: datetime
) -> dict[int, tuple[Membership, Sequence[ChosenOffer]]]:
    """The offers that suit each of these members now; a few queries for each."""
    found = Membership.objects.filter(pk__in=list(membership_ids))
    memberships = found.select_related("programme", "member")
    return {each.pk: (each, offers_for(each, at=at, limit=OFFERS)) for each in memberships}


def values_of_offers(chosen: Sequence[ChosenOffer]) -> MemberValues:
    """What the mail says of them: title, text with why this reader sees it, and where it leads."""
    values: MemberValues = {}
    for number, offer in enumerate(chosen, start=1):
        values[f"offer_{number}_title"] = offer.title
        values[f"offer_{number}_text"] = {
            language: f"{text} {offer.why.get(language, '')}".strip()
            for language, text in offer.text.items()
        }
        values[f"offer_{number}_link"] = f"{settings.BASE_URL}/offers/"
    return values


def note_mailed(shown: Iterable[tuple[Membership, Sequence[ChosenOffer]]], *, at: datetime) -> None:
    """Count that these members were shown these offers, by mails that left."""
    for membership, offers in shown:
        note_shown(membership=membership, offers=offers, at=at)
