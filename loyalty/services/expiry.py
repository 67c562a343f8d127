"""Booking what time has taken: a lapsed lot is worthless already, this only writes it down."""

from datetime import datetime

import msgspec
from django.db import connection, transaction

SOURCE = "expiry"
ACTOR = "system:expiry"
BATCH = 500

# One statement for many accounts, in the order of their ids, which is the order of all locks. The
# key names the account and where it stood: whoever comes second finds the first one's transfer, or
# nothing left to book. Accounts with nothing to book count too, so that the next batch moves on.
BOOK = """
WITH lapsed AS (
    SELECT account_id, sum(remaining)::bigint AS points, max(expires_at) AS lapsed_at
    FROM loyalty_lot
    WHERE remaining > 0 AND expires_at <= %(at)s AND account_id > %(after)s
    GROUP BY account_id ORDER BY account_id LIMIT %(limit)s
), due AS MATERIALIZED (
    SELECT lapsed.*, a.id || ':' || a.version AS key, e.id AS expired
    FROM lapsed
    JOIN loyalty_account a ON a.id = lapsed.account_id
    JOIN loyalty_account e ON e.unit_id = a.unit_id AND e.kind = 'EXPIRED'
    ORDER BY lapsed.account_id
), booked AS MATERIALIZED (
    SELECT due.account_id, due.points, posted.outcome
    FROM due, LATERAL ledger_post(
        'EXPIRE', due.account_id, due.expired, due.points, %(source)s, due.key,
        due.points::text, '[]', %(actor)s, due.lapsed_at, %(at)s) posted
)
SELECT count(*) FILTER (WHERE outcome = 'POSTED'),
       coalesce(sum(points) FILTER (WHERE outcome = 'POSTED'), 0)::bigint,
       max(account_id)
FROM booked
"""


class Expired(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch booked. `last_account` is where the next one goes on, None at the end."""

    accounts: int
    points: int
    last_account: int | None


@transaction.atomic
def expire_due_points(*, at: datetime, limit: int = BATCH, after: int = 0) -> Expired:
    """Book the lapsed points of at most `limit` accounts whose id is above `after`.

    Safe to run twice, late, or many at once: each lot lapses once, and only by what remains of it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            BOOK, {"at": at, "limit": limit, "after": after, "source": SOURCE, "actor": ACTOR}
        )
        accounts, points, last_account = cursor.fetchone()
    return Expired(accounts=accounts, points=points, last_account=last_account)
