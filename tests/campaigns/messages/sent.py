"""Messages that were sent, for tests of what comes back of them."""

from typing import Any
from uuid import UUID

from campaigns.models import Dispatch, MessageTemplate
from loyalty.models import Programme
from members.models import Membership, Purpose
from members.services.consents import record_consent
from tests.campaigns.messages.documents import WELCOME
from tests.members.shop import NOON

ID = UUID("018f0000-0000-7000-8000-000000000001")


def keep_template(programme: Programme, **fields: Any) -> MessageTemplate:
    said = {"key": "welcome", "name": "Welkom", "document": WELCOME} | fields
    return MessageTemplate.objects.create(
        programme=programme, changed_by="test", changed_at=NOON, **said
    )


def sent(membership: Membership, **fields: Any) -> Dispatch:
    said: dict[str, Any] = {
        "id": ID,
        "key": "welcome",
        "channel": "EMAIL",
        "nature": "MARKETING",
        "purpose": "OFFERS",
        "source": "campaign:welcome",
        "template": "welcome",
        "fate": "SENT",
        "not_before": NOON,
        "created_at": NOON,
        "decided_at": NOON,
        "sent_at": NOON,
    } | fields
    return Dispatch.objects.create(member=membership.member, membership=membership, **said)


def agree(
    membership: Membership,
    purpose: str = Purpose.OFFERS,
    channel: str = "EMAIL",
    *,
    is_given: bool = True,
) -> None:
    record_consent(
        member_id=membership.member_id,
        purpose=purpose,
        channel=channel,
        is_given=is_given,
        text_version="",
        touchpoint="test",
        actor="test",
        at=NOON,
    )
