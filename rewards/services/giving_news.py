"""What members are told of what they were given: why, what it is, and until when it waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.models import OutboxEvent
from loyalty.types import Words
from members.services.messages import MessageDraft
from members.services.news import MONTHS
from members.services.outgoing import announce
from rewards.models import Grant

READY: Words = {"nl": "{reward} staat voor je klaar.", "en": "{reward} is ready for you."}
TO_TAKE: Words = {
    "nl": "{reward} ligt voor je klaar. Je kunt het ophalen tot en met {day}.",
    "en": "{reward} is waiting for you. You can take it until {day}.",
}
CHOICE: Words = {
    "nl": "Kies zelf wat je krijgt. Dat kan tot en met {day}.",
    "en": "Choose what you get. You can do so until {day}.",
}
SURPRISE: Words = {
    "nl": "Er wacht een verrassing op je. Je kunt haar openen tot en met {day}.",
    "en": "A surprise is waiting for you. You can open it until {day}.",
}
FALLBACK: Words = {"nl": "Een cadeau voor jou", "en": "A gift for you"}
LONGEST = 120


def tell_of_grants(*, events: Sequence[OutboxEvent]) -> None:
    """A message for everything that was given, with the way to it; once each, in two queries."""
    wanted = {event.payload["grant"] for event in events}
    found = Grant.objects.filter(pk__in=wanted).select_related(
        "reward", "redemption", "membership__programme"
    )
    drafts = [_draft(grant) for grant in found.order_by("pk")]
    announce(messages=drafts)


def _draft(grant: Grant) -> MessageDraft:
    redemption = getattr(grant, "redemption", None)
    shape = READY if redemption else _waiting(grant)
    return MessageDraft(
        membership_id=grant.membership_id,
        key=f"grant:{grant.pk}",
        kind="offer",
        title={
            language: grant.reason.get(language, FALLBACK[language])[:LONGEST]
            for language in FALLBACK
        },
        text={language: _filled(shape[language], grant, language) for language in FALLBACK},
        link=f"/redemptions/{redemption.pk}/" if redemption else f"/gifts/{grant.pk}/",
        sent_at=grant.granted_at,
    )


def _waiting(grant: Grant) -> Words:
    if grant.is_surprise:
        return SURPRISE
    return TO_TAKE if grant.reward else CHOICE


def _filled(sentence: str, grant: Grant, language: str) -> str:
    reward = ""
    if grant.reward is not None:
        reward = grant.reward.name_nl if language == "nl" else grant.reward.name_en
    zone = ZoneInfo(grant.membership.programme.time_zone)
    day = _last_day(grant.expires_at, zone, language) if grant.expires_at else ""
    return sentence.format(reward=reward, day=day)


def _last_day(until: datetime, zone: ZoneInfo, language: str) -> str:
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    return f"{last.day} {MONTHS[language][last.month - 1]} {last.year}"
