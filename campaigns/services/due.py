"""Whom a day brings into a campaign: birthdays, silence, points that lapse, or everybody.

Each asks for a page of memberships after a given one, in their order, so that memory is bounded.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from campaigns.journeys.document import Document
from campaigns.models import Campaign
from campaigns.services.entering import Entrance
from members.models import Membership, ProfileField
from members.services.consents import may_each

DAYS_LATE: Final = 7  # silence that began earlier than that is no news
QUESTION: Final = "birthday"

_ALIVE: Final = """
FROM members_membership m
JOIN members_member w ON w.id = m.member_id AND w.erased_at IS NULL AND w.merged_into_id IS NULL
{joins}
WHERE m.programme_id = %(programme)s AND m.id > %(after)s {where}
"""
_IN_SEGMENT: Final = """
{negation} EXISTS (SELECT FROM members_segmentmembership g WHERE g.membership_id = m.id
    AND g.segment = ANY(%({name})s) AND g.since <= %(at)s AND (g.until IS NULL OR g.until > %(at)s))
"""
_BIRTHDAY: Final = """
JOIN members_profileanswer a ON a.member_id = w.id AND a.field_id = %(field)s
    AND a.answered_at > %(kept_since)s
    AND to_char((a.value #>> '{{}}')::date, 'MM-DD') = ANY(%(days)s)
"""
_SILENT: Final = """
CROSS JOIN LATERAL (
    SELECT coalesce(max(a.occurred_at), m.joined_at) AS last FROM members_activity a
    WHERE a.membership_id = m.id) seen
"""
_EXPIRING: Final = """
CROSS JOIN LATERAL (
    SELECT sum(l.remaining) AS points, min(l.expires_at) AS first
    FROM loyalty_account c
    JOIN loyalty_unit u ON u.id = c.unit_id AND u.programme_id = m.programme_id
        AND u.code = 'points'
    JOIN loyalty_transfer t ON t.credit_account_id = c.id
    JOIN loyalty_lot l ON l.transfer_id = t.id
    WHERE c.holder = m.holder AND l.remaining > 0
      AND l.expires_at > %(at)s AND l.expires_at <= %(until)s) lapsing
"""


def entrances_due(
    campaign: Campaign, document: Document, *, due: datetime, after: int, at: datetime, limit: int
) -> tuple[list[Entrance], int | None]:
    """A page of those who come in for the moment `due`, and after whom the next page begins.

    None when this was the last. Who has no consent for the birthday's use is left out.
    """
    zone = ZoneInfo(campaign.programme.time_zone)
    asked: dict[str, Any] = {
        "programme": campaign.programme_id,
        "after": after,
        "limit": limit,
        "at": at,
        "zone": zone.key,
        "segments": document.segments,
        "without": document.without,
    }
    columns, joins, where = _FINDERS.get(document.trigger.kind, _everybody)(document, due, asked)
    if document.segments:
        where += " AND " + _IN_SEGMENT.format(negation="", name="segments")
    if document.without:
        where += " AND " + _IN_SEGMENT.format(negation="NOT", name="without")
    if joins is None:
        return [], None
    statement = f"SELECT m.id, {columns} {_ALIVE} ORDER BY m.id LIMIT %(limit)s"
    with connection.cursor() as cursor:
        cursor.execute(statement.format(joins=joins.format(), where=where), asked)
        rows = cursor.fetchall()
    key = f"due:{due:%Y-%m-%dT%H:%M}"
    found = [
        Entrance(pk, f"{key}:{ending}", {"points": int(points)} if points else {})
        for pk, ending, points in rows
    ]
    last = rows[-1][0] if len(rows) == limit else None
    return _agreeing(found, asked.get("purpose", "")), last


Finder = tuple[str, str | None, str]


def _everybody(document: Document, due: datetime, asked: dict[str, Any]) -> Finder:
    return "'', NULL::bigint", "", ""


def _birthday(document: Document, due: datetime, asked: dict[str, Any]) -> Finder:
    """Of who answered that question, while it is asked, for as long as the answer is kept."""
    question = ProfileField.objects.filter(
        programme_id=asked["programme"],
        key=QUESTION,
        kind=ProfileField.Kind.DATE,
        state=ProfileField.State.LIVE,
    ).first()
    if question is None:
        return "", None, ""
    day = due.astimezone(ZoneInfo(asked["zone"])).date() + timedelta(
        days=document.trigger.days or 0
    )
    days = [f"{day:%m-%d}"]
    if (day + timedelta(days=1)).strftime("%m-%d") == "03-01" and day.day == 28:  # noqa: PLR2004
        days.append("02-29")
    kept_since = asked["at"] - timedelta(days=question.keep_days)
    asked |= {"field": question.pk, "kept_since": kept_since, "days": days}
    asked["purpose"] = question.purpose
    return f"'{day.year}', NULL::bigint", _BIRTHDAY, ""


def _silent(document: Document, due: datetime, asked: dict[str, Any]) -> Finder:
    until = due - timedelta(days=document.trigger.days or 0)
    asked |= {"until": until, "since": until - timedelta(days=DAYS_LATE)}
    columns = "(seen.last AT TIME ZONE %(zone)s)::date::text, NULL::bigint"
    return columns, _SILENT, "AND seen.last <= %(until)s AND seen.last > %(since)s"


def _expiring(document: Document, due: datetime, asked: dict[str, Any]) -> Finder:
    asked["until"] = asked["at"] + timedelta(days=document.trigger.days or 0)
    columns = "(lapsing.first AT TIME ZONE %(zone)s)::date::text, lapsing.points"
    return columns, _EXPIRING, "AND lapsing.points > 0"


def _agreeing(found: list[Entrance], purpose: str) -> list[Entrance]:
    """Those who agree to what the answer was given for."""
    if not purpose:
        return found
    members = dict(
        Membership.objects.filter(pk__in=[e.membership_id for e in found]).values_list(
            "pk", "member_id"
        )
    )
    agree = may_each(member_ids=members.values(), purpose=purpose)
    return [entrance for entrance in found if members[entrance.membership_id] in agree]


_FINDERS: Final[Mapping[str, Any]] = {
    "birthday": _birthday,
    "silent": _silent,
    "points_expiring": _expiring,
}
