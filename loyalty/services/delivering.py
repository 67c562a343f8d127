"""Webhooks on their way: noted with the events, tried until they arrive or three days are over.

At least once, in no order that a receiver may count on; an event keeps its id however often it is
sent. No endpoint waits for another: each has only so many tries under way at once.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from django.conf import settings
from django.db import transaction

from loyalty.events import listen
from loyalty.models import OutboxEvent, WebhookDelivery, WebhookEndpoint
from loyalty.services.event_catalogue import outgoing_names
from loyalty.services.webhooks import secrets_of
from loyalty.webhooks.envelope import envelope_of, signed_headers, test_envelope
from loyalty.webhooks.posting import Answered, post
from loyalty.webhooks.schedule import asked_wait, next_attempt

AT_ONCE = 4  # tries under way for one endpoint
LEASE = timedelta(seconds=60)  # after so long a try that nobody ended may be begun again
KEPT_FOR = timedelta(days=30)
GONE, TOO_MANY, UNAVAILABLE = 410, 429, 503

State = WebhookDelivery.State
Post = Callable[..., Answered]

log = structlog.get_logger()
_lot = random.Random()  # noqa: S311  spreads tries, guards nothing


@listen
def note_deliveries(events: Sequence[OutboxEvent]) -> None:
    """Note for every event to which endpoints it goes, in the transaction that hands it on.

    A campaign's own webhook goes to the endpoint with the address that the campaign names.
    """
    endpoints = WebhookEndpoint.objects.filter(is_active=True).only(
        "programme_id", "event_names", "url"
    )
    known = list(endpoints)
    if not known:
        return
    at = max(event.recorded_at for event in events)
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(endpoint=each, event=event, next_attempt_at=at, created_at=at)
            for event in events
            for each in known
            if _goes_to(event, each)
        ],
        ignore_conflicts=True,
    )


def _goes_to(event: OutboxEvent, endpoint: WebhookEndpoint) -> bool:
    if endpoint.programme_id not in event.programmes or event.name not in outgoing_names():
        return False
    if "url" in event.payload:
        return bool(event.payload["url"] == endpoint.url)
    return not endpoint.event_names or event.name in endpoint.event_names


@transaction.atomic
def claim_due(*, at: datetime, under_way: Sequence[int] = ()) -> list[WebhookDelivery]:
    """Begin the tries that are due: of each endpoint at most AT_ONCE with those `under_way`.

    `under_way` has the endpoint of each try that this process has not ended. Safe many at once.
    """
    begun: list[WebhookDelivery] = []
    for endpoint in WebhookEndpoint.objects.filter(is_active=True).order_by("pk"):
        free = AT_ONCE - under_way.count(endpoint.pk)
        if free <= 0 or (endpoint.paused_until and endpoint.paused_until > at):
            continue
        due = endpoint.deliveries.filter(state=State.WAITING, next_attempt_at__lte=at)
        begun += due.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True)[:free]
    for delivery in begun:
        delivery.attempts += 1
        delivery.next_attempt_at = at + LEASE
    WebhookDelivery.objects.bulk_update(begun, ["attempts", "next_attempt_at"])
    return begun


def try_delivery(delivery: WebhookDelivery, *, at: datetime, post: Post = post) -> None:
    """Send what was claimed and write down what came of it."""
    endpoint = (
        WebhookEndpoint.objects.select_related("programme")
        .prefetch_related("secrets")
        .get(pk=delivery.endpoint_id)
    )
    slug = endpoint.programme.slug
    if delivery.event_id is None:
        envelope = test_envelope(delivery.pk, programme=slug, at=delivery.created_at)
    else:
        event = OutboxEvent.objects.get(pk=delivery.event_id)
        envelope = envelope_of(event, programme=slug)
    body = msgspec.json.encode(envelope)
    secrets = secrets_of(endpoint, at=at)
    answered = post(
        endpoint.url,
        body,
        signed_headers(envelope.id, body, secrets=secrets, at=at),
        may_be_private=settings.WEBHOOKS_MAY_BE_PRIVATE,
    )
    _write_down(delivery, answered, at)


@transaction.atomic
def _write_down(delivery: WebhookDelivery, answered: Answered, at: datetime) -> None:
    status = answered.status or 0
    if 200 <= status < 300:  # noqa: PLR2004  what HTTP calls success
        delivery.state, delivery.next_attempt_at = State.DELIVERED, None
        delivery.delivered_at, error = at, ""
    elif status == GONE:
        delivery.state, delivery.next_attempt_at = State.FAILED, None
        error = "The receiver says that nobody is there any more (410)."
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(
            is_active=False, stopped_because=error
        )
    else:
        error = _told(status) if status else answered.error
        _put_off(delivery, answered, at)
    delivery.last_status, delivery.last_error = answered.status, error[:300]
    delivery.last_ms = answered.milliseconds
    delivery.save(
        update_fields=[
            *("state", "next_attempt_at", "delivered_at"),
            *("last_status", "last_error", "last_ms"),
        ]
    )
    log.info("webhook_tried", delivery=delivery.pk, state=delivery.state, status=answered.status)


def _put_off(delivery: WebhookDelivery, answered: Answered, at: datetime) -> None:
    later = next_attempt(delivery.attempts, at=at, lot=_lot)
    if later and answered.status in {TOO_MANY, UNAVAILABLE}:
        asked = asked_wait(answered.retry_after, at=at)
        if asked:
            later = max(later, asked)
            WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(paused_until=asked)
    delivery.state = State.WAITING if later else State.FAILED
    delivery.next_attempt_at = later


def _told(status: int) -> str:
    if 300 <= status < 400:  # noqa: PLR2004  what HTTP calls a redirect
        return f"The receiver redirects ({status}); give the address itself."
    return f"The receiver answered {status}."


def forget_deliveries(*, at: datetime) -> int:
    """Delete the record of what ended more than KEPT_FOR ago; how many."""
    ended = WebhookDelivery.objects.exclude(state=State.WAITING)
    return ended.filter(created_at__lt=at - KEPT_FOR).delete()[0]
