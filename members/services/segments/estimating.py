"""How many members a segment would have: counted when there are few, else drawn from a sample."""

from datetime import datetime
from math import sqrt
from typing import Any

import msgspec
from django.db import connection

from members.models import Consent, Identifier, Membership, Purpose
from members.segments.document import read_document
from members.services.consents import agreeing
from members.services.segments.compiling import compile_document

MOST_COUNTED = 50_000
SAMPLE = 10_000
SHOWN = 10
_Z = 1.96
_DRAWN = """
    SELECT s.id FROM members_membership s
    WHERE s.programme_id = %(programme)s AND hashint8extended(s.id, 6) & 65535 < %(share)s
"""
_NEEDED = {"EMAIL": Identifier.Kind.EMAIL, "SMS": Identifier.Kind.PHONE}


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The size, between `low` and `high` in 95 of 100 samples when it is not exact.

    `contactable` is how many of them may be sent offers, by channel; `sample` ten memberships.
    """

    size: int
    is_exact: bool
    low: int
    high: int
    contactable: dict[str, int]
    sample: list[int]


def estimate(*, programme_id: int, document: Any, at: datetime) -> Estimate:
    """How many members these conditions describe now. Raises SegmentUnknown."""
    tree = read_document(document)
    total = Membership.objects.filter(programme_id=programme_id).count()
    is_exact = total <= MOST_COUNTED
    drawn = None if is_exact else _draw(programme_id, total)
    statement, params = compile_document(tree, programme_id, at, membership_ids=drawn)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found = sorted(row[0] for row in cursor.fetchall())
    looked_at = total if drawn is None else len(drawn)
    factor = total / looked_at if looked_at else 0.0
    low, high = _range(len(found), looked_at)
    return Estimate(
        size=round(len(found) * factor),
        is_exact=is_exact,
        low=len(found) if is_exact else round(low * total),
        high=len(found) if is_exact else round(high * total),
        contactable={key: round(n * factor) for key, n in _contactable(found).items()},
        sample=found[:SHOWN],
    )


def _draw(programme_id: int, total: int) -> list[int]:
    """About SAMPLE memberships, the same ones every time."""
    asked = {"programme": programme_id, "share": max(1, 65_536 * SAMPLE // total)}
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN, asked)
        return [row[0] for row in cursor.fetchall()]


def _range(found: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share."""
    if not of:
        return 0.0, 1.0
    share, z2 = found / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def _contactable(membership_ids: list[int]) -> dict[str, int]:
    found = Membership.objects.filter(pk__in=membership_ids)
    counted = {}
    for channel in (Consent.Channel.EMAIL, Consent.Channel.SMS, Consent.Channel.PUSH):
        agreed = agreeing(purpose=Purpose.OFFERS, channel=channel)
        reached = found.filter(member__in=agreed.values("member_id"))
        if kind := _NEEDED.get(channel.value):
            known = Identifier.objects.filter(kind=kind, blocked_at=None)
            reached = reached.filter(member__in=known.values("member_id"))
        counted[channel.value] = reached.count()
    return counted
