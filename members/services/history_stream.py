"""What members did, told again from the database at the pace of who listens, in bounded memory.

Who has been forgotten is left out: what they did cannot be judged again without what the rules
asked of them. The order is made once, of ids alone, by a cursor of the server's; the activities are then read
some thousand at a time, so no transaction stays open while somebody counts.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from loyalty.models import Programme
from loyalty.services.pasts import Order, Past, Returned, Revised, register_archive
from loyalty.types import Activity, Award, Line, LineKind, MemberFacts
from members import models
from members.past import returned_of, with_grants
from members.types import ReturnedPart

PAGE = 2000  # activities read at a time

_ORDERS: dict[Order, str] = {
    "member": "membership_id, occurred_at, source, external_id",
    "moment": "occurred_at, source, external_id",
}
_IDS = """
SELECT id FROM members_activity WHERE programme_id = %s AND occurred_at < %s
  AND membership_id NOT IN (
    SELECT m.id FROM members_membership m JOIN members_member w ON w.id = m.member_id
    WHERE w.erased_at IS NOT NULL)
ORDER BY {order}
"""
_PAGE = """
SELECT m.holder, m.joined_at, a.id, a.source, a.external_id,
    a.type, a.occurred_at, a.channel, a.location, a.amount, a.tender, a.attributes::text,
    a.original, a.rule_set_id, a.facts::text, a.award::text,
    (SELECT json_agg(json_build_array(l.product, l.category, l.brand, l.quantity, l.amount,
                                      l.kind, l.points, l.of_line) ORDER BY l.number)::text
     FROM members_activityline l WHERE l.activity_id = a.id),
    (SELECT json_agg(json_build_array(r.cause, r.facts, r.award) ORDER BY r.number)::text
     FROM members_activityrevision r
     LEFT JOIN members_activity c ON c.id = r.cause
     LEFT JOIN members_merge g ON g.id = r.cause
     WHERE r.activity_id = a.id AND coalesce(c.occurred_at, g.merged_at) < %s),
    EXISTS (SELECT FROM members_merge g
            WHERE (g.kept_id = m.member_id OR g.absorbed_id = m.member_id)
              AND greatest(g.merged_at, g.parted_at) >= a.recorded_at),
    (SELECT json_agg(s.segment)::text FROM members_segmentmembership s
     WHERE s.membership_id = a.membership_id AND s.since <= a.occurred_at
       AND (s.until IS NULL OR s.until > a.occurred_at))
FROM unnest(%s::uuid[]) WITH ORDINALITY AS told (id, n)
JOIN members_activity a ON a.id = told.id
JOIN members_membership m ON m.id = a.membership_id
ORDER BY told.n
"""


class _Line(NamedTuple):
    product: str
    category: str
    brand: str
    quantity: Decimal
    amount: Decimal
    kind: LineKind
    points: int
    of_line: int | None


class _Row(NamedTuple):
    holder: UUID
    joined_at: datetime
    id: UUID
    source: str
    external_id: str
    type: str
    occurred_at: datetime
    channel: str
    location: str
    amount: Decimal
    tender: Decimal
    attributes: str
    original: str
    rule_set: int | None
    facts: str
    award: str
    lines: str | None
    revisions: str | None
    is_regrouped: bool
    segments: str | None


_lines = msgspec.json.Decoder(tuple[_Line, ...]).decode
_revisions = msgspec.json.Decoder(tuple[Revised, ...]).decode
_attributes = msgspec.json.Decoder(dict[str, str]).decode
_facts = msgspec.json.Decoder(MemberFacts).decode
_award = msgspec.json.Decoder(Award).decode
_segments = msgspec.json.Decoder(frozenset[str]).decode


class ActivityArchive:
    """The activities of members, as loyalty.services.pasts wants them."""

    def count(self, programme_id: int, *, until: datetime) -> int:
        """How many there are to tell."""
        known = models.Activity.objects.filter(programme_id=programme_id, occurred_at__lt=until)
        forgotten = models.Membership.objects.exclude(member__erased_at=None).values("pk")
        return known.exclude(membership__in=forgotten).count()

    def returned(self, programme_id: int, *, until: datetime) -> set[str]:
        """The keys of the sales of which something came back."""
        returns = models.Activity.objects.filter(
            programme_id=programme_id, occurred_at__lt=until
        ).exclude(original="")
        return set(returns.values_list("original", flat=True).iterator())

    def tell(self, programme_id: int, *, until: datetime, order: Order) -> Iterator[Past]:
        """Them, in that order. What is recorded meanwhile is left out."""
        zone = ZoneInfo(Programme.objects.values_list("time_zone", flat=True).get(pk=programme_id))
        with connection.chunked_cursor() as ids, connection.cursor() as cursor:
            ids.execute(_IDS.format(order=_ORDERS[order]), [programme_id, until])
            while page := ids.fetchmany(PAGE):
                cursor.execute(_PAGE, [until, [found for (found,) in page]])
                for row in cursor.fetchall():
                    yield _past(_Row._make(row), zone)


def _past(row: _Row, zone: ZoneInfo) -> Past:
    lines = _lines(row.lines) if row.lines else ()
    award, facts = _award(row.award), _facts(row.facts)
    stays = _segments(row.segments) if row.segments else frozenset()
    return Past(
        holder=row.holder,
        joined_on=_local_day(row.joined_at, zone),
        id=row.id,
        source=row.source,
        external_id=row.external_id,
        activity=_activity(row, lines),
        original=row.original,
        returned=_returned(lines) if row.original else (),
        rule_set=row.rule_set or 0,
        facts=facts,
        award=award if row.rule_set else with_grants(award),
        line_points=tuple([line.points for line in lines]),
        revisions=_revisions(row.revisions) if row.revisions else (),
        is_regrouped=row.is_regrouped,
        segments=facts.segments | stays,
    )


def _activity(row: _Row, lines: tuple[_Line, ...]) -> Activity:
    return Activity(
        type=row.type,
        occurred_at=row.occurred_at,
        channel=row.channel,
        location=row.location,
        lines=() if row.original else tuple([_line(line) for line in lines]),
        amount=row.amount,
        tender=row.tender,
        attributes=_attributes(row.attributes),
    )


def _line(line: _Line) -> Line:
    return Line(
        product=line.product,
        amount=line.amount,
        category=line.category,
        brand=line.brand,
        quantity=line.quantity,
        kind=line.kind,
    )


def _returned(lines: tuple[_Line, ...]) -> Returned:
    return returned_of(
        [ReturnedPart(line.of_line or 0, line.quantity, line.amount) for line in lines]
    )


@lru_cache(maxsize=65536)
def _local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def register() -> None:
    """Have back-tests ask for it; done when the app starts."""
    register_archive(ActivityArchive())
