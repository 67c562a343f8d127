"""The picture of a customer: how often, how much, what and where they buy. Set-based, per member."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from members.models import Membership

MONTHS = 13
FAVOURITES = 3


class Month(msgspec.Struct, frozen=True):
    """How often somebody bought in a month, and for how much."""

    first: date
    purchases: int
    amount: Decimal


class Favourite(msgspec.Struct, frozen=True):
    """Something of which somebody buys most; `times` purchases."""

    key: str
    times: int


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of how a member behaves in this programme, up to a moment."""

    months: list[Month]  # the last 13, the oldest first
    purchases: int = 0
    amount: Decimal = Decimal(0)
    last_at: datetime | None = None
    categories: list[Favourite] = []
    locations: list[Favourite] = []
    seen: list[tuple[str, datetime]] = []  # per channel, the latest first

    @property
    def average(self) -> Decimal:
        """The average basket, to the cent."""
        if not self.purchases:
            return Decimal(0)
        return (self.amount / self.purchases).quantize(Decimal("0.01"))


_MONTHS = """
SELECT m.first::date, count(a.id), coalesce(sum(a.amount), 0)
FROM generate_series(
    date_trunc('month', %(at)s AT TIME ZONE %(zone)s) - make_interval(months => %(back)s),
    date_trunc('month', %(at)s AT TIME ZONE %(zone)s), '1 month') AS m (first)
LEFT JOIN members_activity a ON a.membership_id = %(of)s AND a.type = 'purchase'
    AND a.occurred_at >= m.first AT TIME ZONE %(zone)s
    AND a.occurred_at < (m.first + interval '1 month') AT TIME ZONE %(zone)s
GROUP BY m.first ORDER BY m.first
"""
_PLACES = """
SELECT GROUPING(a.channel), GROUPING(a.location), a.channel, a.location,
       count(*) FILTER (WHERE a.type = 'purchase'), max(a.occurred_at),
       coalesce(sum(a.amount) FILTER (WHERE a.type = 'purchase'), 0)
FROM members_activity a WHERE a.membership_id = %(of)s AND a.occurred_at <= %(at)s
GROUP BY GROUPING SETS ((a.channel), (a.location), ())
"""
_CATEGORIES = """
SELECT l.category, count(DISTINCT l.activity_id) FROM members_activity a
JOIN members_activityline l ON l.activity_id = a.id
WHERE a.membership_id = %(of)s AND a.type = 'purchase' AND l.category <> ''
  AND a.occurred_at <= %(at)s
GROUP BY l.category ORDER BY 2 DESC, 1 LIMIT %(favourites)s
"""


def picture_of(membership: Membership, *, at: datetime) -> Picture:
    """What is known of how they buy; three queries, whatever they did."""
    zone = ZoneInfo(membership.programme.time_zone)
    asked: dict[str, Any] = {
        "of": membership.pk,
        "at": at,
        "zone": zone.key,
        "back": MONTHS - 1,
        "favourites": FAVOURITES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, asked)
        months = [Month(*row) for row in cursor.fetchall()]
        cursor.execute(_PLACES, asked)
        places = cursor.fetchall()
        cursor.execute(_CATEGORIES, asked)
        categories = [Favourite(*row) for row in cursor.fetchall()]
    shops = sorted((-row[4], row[3]) for row in places if row[:2] == (1, 0) and row[3] and row[4])
    seen = [(row[2], row[5]) for row in places if row[:2] == (0, 1) and row[2]]
    total = next((row for row in places if row[:2] == (1, 1)), None)
    return Picture(
        months=months,
        purchases=total[4] if total else 0,
        amount=total[6] if total else Decimal(0),
        last_at=total[5] if total else None,
        categories=categories,
        locations=[Favourite(name, -times) for times, name in shops[:FAVOURITES]],
        seen=sorted(seen, key=lambda row: row[1], reverse=True),
    )
