"""The Python side of the ledger's functions for two holders who are one (sql/0014_merging.sql)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.ledger.posting import as_json, call
from loyalty.models import HolderMerge

# What an account holds, each lot with all that it was before. Of what came over by a merge are the
# lots that its transfer made, those restored since to where they came from, and what these
# activities granted.
_TO_PART = """
WITH RECURSIVE was AS (
    SELECT l.id AS held, l.transfer_id, l.origin_id FROM loyalty_lot l
    WHERE l.account_id = %(source)s AND l.remaining > 0
    UNION ALL
    SELECT was.held, l.transfer_id, l.origin_id FROM was JOIN loyalty_lot l ON l.id = was.origin_id
)
SELECT DISTINCT was.held FROM was
JOIN loyalty_transfer t ON t.id = was.transfer_id
LEFT JOIN loyalty_lot o ON o.id = was.origin_id
WHERE (t.source, t.external_id) = ('merge', %(key)s)
   OR t.kind = 'RESTORE' AND o.account_id = %(target)s AND t.recorded_at >= %(since)s
   OR t.source = 'activity' AND split_part(t.external_id, ':', 1) = ANY (%(activities)s)
ORDER BY was.held
"""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What went over: DONE with so many points and so much debt, or HELD or CLOSED without any."""

    outcome: str
    points: int
    owed: int


def merge_account(
    source: int,
    target: int,
    *,
    key: str,
    reasons: Sequence[Any],
    actor: str,
    at: datetime,
    lots: Sequence[int] | None = None,
    owed: int | None = None,
) -> Taken:
    """Let the target have all that the source holds and owes, or only these lots and that debt."""
    outcome, points, debt = call(
        "ledger_merge_account",
        *(source, target, None if lots is None else list(lots), owed, key),
        *(as_json(reasons), actor, at, at),
    )
    return Taken(outcome=outcome, points=points or 0, owed=debt or 0)


def lots_to_part(
    source: int, target: int, *, key: str, since: datetime, activities: Sequence[str]
) -> list[int]:
    """What is left in the source of what came from the target by the merge of that key and moment."""
    said: dict[str, Any] = {"source": source, "target": target, "key": key, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_TO_PART, said | {"activities": list(activities)})
        return [lot for (lot,) in cursor.fetchall()]


def merge_holders(
    *, kept: UUID, absorbed: UUID, merge: UUID, deed: HolderMerge.Deed, actor: str, at: datetime
) -> None:
    """Write down that two holders are one, or no longer; the absorbed one's accounts close, or open."""
    call("ledger_merge_holders", kept, absorbed, merge, deed.value, actor, at)
