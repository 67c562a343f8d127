"""What members agree to, kept as receipts that are added and never changed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from members.errors import MemberUnknown
from members.events import ConsentChanged
from members.models import Consent, Member


@transaction.atomic
def record_consent(
    *,
    member_id: UUID,
    purpose: str,
    channel: str,
    is_given: bool,
    text_version: str,
    touchpoint: str,
    actor: str,
    at: datetime,
) -> Consent:
    """Keep a receipt of what the member agreed to or withdrew; the last one counts.

    Raises MemberUnknown, and InvalidRequest for a purpose or channel that we do not know.
    """
    if purpose not in Consent.Purpose.values:
        raise InvalidRequest("We do not know this purpose.", field="purpose")
    if channel not in Consent.Channel.values:
        raise InvalidRequest("We do not know this channel.", field="channel")
    if not Member.objects.select_for_update().filter(pk=member_id).exists():
        raise MemberUnknown("There is no such member.")
    consent = Consent.objects.create(
        member_id=member_id,
        purpose=purpose,
        channel=channel,
        is_given=is_given,
        text_version=text_version,
        touchpoint=touchpoint,
        actor=actor,
        recorded_at=at,
    )
    event = ConsentChanged(
        subject=member_id,
        occurred_at=at,
        purpose=purpose,
        channel=channel,
        is_given=is_given,
        text_version=text_version,
        touchpoint=touchpoint,
    )
    publish(event, at=at)
    return consent
