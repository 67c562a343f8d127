"""The Python side of `ledger_post`: points move from an account to an account.

Holds, returns and the accounts themselves have doors of their own beside this one.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.errors import AccountClosed, DomainError, InsufficientPoints, KeyConflict
from loyalty.models import Account, Transfer


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer as asked for. `source` and `external_id` are its business key, for ever.

    What a member gets is usable from `available_from`, by default `effective_at`, or once the event
    that it `awaits` is reported; until `expires_at`, or if it slides until its account's moment.
    What a member loses comes from `lots` alone, if any are named.
    """

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
    awaits: str = ""
    expiry: str = ""
    is_sliding: bool = False
    reverses: int | None = None
    lots: list[int] | None = None

    @property
    def fingerprint(self) -> str:
        """What must be the same for a repetition to be the same request."""
        return fingerprint(self.kind, self.debit_account, self.credit_account, self.points)


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the member's balance before and after, and whether it was a repetition.

    Of two members it is the giver's. What the deed made a debtor repay comes after it.
    """

    transfer_id: int
    before: int
    after: int
    version: int
    is_replay: bool


def post(posting: Posting, *, at: datetime) -> Posted:
    """Post one transfer and publish its event, in one round trip.

    The same business key with the same request gives the first one's figures again. Raises
    InsufficientPoints when the member can spend fewer (pending, lapsed, held and owed ones are not
    theirs to spend), AccountClosed, and KeyConflict when the key was used for another request; then
    nothing was written.
    """
    outcome, transfer_id, before, after, version = call(
        "ledger_post",
        posting.kind.value,
        posting.debit_account,
        posting.credit_account,
        posting.points,
        posting.source,
        posting.external_id,
        posting.fingerprint,
        as_json(posting.reasons),
        posting.actor,
        posting.effective_at,
        at,
        posting.available_from,
        posting.expires_at,
        posting.awaits,
        posting.expiry,
        posting.is_sliding,
        posting.reverses,
        posting.lots,
    )
    if refusal := refused(
        outcome, points=posting.points, key=(posting.source, posting.external_id)
    ):
        raise refusal
    return Posted(
        transfer_id=transfer_id,
        before=before,
        after=after,
        version=version,
        is_replay=outcome == "REPLAYED",
    )


def call(function: str, *arguments: Any) -> tuple[Any, ...]:
    """The one row with which one of the ledger's own functions answers."""
    places = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}({places})", arguments)  # noqa: S608 - our own name
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def refused(outcome: str, *, points: int, key: tuple[str, str]) -> DomainError | None:
    """The refusal for an outcome that all of the ledger's functions share, if it is one."""
    match outcome:
        case "INSUFFICIENT":
            return InsufficientPoints(f"The account holds fewer than {points} usable points.")
        case "CLOSED":
            return AccountClosed("The account is closed.")
        case "CONFLICT":
            source, external_id = key
            return KeyConflict(f"{source}:{external_id} was used before for a different transfer.")
    return None


def fingerprint(*said: Any) -> str:
    """SHA-256 over what a request says."""
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def as_json(reasons: Sequence[Any]) -> str:
    """Reasons as the ledger stores them."""
    return msgspec.json.encode(reasons).decode()


def is_booked(*, source: str, external_id: str) -> bool:
    """Whether this business key has been used."""
    return Transfer.objects.filter(source=source, external_id=external_id).exists()


def open_account(
    *, unit_id: int, kind: Account.Kind, at: datetime, holder: UUID | None = None
) -> int:
    """Open an account, or find the one that is open; its id."""
    account: int = call("ledger_open_account", unit_id, kind.value, holder, at)[0]
    return account


def open_accounts(*, unit_id: int, holders: Sequence[UUID], at: datetime) -> None:
    """Open a member's account for each of these holders, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(ledger_open_account(%s, 'MEMBER', holder, %s))"
            " FROM unnest(%s::uuid[]) AS holder",
            [unit_id, at, list(holders)],
        )


def close_account(account_id: int, *, at: datetime) -> bool:
    """Close an account that holds, keeps aside and owes nothing; False when it does."""
    is_closed: bool = call("ledger_close_account", account_id, at)[0]
    return is_closed


def lock_accounts(*account_ids: int) -> None:
    """Hold these members' accounts until the transaction ends, in the order of all locks."""
    call("ledger_lock", list(account_ids))
