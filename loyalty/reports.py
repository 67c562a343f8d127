"""What the books say over a period: figures for the console, each in one pass over the ledger."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection
from django.db.models import Sum
from django.db.models.functions import TruncDate

from loyalty.models import Account, Programme, Transfer

Kind = Transfer.Kind


class DayOfPoints(msgspec.Struct, frozen=True):
    """The points of one kind of transfer on one local day."""

    day: date
    kind: str
    points: int


class RuleUse(msgspec.Struct, frozen=True):
    """How often a rule gave points, and how many."""

    times: int
    points: int


def points_by_day(programme: Programme, *, since: datetime) -> list[DayOfPoints]:
    """Points issued and redeemed per day of the programme's time zone, the oldest first."""
    moved = Transfer.objects.filter(
        effective_at__gte=since,
        kind__in=[Kind.EARN, Kind.REDEEM],
        debit_account__unit__programme=programme,
    )
    day = TruncDate("effective_at", tzinfo=ZoneInfo(programme.time_zone))
    rows = moved.values_list(day, "kind").annotate(points=Sum("points")).order_by(day, "kind")
    return [DayOfPoints(*row) for row in rows]


def outstanding_points(programme: Programme) -> int:
    """What all members together hold."""
    held = Account.objects.filter(unit__programme=programme, kind=Account.Kind.MEMBER)
    return int(held.aggregate(points=Sum("balance", default=0))["points"])


def rule_use(programme: Programme, key: str, *, since: datetime) -> RuleUse:
    """What the rule has given since then, by the reasons in the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), coalesce(sum((reason->>'points')::bigint), 0)
            FROM loyalty_transfer t
            JOIN loyalty_account a ON a.id = t.debit_account_id
            JOIN loyalty_unit u ON u.id = a.unit_id
            CROSS JOIN jsonb_array_elements(t.reasons) reason
            WHERE t.kind = 'EARN' AND t.effective_at >= %s AND u.programme_id = %s
              AND reason->>'rule' = %s AND reason->>'outcome' = 'APPLIED'
            """,
            [since, programme.pk, key],
        )
        times, points = cursor.fetchone()
    return RuleUse(times, int(points))
