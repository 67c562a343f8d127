"""What an account holds: which lots can be spent, which are still to come, what is left to spend."""

from datetime import datetime

import msgspec
from django.db import connection

from loyalty.ledger.posting import call

# A row per lot, or one without a lot; each with what can be spent in all, worked out once.
_HOLDINGS = """
SELECT open.pending, open.id, open.remaining, open.ends_at, t.debit_account_id,
       always.spendable
FROM (SELECT ledger_spendable(%(account)s, %(at)s) AS spendable OFFSET 0) AS always
LEFT JOIN (
    SELECT false AS pending, l.* FROM ledger_lots(%(account)s, %(at)s, 'USABLE') l
    UNION ALL
    SELECT true, l.* FROM ledger_lots(%(account)s, %(at)s, 'PENDING') l
) open ON true
LEFT JOIN loyalty_lot lot ON lot.id = open.id
LEFT JOIN loyalty_transfer t ON t.id = lot.transfer_id
ORDER BY open.ends_at ASC NULLS LAST, open.id
"""


class OpenLot(msgspec.Struct, frozen=True):
    """A lot with points in it: when it ends, if ever, and the account that they came from."""

    pk: int
    points: int
    ends_at: datetime | None
    giver: int


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """An account at one moment. `spendable` is what is usable, less what is held and owed."""

    spendable: int
    pending: int
    usable: list[OpenLot]


def spendable(account_id: int, *, at: datetime) -> int:
    """What the account can spend: its usable lots, less what is held, less what it owes."""
    points: int = call("ledger_spendable", account_id, at)[0]
    return points


def holdings(account_id: int, *, at: datetime) -> Holdings:
    """What an account holds, in one query; `usable` in the order in which it is spent."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDINGS, {"account": account_id, "at": at})
        rows = cursor.fetchall()
    return Holdings(
        spendable=rows[0][-1] or 0,
        pending=sum(points for pending, _pk, points, *_ in rows if pending),
        usable=[OpenLot(*lot) for pending, *lot, _spendable in rows if pending is False],
    )
