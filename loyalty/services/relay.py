"""Handing on what waits in the outbox."""

from datetime import datetime

from loyalty.events import dispatch_pending, retry_failures


def hand_on_batch(*, at: datetime) -> int:
    """Hand on a batch of the waiting events and try again what failed and is due; how many."""
    return dispatch_pending(at=at) + retry_failures(at=at)


def hand_on(*, at: datetime) -> int:
    """Hand on batch after batch until nothing is left; how many events."""
    handed = 0
    while batch := hand_on_batch(at=at):
        handed += batch
    return handed
