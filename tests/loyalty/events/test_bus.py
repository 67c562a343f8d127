from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import transaction

from loyalty.events import DomainEvent, bus, dispatch_pending, publish, retry_failures, subscribe
from loyalty.models import EventFailure, OutboxEvent, Programme

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Rang(DomainEvent, frozen=True, kw_only=True):
    name: ClassVar[str] = "tests.rang.v1"
    times: int


@pytest.fixture
def taken() -> Iterator[list[int]]:
    """What the listening subscriber was handed; it fails on thirteen and writes before it does."""
    heard: list[int] = []

    @subscribe(Rang)
    def listener(events):
        heard.extend(event.payload["times"] for event in events)
        Programme.objects.create(slug=f"heard-{len(heard)}", name="heard")
        if any(event.payload["times"] == 13 for event in events):
            raise ValueError("thirteen")

    yield heard
    del bus._subscribers[Rang.name]


def ring(*times: int) -> None:
    for each in times:
        publish(Rang(subject=UUID(int=each), occurred_at=NOON, times=each), at=NOON)


@pytest.mark.django_db
class TestPublish:
    def test_writes_what_happened_into_the_open_transaction(self):
        ring(3)

        event = OutboxEvent.objects.get()
        assert (event.name, event.subject) == ("tests.rang.v1", UUID(int=3))
        assert event.payload == {"times": 3}
        assert event.dispatched_at is None

    def test_leaves_nothing_of_a_deed_that_is_rolled_back(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            ring(1 // 0)

        assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_publish_refuses_without_a_transaction():
    with pytest.raises(RuntimeError, match="outside a transaction"):
        ring(1)

    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
class TestDispatchPending:
    def test_hands_each_event_over_once_in_order(self, taken):
        ring(1, 2, 3)

        assert dispatch_pending(at=NOON) == 3
        assert dispatch_pending(at=NOON) == 0
        assert taken == [1, 2, 3]
        assert OutboxEvent.objects.filter(dispatched_at=NOON).count() == 3

    def test_keeps_back_only_the_event_that_a_subscriber_cannot_take(self, taken):
        ring(1, 13, 2)

        dispatch_pending(at=NOON)

        failure = EventFailure.objects.get()
        assert failure.event.payload == {"times": 13}
        assert failure.error == "ValueError: thirteen"
        assert failure.next_attempt_at == NOON + timedelta(minutes=1)
        # all three together, rolled back; then one by one, of which thirteen was rolled back
        assert taken == [1, 13, 2, 1, 13, 2]
        assert Programme.objects.filter(name="heard").count() == 2

    def test_parks_what_fails_five_times(self, taken):
        ring(13)
        dispatch_pending(at=NOON)
        at = NOON

        for minutes in (1, 5, 30, 240):
            at += timedelta(minutes=minutes)
            assert retry_failures(at=at - timedelta(seconds=1)) == 0
            assert retry_failures(at=at) == 1

        failure = EventFailure.objects.get()
        assert (failure.attempts, failure.next_attempt_at) == (5, None)
        assert not Programme.objects.exists()
