"""By which channels members can be reached: an address, and a yes to the purpose."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from campaigns.models import Channel, PushSubscription
from members.models import Consent, Identifier
from members.services.consents import may_each
from members.services.pass_notices import with_live_passes

ADDRESSES: Final = {
    Channel.EMAIL: Identifier.Kind.EMAIL,
    Channel.SMS: Identifier.Kind.PHONE,
}


def consent_channel(channel: str) -> str:
    """Which consent a channel asks for: the message box and the wallet have none of their own."""
    return channel if channel in Consent.Channel.values else Consent.Channel.ANY


def reached_by(channel: str, purpose: str, member_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the members whom the channel reaches for that purpose; two queries."""
    agreed = may_each(member_ids=member_ids, purpose=purpose, channel=consent_channel(channel))
    if channel in ADDRESSES:
        known = Identifier.objects.filter(
            member__in=agreed, kind=ADDRESSES[Channel(channel)], blocked_at=None
        )
        return set(known.values_list("member_id", flat=True))
    if channel == Channel.PUSH:
        pushes = PushSubscription.objects.filter(membership__member__in=agreed, gone_at=None)
        return set(pushes.values_list("membership__member_id", flat=True))
    if channel == Channel.WALLET:
        return with_live_passes(member_ids=agreed)
    return agreed
