"""Webhooks: where a programme's events go, what they are signed with, and sending them again."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import connection, transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import WebhookDelivery, WebhookEndpoint, WebhookSecret
from loyalty.sealing import seal, unseal
from loyalty.services.event_catalogue import outgoing_names
from loyalty.webhooks.addresses import check_url
from loyalty.webhooks.envelope import new_secret

PURPOSE = "webhook secret"
OVERLAP = timedelta(days=1)  # both secrets sign so long after a rotation
MOST_AGAIN = 100_000  # events in one replay


class EndpointStopped(InvalidRequest):
    """Nothing is sent to an endpoint that was stopped; start it first."""

    code = "webhook_stopped"
    status: ClassVar[int] = 409


class EndpointKnown(InvalidRequest):
    """The programme has an endpoint with this address."""

    code = "webhook_known"
    status: ClassVar[int] = 409


@transaction.atomic
def add_endpoint(
    *, programme_id: int, url: str, description: str, event_names: Collection[str], at: datetime
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint for these events (none: all), and its secret, which is shown this once.

    Raises AddressRefused, EndpointKnown, and InvalidRequest for an event that there is not.
    """
    _check(url, event_names)
    endpoint, is_new = WebhookEndpoint.objects.get_or_create(
        programme_id=programme_id,
        url=url,
        defaults={
            "description": description,
            "event_names": sorted(event_names),
            "created_at": at,
        },
    )
    if not is_new:
        raise EndpointKnown("There is a webhook with this address.", field="url")
    return endpoint, _new_secret(endpoint.pk, at)


@transaction.atomic
def change_endpoint(
    *, endpoint_id: int, url: str, description: str, event_names: Collection[str]
) -> None:
    """Change where it goes and what it is told from now on. Raises as `add_endpoint`."""
    _check(url, event_names)
    endpoint = _locked(endpoint_id)
    others = WebhookEndpoint.objects.filter(programme_id=endpoint.programme_id, url=url)
    if others.exclude(pk=endpoint.pk).exists():
        raise EndpointKnown("There is a webhook with this address.", field="url")
    endpoint.url, endpoint.description = url, description
    endpoint.event_names = sorted(event_names)
    endpoint.save(update_fields=["url", "description", "event_names"])


@transaction.atomic
def stop_endpoint(*, endpoint_id: int, because: str = "") -> None:
    """Send nothing more; what waits stays, and what happens meanwhile is not kept for it."""
    endpoint = _locked(endpoint_id)
    endpoint.is_active, endpoint.stopped_because = False, because[:200]
    endpoint.save(update_fields=["is_active", "stopped_because"])


@transaction.atomic
def start_endpoint(*, endpoint_id: int) -> None:
    """Send again: what waited first. What was missed meanwhile can be sent by `send_again`."""
    endpoint = _locked(endpoint_id)
    endpoint.is_active, endpoint.stopped_because, endpoint.paused_until = True, "", None
    endpoint.save(update_fields=["is_active", "stopped_because", "paused_until"])


@transaction.atomic
def rotate_secret(*, endpoint_id: int, at: datetime) -> str:
    """A new secret, shown this once. For a day every message is signed with the old one too."""
    endpoint = _locked(endpoint_id)
    endpoint.secrets.filter(expires_at=None).update(expires_at=at + OVERLAP)
    return _new_secret(endpoint.pk, at)


def secrets_of(endpoint: WebhookEndpoint, *, at: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    return [
        unseal(each.sealed, purpose=PURPOSE)
        for each in sorted(endpoint.secrets.all(), key=lambda one: one.created_at, reverse=True)
        if each.expires_at is None or each.expires_at > at
    ]


@transaction.atomic
def send_test(*, endpoint_id: int, at: datetime) -> WebhookDelivery:
    """Have a test sent as any event is. Raises EndpointStopped."""
    endpoint = _active(endpoint_id)
    return WebhookDelivery.objects.create(endpoint=endpoint, next_attempt_at=at, created_at=at)


@transaction.atomic
def send_once_more(*, delivery_id: int, at: datetime) -> None:
    """Have one delivery tried from the start, whatever came of it. Raises EndpointStopped."""
    delivery = WebhookDelivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("There is no such delivery.")
    _active(delivery.endpoint_id)
    delivery.state, delivery.attempts = WebhookDelivery.State.WAITING, 0
    delivery.next_attempt_at, delivery.delivered_at = at, None
    delivery.save(update_fields=["state", "attempts", "next_attempt_at", "delivered_at"])


@transaction.atomic
def send_again(*, endpoint_id: int, since: datetime, until: datetime, at: datetime) -> int:
    """Send what happened in that time again, delivered or not, with its own ids; how many.

    Raises EndpointStopped, and InvalidRequest for a time with more than MOST_AGAIN events.
    """
    endpoint = _active(endpoint_id)
    names = endpoint.event_names or sorted(outgoing_names())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH wanted AS (
                SELECT id FROM loyalty_outboxevent
                WHERE dispatched_at IS NOT NULL AND recorded_at >= %s AND recorded_at < %s
                  AND name = ANY(%s) AND programmes @> ARRAY[%s]::bigint[]
                LIMIT %s
            )
            INSERT INTO loyalty_webhookdelivery
                (endpoint_id, event_id, state, attempts, next_attempt_at, created_at, last_error)
            SELECT %s, id, 'WAITING', 0, %s, %s, '' FROM wanted
            ON CONFLICT (endpoint_id, event_id) DO UPDATE
            SET state = 'WAITING', attempts = 0, delivered_at = NULL,
                next_attempt_at = excluded.next_attempt_at
            """,
            [
                *(since, until, names, endpoint.programme_id, MOST_AGAIN + 1),
                *(endpoint.pk, at, at),
            ],
        )
        many: int = cursor.rowcount
    if many > MOST_AGAIN:
        raise InvalidRequest(f"This is more than {MOST_AGAIN} events; choose a shorter time.")
    return many


def _check(url: str, event_names: Collection[str]) -> None:
    check_url(url, may_be_private=settings.WEBHOOKS_MAY_BE_PRIVATE)
    if unknown := set(event_names) - outgoing_names():
        raise InvalidRequest(f"There is no event {min(unknown)}.", field="event_names")


def _new_secret(endpoint_id: int, at: datetime) -> str:
    secret = new_secret()
    WebhookSecret.objects.create(
        endpoint_id=endpoint_id, sealed=seal(secret, purpose=PURPOSE), created_at=at
    )
    return secret


def _locked(endpoint_id: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound("There is no such webhook.")
    return endpoint


def _active(endpoint_id: int) -> WebhookEndpoint:
    endpoint = _locked(endpoint_id)
    if not endpoint.is_active:
        raise EndpointStopped("This webhook was stopped; start it first.")
    return endpoint
