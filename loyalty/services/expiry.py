"""Booking what time has taken: a lapsed lot is worthless already, this only writes it down."""

from datetime import datetime

from django.db import transaction

from loyalty.ledger.lot_dates import Booked, book_lapsed

ACTOR = "system:expiry"
BATCH = 500

Expired = Booked


@transaction.atomic
def expire_due_points(*, at: datetime, limit: int = BATCH, after: int = 0) -> Expired:
    """Book the lapsed points of at most `limit` accounts whose id is above `after`.

    Safe to run twice, late, or many at once: each lot lapses once, at its own end, and only by
    what remains of it. Accounts with a live hold wait until it ends.
    """
    return book_lapsed(after=after, limit=limit, actor=ACTOR, at=at)
