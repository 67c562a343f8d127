"""Members as rows of a file for a spreadsheet; that they were taken out is written down."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import Programme
from members.models import Member

AT_ONCE = 1_000
HEAD = [
    *("member", "given_name", "family_name", "language", "email", "phone", "card"),
    *("joined_at", "joined_through", "joined_location", "joined_campaign"),
    *("points", "last_activity"),
]
_ROWS = """
SELECT m.id::text, m.given_name, m.family_name, m.language,
    (SELECT i.value FROM members_identifier i WHERE i.member_id = m.id AND i.kind = 'EMAIL'
        AND i.blocked_at IS NULL ORDER BY i.id LIMIT 1),
    (SELECT i.value FROM members_identifier i WHERE i.member_id = m.id AND i.kind = 'PHONE'
        AND i.blocked_at IS NULL ORDER BY i.id LIMIT 1),
    (SELECT i.value FROM members_identifier i WHERE i.member_id = m.id AND i.kind = 'CARD'
        AND i.blocked_at IS NULL ORDER BY i.id LIMIT 1),
    s.joined_at, s.joined_through, s.joined_location, s.joined_campaign, b.balance,
    (SELECT max(a.occurred_at) FROM members_activity a WHERE a.membership_id = s.id)
FROM members_member m
JOIN members_membership s ON s.member_id = m.id AND s.programme_id = %(programme)s
JOIN loyalty_unit u ON u.programme_id = s.programme_id AND u.code = 'points'
LEFT JOIN loyalty_account b ON b.unit_id = u.id AND b.kind = 'MEMBER' AND b.holder = s.holder
WHERE m.id = ANY (%(ids)s) ORDER BY m.id
"""
_LOOKS = """
INSERT INTO members_memberlook (member_id, actor, role, deed, what, "on", last_at, times)
SELECT m.id, %(actor)s, %(role)s, 'EXPORTED', 'list', %(on)s, %(at)s, 1
FROM members_member m WHERE m.id = ANY (%(ids)s)
ON CONFLICT (member_id, actor, deed, what, "on")
DO UPDATE SET times = members_memberlook.times + 1, last_at = excluded.last_at
"""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def rows_of(
    members: QuerySet[Member], programme: Programme, *, actor: str, role: str, at: datetime
) -> Iterator[list[str]]:
    """The members in the order of their ids, a thousand at a time; each look is written first.

    No cell begins a formula, whatever somebody is called.
    """
    zone = ZoneInfo(programme.time_zone)
    after: UUID | None = None
    while True:
        rest = members.filter(pk__gt=after) if after else members
        ids = list(rest.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            return
        after = ids[-1]
        asked: dict[str, Any] = {
            "ids": ids,
            "programme": programme.pk,
            "actor": actor,
            "role": role,
            "at": at,
        }
        with connection.cursor() as cursor:
            cursor.execute(_LOOKS, {**asked, "on": timezone.localdate(at)})
            cursor.execute(_ROWS, asked)
            rows = cursor.fetchall()
        yield from ([_cell(value, zone) for value in row] for row in rows)


def _cell(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="minutes")
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
