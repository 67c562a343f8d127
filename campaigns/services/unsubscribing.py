"""Stopping by the link in a message: no signing in, one click, a receipt of it."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from campaigns.errors import LinkUnknown
from campaigns.messaging.links import Use, read_token
from campaigns.models import Dispatch, DispatchEvent
from loyalty.types import Language
from members.models import Consent
from members.services.consents import may, record_consent

ACTOR = "link"  # whoever holds the message; the receipt says by what it was
TOUCHPOINT = "message"
_CHANNELS = set(Consent.Channel.values)


class Stopping(msgspec.Struct, frozen=True, kw_only=True):
    """What a link in a message would stop, and whether that is still on."""

    dispatch_id: UUID
    member_id: UUID | None  # None: they were erased, there is nothing left to stop
    purpose: str
    channel: str
    language: Language
    programme: str
    is_on: bool


def stopping(*, token: str) -> Stopping:
    """What this link stops; changes nothing. Raises LinkUnknown."""
    dispatch = _dispatch(token)
    member, purpose = dispatch.member, dispatch.purpose
    channel = dispatch.channel if dispatch.channel in _CHANNELS else Consent.Channel.ANY
    membership = dispatch.membership
    return Stopping(
        dispatch_id=dispatch.pk,
        member_id=member.pk if member else None,
        purpose=purpose,
        channel=channel,
        language=member.language if member else "nl",
        programme=membership.programme.name if membership else "",
        is_on=bool(member and may(member_id=member.pk, purpose=purpose, channel=channel)),
    )


@transaction.atomic
def unsubscribe(*, token: str, is_everything: bool = False, at: datetime) -> Stopping:
    """Withdraw what the message was sent for, on its channel or on all, with a receipt.

    Asked again it does nothing more. Raises LinkUnknown.
    """
    said = stopping(token=token)
    if said.member_id is None:
        return said
    wanted = Consent.Channel.values if is_everything else [said.channel]
    on = {
        channel
        for channel in wanted
        if may(member_id=said.member_id, purpose=said.purpose, channel=channel)
    }
    if on:
        channel = Consent.Channel.ANY if is_everything else said.channel
        record_consent(
            member_id=said.member_id,
            purpose=said.purpose,
            channel=channel,
            is_given=False,
            text_version="",
            touchpoint=TOUCHPOINT,
            actor=ACTOR,
            at=at,
        )
    DispatchEvent.objects.bulk_create(
        [DispatchEvent(dispatch_id=said.dispatch_id, kind=DispatchEvent.Kind.UNSUBSCRIBED, at=at)],
        ignore_conflicts=True,
    )
    return stopping(token=token)


def _dispatch(token: str) -> Dispatch:
    wanted = Dispatch.objects.select_related("member", "membership__programme")
    dispatch = wanted.filter(pk=read_token(token, Use.STOP)).first()
    if dispatch is None or not dispatch.purpose:
        raise LinkUnknown("We do not know this link.")
    return dispatch
