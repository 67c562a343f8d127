"""How many members a segment would have: counted when there are few, else drawn from a sample."""

from datetime import datetime
from math import sqrt
from typing import Any

import msgspec
from django.db import connection, transaction

from members.models import Consent, Identifier, Membership, Purpose
from members.segments.document import read_document
from members.services.segments.compiling import AT_FEW, AT_LARGE, compile_document

MOST_COUNTED = 50_000
SAMPLE = 5_000
SHOWN = 10
_Z = 1.96
_DRAWN = """
    SELECT s.id FROM members_membership s
    WHERE s.programme_id = %(programme)s AND hashint8extended(s.id, 6) & 65535 < %(share)s
"""
_NEEDED = {
    Consent.Channel.EMAIL: Identifier.Kind.EMAIL,
    Consent.Channel.SMS: Identifier.Kind.PHONE,
    Consent.Channel.PUSH: None,
}


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


def estimate(
    *,
    programme_id: int,
    document: Any,
    at: datetime,
    most_counted: int = MOST_COUNTED,
    sample: int = SAMPLE,
) -> Estimate:
    """How many members these conditions describe now: of more than `most_counted`, by a sample.

    Raises SegmentUnknown.
    """
    total = Membership.objects.filter(programme_id=programme_id).count()
    is_exact = total <= most_counted
    drawn = None if is_exact else _draw(programme_id, total, sample)
    found = sorted(_described(document, programme_id, at, drawn))
    looked_at = total if drawn is None else len(drawn)
    factor = total / looked_at if looked_at else 0.0
    low, high = _range(len(found), looked_at)
    reached = {
        channel.value: len(_described(_contactable(channel), programme_id, at, found))
        for channel in _NEEDED
    }
    return Estimate(
        size=round(len(found) * factor),
        is_exact=is_exact,
        low=len(found) if is_exact else round(low * total),
        high=len(found) if is_exact else round(high * total),
        contactable={channel: round(n * factor) for channel, n in reached.items()},
        sample=found[:SHOWN],
    )


def _described(
    document: Any, programme_id: int, at: datetime, among: list[int] | None
) -> list[int]:
    tree = read_document(document)
    statement, params = compile_document(tree, programme_id, at, membership_ids=among)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(AT_LARGE if among is None else AT_FEW)
        cursor.execute(statement, params)
        return [row[0] for row in cursor.fetchall()]


def _draw(programme_id: int, total: int, sample: int) -> list[int]:
    """About so many memberships, the same ones every time."""
    asked = {"programme": programme_id, "share": max(1, 65_536 * sample // total)}
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN, asked)
        return [row[0] for row in cursor.fetchall()]


def _contactable(channel: Consent.Channel) -> dict[str, Any]:
    """The conditions under which a member may be sent offers by that channel."""
    given = {"purpose": [Purpose.OFFERS.value], "channel": [channel.value]}
    agreed = {"attribute": "consent", "with": given, "is": "is", "value": True}
    if (kind := _NEEDED[channel]) is None:
        return agreed
    known = {"attribute": "identifiers", "is": "one_of", "value": [kind.value]}
    return {"all": [agreed, known]}


def _range(found: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share."""
    if not of:
        return 0.0, 1.0
    share, z2 = found / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
