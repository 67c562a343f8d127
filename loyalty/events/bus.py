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
from loyalty.events.programmes import programmes_of
from loyalty.models import EventFailure, OutboxEvent

Subscriber = Callable[[Sequence[OutboxEvent]], None]

BATCH = 500
RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 240)]  # then parked

log = structlog.get_logger()
ONE_AFTER_THE_OTHER = 7_401  # the lock under which places in the feed are given
_subscribers: dict[str, list[Subscriber]] = defaultdict(list)
_listeners: list[Subscriber] = []


def subscribe(*events: type[DomainEvent]) -> Callable[[Subscriber], Subscriber]:
    """Register a function that takes lists of these events; done when its app starts."""

    def register(subscriber: Subscriber) -> Subscriber:
        for event in events:
            _subscribers[event.name].append(subscriber)
        return subscriber

    return register


def listen(subscriber: Subscriber) -> Subscriber:
    """Register a function that takes lists of all events, whichever they are."""
    _listeners.append(subscriber)
    return subscriber


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
    if not events:
        return 0
    for event, programmes in zip(events, programmes_of(events), strict=True):
        event.programmes = programmes
    for subscriber, concerned in _by_subscriber(events).items():
        _hand_over(subscriber, concerned, at)
    _note_dispatched(events, at)
    return len(events)


def _note_dispatched(events: Sequence[OutboxEvent], at: datetime) -> None:
    """Give the events their places, as the last thing before the commit.

    Places are given one transaction after the other, so that nobody who reads the feed by place
    can pass one that is not committed yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AFTER_THE_OTHER])
        cursor.execute(
            """
            UPDATE loyalty_outboxevent e
            SET dispatched_at = %s, place = last.place + s.number,
                programmes = string_to_array(s.programmes, ',')::bigint[]
            FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY s(id, programmes, number),
                (SELECT coalesce(max(place), 0) AS place FROM loyalty_outboxevent) last
            WHERE e.id = s.id
            """,
            [
                at,
                [event.pk for event in events],
                [",".join(map(str, event.programmes)) for event in events],
            ],
        )


@transaction.atomic
def retry_failures(*, at: datetime, limit: int = BATCH) -> int:
    """Try again what failed before and is due; how many were tried."""
    due = EventFailure.objects.filter(next_attempt_at__lte=at).select_related("event")
    failures = list(due.order_by("id").select_for_update(of=("self",), skip_locked=True)[:limit])
    for failure in failures:
        _try_again(failure, at)
    return len(failures)


def _concerned(event: OutboxEvent) -> list[Subscriber]:
    return [*_subscribers[event.name], *_listeners]


def _by_subscriber(events: Sequence[OutboxEvent]) -> dict[Subscriber, list[OutboxEvent]]:
    concerned: dict[Subscriber, list[OutboxEvent]] = defaultdict(list)
    for event in events:
        for subscriber in _concerned(event):
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
    known = {name_of(s): s for s in _concerned(failure.event)}
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
