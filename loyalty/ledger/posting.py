"""The Python side of `ledger_post`: the only code that moves points."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.errors import AccountClosed, InsufficientPoints, KeyConflict
from loyalty.models import Account, Transfer


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer as asked for. `source` and `external_id` are its business key, for ever."""

    kind: Transfer.Kind
    debit_account: int
    credit_account: int
    points: int
    source: str
    external_id: str
    actor: str
    effective_at: datetime
    reasons: list[Any] = []
    available_from: datetime | None = None
    expires_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what must be the same for a repetition to be the same request."""
        said = (self.kind, self.debit_account, self.credit_account, self.points)
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the member's balance before and after, and whether it was a repetition."""

    transfer_id: int
    before: int
    after: int
    version: int
    is_replay: bool


def post(posting: Posting, *, at: datetime) -> Posted:
    """Post one transfer and publish its event, in one round trip.

    The same business key with the same request gives the first one's figures again. Raises
    InsufficientPoints when the member's usable lots hold fewer, AccountClosed, and KeyConflict
    when the key was used for another request; then nothing was written.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                posting.kind.value,
                posting.debit_account,
                posting.credit_account,
                posting.points,
                posting.source,
                posting.external_id,
                posting.fingerprint,
                msgspec.json.encode(posting.reasons).decode(),
                posting.actor,
                posting.effective_at,
                at,
                posting.available_from,
                posting.expires_at,
            ],
        )
        outcome, transfer_id, before, after, version = cursor.fetchone()
    match outcome:
        case "INSUFFICIENT":
            raise InsufficientPoints(
                f"The account holds fewer than {posting.points} usable points."
            )
        case "CLOSED":
            raise AccountClosed("The account is closed.")
        case "CONFLICT":
            raise KeyConflict(
                f"{posting.source}:{posting.external_id} was used before for a different transfer."
            )
    return Posted(
        transfer_id=transfer_id,
        before=before,
        after=after,
        version=version,
        is_replay=outcome == "REPLAYED",
    )


def open_account(
    *, unit_id: int, kind: Account.Kind, at: datetime, holder: UUID | None = None
) -> int:
    """Open an account, or find the one that is open; its id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_open_account(%s, %s, %s, %s)", [unit_id, kind.value, holder, at]
        )
        row: tuple[int] = cursor.fetchone()
    return row[0]


def open_accounts(*, unit_id: int, holders: Sequence[UUID], at: datetime) -> None:
    """Open a member's account for each of these holders, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(ledger_open_account(%s, 'MEMBER', holder, %s))"
            " FROM unnest(%s::uuid[]) AS holder",
            [unit_id, at, list(holders)],
        )
