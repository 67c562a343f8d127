"""What members are told of the steps of what they took: sent, ready, booked, given back.

Where it goes and under which number stands on its page alone.
"""

from collections.abc import Sequence

from loyalty.models import OutboxEvent
from loyalty.types import Words
from members.services.messages import MessageDraft
from members.services.outgoing import announce
from rewards.models import Redemption

LONGEST = 120

# By the step of a delivery, or by the event: title and text.
SAID: dict[str, tuple[Words, Words]] = {
    "READY": (
        {"nl": "{reward} ligt voor je klaar", "en": "{reward} is ready for you"},
        {"nl": "Je kunt het nu ophalen.", "en": "You can collect it now."},
    ),
    "SHIPPED": (
        {"nl": "{reward} is onderweg", "en": "{reward} is on its way"},
        {
            "nl": "Kijk bij je beloning hoe je het pakje kunt volgen.",
            "en": "See at your reward how to follow the parcel.",
        },
    ),
    "BOOKED": (
        {"nl": "{reward} is voor je geboekt", "en": "{reward} is booked for you"},
        {
            "nl": "Kijk bij je beloning wanneer en waar.",
            "en": "See at your reward when and where.",
        },
    ),
    "rewards.redemption_cancelled.v1": (
        {"nl": "{reward} is geannuleerd", "en": "{reward} was cancelled"},
        {
            "nl": "Wat je ervoor betaald had, heb je terug.",
            "en": "You have back what you paid for it.",
        },
    ),
    "rewards.redemption_returned.v1": (
        {"nl": "{reward} is teruggenomen", "en": "{reward} was taken back"},
        {
            "nl": "Wat je ervoor betaald had, heb je terug.",
            "en": "You have back what you paid for it.",
        },
    ),
}
_GIVEN: Words = {"nl": "Je hoeft niets te doen.", "en": "There is nothing you need to do."}


def tell_of_steps(*, events: Sequence[OutboxEvent]) -> None:
    """A message for every step that a member has to know of; once each, in two queries."""
    told = {event.pk: said for event in events if (said := SAID.get(_name(event)))}
    wanted = {event.payload["redemption"] for event in events if event.pk in told}
    found = Redemption.objects.select_related("reward").filter(pk__in=wanted)
    there = {str(each.pk): each for each in found}
    drafts = [
        _draft(event, there[event.payload["redemption"]], *told[event.pk])
        for event in events
        if event.pk in told and event.payload["redemption"] in there
    ]
    announce(messages=drafts)


def _name(event: OutboxEvent) -> str:
    return str(event.payload.get("step", event.name))


def _draft(event: OutboxEvent, one: Redemption, title: Words, text: Words) -> MessageDraft:
    is_back = event.name.startswith("rewards.redemption_")
    names = {"nl": one.reward.name_nl, "en": one.reward.name_en}
    return MessageDraft(
        membership_id=one.membership_id,
        key=f"step:{event.pk}",
        kind="service",
        title={
            language: title[language].format(reward=name)[:LONGEST]
            for language, name in names.items()
        },
        text=_GIVEN if is_back and not one.points else text,
        link=f"/redemptions/{one.pk}/",
        sent_at=event.occurred_at,
    )
