from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from loyalty.events import dispatch_pending
from loyalty.models import WebhookDelivery, WebhookEndpoint
from loyalty.services.delivering import claim_due, try_delivery
from loyalty.services.webhooks import add_endpoint
from members.services.activities import record_activity
from members.types import ActivitySubmission, LineSubmission
from tests.members.shop import CARD, NOON, Shop, open_shop
from tests.webhooks.receiver import Receiver, receiver


class Wire:
    """A shop where things happen, and endpoints that are told."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def buys(self, number: int) -> None:
        """Anna buys for ten euros; the relay hands on what that said."""
        record_activity(
            book=self.shop.book,
            submission=ActivitySubmission(
                type="purchase",
                source="till",
                external_id=f"receipt-{number}",
                member=CARD,
                occurred_at=NOON,
                lines=[LineSubmission(product="p-1", amount="10.00")],
            ),
            actor="test",
            at=NOON,
        )
        while dispatch_pending(at=NOON):
            pass

    def endpoint(self, url: str, *names: str) -> tuple[WebhookEndpoint, str]:
        return add_endpoint(
            programme_id=self.shop.programme.pk,
            url=url,
            description="",
            event_names=names,
            at=NOON,
        )

    def deliver(self, *, at: datetime = NOON) -> list[WebhookDelivery]:
        """Try what is due, one after the other, as the sender does."""
        begun = claim_due(at=at)
        for each in begun:
            try_delivery(each, at=at)
        return begun


@pytest.fixture
def wire(db: None, settings: Any) -> Wire:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    wire = Wire(open_shop())
    while dispatch_pending(at=timezone.now()):
        pass
    return wire


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as each:
        yield each
