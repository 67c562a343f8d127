"""What a webhook and the feed say: an event in the shape of CloudEvents 1.0, signed.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from standardwebhooks import Webhook

from loyalty.models import OutboxEvent

TEST = "trouw.webhook_test.v1"


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened. `id` is the same however often it is told: keep it to know repeats.

    `subject` is whom it is about, an opaque id; `data` has what there is to say for its `type`.
    """

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: Literal["application/json"]
    subject: UUID | None = None
    data: dict[str, Any]


def envelope_of(event: OutboxEvent, *, programme: str) -> Envelope:
    """The event as it is told to a system of that programme."""
    return Envelope(
        specversion="1.0",
        id=f"evt_{event.pk}",
        source=f"/programmes/{programme}",
        type=event.name,
        time=event.occurred_at,
        datacontenttype="application/json",
        subject=event.subject,
        data=event.payload,
    )


def test_envelope(number: int, *, programme: str, at: datetime) -> Envelope:
    """What a test says: nothing happened."""
    return Envelope(
        specversion="1.0",
        id=f"test_{number}",
        source=f"/programmes/{programme}",
        type=TEST,
        time=at,
        datacontenttype="application/json",
        data={"test": True},
    )


def new_secret() -> str:
    """A secret of 256 random bits, as Standard Webhooks writes it."""
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


def signed_headers(
    message_id: str, body: bytes, *, secrets: Sequence[str], at: datetime
) -> dict[str, str]:
    """The headers by which a receiver knows that the body is ours, by each of the secrets."""
    signatures = [Webhook(each).sign(message_id, at, body.decode()) for each in secrets]
    return {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "Trouw-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
