"""The Python side of the ledger's functions for the dates of lots (sql/0008_terms.sql)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from loyalty.models import LotChange


class NewDates(msgspec.Struct, frozen=True, kw_only=True):
    """What one lot's dates are to be."""

    lot: int
    available_from: datetime | None
    expires_at: datetime | None


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a change, by which key and why; the key counts once, for ever."""

    source: str
    external_id: str
    reason: str
    actor: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a cancelling: POSTED, REPLAYED, CONFLICT or NOTHING."""

    outcome: str
    transfer_id: int | None
    points: int


class Reinstated(msgspec.Struct, frozen=True, kw_only=True):
    """As of `ledger_post`, or UNKNOWN or TOO_MANY; `after` is the balance. 0 when refused."""

    outcome: str
    transfer_id: int
    after: int


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch booked. `last_account` is where the next one goes on, None at the end."""

    accounts: int
    points: int
    last_account: int | None


def change_lots(
    changes: Sequence[NewDates], *, deed: LotChange.Deed, by: Deed, at: datetime
) -> dict[int, str]:
    """Give lots other dates; each one's outcome (see `ledger_change_lots`), in one statement."""
    return dict(
        _rows(
            "SELECT * FROM ledger_change_lots(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            deed.value,
            [change.lot for change in changes],
            [change.available_from for change in changes],
            [change.expires_at for change in changes],
            by.source,
            by.external_id,
            by.reason,
            by.actor,
            at,
        )
    )


def cancel_lots(
    account_id: int,
    lots: Sequence[int],
    *,
    request: str,
    reasons: list[Any],
    reverses: int | None,
    by: Deed,
    at: datetime,
) -> Taken:
    """Take back all that is pending in these lots of one account.

    `request` is what must be the same for a repetition of the key to be the same request.
    """
    row = _rows(
        "SELECT * FROM ledger_cancel(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        account_id,
        list(lots),
        by.source,
        by.external_id,
        _fingerprint("CANCEL", account_id, request),
        _json(reasons),
        by.actor,
        at,
        at,
        reverses,
    )[0]
    return Taken(outcome=row[0], transfer_id=row[1], points=row[2])


def reinstate(
    expiry: int,
    points: int,
    *,
    expires_at: datetime | None,
    reasons: list[Any],
    by: Deed,
    at: datetime,
) -> Reinstated:
    """Make points of one EXPIRE transfer good again, as a new lot."""
    row = _rows(
        "SELECT * FROM ledger_reinstate(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        expiry,
        points,
        expires_at,
        by.source,
        by.external_id,
        _fingerprint("REINSTATE", expiry, points, expires_at),
        _json(reasons),
        by.reason,
        by.actor,
        at,
    )[0]
    return Reinstated(outcome=row[0], transfer_id=row[1] or 0, after=row[2] or 0)


def slide(account_id: int, *, lapses_at: datetime, effective_at: datetime, at: datetime) -> None:
    """An activity at `effective_at` keeps the account's sliding lots alive until `lapses_at`."""
    _rows("SELECT ledger_slide(%s, %s, %s, %s)", account_id, lapses_at, effective_at, at)


def book_lapsed(*, after: int, limit: int, actor: str, at: datetime) -> Booked:
    """Book what has lapsed of at most `limit` accounts above `after`, in one statement."""
    row = _rows("SELECT * FROM ledger_expire(%s, %s, %s, %s)", after, limit, actor, at)[0]
    return Booked(accounts=row[0], points=row[1], last_account=row[2])


def settled() -> int:
    """The last transfer, below which none can be added any more; in a transaction of its own."""
    found: int = _rows("SELECT ledger_settled()")[0][0]
    return found


def _rows(sql: str, *arguments: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        rows: list[Any] = cursor.fetchall()
    return rows


def _json(reasons: list[Any]) -> str:
    return msgspec.json.encode(reasons).decode()


def _fingerprint(*said: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
