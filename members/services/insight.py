"""How members come and stay: who joins where, who takes part, who buys again. Set-based counts."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from loyalty.models import Programme

WEEKS = 26
ACTIVE_DAYS = 90


class JoinedWeek(msgspec.Struct, frozen=True):
    """How many joined in the week of this Monday, by the touchpoint they came through."""

    monday: date
    through: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.through.values())


class Insight(msgspec.Struct, frozen=True, kw_only=True):
    """Each step of the funnel is of those who took the step before."""

    weeks: list[JoinedWeek]
    joined: int
    bought: int
    bought_again: int
    redeemed: int
    active: int
    counted_at: datetime

    @property
    def inactive(self) -> int:
        return self.joined - self.active


_WHO = """
    SELECT s.id, s.holder, s.joined_at, s.joined_through FROM members_membership s
    JOIN members_member m ON m.id = s.member_id
    WHERE s.programme_id = %(programme)s AND m.merged_into_id IS NULL AND m.erased_at IS NULL
      AND (%(location)s = '' OR s.joined_location = %(location)s)
      AND (%(campaign)s = '' OR s.joined_campaign = %(campaign)s)
"""
_STEPS = f"""
WITH who AS ({_WHO}),
done AS (
    SELECT a.membership_id, count(*) FILTER (WHERE a.type = 'purchase') AS purchases,
           bool_or(a.occurred_at >= %(since)s) AS is_active
    FROM members_activity a WHERE a.programme_id = %(programme)s AND a.occurred_at <= %(at)s
    GROUP BY a.membership_id),
spent AS (
    SELECT DISTINCT b.holder FROM loyalty_transfer t
    JOIN loyalty_account b ON b.id = t.debit_account_id AND b.kind = 'MEMBER'
    JOIN loyalty_unit u ON u.id = b.unit_id AND u.programme_id = %(programme)s
    WHERE t.kind = 'REDEEM' AND t.effective_at <= %(at)s)
SELECT count(*), count(*) FILTER (WHERE d.purchases >= 1), count(*) FILTER (WHERE d.purchases >= 2),
       count(*) FILTER (WHERE d.purchases >= 2 AND p.holder IS NOT NULL),
       count(*) FILTER (WHERE d.is_active)
FROM who w LEFT JOIN done d ON d.membership_id = w.id LEFT JOIN spent p ON p.holder = w.holder
"""  # noqa: S608  nothing but our own words is put in
_WEEKS = f"""
SELECT date_trunc('week', w.joined_at AT TIME ZONE %(zone)s)::date, w.joined_through, count(*)
FROM ({_WHO}) w WHERE w.joined_at >= %(monday)s AND w.joined_at <= %(at)s GROUP BY 1, 2
"""  # noqa: S608  nothing but our own words is put in


def member_insight(
    programme: Programme, *, location: str = "", campaign: str = "", at: datetime
) -> Insight:
    """Counted up to that moment, of those who joined at that location and by that campaign."""
    zone = ZoneInfo(programme.time_zone)
    today = at.astimezone(zone).date()
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    asked: dict[str, Any] = {
        "programme": programme.pk,
        "location": location,
        "campaign": campaign,
        "zone": zone.key,
        "monday": datetime(first.year, first.month, first.day, tzinfo=zone),
        "since": at - timedelta(days=ACTIVE_DAYS),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WEEKS, asked)
        came: dict[date, dict[str, int]] = {}
        for monday, through, count in cursor.fetchall():
            came.setdefault(monday, {})[through] = count
        cursor.execute(_STEPS, asked)
        joined, bought, again, redeemed, active = cursor.fetchall()[0]
    mondays = [first + timedelta(weeks=week) for week in range(WEEKS)]
    return Insight(
        weeks=[JoinedWeek(monday, came.get(monday, {})) for monday in mondays],
        joined=joined,
        bought=bought,
        bought_again=again,
        redeemed=redeemed,
        active=active,
        counted_at=at,
    )
