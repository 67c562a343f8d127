"""The mail provider's webhook, read by anymail; it proves itself with WEBHOOK_SECRET."""

import re
from typing import Any

from django.utils import timezone

from campaigns.models import DispatchEvent
from campaigns.services.feedback import Report, take_feedback

Kind = DispatchEvent.Kind
_KINDS = {
    "delivered": Kind.DELIVERED,
    "opened": Kind.OPENED,
    "clicked": Kind.CLICKED,
    "bounced": Kind.BOUNCED,
    "rejected": Kind.BOUNCED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
# Anymail calls every bounce the same; of which kind it is, providers say in words of their own.
_FOR_GOOD = re.compile(r"hard_?bounce|\bpermanent\b|user unknown|\b5\.1\.[0-3]\b", re.IGNORECASE)


def hear(sender: Any, event: Any, **_more: Any) -> None:
    """Receives anymail's tracking signal."""
    kind = _KINDS.get(event.event_type)
    if kind is None or not event.message_id:
        return
    report = Report(
        provider_id=str(event.message_id),
        kind=kind,
        address=event.recipient or "",
        is_hard=event.event_type == "bounced" and _is_for_good(event),
    )
    take_feedback(reports=[report], at=timezone.now())


def _is_for_good(event: Any) -> bool:
    """Whether the address will never work, as opposed to a mailbox that is full today."""
    return event.reject_reason == "invalid" or bool(_FOR_GOOD.search(str(event.esp_event)))
