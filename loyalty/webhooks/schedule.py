"""When to try again: soon, then ever later, for three days."""

import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

WAITS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=h) for h in (2, 5, 10, 14, 20, 24)),
]
"""After each failed attempt; the schedule that Standard Webhooks gives, 75 hours in all."""

JITTER = 0.1  # of a wait, either way: what failed together does not come back together
LONGEST_ASKED = timedelta(days=1)


def next_attempt(attempts: int, *, at: datetime, lot: random.Random) -> datetime | None:
    """When to try again after so many attempts; None when that was the last."""
    if attempts > len(WAITS):
        return None
    return at + WAITS[attempts - 1] * lot.uniform(1 - JITTER, 1 + JITTER)


def asked_wait(retry_after: str, *, at: datetime) -> datetime | None:
    """Until when a receiver asks to be left alone, by its Retry-After; at most a day. None: unsaid.

    RFC 9110, 10.2.3: seconds, or a date.
    """
    if retry_after.isascii() and retry_after.isdigit():
        return at + min(timedelta(seconds=int(retry_after[:9])), LONGEST_ASKED)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max(until, at), at + LONGEST_ASKED)
