"""What members are told of their rewards in the message box."""

from collections.abc import Sequence

from django.db.models import F

from loyalty.models import OutboxEvent
from loyalty.types import Words
from members.services.messages import MessageDraft
from members.services.outgoing import announce
from rewards.models import Redemption

TITLE: Words = {"nl": "Je code voor {reward} staat klaar", "en": "Your code for {reward} is ready"}
TEXT: Words = {
    "nl": "Laat de code zien aan de kassa of vul hem in de webwinkel in.",
    "en": "Show the code at the till or enter it in the webshop.",
}


def tell_of_redemptions(*, events: Sequence[OutboxEvent]) -> None:
    """A message with the way to its code for every redemption; two queries."""
    wanted = {event.payload["redemption"] for event in events}
    found = Redemption.objects.select_related("reward").filter(pk__in=wanted)
    found = found.exclude(grant__granted_at=F("redeemed_at"))  # told with what was given
    drafts = [
        MessageDraft(
            membership_id=one.membership_id,
            key=f"redeemed:{one.pk}",
            kind="service",
            title={
                "nl": TITLE["nl"].format(reward=one.reward.name_nl)[:120],
                "en": TITLE["en"].format(reward=one.reward.name_en)[:120],
            },
            text=TEXT,
            link=f"/redemptions/{one.pk}/",
            sent_at=one.redeemed_at,
        )
        for one in found
    ]
    announce(messages=drafts)
