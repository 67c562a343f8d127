"""What a holder has of several units at one moment, in one query."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

_HELD = """
SELECT a.unit_id, a.id, ledger_spendable(a.id, %(at)s), l.remaining, l.ends_at
FROM loyalty_account a
LEFT JOIN LATERAL ledger_lots(a.id, %(at)s, 'USABLE') l ON true
WHERE a.kind = 'MEMBER' AND a.holder = %(holder)s AND a.unit_id = ANY (%(units)s)
ORDER BY a.unit_id, l.ends_at ASC NULLS LAST, l.id
"""


class UnitHeld(msgspec.Struct, frozen=True, kw_only=True):
    """What can be spent of a unit, and of what is usable how much ends when, soonest first."""

    account_id: int
    spendable: int
    ending: tuple[tuple[datetime, int], ...]


def units_held(*, holder: UUID, unit_ids: Sequence[int], at: datetime) -> dict[int, UnitHeld]:
    """By the unit; of which the holder never had any, nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"holder": holder, "units": list(unit_ids), "at": at})
        rows = cursor.fetchall()
    ending: dict[int, list[tuple[datetime, int]]] = {}
    heads: dict[int, tuple[int, int]] = {}
    for unit, account, spendable, remaining, ends_at in rows:
        heads[unit] = account, int(spendable)
        ending.setdefault(unit, [])
        if ends_at is not None:
            ending[unit].append((ends_at, int(remaining)))
    return {
        unit: UnitHeld(account_id=account, spendable=spendable, ending=tuple(ending[unit]))
        for unit, (account, spendable) in heads.items()
    }
