"""The movement report: what members hold at the start, what came and went, what they hold at the end.

One statement over the ledger reads one moment of it: every transfer of the unit, and beside it what
the members' accounts say that they hold. Opening and movements come from the transfers alone, so
that the accounts' own sum is a proof of them.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from django.db import connection

from loyalty.models import Transfer, Unit

Kind = Transfer.Kind


class Moment(StrEnum):
    """By which of its moments a transfer belongs to a day."""

    HAPPENED = "effective_at"
    BOOKED = "recorded_at"  # days that are over never change any more


class Step(StrEnum):
    """How long a line of the report is."""

    DAY = "day"
    MONTH = "month"


class Column(StrEnum):
    """What points came in by, or went out by, as a bookkeeper groups it."""

    GRANTED = "granted"
    REDEEMED = "redeemed"
    GIVEN_BACK = "given_back"
    LAPSED = "lapsed"
    RETURNED = "returned"
    CORRECTED = "corrected"
    REPAID = "repaid"
    DONATED = "donated"
    OTHER = "other"


COLUMNS: dict[str, Column] = {
    Kind.EARN: Column.GRANTED,
    Kind.REDEEM: Column.REDEEMED,
    Kind.RESTORE: Column.GIVEN_BACK,
    Kind.EXPIRE: Column.LAPSED,
    Kind.RETURN: Column.RETURNED,
    Kind.CANCEL: Column.RETURNED,
    Kind.ADJUST: Column.CORRECTED,
    Kind.REPAY: Column.REPAID,
    Kind.DONATE: Column.DONATED,
}
ALWAYS = (Column.GRANTED, Column.REDEEMED, Column.LAPSED, Column.RETURNED, Column.CORRECTED)
"""Shown also when nothing moved by them."""


class Movements(msgspec.Struct, frozen=True, kw_only=True):
    """One day or month: `points` is signed, so that opening and points together are closing."""

    day: date
    opening: int
    points: dict[Column, int]
    closing: int
    turnover: int  # what members gave each other or put into a pool; it changes no total


class MovementReport(msgspec.Struct, frozen=True, kw_only=True):
    """A period of a unit. `difference` is zero when the transfers and the accounts agree."""

    opening: int
    lines: list[Movements]
    totals: dict[Column, int]
    turnover: int
    closing: int
    held: int  # what the members' accounts hold now, by their own balances
    since_then: int  # what moved after the period
    difference: int

    @property
    def columns(self) -> list[Column]:
        """Those that are shown: the usual ones, and whatever else moved."""
        return [each for each in Column if each in ALWAYS or any(self._moved(each))]

    def _moved(self, column: Column) -> Iterable[int]:
        return (line.points.get(column, 0) for line in self.lines)


# A member's side of a transfer is the one with a version. A transfer between two members is on
# neither side of the total; it is kept apart as turnover.
_MOVED = """
WITH moved AS (
    SELECT date_trunc(%(step)s, t.{moment} AT TIME ZONE %(zone)s)::date AS day,
           (t.{moment} AT TIME ZONE %(zone)s)::date AS local, t.kind, t.points,
           t.credit_version IS NOT NULL AS came, t.debit_version IS NOT NULL AS went
    FROM loyalty_transfer t
    JOIN loyalty_account a ON a.id = t.debit_account_id
    WHERE a.unit_id = %(unit)s AND (t.credit_version IS NOT NULL OR t.debit_version IS NOT NULL)
), placed AS (
    SELECT CASE WHEN local < %(since)s THEN 'before' WHEN local > %(until)s THEN 'after'
                ELSE 'within' END AS place,
           day, kind, points, came, went
    FROM moved
)
SELECT place, CASE WHEN place = 'within' THEN day END AS day, kind,
       coalesce(sum(CASE WHEN came THEN points ELSE -points END)
                FILTER (WHERE came <> went), 0)::bigint AS points,
       coalesce(sum(points) FILTER (WHERE came AND went), 0)::bigint AS turnover
FROM placed GROUP BY 1, 2, 3
UNION ALL
SELECT 'held', NULL, '', coalesce(sum(balance), 0)::bigint, 0
FROM loyalty_account WHERE unit_id = %(unit)s AND kind = 'MEMBER'
ORDER BY 2, 3
"""

_Row = tuple[str, date | None, str, int, int]


def movement_report(
    unit: Unit, *, since: date, until: date, step: Step = Step.DAY, by: Moment = Moment.HAPPENED
) -> MovementReport:
    """What moved in the unit from the first day to the last, both included, in the zone's days."""
    rows = _rows(unit, since=since, until=until, step=step, by=by)
    opening = sum(points for place, _, _, points, _ in rows if place == "before")
    after = sum(points for place, _, _, points, _ in rows if place == "after")
    held = sum(points for place, _, _, points, _ in rows if place == "held")
    lines = list(_lines([row for row in rows if row[0] == "within"], opening))
    closing = lines[-1].closing if lines else opening
    return MovementReport(
        opening=opening,
        lines=lines,
        totals={column: sum(line.points.get(column, 0) for line in lines) for column in Column},
        turnover=sum(line.turnover for line in lines),
        closing=closing,
        held=held,
        since_then=after,
        difference=closing + after - held,
    )


def _rows(unit: Unit, *, since: date, until: date, step: Step, by: Moment) -> list[_Row]:
    asked: dict[str, Any] = {
        "unit": unit.pk,
        "zone": unit.programme.time_zone,
        "since": since,
        "until": until,
        "step": step.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVED.format(moment=by.value), asked)
        return list(cursor.fetchall())


def _lines(rows: list[_Row], opening: int) -> Iterable[Movements]:
    days: dict[date, dict[Column, int]] = {}
    turnover: dict[date, int] = {}
    for _place, day, kind, points, turned in rows:
        assert day is not None  # noqa: S101 - what lies within the period has a day
        column = COLUMNS.get(kind, Column.OTHER)
        moved = days.setdefault(day, {})
        if points:
            moved[column] = moved.get(column, 0) + points
        turnover[day] = turnover.get(day, 0) + turned
    for day in sorted(days):
        closing = opening + sum(days[day].values())
        yield Movements(
            day=day,
            opening=opening,
            points=days[day],
            closing=closing,
            turnover=turnover[day],
        )
        opening = closing
