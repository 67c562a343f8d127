"""What loyalty does when something has happened: it sets its own workers going."""

from collections.abc import Sequence

from loyalty.events import BackTestAsked, subscribe
from loyalty.models import OutboxEvent
from loyalty.services import delivering  # noqa: F401  it listens to every event
from loyalty.tasks import run_back_test


@subscribe(BackTestAsked)
def try_drafts_out(events: Sequence[OutboxEvent]) -> None:
    """Hand each back-test to a worker; one that two workers take is run by the first."""
    for event in events:
        run_back_test.delay(event.payload["back_test"])
