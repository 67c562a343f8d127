"""Handing on what waits in the outbox, until there is nothing left."""

from datetime import datetime

from loyalty.events import dispatch_pending, retry_failures


def hand_on(*, at: datetime) -> int:
    """Hand on every waiting event and try again those that failed and are due; how many."""
    handed = 0
    while batch := dispatch_pending(at=at):
        handed += batch
    return handed + retry_failures(at=at)
