"""Telling holders in time that points will lapse: an event, for whoever writes to members."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from loyalty.events.bus import publish_all
from loyalty.events.dates import PointsExpiring

TERMS = (30, 7)  # days from today to the last day on which the points can be spent
BATCH = 500

# Of the accounts in this batch what lapses on each day, with the shortest term that has come due. A
# warning is a row, so that it is given once however often, at once or late this is asked.
WARN = """
WITH ending AS (
    SELECT l.account_id, l.remaining, p.time_zone, a.holder,
           CASE WHEN l.is_sliding THEN a.lapses_at ELSE l.expires_at END AS ends
    FROM loyalty_lot l
    JOIN loyalty_account a ON a.id = l.account_id
    JOIN loyalty_unit u ON u.id = a.unit_id
    JOIN loyalty_programme p ON p.id = u.programme_id
    WHERE l.account_id = ANY (%(accounts)s) AND l.remaining > 0 AND l.available_from IS NOT NULL
      AND a.closed_at IS NULL
), by_day AS (
    SELECT account_id, holder, sum(remaining)::bigint AS points,
           ((ends - interval '1 microsecond') AT TIME ZONE time_zone)::date AS last_day,
           (%(at)s AT TIME ZONE time_zone)::date AS today
    FROM ending WHERE ends > %(at)s AND ends <= %(horizon)s
    GROUP BY account_id, holder, last_day, today
), due AS (
    SELECT by_day.*, (SELECT min(term) FROM unnest(%(terms)s::int[]) AS term
                      WHERE term >= last_day - today) AS days_ahead
    FROM by_day
), warned AS (
    INSERT INTO loyalty_expirywarning (account_id, last_day, days_ahead, points, warned_at)
    SELECT account_id, last_day, days_ahead, points, %(at)s FROM due
    WHERE days_ahead IS NOT NULL ORDER BY account_id, last_day
    ON CONFLICT DO NOTHING RETURNING account_id, last_day, days_ahead
)
SELECT holder, account_id, points, last_day, days_ahead
FROM warned JOIN due USING (account_id, last_day, days_ahead) ORDER BY account_id, last_day
"""

# The next accounts, in the order of their ids, of which something ends before the horizon.
ACCOUNTS = """
SELECT id FROM (
    (SELECT account_id AS id FROM loyalty_lot
     WHERE remaining > 0 AND account_id > %(after)s
       AND expires_at > %(at)s AND expires_at <= %(horizon)s
     GROUP BY account_id ORDER BY account_id LIMIT %(limit)s)
    UNION
    (SELECT id FROM loyalty_account
     WHERE id > %(after)s AND lapses_at > %(at)s AND lapses_at <= %(horizon)s
     ORDER BY id LIMIT %(limit)s)
) ending ORDER BY id LIMIT %(limit)s
"""


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """How many warnings one batch gave. `last_account` is where the next one goes on."""

    warnings: int
    last_account: int | None


@transaction.atomic
def warn_of_expiry(*, at: datetime, limit: int = BATCH, after: int = 0) -> Warned:
    """Publish PointsExpiring for points that lapse in 30 or 7 days, or fewer when this runs late.

    At most `limit` accounts whose id is above `after`; once for an account, a last day and a term,
    whatever runs twice or at once.
    """
    asked: dict[str, Any] = {
        "at": at,
        "horizon": at + timedelta(days=max(TERMS) + 2),
        "after": after,
        "limit": limit,
        "terms": list(TERMS),
    }
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, asked)
        accounts = [account for (account,) in cursor.fetchall()]
        if not accounts:
            return Warned(warnings=0, last_account=None)
        cursor.execute(WARN, asked | {"accounts": accounts})
        rows: list[tuple[UUID, int, int, date, int]] = cursor.fetchall()
    events = [
        PointsExpiring(
            subject=holder,
            occurred_at=at,
            account=account,
            points=points,
            last_day=last_day,
            days_ahead=days_ahead,
        )
        for holder, account, points, last_day, days_ahead in rows
    ]
    if events:
        publish_all(events, at=at)
    return Warned(warnings=len(events), last_account=accounts[-1])
