from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from loyalty.models import OutboxEvent

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
class TestDispatchEvents:
    def test_hands_on_more_than_a_batch_and_says_how_many(self):
        OutboxEvent.objects.bulk_create(
            OutboxEvent(name="tests.rang.v1", payload={}, occurred_at=NOON, recorded_at=NOON)
            for _each in range(1201)
        )
        said = StringIO()

        call_command("dispatch_events", "--once", stdout=said)

        assert said.getvalue() == "1201 events handed on.\n"
        assert not OutboxEvent.objects.filter(dispatched_at=None).exists()
