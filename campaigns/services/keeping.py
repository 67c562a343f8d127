"""What this app keeps of a person, how it is told to them and how it is forgotten."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from campaigns.models import ContactChoice, Dispatch, OfferContact, Participant, PushSubscription
from members.belongings import Keeper, Row, register_keeper
from members.models import Member


def _plain(said: Mapping[str, Any]) -> Row:
    told: Row = msgspec.to_builtins(dict(said))
    return told


def _told_campaigns(member: Member) -> list[Row]:
    rows = Participant.objects.filter(membership__member=member).order_by("entered_at", "pk")
    fields = ("campaign__key", "arm", "state", "entered_at", "finished_at")
    return [_plain(row) for row in rows.values(*fields)]


def _end_campaigns(member: Member, at: datetime) -> int:
    """That somebody was in it is counted for the result; nothing more is done or known of them."""
    mine = Participant.objects.filter(membership__member=member)
    mine.filter(state=Participant.State.ACTIVE).update(
        state=Participant.State.STOPPED, finished_at=at, wake_at=None
    )
    return mine.exclude(context={}).update(context={})


def _told_dispatches(member: Member) -> list[Row]:
    rows = Dispatch.objects.filter(member=member).order_by("created_at", "pk")
    fields = ("channel", "nature", "purpose", "source", "fate", "reason", "created_at", "sent_at")
    return [_plain(row) for row in rows.values(*fields)]


def _strip_dispatches(member: Member, at: datetime) -> int:
    mine = Dispatch.objects.filter(member=member)
    return mine.exclude(context={}, provider_id="").update(context={}, provider_id="")


def _told_offers(member: Member) -> list[Row]:
    rows = OfferContact.objects.filter(membership__member=member).order_by("pk")
    days = ("first_shown_on", "last_shown_on", "days_shown", "followed_at", "dismissed_at")
    return [_plain(row) for row in rows.values("offer__key", *days)]


def _drop_offers(member: Member, at: datetime) -> int:
    return OfferContact.objects.filter(membership__member=member).delete()[0]


def _told_ways(member: Member) -> list[Row]:
    choices = ContactChoice.objects.filter(membership__member=member).order_by("pk")
    pushes = PushSubscription.objects.filter(membership__member=member).order_by("pk")
    told = [_plain(row) for row in choices.values("at_most", "time_zone")]
    return [*told, *(_plain(row) for row in pushes.values("endpoint"))]


def _drop_ways(member: Member, at: datetime) -> int:
    gone = ContactChoice.objects.filter(membership__member=member).delete()[0]
    return gone + PushSubscription.objects.filter(membership__member=member).delete()[0]


def register() -> None:
    """Tell exports and erasures of it; done when the app starts."""
    for keeper in (
        Keeper(
            key="campaigns",
            title=_("Campaigns you were in"),
            export=_told_campaigns,
            erase=_end_campaigns,
        ),
        Keeper(
            key="dispatches",
            title=_("What we sent you, or did not"),
            export=_told_dispatches,
            erase=_strip_dispatches,
        ),
        Keeper(key="offers", title=_("Offers you saw"), export=_told_offers, erase=_drop_offers),
        Keeper(key="contact", title=_("How you hear from us"), export=_told_ways, erase=_drop_ways),
    ):
        register_keeper(keeper)
