"""The outbox: events are written with the deed and handed on after it.

A subscriber is handed events at least once, many at a time, in the transaction in which they are
marked as handed on; what it writes in this database therefore happens exactly once. A subscriber
that fails holds up nobody: its events are kept apart, tried again later, and parked in the end.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from django.db import connection, transaction

from loyalty.events.contracts import DomainEvent
from loyalty.models import EventFailure, OutboxEvent

Subscriber = Callable[[Sequence[OutboxEvent]], None]

BATCH = 500
RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 240)]  # then parked

log = structlog.get_logger()
_subscribers: dict[str, list[Subscriber]] = defaultdict(list)


def subscribe(*events: type[DomainEvent]) -> Callable[[Subscriber], Subscriber]:
    """Register a function that takes lists of these events; done when its app starts."""

    def register(subscriber: Subscriber) -> Subscriber:
        for event in events:
            _subscribers[event.name].append(subscriber)
        return subscriber

    return register


def name_of(subscriber: Subscriber) -> str:
    return f"{subscriber.__module__}.{subscriber.__qualname__}"


def publish(event: DomainEvent, *, at: datetime) -> None:
    """Write the event to the outbox of the open transaction. Raises RuntimeError without one."""
    publish_all([event], at=at)


def publish_all(events: Sequence[DomainEvent], *, at: datetime) -> None:
    """As `publish` for each, in this order, in one statement."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{events[0].name} was published outside a transaction")
    OutboxEvent.objects.bulk_create([_row(event, at) for event in events])


def _row(event: DomainEvent, at: datetime) -> OutboxEvent:
    payload = msgspec.to_builtins(event)
    del payload["subject"], payload["occurred_at"]
    return OutboxEvent(
        name=event.name,
        subject=event.subject,
        payload=payload,
        occurred_at=event.occurred_at,
        recorded_at=at,
    )


@transaction.atomic
def dispatch_pending(*, at: datetime, limit: int = BATCH) -> int:
    """Hand up to `limit` waiting events to their subscribers; how many. Safe many at once."""
    waiting = OutboxEvent.objects.filter(dispatched_at=None).order_by("id")
    events = list(waiting.select_for_update(skip_locked=True)[:limit])
    for subscriber, concerned in _by_subscriber(events).items():
        _hand_over(subscriber, concerned, at)
    OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(dispatched_at=at)
    return len(events)


@transaction.atomic
def retry_failures(*, at: datetime, limit: int = BATCH) -> int:
    """Try again what failed before and is due; how many were tried."""
    due = EventFailure.objects.filter(next_attempt_at__lte=at).select_related("event")
    failures = list(due.order_by("id").select_for_update(of=("self",), skip_locked=True)[:limit])
    for failure in failures:
        _try_again(failure, at)
    return len(failures)


def _by_subscriber(events: Sequence[OutboxEvent]) -> dict[Subscriber, list[OutboxEvent]]:
    concerned: dict[Subscriber, list[OutboxEvent]] = defaultdict(list)
    for event in events:
        for subscriber in _subscribers[event.name]:
            concerned[subscriber].append(event)
    return concerned


def _hand_over(subscriber: Subscriber, events: list[OutboxEvent], at: datetime) -> None:
    """All at once; if that fails one by one, so that one bad event keeps back only itself."""
    if _taken(subscriber, events) is None:
        return
    for event in events:
        if error := _taken(subscriber, [event]):
            EventFailure.objects.create(
                event=event,
                subscriber=name_of(subscriber),
                next_attempt_at=at + RETRY_AFTER[0],
                error=error,
            )


def _taken(subscriber: Subscriber, events: list[OutboxEvent]) -> str | None:
    """None when the subscriber took the events, else what it failed with."""
    try:
        with transaction.atomic():
            subscriber(events)
    except Exception as error:
        log.exception("subscriber_failed", subscriber=name_of(subscriber), events=len(events))
        return f"{type(error).__name__}: {error}"[:2000]
    return None


def _try_again(failure: EventFailure, at: datetime) -> None:
    known = {name_of(s): s for s in _subscribers[failure.event.name]}
    subscriber = known.get(failure.subscriber)
    error = _taken(subscriber, [failure.event]) if subscriber else None
    if error is None:
        failure.delete()
        return
    waits = RETRY_AFTER[failure.attempts :]
    failure.attempts += 1
    failure.next_attempt_at = at + waits[0] if waits else None
    failure.error = error
    failure.save(update_fields=["attempts", "next_attempt_at", "error"])
