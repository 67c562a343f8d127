"""The Python side of what is booked for many members at once: what they held elsewhere before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.ledger.posting import as_json, fingerprint
from loyalty.models import Transfer

_EARN = """
SELECT nth, after FROM ledger_earn_many(
    %s, %s, %s, %s, %s, %s, %s::jsonb[], %s, %s::timestamptz[], %s, %s::timestamptz[],
    %s::timestamptz[], %s, %s, %s)
"""
_CLOSE = """
SELECT count(*) FILTER (WHERE closed) FROM (
    SELECT ledger_close_account(a.id, %s) AS closed FROM loyalty_account a
    WHERE a.kind = 'MEMBER' AND a.holder = ANY (%s) AND a.closed_at IS NULL
) closing
"""


class Granting(msgspec.Struct, frozen=True, kw_only=True):
    """One grant out of many; its business key is the source of all and its own `external_id`."""

    debit_account: int
    credit_account: int
    points: int
    external_id: str
    reasons: list[Any]
    available_from: datetime
    expires_at: datetime | None
    expiry: str
    is_sliding: bool


def grant_many(grants: Sequence[Granting], *, source: str, actor: str, at: datetime) -> None:
    """Post all of them in one statement, each as `post` would.

    Raises IntegrityError, with nothing written, for a key that is taken or a closed account.
    """
    arguments: list[Any] = [
        [grant.debit_account for grant in grants],
        [grant.credit_account for grant in grants],
        [grant.points for grant in grants],
        source,
        [grant.external_id for grant in grants],
        [_fingerprint(grant) for grant in grants],
        [as_json(grant.reasons) for grant in grants],
        actor,
        [at] * len(grants),
        at,
        [grant.available_from for grant in grants],
        [grant.expires_at for grant in grants],
        [""] * len(grants),
        [grant.expiry for grant in grants],
        [grant.is_sliding for grant in grants],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_EARN, arguments)


def close_accounts(holders: Sequence[UUID], *, at: datetime) -> int:
    """Close what these holders have, as far as it is empty; how many accounts."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [at, list(holders)])
        found: tuple[int] = cursor.fetchone()
    return found[0]


def _fingerprint(grant: Granting) -> str:
    return fingerprint(Transfer.Kind.EARN, grant.debit_account, grant.credit_account, grant.points)
